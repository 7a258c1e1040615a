// Package filter is the filter language of the message log: words, topic filters, flags, sizes, regular expressions, and an
// expression on the JSON payload.
//
//	temp -debug topic:sensors/# qos:1 size:>1k .temp > 21 and .room == "hall"
//
// Terms are separated by blanks, and all must hold. A minus sign before a term excludes what it selects; double quotes make one word of
// what holds blanks or looks like something else, with \" and \\ in it. A word is searched in topic and payload, whatever its case
// unless it holds a capital. From the first term that begins with . or jq: (or with an opening parenthesis and .) to the end it is one
// expression.
package filter

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"example.com/thingdeck/client"
)

// A Filter selects messages. The zero Filter, and one that was parsed from blanks, selects all. It does not change and may be used by
// several goroutines, each with its own Matcher.
type Filter struct {
	text  string
	terms []term
	expr  *expression // nil for none

	decode func(topic string, payload []byte) []byte // nil for none
}

// Decoding has the expression see what decode makes of payloads that are no JSON objects or arrays, as far as one can tell by their
// first byte. Several goroutines may call it at once.
func (f *Filter) Decoding(decode func(topic string, payload []byte) []byte) { f.decode = decode }

// String is the text that was parsed.
func (f *Filter) String() string { return f.text }

// Empty says that the filter selects every message.
func (f *Filter) Empty() bool { return len(f.terms) == 0 && f.expr == nil }

// An Error says what is wrong with the text of a filter.
type Error struct {
	At   int // in characters, from 1
	Text string
}

// Error says where and what.
func (e *Error) Error() string { return fmt.Sprintf("at %d: %s", e.At, e.Text) }

// term is one that is not the expression.
type term struct {
	kind    kind
	exclude bool
	word    word           // of kind byWord
	topic   client.Filter  // of kind byTopic
	re      *regexp.Regexp // of kind byRegexp
	op      op             // of kinds byQoS and bySize
	number  int64
}

type kind uint8

const (
	byWord kind = iota
	byTopic
	byRegexp
	byQoS
	bySize
	byRetain
	byDup
	byOut
)

// op is a comparison.
type op uint8

const (
	equal op = iota
	notEqual
	less
	lessEqual
	greater
	greaterEqual
)

func (o op) holds(order int) bool {
	switch o {
	case equal:
		return order == 0
	case notEqual:
		return order != 0
	case less:
		return order < 0
	case lessEqual:
		return order <= 0
	case greater:
		return order > 0
	}
	return order >= 0
}

// Parse reads a filter. The error is an *Error.
func Parse(text string) (*Filter, error) {
	f := &Filter{text: text}
	for at := 0; ; {
		for at < len(text) && blank(text[at]) {
			at++
		}
		if at == len(text) {
			return f, nil
		}
		if rest := text[at:]; strings.HasPrefix(strings.TrimLeft(rest, "("), ".") || strings.HasPrefix(rest, "jq:") {
			expr, err := parseExpression(rest)
			if err != nil {
				err.At += utf8.RuneCountInString(text[:at])
				return nil, err
			}
			f.expr = expr
			return f, nil
		}
		raw, next, err := token(text, at)
		if err != nil {
			return nil, err
		}
		t, err := parseTerm(raw)
		if err != nil {
			err.At = utf8.RuneCountInString(text[:at]) + 1
			return nil, err
		}
		f.terms = append(f.terms, t)
		at = next
	}
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// rawTerm is a term in parts: an unquoted head, and what its quotes held.
type rawTerm struct {
	exclude bool
	key     string // before the colon, where that stands outside of quotes and is one that is known
	value   string
	quoted  bool
}

// token reads the term that begins at byte at, and returns where the next may begin.
func token(text string, at int) (rawTerm, int, *Error) {
	var t rawTerm
	begin := at
	if text[at] == '-' {
		t.exclude = true
		at++
	}
	if i := strings.IndexByte(text[at:], ':'); i > 0 && known[text[at:at+i]] {
		t.key = text[at : at+i]
		at += i + 1
	}
	var value strings.Builder
	for at < len(text) && !blank(text[at]) {
		if text[at] != '"' {
			value.WriteByte(text[at])
			at++
			continue
		}
		t.quoted = true
		open := at
		for at++; ; at++ {
			if at >= len(text) {
				return t, at, &Error{utf8.RuneCountInString(text[:open]) + 1, "the quote is not closed"}
			}
			if text[at] == '"' {
				at++
				break
			}
			if text[at] == '\\' && at+1 < len(text) && (text[at+1] == '"' || text[at+1] == '\\') {
				at++
			}
			value.WriteByte(text[at])
		}
	}
	t.value = value.String()
	if t.key == "" && t.value == "" {
		why := "nothing to exclude after the minus sign"
		if t.quoted {
			why = "an empty word"
		}
		return t, at, &Error{utf8.RuneCountInString(text[:begin]) + 1, why}
	}
	return t, at, nil
}

var known = map[string]bool{"topic": true, "qos": true, "retained": true, "dup": true, "out": true, "size": true, "re": true}

func parseTerm(raw rawTerm) (term, *Error) {
	t := term{exclude: raw.exclude}
	fail := func(format string, args ...any) (term, *Error) { return t, &Error{Text: fmt.Sprintf(format, args...)} }
	switch raw.key {
	case "":
		t.kind, t.word = byWord, newWord(raw.value)
	case "topic":
		f, err := client.ParseFilter(raw.value)
		if err != nil {
			return fail("topic: %v", err)
		}
		t.kind, t.topic = byTopic, f
	case "re":
		if raw.value == "" {
			return fail("re: needs a regular expression")
		}
		re, err := regexp.Compile(raw.value)
		if err != nil {
			return fail("re: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		t.kind, t.re = byRegexp, re
	case "qos":
		t.kind = byQoS
		var rest string
		t.op, rest = comparison(raw.value)
		n, err := strconv.ParseInt(rest, 10, 64)
		if err != nil || n < 0 || n > 2 {
			return fail("qos: is 0, 1 or 2")
		}
		t.number = n
	case "size":
		t.kind = bySize
		var rest string
		t.op, rest = comparison(raw.value)
		n, ok := size(rest)
		if !ok {
			return fail("size: is a number of bytes, as in size:>1k")
		}
		t.number = n
	default: // a flag
		if raw.value != "" {
			return fail("%s: stands alone", raw.key)
		}
		t.kind = map[string]kind{"retained": byRetain, "dup": byDup, "out": byOut}[raw.key]
	}
	return t, nil
}

// comparison takes the operator from the front of a value: = when there is none.
func comparison(value string) (op, string) {
	for _, c := range []struct {
		text string
		op   op
	}{{">=", greaterEqual}, {"<=", lessEqual}, {"!=", notEqual}, {"==", equal}, {">", greater}, {"<", less}, {"=", equal}} {
		if rest, ok := strings.CutPrefix(value, c.text); ok {
			return c.op, rest
		}
	}
	return equal, value
}

// size reads 12, 1k, 1.5M, 2KiB: k, M and G are powers of 1024.
func size(text string) (int64, bool) {
	digits := strings.TrimRightFunc(text, unicode.IsLetter)
	unit := int64(1)
	switch strings.ToLower(strings.TrimPrefix(text, digits)) {
	case "", "b":
	case "k", "kb", "kib":
		unit = 1 << 10
	case "m", "mb", "mib":
		unit = 1 << 20
	case "g", "gb", "gib":
		unit = 1 << 30
	default:
		return 0, false
	}
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || n < 0 || n > 1<<40 || strings.ContainsAny(digits, "eExXpP_+-") {
		return 0, false
	}
	return int64(n * float64(unit)), true
}

// Words are the words that the filter searches for, for drawing them: those that are not excluded.
func (f *Filter) Words() []string {
	var out []string
	for _, t := range f.terms {
		if t.kind == byWord && !t.exclude {
			out = append(out, t.word.text)
		}
	}
	return out
}
