package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

type opcode uint8

const (
	opText opcode = iota // these characters
	opOne                // ? any one character
	opAny                // * any characters, none too
	opVar                // the value of a policy variable, taken literally
)

type token struct {
	op   opcode
	text string // opText: the characters; opVar: the variable as written, without ${}
	key  key    // opVar
	slot int    // opVar: index of its value among the pattern's values
}

type shape uint8

const (
	shapeGlob   shape = iota
	shapeAll          // *
	shapeExact        // only text
	shapePrefix       // text, then *
)

// pattern is a compiled pattern. It is not changed after newPattern.
type pattern struct {
	source string
	tokens []token
	vars   []key
	shape  shape
	text   string // shapeExact and shapePrefix
}

// lex cuts s into tokens. With wild, * and ? are wildcards; with variables,
// ${name} is a variable and ${*}, ${?}, ${$} are those characters. s must have
// passed checkVariables.
func lex(s string, variables, wild bool) []token {
	var out []token
	text := func(t string) {
		if n := len(out); n > 0 && out[n-1].op == opText {
			out[n-1].text += t
		} else {
			out = append(out, token{op: opText, text: t})
		}
	}
	for len(s) > 0 {
		switch {
		case wild && s[0] == '*':
			if n := len(out); n == 0 || out[n-1].op != opAny {
				out = append(out, token{op: opAny})
			}
			s = s[1:]
		case wild && s[0] == '?':
			out = append(out, token{op: opOne})
			s = s[1:]
		case variables && strings.HasPrefix(s, "${"):
			end := strings.IndexByte(s, '}')
			switch name := s[2:end]; name {
			case "*", "?", "$":
				text(name)
			default:
				k, _ := parseKey(name)
				out = append(out, token{op: opVar, text: name, key: k})
			}
			s = s[end+1:]
		default:
			n := plainRun(s)
			text(s[:n])
			s = s[n:]
		}
	}
	return out
}

// plainRun returns how many bytes of s, at least one, hold nothing that lex
// could treat specially.
func plainRun(s string) int {
	if i := strings.IndexAny(s[1:], "*?$"); i >= 0 {
		return i + 1
	}
	return len(s)
}

// checkVariables returns an error when a ${ in s is not closed, is empty or
// has the default value that IAM knows and AWS IoT does not document.
func checkVariables(s string) error {
	for {
		start := strings.Index(s, "${")
		if start < 0 {
			return nil
		}
		s = s[start+2:]
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return fmt.Errorf("policy variable %s is not closed with }", printable("${"+s))
		}
		name := s[:end]
		switch {
		case name == "":
			return fmt.Errorf("policy variable ${} has no name")
		case strings.Contains(name, "${"):
			return fmt.Errorf("policy variable %s is not closed with }", printable("${"+name))
		case strings.Contains(name, ","):
			return fmt.Errorf("policy variable %s: default values are not supported", printable("${"+name+"}"))
		}
		s = s[end+1:]
	}
}

func newPattern(source string, tokens []token) pattern {
	p := pattern{source: source, tokens: tokens}
	for i := range tokens {
		if tokens[i].op == opVar {
			tokens[i].slot = len(p.vars)
			p.vars = append(p.vars, tokens[i].key)
		}
	}
	switch {
	case len(tokens) == 0:
		p.shape = shapeExact
	case len(tokens) == 1 && tokens[0].op == opText:
		p.shape, p.text = shapeExact, tokens[0].text
	case len(tokens) == 1 && tokens[0].op == opAny:
		p.shape = shapeAll
	case len(tokens) == 2 && tokens[0].op == opText && tokens[1].op == opAny:
		p.shape, p.text = shapePrefix, tokens[0].text
	}
	return p
}

// match reports whether p matches all of s. A pattern with a variable that has
// no value in c matches nothing.
func (p *pattern) match(s string, c *Context) bool {
	switch p.shape {
	case shapeAll:
		return true
	case shapeExact:
		return s == p.text
	case shapePrefix:
		return strings.HasPrefix(s, p.text)
	}
	var room [4]string
	values, ok := c.resolve(p.vars, room[:0])
	return ok && glob(p.tokens, values, s)
}

// resolved reports whether each variable of p has a value in c.
func (p *pattern) resolved(c *Context) bool {
	for i := range p.vars {
		if _, ok := c.value(&p.vars[i]); !ok {
			return false
		}
	}
	return true
}

// expand returns the text of a pattern without wildcards.
func (p *pattern) expand(c *Context) (string, bool) {
	if p.shape == shapeExact {
		return p.text, true
	}
	values, ok := c.resolve(p.vars, nil)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for i := range p.tokens {
		if t := &p.tokens[i]; t.op == opVar {
			b.WriteString(values[t.slot])
		} else {
			b.WriteString(t.text)
		}
	}
	return b.String(), true
}

// glob reports whether tokens match all of s. Going back to the last * alone
// is enough: an earlier one could only have taken what the last can take.
func glob(tokens []token, values []string, s string) bool {
	at, from := 0, 0
	afterAny, anyTo := -1, 0
	for {
		if at < len(tokens) && tokens[at].op == opAny {
			at++
			if at == len(tokens) {
				return true
			}
			afterAny, anyTo = at, from
			continue
		}
		if at < len(tokens) {
			if n := tokens[at].take(values, s[from:]); n >= 0 {
				at, from = at+1, from+n
				continue
			}
		} else if from == len(s) {
			return true
		}
		if afterAny < 0 || anyTo >= len(s) {
			return false
		}
		_, width := utf8.DecodeRuneInString(s[anyTo:])
		anyTo += width
		at, from = afterAny, anyTo
	}
}

// take returns how many bytes at the start of s the token matches, -1 for no
// match. The token is not an opAny.
func (t *token) take(values []string, s string) int {
	want := t.text
	switch t.op {
	case opOne:
		if s == "" {
			return -1
		}
		_, width := utf8.DecodeRuneInString(s)
		return width
	case opVar:
		want = values[t.slot]
	}
	if strings.HasPrefix(s, want) {
		return len(want)
	}
	return -1
}
