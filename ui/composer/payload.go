package composer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/widget"
)

// A payload is bytes: in the text editor where that can hold them unchanged, else as they are, shown and not edited.
type payload struct {
	bytes []byte // never changed, only replaced
	held  bool   // the bytes are not in the editor
	text  bool   // the bytes are text, edited or not
	kind  string // "JSON", "text", …; "" while there are none
	fault string // why what looks like JSON is none

	editor *editor
	top    int // first line shown, while held
	drawn  []string
	width  int // of drawn; 0 for none
}

// set replaces the bytes.
func (p *payload) set(b []byte) {
	p.held, p.top, p.width, p.drawn = false, 0, 0, nil
	if !editable(b) || !p.editor.load(b) {
		p.held = true
		p.editor.load(nil)
	}
	p.bytes = bytes.Clone(b)
	p.describe()
}

// edited takes over what the editor holds.
func (p *payload) edited() {
	p.bytes = p.editor.bytes()
	p.describe()
}

// describe finds out what the bytes are. What does not begin as a JSON object or array is not blamed for being none.
func (p *payload) describe() {
	p.kind, p.fault, p.text = "", "", isText(p.bytes)
	begin := bytes.TrimLeft(p.bytes, " \t\r\n")
	switch {
	case len(p.bytes) == 0:
	case json.Valid(p.bytes):
		p.kind = "JSON ok"
	case !p.text:
		p.kind = "binary"
	case len(begin) > 0 && (begin[0] == '{' || begin[0] == '['):
		p.kind, p.fault = "not JSON", jsonFault(p.bytes)
	default:
		p.kind = "text"
	}
}

// key gives the payload a key or a paste. Held bytes can be scrolled and cleared.
func (p *payload) key(msg tea.KeyMsg) {
	switch {
	case p.held:
		p.heldKey(msg)
		return
	case msg.Paste:
		p.paste(string(msg.Runes))
	default:
		p.editor.key(msg)
	}
	if !p.held {
		p.edited()
	}
}

func (p *payload) heldKey(msg tea.KeyMsg) {
	page := max(1, p.editor.height-1)
	switch msg.String() {
	case "ctrl+u", "delete", "backspace":
		p.set(nil)
	case "up":
		p.top--
	case "down":
		p.top++
	case "pgup":
		p.top -= page
	case "pgdown":
		p.top += page
	case "home":
		p.top = 0
	case "end":
		p.top = len(p.drawn)
	}
}

// paste inserts text at the cursor. Terminals send a line end as a carriage return. A paste that makes more than the editor can
// hold is kept as bytes, whole.
func (p *payload) paste(text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	before, after := p.editor.around()
	if whole := []byte(before + text + after); !editable(whole) {
		p.set(whole)
		return
	}
	p.editor.insert(text)
}

// maxDepth bounds the nesting of JSON that is formatted: each level indents every line further.
const maxDepth = 128

// format indents the payload as JSON, or takes the blanks out when it is indented already. Every number and string keeps its text.
func (p *payload) format() error {
	if !json.Valid(p.bytes) {
		return errors.New("not formatted: not JSON: " + jsonFault(p.bytes))
	}
	if depth(p.bytes) > maxDepth {
		return fmt.Errorf("not formatted: nested deeper than %d levels", maxDepth)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, p.bytes, "", "  "); err != nil {
		return fmt.Errorf("not formatted: %w", err)
	}
	if bytes.Equal(out.Bytes(), p.bytes) {
		out.Reset()
		if err := json.Compact(&out, p.bytes); err != nil {
			return fmt.Errorf("not formatted: %w", err)
		}
	}
	p.set(out.Bytes())
	return nil
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

// lines draws the payload in w×h cells.
func (p *payload) lines(w, h int) []string {
	if !p.held {
		return p.editor.lines(w, h)
	}
	p.editor.height = h
	if p.width != w {
		p.width = w
		if p.text {
			p.drawn = widget.TextLines(p.bytes, w)
		} else {
			p.drawn = widget.HexLines(p.bytes, w)
		}
	}
	p.top = max(0, min(p.top, len(p.drawn)-h))
	return p.drawn[p.top:min(len(p.drawn), p.top+h)]
}

// note says why the payload can't be edited, "" when it can.
func (p *payload) note(clear string) string {
	what := "too large to edit here"
	switch {
	case !p.held:
		return ""
	case !p.text:
		what = "binary, shown as hex"
	}
	return fmt.Sprintf("%s; published as it is; %s clears it", what, clear)
}
