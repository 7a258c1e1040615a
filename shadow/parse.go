package shadow

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deeply Parse lets arrays and objects be nested.
const MaxDepth = 1000

// SyntaxError tells why and where a payload is not JSON.
type SyntaxError struct {
	Line, Column int // from 1; columns count characters
	Reason       string
}

// Error returns "line 2, column 7: reason".
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// Parse reads one JSON value (RFC 8259) in UTF-8 with nothing but white space around it. Of equal keys in an object the last
// wins. An escaped surrogate without its partner becomes U+FFFD. The error is a *SyntaxError. The value does not refer to data.
func Parse(data []byte) (Value, error) {
	var p Parser
	v, cut, err := p.Parse(MaxDepth, string(data))
	if err == nil && cut {
		err = &SyntaxError{Line: 1, Column: 1, Reason: fmt.Sprintf("more than %d levels of nesting", MaxDepth)}
	}
	return v, err
}

// Parser parses many values and keeps its working memory between them. The zero Parser is ready. It is for one goroutine at a
// time.
type Parser struct {
	text    string
	pos     int
	depth   int // levels that may still be opened
	cut     bool
	members []Member // stacks of what is still open
	elems   []Value
}

// Parse is like the function Parse, for text and with another bound: an array or object nested in depth others is checked but
// left empty, and cut says so. Depth 0 leaves even the outermost one empty. The value refers to the memory of text.
func (p *Parser) Parse(depth int, text string) (v Value, cut bool, err error) {
	p.text, p.pos, p.depth, p.cut = text, 0, depth, false
	v, err = p.document()
	if err != nil {
		clear(p.members)
		clear(p.elems)
		p.members, p.elems = p.members[:0], p.elems[:0]
	}
	p.text = ""
	return v, p.cut, err
}

func (p *Parser) document() (Value, error) {
	if !utf8.ValidString(p.text) {
		for p.pos < len(p.text) {
			r, n := utf8.DecodeRuneInString(p.text[p.pos:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			p.pos += n
		}
		return Value{}, p.fail("not UTF-8")
	}
	p.space()
	v, err := p.value()
	if err != nil {
		return Value{}, err
	}
	p.space()
	if p.pos < len(p.text) {
		return Value{}, p.fail("unexpected text after the value")
	}
	return v, nil
}

func (p *Parser) fail(reason string) error {
	before := p.text[:min(p.pos, len(p.text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return &SyntaxError{Line: strings.Count(before, "\n") + 1, Column: utf8.RuneCountInString(before[start:]) + 1, Reason: reason}
}

func (p *Parser) unexpected(wanted string) error {
	if p.pos >= len(p.text) {
		return p.fail("unexpected end, want " + wanted)
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.fail(fmt.Sprintf("unexpected %q, want %s", r, wanted))
}

func (p *Parser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end; a NUL in the text is no legal byte anywhere either.
func (p *Parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *Parser) value() (Value, error) {
	c := p.peek()
	if c != '{' && c != '[' {
		return p.scalar()
	}
	if p.depth == 0 {
		p.cut = true
		kind := KindObject
		if c == '[' {
			kind = KindArray
		}
		return Value{kind: kind}, p.skip()
	}
	p.depth--
	var v Value
	var err error
	if c == '{' {
		v, err = p.object()
	} else {
		v, err = p.array()
	}
	p.depth++
	return v, err
}

func (p *Parser) scalar() (Value, error) {
	rest := p.text[p.pos:]
	switch p.peek() {
	case '"':
		s, err := p.str()
		return Value{kind: KindString, text: s}, err
	case 't', 'f', 'n':
		for _, w := range [...]Value{Bool(true), Bool(false), {text: "null"}} {
			if strings.HasPrefix(rest, w.text) {
				p.pos += len(w.text)
				if w.kind == KindNull {
					w.text = ""
				}
				return w, nil
			}
		}
	default:
		if n := numberLen(rest); n > 0 {
			p.pos += n
			return Value{kind: KindNumber, text: rest[:n]}, nil
		}
	}
	return Value{}, p.unexpected("a value")
}

func (p *Parser) object() (Value, error) {
	base := len(p.members)
	p.pos++
	p.space()
	if p.peek() == '}' {
		p.pos++
		return Value{kind: KindObject}, nil
	}
	for {
		key, err := p.key()
		if err != nil {
			return Value{}, err
		}
		v, err := p.value()
		if err != nil {
			return Value{}, err
		}
		p.members = append(p.members, Member{key, v})
		more, err := p.next('}')
		if err != nil {
			return Value{}, err
		}
		if !more {
			break
		}
	}
	members := slices.Clone(p.members[base:])
	clear(p.members[base:])
	p.members = p.members[:base]
	return objectOf(tidy(members)), nil
}

func (p *Parser) array() (Value, error) {
	base := len(p.elems)
	p.pos++
	p.space()
	if p.peek() == ']' {
		p.pos++
		return Value{kind: KindArray}, nil
	}
	for {
		v, err := p.value()
		if err != nil {
			return Value{}, err
		}
		p.elems = append(p.elems, v)
		more, err := p.next(']')
		if err != nil {
			return Value{}, err
		}
		if !more {
			break
		}
	}
	elems := slices.Clone(p.elems[base:])
	clear(p.elems[base:])
	p.elems = p.elems[:base]
	return arrayOf(elems), nil
}

// key reads a member's key and colon up to its value.
func (p *Parser) key() (string, error) {
	if p.peek() != '"' {
		return "", p.unexpected("a key in quotation marks")
	}
	key, err := p.str()
	if err != nil {
		return "", err
	}
	p.space()
	if p.peek() != ':' {
		return "", p.unexpected("a colon")
	}
	p.pos++
	p.space()
	return key, nil
}

// next reads a comma (and the white space up to what follows), or the end of an array or object.
func (p *Parser) next(end byte) (more bool, err error) {
	p.space()
	switch p.peek() {
	case ',':
		p.pos++
		p.space()
		return true, nil
	case end:
		p.pos++
		return false, nil
	}
	return false, p.unexpected(fmt.Sprintf("a comma or %q", end))
}

// skip checks the array or object that begins here without building it and without recursion.
func (p *Parser) skip() error {
	var open []byte // the end of each array and object that is open
	for {
		c := p.peek()
		if c != '{' && c != '[' {
			if _, err := p.scalar(); err != nil {
				return err
			}
		} else {
			p.pos++
			p.space()
			if p.peek() != c+2 {
				open = append(open, c+2)
				if err := p.skipKey(c + 2); err != nil {
					return err
				}
				continue
			}
			p.pos++
		}
		for {
			if len(open) == 0 {
				return nil
			}
			end := open[len(open)-1]
			more, err := p.next(end)
			if err != nil {
				return err
			}
			if more {
				if err := p.skipKey(end); err != nil {
					return err
				}
				break
			}
			open = open[:len(open)-1]
		}
	}
}

func (p *Parser) skipKey(end byte) error {
	if end == ']' {
		return nil
	}
	_, err := p.key()
	return err
}
