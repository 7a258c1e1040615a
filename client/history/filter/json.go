package filter

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// value is one of JSON as the fast way compares it: arrays and objects by their kind alone, which is all that counts against a
// constant.
type value struct {
	kind   valueKind
	number float64
	text   []byte // of a string, without escapes
}

// valueKind is ordered as jq orders values of different kinds.
type valueKind uint8

const (
	isNull valueKind = iota
	isFalse
	isTrue
	isNumber
	isString
	isArray
	isObject
)

func (v *value) truth() bool { return v.kind > isFalse }

// order compares two values as jq does.
func (v *value) order(o *value) int {
	switch {
	case v.kind != o.kind:
		return int(v.kind) - int(o.kind)
	case v.kind == isNumber && v.number < o.number:
		return -1
	case v.kind == isNumber && v.number > o.number:
		return 1
	case v.kind == isString:
		return bytes.Compare(v.text, o.text)
	}
	return 0
}

// maxNesting is how deep JSON may be: encoding/json takes as much.
const maxNesting = 10_000

// reader walks over JSON and checks it on the way. It can be used again.
type reader struct {
	data  []byte
	at    int
	depth int
	kinds []byte // of the containers that skip is in
	text  []byte // unescaped strings of fields
}

func (r *reader) reset(data []byte) {
	r.data, r.at, r.depth, r.kinds, r.text = data, 0, 0, r.kinds[:0], r.text[:0]
}

// blanks skips white space and returns the next byte, or 0 at the end.
func (r *reader) blanks() byte {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
	return 0
}

// end says that nothing but white space is left.
func (r *reader) end() bool {
	r.blanks()
	return r.at == len(r.data)
}

// plain are the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// str reads a string, whose first quote is next, and returns what stands between the quotes, and whether that has escapes.
func (r *reader) str() (raw []byte, escaped, ok bool) {
	data := r.data
	i := r.at + 1
	for from := i; ; i++ {
		for i+8 <= len(data) && allPlain(binary.LittleEndian.Uint64(data[i:])) {
			i += 8
		}
		for i < len(data) && plain[data[i]] {
			i++
		}
		if i >= len(data) {
			return nil, false, false
		}
		switch data[i] {
		case '"':
			r.at = i + 1
			return data[from:i], escaped, true
		case '\\':
			escaped = true
			if i++; i >= len(data) {
				return nil, false, false
			}
			switch data[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if _, ok := hex4(data[i+1:]); !ok {
					return nil, false, false
				}
				i += 4
			default:
				return nil, false, false
			}
		default:
			return nil, false, false
		}
	}
}

// allPlain says of eight bytes at once that all are plain.
func allPlain(x uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, slash := x^ones*'"', x^ones*'\\'
	control := (x - ones*' ') &^ x
	return (control|(quote-ones)&^quote|(slash-ones)&^slash)&highs == 0
}

func hex4(text []byte) (r rune, ok bool) {
	if len(text) < 4 {
		return 0, false
	}
	for _, c := range text[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape appends the text of a string that str has checked.
func unescape(dst, raw []byte) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' {
			dst = append(dst, c)
			continue
		}
		i++
		switch raw[i] {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			u, _ := hex4(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(u) {
				low := rune(utf8.RuneError)
				if len(raw) > i+6 && raw[i+1] == '\\' && raw[i+2] == 'u' {
					low, _ = hex4(raw[i+3:])
				}
				if u = utf16.DecodeRune(u, low); u != utf8.RuneError {
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, u)
		default:
			dst = append(dst, raw[i])
		}
	}
	return dst
}

// num reads a number and returns its text.
func (r *reader) num() ([]byte, bool) {
	data, i := r.data, r.at
	digits := func() bool {
		from := i
		for i < len(data) && data[i] >= '0' && data[i] <= '9' {
			i++
		}
		return i > from
	}
	if data[i] == '-' {
		i++
	}
	if i < len(data) && data[i] == '0' {
		i++
	} else if !digits() {
		return nil, false
	}
	if i < len(data) && data[i] == '.' {
		if i++; !digits() {
			return nil, false
		}
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		if !digits() {
			return nil, false
		}
	}
	text := data[r.at:i]
	r.at = i
	return text, true
}

// name reads true, false or null.
func (r *reader) name() (valueKind, bool) {
	for _, n := range [...]struct {
		text string
		kind valueKind
	}{{"true", isTrue}, {"false", isFalse}, {"null", isNull}} {
		if rest := r.data[r.at:]; len(rest) >= len(n.text) && string(rest[:len(n.text)]) == n.text {
			r.at += len(n.text)
			return n.kind, true
		}
	}
	return 0, false
}

// skip passes over one value.
func (r *reader) skip() bool {
	base := len(r.kinds)
	for {
		c := r.blanks()
		switch {
		case c == '{' || c == '[':
			r.at++
			if r.depth+len(r.kinds)-base >= maxNesting {
				return false
			}
			if r.blanks() == c+2 { // empty: ] is [ + 2, } is { + 2
				r.at++
				break
			}
			r.kinds = append(r.kinds, c)
			if c == '{' && !r.key() {
				return false
			}
			continue
		case !r.scalar(c):
			return false
		}
		for { // a value has ended
			if len(r.kinds) == base {
				return true
			}
			open := r.kinds[len(r.kinds)-1]
			c := r.blanks()
			r.at++
			if c == ',' {
				if open == '{' && !r.key() {
					return false
				}
				break
			}
			if c != open+2 {
				return false
			}
			r.kinds = r.kinds[:len(r.kinds)-1]
		}
	}
}

// key passes over a key and its colon.
func (r *reader) key() bool {
	if r.blanks() != '"' {
		return false
	}
	if _, _, ok := r.str(); !ok || r.blanks() != ':' {
		return false
	}
	r.at++
	return true
}

// scalar passes over a value that begins with c and is no container.
func (r *reader) scalar(c byte) (ok bool) {
	switch {
	case c == '"':
		_, _, ok = r.str()
	case c == '-' || c >= '0' && c <= '9':
		_, ok = r.num()
	case c != 0:
		_, ok = r.name()
	}
	return ok
}

// powers of ten that a float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// number is the value of a JSON number, rounded as IEEE 754 says; beyond the largest it is the largest.
func number(text []byte) (float64, bool) {
	i, negative := 0, false
	if len(text) > 0 && text[0] == '-' {
		i, negative = 1, true
	}
	mantissa, exponent, point := uint64(0), 0, false
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && !point {
			point = true
			continue
		}
		if c < '0' || c > '9' || mantissa >= 1<<53/10-1 {
			return slowNumber(text)
		}
		mantissa = mantissa*10 + uint64(c-'0')
		if point {
			exponent++
		}
	}
	if exponent >= len(powers) {
		return slowNumber(text)
	}
	n := float64(mantissa) / powers[exponent]
	if negative {
		n = -n
	}
	return n, true
}

func slowNumber(text []byte) (float64, bool) {
	n, err := strconv.ParseFloat(string(text), 64)
	if math.IsInf(n, 0) {
		return math.Copysign(math.MaxFloat64, n), true
	}
	return n, err == nil
}
