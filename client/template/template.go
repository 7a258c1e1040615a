// Package template puts values into texts with variables, such as {{now}} or {{rand 1 10}}, for messages that are published more than
// once. It is pure: time, chance, environment and answers are arguments.
//
// Between {{ and }} stands one of
//
//	now                  the time, as in 2026-11-22T12:04:01.203Z
//	now_ms               the time in milliseconds since 1970
//	uuid                 a random UUID, another at each place
//	seq                  the number of the message
//	rand 1 10            a whole number from 1 to 10; rand 20.0 25.0 has as many decimals as the longer of the two
//	pick "a" "b"         one of the texts
//	env "NAME" "else"    a variable of the environment; without the second text it must be set
//	ask "Room" "hall"    what the user answers, offered the second text
//	"{{"                 the text itself, which is how {{ is written
//
// A text stands in double quotes, with the escapes \" \\ \n \r \t \xHH and \uHHHH. Everything outside {{ }} stays byte for byte, }}
// included.
package template

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
	"unicode/utf8"
)

// Template is a text with variables. It does not change and may be used by several goroutines.
type Template struct {
	name, text string
	parts      []part
}

// part is bytes that stay, or a call.
type part struct {
	text string // without a function
	call call
}

// call is what stands between {{ and }}.
type call struct {
	function  string // "" for plain text
	args      []string
	low, high int64 // of rand, in units of the last decimal
	decimals  int
	at        int // the byte where it stands
}

// Ask is a question to the user.
type Ask struct {
	Label   string
	Default string // offered; "" when the template names none
}

// Values are what the variables of one message become.
type Values struct {
	Now time.Time
	Seq uint64
	// Rand is the source of uuid, rand and pick. The same source in the same state gives the same text.
	Rand *rand.Rand
	// Env looks up a variable of the environment; nil has none.
	Env func(name string) (value string, ok bool)
	// Answers are by the label of the question; without one the default is taken.
	Answers map[string]string
}

// Error is what is wrong with a template, and where.
type Error struct {
	Name         string // of the template, as given to Parse
	Line, Column int    // from 1; columns count characters
	Text         string
}

// Error is one line: "payload: line 2 column 5: no variable is named noww".
func (e *Error) Error() string {
	return fmt.Sprintf("%s: line %d column %d: %s", e.Name, e.Line, e.Column, e.Text)
}

// Asks are the questions, each label once, in order. Of several defaults for one label the first counts.
func (t *Template) Asks() []Ask {
	var out []Ask
	at := map[string]int{}
	for _, p := range t.parts {
		if p.call.function != "ask" {
			continue
		}
		label := p.call.args[0]
		i, known := at[label]
		if !known {
			i = len(out)
			at[label] = i
			out = append(out, Ask{Label: label})
		}
		if len(p.call.args) > 1 && out[i].Default == "" {
			out[i].Default = p.call.args[1]
		}
	}
	return out
}

// Fixed reports whether the text holds no variable: it renders to the same bytes each time.
func (t *Template) Fixed() bool {
	for _, p := range t.parts {
		if p.call.function != "" {
			return false
		}
	}
	return true
}

// maxRendered bounds a rendered text: MQTT has no larger packets.
const maxRendered = 256 << 20

// Render puts the values in. The error is an *Error that names the variable without a value.
func (t *Template) Render(v Values) ([]byte, error) {
	var out []byte
	for _, p := range t.parts {
		if p.call.function == "" {
			out = append(out, p.text...)
		} else {
			var missing string
			if out, missing = p.call.render(out, v); missing != "" {
				return nil, fault(t.name, t.text, p.call.at, missing)
			}
		}
		if len(out) > maxRendered {
			return nil, fault(t.name, t.text, p.call.at, "the text becomes too large")
		}
	}
	return out, nil
}

// render appends the value of the call, or says what is missing for it.
func (c call) render(out []byte, v Values) (more []byte, missing string) {
	switch c.function {
	case "now":
		return v.Now.UTC().AppendFormat(out, "2006-01-02T15:04:05.000Z"), ""
	case "now_ms":
		return strconv.AppendInt(out, v.Now.UnixMilli(), 10), ""
	case "uuid":
		return appendUUID(out, v.Rand), ""
	case "seq":
		return strconv.AppendUint(out, v.Seq, 10), ""
	case "rand":
		return c.appendRandom(out, v.Rand), ""
	case "pick":
		return append(out, c.args[v.Rand.IntN(len(c.args))]...), ""
	case "env":
		return c.lookUp(out, v.Env, "%s is not set in the environment")
	}
	answer := func(label string) (string, bool) {
		a, ok := v.Answers[label]
		return a, ok
	}
	return c.lookUp(out, answer, "%q is not answered")
}

// lookUp appends what get knows by the first argument, or else the second argument.
func (c call) lookUp(out []byte, get func(string) (string, bool), without string) (more []byte, missing string) {
	if get != nil {
		if value, ok := get(c.args[0]); ok {
			return append(out, value...), ""
		}
	}
	if len(c.args) > 1 {
		return append(out, c.args[1]...), ""
	}
	return nil, fmt.Sprintf(without, c.args[0])
}

func (c call) appendRandom(out []byte, source *rand.Rand) []byte {
	span := uint64(c.high) - uint64(c.low)
	n := int64(source.Uint64())
	if span+1 != 0 {
		n = int64(uint64(c.low) + source.Uint64N(span+1))
	}
	if c.decimals == 0 {
		return strconv.AppendInt(out, n, 10)
	}
	size := uint64(n)
	if n < 0 {
		out = append(out, '-')
		size = -size
	}
	digits := fmt.Sprintf("%0*d", c.decimals+1, size)
	point := len(digits) - c.decimals
	return append(append(append(out, digits[:point]...), '.'), digits[point:]...)
}

// appendUUID appends a random UUID (version 4, RFC 9562).
func appendUUID(out []byte, source *rand.Rand) []byte {
	high, low := source.Uint64(), source.Uint64()
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	return fmt.Appendf(out, "%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff)
}

// fault is an error at byte i of a text.
func fault(name, text string, i int, what string) *Error {
	line, start := 1, 0
	for j := range i {
		if text[j] == '\n' {
			line++
			start = j + 1
		}
	}
	return &Error{name, line, utf8.RuneCountInString(text[start:i]) + 1, what}
}
