package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ParseError says what is wrong with a policy document and where. Line and
// Column count from 1, in characters. Statement counts from 1; it is 0 outside
// of the statements.
type ParseError struct {
	Line, Column int
	Statement    int
	Sid          string
	Message      string
}

func (e *ParseError) Error() string {
	where := fmt.Sprintf("line %d, column %d: ", e.Line, e.Column)
	if e.Statement > 0 {
		where += statementText(e.Statement, e.Sid) + ": "
	}
	return where + e.Message
}

type nodeType uint8

const (
	nodeNull nodeType = iota
	nodeString
	nodeNumber
	nodeBool
	nodeArray
	nodeObject
)

func (t nodeType) String() string {
	return [...]string{"null", "a string", "a number", "a boolean", "a list", "an object"}[t]
}

// node is a JSON value that knows where it stood.
type node struct {
	kind    nodeType
	text    string   // nodeString, nodeNumber, nodeBool
	members []member // nodeObject
	items   []node   // nodeArray
	offset  int
}

type member struct {
	name   string
	offset int
	value  node
}

const (
	// AWS IoT allows 2048 characters besides white space.
	maxBytes = 64 << 10
	maxDepth = 12
)

// reader turns the text of a document into nodes.
type reader struct {
	data []byte
	dec  *json.Decoder
}

// read checks and reads the whole document.
func (r *reader) read() (node, error) {
	if len(r.data) > maxBytes {
		return node{}, r.fail(0, "%d bytes, far more than AWS IoT accepts in a policy", len(r.data))
	}
	if bad := invalidUTF8(r.data); bad >= 0 {
		return node{}, r.fail(bad, "not UTF-8")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(r.data, &raw); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return node{}, r.fail(max(int(syntax.Offset)-1, 0), "not JSON: %s", syntax.Error())
		}
		return node{}, r.fail(0, "not JSON: %s", err)
	}
	r.dec = json.NewDecoder(bytes.NewReader(r.data))
	r.dec.UseNumber()
	return r.value(0)
}

func (r *reader) value(depth int) (node, error) {
	n := node{offset: r.next()}
	if depth > maxDepth {
		return n, r.fail(n.offset, "nested too deeply for a policy")
	}
	t, err := r.dec.Token()
	if err != nil {
		return n, r.fail(n.offset, "not JSON: %s", err)
	}
	switch t := t.(type) {
	case string:
		n.kind, n.text = nodeString, t
	case json.Number:
		n.kind, n.text = nodeNumber, t.String()
	case bool:
		n.kind, n.text = nodeBool, fmt.Sprint(t)
	case json.Delim:
		if t == '[' {
			return r.array(n, depth)
		}
		return r.object(n, depth)
	}
	return n, nil
}

func (r *reader) array(n node, depth int) (node, error) {
	n.kind = nodeArray
	for r.dec.More() {
		item, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.items = append(n.items, item)
	}
	_, err := r.dec.Token()
	return n, err
}

func (r *reader) object(n node, depth int) (node, error) {
	n.kind = nodeObject
	seen := make(map[string]bool)
	for r.dec.More() {
		name, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		if seen[name.text] {
			return n, r.fail(name.offset, "%s stands twice in one object", quote(name.text))
		}
		seen[name.text] = true
		value, err := r.value(depth + 1)
		if err != nil {
			return n, err
		}
		n.members = append(n.members, member{name.text, name.offset, value})
	}
	_, err := r.dec.Token()
	return n, err
}

// next returns where the next token starts.
func (r *reader) next() int {
	at := int(r.dec.InputOffset())
	for at < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[at]) >= 0 {
		at++
	}
	return at
}

// fail returns a ParseError for the place offset.
func (r *reader) fail(offset int, format string, args ...any) *ParseError {
	before := r.data[:min(offset, len(r.data))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return &ParseError{
		Line:    bytes.Count(before, []byte("\n")) + 1,
		Column:  utf8.RuneCount(before[start:]) + 1,
		Message: fmt.Sprintf(format, args...),
	}
}

func invalidUTF8(data []byte) int {
	for at := 0; at < len(data); {
		c, width := utf8.DecodeRune(data[at:])
		if c == utf8.RuneError && width == 1 {
			return at
		}
		at += width
	}
	return -1
}
