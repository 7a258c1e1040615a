package template

import (
	"fmt"
	"strconv"
	"strings"
)

// maxCalls bounds the variables of one text.
const maxCalls = 10000

// Parse reads a text with variables. The name stands in errors, which are *Error.
func Parse(name, text string) (*Template, error) {
	t := &Template{name: name, text: text}
	r := reader{name: name, text: text}
	calls := 0
	for r.at < len(text) {
		open := strings.Index(text[r.at:], "{{")
		if open < 0 {
			t.parts = append(t.parts, part{text: text[r.at:]})
			break
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: text[r.at : r.at+open]})
		}
		r.at += open
		p, err := r.call()
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, p)
		if calls++; calls > maxCalls {
			return nil, r.fault(r.at, "more than %d variables", maxCalls)
		}
	}
	return t, nil
}

// reader reads what stands between {{ and }}.
type reader struct {
	name, text string
	at         int
}

func (r *reader) fault(at int, format string, args ...any) error {
	return fault(r.name, r.text, at, fmt.Sprintf(format, args...))
}

// call reads one {{…}}; the reader stands on its {{.
func (r *reader) call() (part, error) {
	open := r.at
	r.at += 2
	r.blanks()
	c := call{at: open}
	if r.peek() == '"' {
		text, err := r.quoted()
		if err == nil {
			err = r.end(open)
		}
		return part{text: text}, err
	}
	at := r.at
	c.function = r.word()
	if c.function == "" {
		if r.at >= len(r.text) {
			return part{}, r.fault(open, "{{ without }}")
		}
		return part{}, r.fault(at, "a variable or a text in quotes is missing; {{ itself is written {{\"{{\"}}")
	}
	rule, known := functions[c.function]
	if !known {
		return part{}, r.fault(at, "no variable is named %s", c.function)
	}
	var places []int
	for r.blanks(); r.at < len(r.text) && !strings.HasPrefix(r.text[r.at:], "}}"); r.blanks() {
		places = append(places, r.at)
		arg, err := r.argument(rule)
		if err != nil {
			return part{}, err
		}
		c.args = append(c.args, arg)
	}
	if err := r.end(open); err != nil {
		return part{}, err
	}
	if n := len(c.args); n < rule.least || n > rule.most {
		return part{}, r.fault(at, "%s is written %s", c.function, rule.form)
	}
	if c.function == "rand" {
		if err := c.span(); err != "" {
			return part{}, r.fault(places[0], "%s", err)
		}
	}
	return part{call: c}, nil
}

// function says what arguments a variable takes.
type function struct {
	least, most int
	numbers     bool // bare words are taken as texts
	onlyNumbers bool
	form        string
}

var functions = map[string]function{
	"now":    {form: "{{now}}"},
	"now_ms": {form: "{{now_ms}}"},
	"uuid":   {form: "{{uuid}}"},
	"seq":    {form: "{{seq}}"},
	"rand":   {least: 2, most: 2, numbers: true, onlyNumbers: true, form: "{{rand 1 10}}"},
	"pick":   {least: 1, most: 1000, numbers: true, form: `{{pick "a" "b"}}`},
	"env":    {least: 1, most: 2, form: `{{env "NAME"}} or {{env "NAME" "else"}}`},
	"ask":    {least: 1, most: 2, form: `{{ask "Label"}} or {{ask "Label" "default"}}`},
}

// argument reads a text in quotes or a number.
func (r *reader) argument(rule function) (string, error) {
	at := r.at
	if r.peek() == '"' {
		text, err := r.quoted()
		if err == nil && rule.onlyNumbers {
			err = r.fault(at, "a number is missing, as in %s", rule.form)
		}
		return text, err
	}
	if number := r.number(); number != "" && rule.numbers {
		return number, nil
	} else if number == "" && !rule.onlyNumbers {
		return "", r.fault(at, "a text in quotes is missing, as in %s", rule.form)
	}
	return "", r.fault(at, "this does not belong here: write %s", rule.form)
}

// end expects }}.
func (r *reader) end(open int) error {
	r.blanks()
	switch {
	case strings.HasPrefix(r.text[r.at:], "}}"):
		r.at += 2
		return nil
	case r.at >= len(r.text):
		return r.fault(open, "{{ without }}")
	}
	return r.fault(r.at, "}} is missing")
}

func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *reader) while(belongs func(byte) bool) string {
	from := r.at
	for r.at < len(r.text) && belongs(r.text[r.at]) {
		r.at++
	}
	return r.text[from:r.at]
}

func (r *reader) blanks() { r.while(func(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }) }

func (r *reader) word() string {
	return r.while(func(c byte) bool {
		return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	})
}

func (r *reader) number() string {
	return r.while(func(c byte) bool { return c == '-' || c == '.' || c >= '0' && c <= '9' })
}

// quoted reads a text in double quotes; the reader stands on the first.
func (r *reader) quoted() (string, error) {
	open := r.at
	var out strings.Builder
	for r.at++; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case '"':
			r.at++
			return out.String(), nil
		case '\\':
			if err := r.escape(&out); err != nil {
				return "", err
			}
		default:
			out.WriteByte(c)
		}
	}
	return "", r.fault(open, "a quote without its end")
}

// escape reads what follows a backslash; the reader then stands on its last character.
func (r *reader) escape(out *strings.Builder) error {
	at := r.at
	r.at++
	digits := 0
	switch r.peek() {
	case '"', '\\':
		out.WriteByte(r.peek())
		return nil
	case 'n':
		out.WriteByte('\n')
		return nil
	case 'r':
		out.WriteByte('\r')
		return nil
	case 't':
		out.WriteByte('\t')
		return nil
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	}
	if digits > 0 && r.at+digits < len(r.text) {
		if n, err := strconv.ParseUint(r.text[r.at+1:r.at+1+digits], 16, 32); err == nil && !(n >= 0xd800 && n < 0xe000) {
			r.at += digits
			if digits == 2 {
				out.WriteByte(byte(n))
			} else {
				out.WriteRune(rune(n))
			}
			return nil
		}
	}
	return r.fault(at, `a backslash goes before ", \, n, r, t, xHH or uHHHH`)
}

// span reads the two numbers of rand; it returns what is wrong with them.
func (c *call) span() (wrong string) {
	for _, arg := range c.args {
		if _, fraction, ok := strings.Cut(arg, "."); ok {
			c.decimals = max(c.decimals, len(fraction))
		}
	}
	for i, to := range []*int64{&c.low, &c.high} {
		whole, fraction, _ := strings.Cut(c.args[i], ".")
		digits := fraction + strings.Repeat("0", min(20, c.decimals-len(fraction)))
		n, err := strconv.ParseInt(whole+digits, 10, 64)
		if err != nil || whole == "" || whole == "-" || strings.HasSuffix(c.args[i], ".") || strings.Contains(digits, "-") {
			return c.args[i] + " is no number that fits"
		}
		*to = n
	}
	if c.low > c.high {
		return "the smaller number comes first: " + c.args[0] + " is more than " + c.args[1]
	}
	return ""
}
