package payload

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Bounds of what is decoded: deeper or longer is not of the kind, as far as this package is concerned.
const (
	maxDepth = 128
	maxOut   = 16 << 20
)

// writer gathers JSON, and what Detect wants to know of it.
type writer struct {
	out    []byte
	keyed  bool // a map has keys, and all of them are texts
	topMap bool
	odd    bool // some map has a key that is no text
}

func (w *writer) text(s []byte) bool {
	if !utf8.Valid(s) || len(w.out)+len(s) > maxOut {
		return false
	}
	quoted, err := json.Marshal(string(s))
	w.out = append(w.out, quoted...)
	return err == nil
}

func (w *writer) bytes(b []byte) bool {
	if len(w.out)+2*len(b) > maxOut {
		return false
	}
	w.out = append(w.out, `{"$bytes":"`...)
	w.out = hex.AppendEncode(w.out, b)
	w.out = append(w.out, `"}`...)
	return true
}

func (w *writer) float(f float64, bits int) bool {
	switch {
	case math.IsNaN(f):
		w.out = append(w.out, `{"$float":"NaN"}`...)
	case math.IsInf(f, 1):
		w.out = append(w.out, `{"$float":"Infinity"}`...)
	case math.IsInf(f, -1):
		w.out = append(w.out, `{"$float":"-Infinity"}`...)
	default:
		format := byte('f')
		if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
			format = 'e'
		}
		w.out = strconv.AppendFloat(w.out, f, format, -1, bits)
	}
	return true
}

func (w *writer) time(t time.Time) bool {
	w.out = append(w.out, `{"$time":"`...)
	w.out = t.UTC().AppendFormat(w.out, time.RFC3339Nano)
	w.out = append(w.out, `"}`...)
	return true
}

// array writes elements until next says that there are no more.
func (w *writer) array(next func() (more, ok bool), element func() bool) bool {
	w.out = append(w.out, '[')
	for first := true; ; first = false {
		more, ok := next()
		if !ok || len(w.out) > maxOut {
			return false
		}
		if !more {
			w.out = append(w.out, ']')
			return true
		}
		if !first {
			w.out = append(w.out, ',')
		}
		if !element() {
			return false
		}
	}
}

// object writes a map. It becomes an object when all keys are texts and none comes twice; element writes a key or a value.
func (w *writer) object(next func() (more, ok bool), element func() bool) bool {
	type entry struct{ key, value []byte }
	var entries []entry
	begin, plain, seen := len(w.out), true, map[string]bool{}
	for {
		more, ok := next()
		if !ok || len(w.out) > maxOut {
			return false
		}
		if !more {
			break
		}
		from := len(w.out)
		if !element() {
			return false
		}
		middle := len(w.out)
		if !element() {
			return false
		}
		e := entry{w.out[from:middle:middle], w.out[middle:len(w.out):len(w.out)]}
		plain = plain && e.key[0] == '"' && !seen[string(e.key)]
		seen[string(e.key)] = true
		entries = append(entries, e)
	}
	w.keyed = w.keyed || plain && len(entries) > 0
	w.odd = w.odd || !plain
	out := make([]byte, 0, len(w.out)-begin+4*len(entries)+16)
	open, between, end := "{", ":", "}"
	if !plain {
		open, between, end = `{"$map":[`, ",", "]}"
	}
	out = append(out, open...)
	for i, e := range entries {
		if i > 0 {
			out = append(out, ',')
		}
		if !plain {
			out = append(out, '[')
		}
		out = append(append(append(out, e.key...), between...), e.value...)
		if !plain {
			out = append(out, ']')
		}
	}
	w.out = append(w.out[:begin], append(out, end...)...)
	return true
}

// counted is a next for a known number of elements.
func counted(n uint64) func() (more, ok bool) {
	return func() (bool, bool) {
		if n == 0 {
			return false, true
		}
		n--
		return true, true
	}
}
