package shadow

import (
	"math/big"
	"strconv"
	"strings"
)

// numberLen returns the length of the JSON number at the start of s, 0 if there is none.
func numberLen(s string) int {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := digits(s[i:])
	if whole == 0 {
		return 0
	}
	if s[i] == '0' {
		whole = 1
	}
	i += whole
	if i < len(s) && s[i] == '.' {
		n := digits(s[i+1:])
		if n == 0 {
			return 0
		}
		i += 1 + n
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		n := digits(s[i:])
		if n == 0 {
			return 0
		}
		i += n
	}
	return i
}

// digits counts the decimal digits at the start of s.
func digits(s string) int {
	n := 0
	for n < len(s) && s[n]-'0' <= 9 {
		n++
	}
	return n
}

// equalNumbers compares two JSON numbers by value. It never expands an exponent.
func equalNumbers(a, b string) bool {
	if a == b {
		return true
	}
	x, y := decompose(a), decompose(b)
	if x.zero() || y.zero() {
		return x.zero() && y.zero()
	}
	return x.negative == y.negative && x.sameDigits(y) && equalSums(x.exponent, x.shift, y.exponent, y.shift)
}

// decimal is the number ±0.<whole><fraction> × 10^(exponent+shift), without zeros at either end of its digits.
type decimal struct {
	negative        bool
	whole, fraction string
	exponent        string
	shift           int
}

func decompose(s string) decimal {
	d := decimal{exponent: "0"}
	s, d.negative = strings.CutPrefix(s, "-")
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		s, d.exponent = s[:i], strings.TrimPrefix(s[i+1:], "+")
	}
	d.whole, d.fraction, _ = strings.Cut(s, ".")
	d.whole = strings.TrimLeft(d.whole, "0")
	d.shift = len(d.whole)
	if d.whole == "" {
		trimmed := strings.TrimLeft(d.fraction, "0")
		d.shift = len(trimmed) - len(d.fraction)
		d.fraction = trimmed
	}
	d.fraction = strings.TrimRight(d.fraction, "0")
	if d.fraction == "" {
		d.whole = strings.TrimRight(d.whole, "0")
	}
	return d
}

func (d decimal) zero() bool { return d.whole == "" && d.fraction == "" }

func (d decimal) sameDigits(o decimal) bool {
	if len(d.whole) > len(o.whole) {
		d, o = o, d
	}
	n := len(o.whole) - len(d.whole)
	return len(d.fraction) == n+len(o.fraction) && strings.HasPrefix(o.whole, d.whole) &&
		o.whole[len(d.whole):] == d.fraction[:n] && d.fraction[n:] == o.fraction
}

// equalSums reports whether a+m == b+n for decimal integers a and b of any length.
func equalSums(a string, m int, b string, n int) bool {
	x, errX := strconv.ParseInt(a, 10, 62)
	y, errY := strconv.ParseInt(b, 10, 62)
	if errX == nil && errY == nil {
		return x+int64(m) == y+int64(n)
	}
	i, _ := new(big.Int).SetString(a, 10)
	j, _ := new(big.Int).SetString(b, 10)
	i.Add(i, big.NewInt(int64(m)))
	return i.Cmp(j.Add(j, big.NewInt(int64(n)))) == 0
}
