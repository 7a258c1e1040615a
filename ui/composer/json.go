package composer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"example.com/thingdeck/ui/widget"
)

// maxDepth bounds the nesting of JSON that is formatted: each level indents every line further.
const maxDepth = 128

// formatted indents JSON, or takes the blanks out when it is indented already or compact is asked for. Every number and string keeps
// its text.
func formatted(src []byte, compact bool) ([]byte, error) {
	if !json.Valid(src) {
		return nil, errors.New("not formatted: not JSON: " + jsonFault(src))
	}
	if depth(src) > maxDepth {
		return nil, fmt.Errorf("not formatted: nested deeper than %d levels", maxDepth)
	}
	var out bytes.Buffer
	if !compact {
		if err := json.Indent(&out, bytes.TrimSpace(src), "", "  "); err != nil {
			return nil, fmt.Errorf("not formatted: %w", err)
		}
		if !bytes.Equal(out.Bytes(), src) {
			return out.Bytes(), nil
		}
		out.Reset()
	}
	if err := json.Compact(&out, src); err != nil {
		return nil, fmt.Errorf("not formatted: %w", err)
	}
	return out.Bytes(), nil
}

// depth is how deep valid JSON is nested.
func depth(src []byte) int {
	now, most, quoted := 0, 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			most = max(most, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return most
}

// jsonFault says where JSON goes wrong, and how: "line 2 column 5: …".
func jsonFault(src []byte) string {
	var raw json.RawMessage
	err := json.Unmarshal(src, &raw)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return "line 1 column 1"
	}
	at := min(len(src), int(syntax.Offset))
	if at > 0 && !strings.Contains(syntax.Error(), "unexpected end") {
		at-- // the offset is past the byte that is wrong
	}
	before := src[:at]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	safe, _ := widget.Sanitize(syntax.Error(), 120)
	return fmt.Sprintf("line %d column %d: %s", line, column, safe)
}
