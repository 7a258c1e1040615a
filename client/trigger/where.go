package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Where is a condition on payloads. The nil Where is always true.
type Where struct{ all []comparison }

type comparison struct {
	path  []string // member names and indices, from the outside in; none for the payload as text
	op    string
	text  string // of a string, or of what ~ looks for
	num   *big.Rat
	value any // bool or nil, when neither of the above
	kind  byte
}

// ops are longest first, so that >= is not read as >.
var ops = []string{"==", "!=", ">=", "<=", ">", "<", "~"}

// ParseWhere reads comparisons joined by "and": PATH OP VALUE. PATH names a member of the JSON payload, state.desired.on or list.0;
// payload stands for the payload as text. OP is == != > >= < <= or ~ (contains). VALUE is a number, true, false, null, or a text
// in double quotes. "" is no condition.
func ParseWhere(text string) (*Where, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	w := &Where{}
	for rest := text; ; {
		c, after, err := parseComparison(rest)
		if err != nil {
			return nil, err
		}
		w.all = append(w.all, c)
		after = strings.TrimSpace(after)
		if after == "" {
			return w, nil
		}
		next, ok := strings.CutPrefix(after, "and ")
		if !ok {
			return nil, fmt.Errorf("%q: comparisons are joined by and", short(after))
		}
		rest = next
	}
}

func parseComparison(text string) (c comparison, rest string, err error) {
	at, op := len(text), ""
	for i := 0; i < len(text) && op == ""; i++ {
		for _, o := range ops {
			if strings.HasPrefix(text[i:], o) {
				at, op = i, o
				break
			}
		}
	}
	if op == "" {
		return c, "", fmt.Errorf("%q: a comparison is PATH OP VALUE, as in temp > 30", short(text))
	}
	path := strings.TrimSpace(text[:at])
	switch {
	case path == "" || strings.ContainsAny(path, " \t\""):
		return c, "", fmt.Errorf("%q: the name of a JSON member is missing", short(text))
	case path != "payload":
		c.path = strings.Split(path, ".")
	}
	c.op = op
	value, rest := cutValue(strings.TrimSpace(text[at+len(op):]))
	if err := c.set(value); err != nil {
		return c, "", err
	}
	return c, rest, nil
}

// cutValue parts a value from what follows it.
func cutValue(text string) (value, rest string) {
	if strings.HasPrefix(text, `"`) {
		for i := 1; i < len(text); i++ {
			if text[i] == '\\' {
				i++
			} else if text[i] == '"' {
				return text[:i+1], text[i+1:]
			}
		}
		return text, ""
	}
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

func (c *comparison) set(value string) error {
	switch value {
	case "":
		return errors.New("a value is missing: a number, true, false, null or a text in quotes")
	case "true", "false":
		c.kind, c.value = 'b', value == "true"
	case "null":
		c.kind = 'z'
	default:
		if value[0] == '"' {
			text, err := strconv.Unquote(value)
			if err != nil {
				return fmt.Errorf("%s: not a text in quotes", short(value))
			}
			c.kind, c.text = 's', text
		} else if num, ok := number(value); ok {
			c.kind, c.num, c.text = 'n', num, value
		} else {
			return fmt.Errorf("%q is no value: a number, true, false, null or a text in quotes", short(value))
		}
	}
	if (c.kind == 'b' || c.kind == 'z') && c.op != "==" && c.op != "!=" {
		return fmt.Errorf("%s: true, false and null are compared by == and !=", value)
	}
	return nil
}

// number reads a JSON number, but for exponents that would take much memory.
func number(text string) (*big.Rat, bool) {
	if len(text) > 64 || !json.Valid([]byte(text)) || (text[0] != '-' && (text[0] < '0' || text[0] > '9')) {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if e, err := strconv.Atoi(text[i+1:]); err != nil || e > 400 || e < -400 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(text)
}

// maxPayload bounds the JSON that a condition reads.
const maxPayload = 1 << 20

// Match reports whether the payload fulfils the condition. A payload that is no JSON, or lacks the member, fulfils none on members.
func (w *Where) Match(payload []byte) bool {
	if w == nil {
		return true
	}
	var doc any
	parsed, valid := false, false
	for _, c := range w.all {
		if c.path == nil {
			if !c.holds(string(payload)) {
				return false
			}
			continue
		}
		if !parsed {
			parsed = true
			doc, valid = decode(payload)
		}
		value, found := any(nil), false
		if valid {
			value, found = lookUp(doc, c.path)
		}
		if !found || !c.holds(value) {
			return false
		}
	}
	return true
}

func decode(payload []byte) (doc any, ok bool) {
	if len(payload) > maxPayload {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	return doc, d.Decode(&doc) == nil
}

func lookUp(doc any, path []string) (any, bool) {
	for _, name := range path {
		switch v := doc.(type) {
		case map[string]any:
			next, ok := v[name]
			if !ok {
				return nil, false
			}
			doc = next
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
}

// holds compares a value; of another kind it is different, and neither more nor less.
func (c comparison) holds(value any) bool {
	if c.op == "~" {
		return strings.Contains(textOf(value), c.text)
	}
	order, same := 0, false
	switch v := value.(type) {
	case json.Number:
		if num, ok := number(string(v)); ok && c.kind == 'n' {
			order, same = num.Cmp(c.num), true
		}
	case string:
		if c.kind == 's' {
			order, same = strings.Compare(v, c.text), true
		} else if num, ok := number(v); ok && c.kind == 'n' && c.path == nil { // the whole payload is a number
			order, same = num.Cmp(c.num), true
		}
	case bool:
		if same = c.kind == 'b'; same && v != c.value {
			order = 1
		}
	case nil:
		same = c.kind == 'z'
	}
	switch c.op {
	case "==":
		return same && order == 0
	case "!=":
		return !same || order != 0
	case ">":
		return same && order > 0
	case ">=":
		return same && order >= 0
	case "<":
		return same && order < 0
	}
	return same && order <= 0
}

func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	}
	text, _ := json.Marshal(value)
	return string(text)
}

func short(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}
