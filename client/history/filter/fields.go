package filter

import "math/bits"

// fieldReader reads the fields of an expression out of JSON in one pass.
type fieldReader struct {
	reader
	fields []fieldPath
	values []value
	wrong  uint64 // fields that jq cannot read: a key of what is no object, an index of what is no array
	unsure bool   // a field is an index of a string, which gojq knows a way to read
}

// maxFields is how many fields an expression of the fast way may have: they are bits of a word.
const maxFields = 64

// read fills values; false when the payload is no JSON. A field that is not there is null.
func (r *fieldReader) read(payload []byte) bool {
	r.reset(payload)
	r.unsure = false
	if r.values == nil {
		r.values = make([]value, len(r.fields))
	}
	all := uint64(1)<<len(r.fields) - 1
	if len(r.fields) == maxFields {
		all = ^uint64(0)
	}
	r.clear(all)
	return r.value(all) && r.end()
}

// clear makes fields null.
func (r *fieldReader) clear(which uint64) {
	r.wrong &^= which
	for m := which; m != 0; m &= m - 1 {
		r.values[bits.TrailingZeros64(m)] = value{}
	}
}

// value reads one value, to which the first depth steps of some fields have led.
func (r *fieldReader) value(which uint64) bool {
	c := r.blanks()
	if which == 0 {
		if c == '{' || c == '[' {
			return r.skip()
		}
		return r.scalar(c)
	}
	here, deeper := r.part(which)
	switch {
	case c == '{':
		r.set(here, value{kind: isObject})
		return r.object(deeper)
	case c == '[':
		r.set(here, value{kind: isArray})
		return r.array(deeper)
	}
	v, ok := r.leaf(c, here != 0)
	if v.kind != isNull {
		r.wrong |= deeper
	}
	for m := deeper; m != 0 && v.kind == isString; m &= m - 1 {
		r.unsure = r.unsure || r.fields[bits.TrailingZeros64(m)][r.depth].array
	}
	r.set(here, v)
	return ok
}

// part tells the fields whose path ends here from those that go on.
func (r *fieldReader) part(which uint64) (here, deeper uint64) {
	for m := which; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		if len(r.fields[i]) == r.depth {
			here |= 1 << i
		}
	}
	return here, which &^ here
}

func (r *fieldReader) set(which uint64, v value) {
	for m := which; m != 0; m &= m - 1 {
		r.values[bits.TrailingZeros64(m)] = v
	}
}

// leaf reads a value that is no container; whole says that what it is counts.
func (r *fieldReader) leaf(c byte, whole bool) (v value, ok bool) {
	switch {
	case c == '"':
		raw, escaped, ok := r.str()
		if escaped && whole {
			from := len(r.text)
			r.text = unescape(r.text, raw)
			raw = r.text[from:]
		}
		return value{kind: isString, text: raw}, ok
	case c == '-' || c >= '0' && c <= '9':
		v.kind = isNumber
		text, ok := r.num()
		if ok && whole {
			v.number, ok = number(text)
		}
		return v, ok
	case c == 0:
		return v, false
	}
	v.kind, ok = r.name()
	return v, ok
}

func (r *fieldReader) object(which uint64) bool {
	if r.depth++; r.depth > maxNesting {
		return false
	}
	for m := which; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); r.fields[i][r.depth-1].array {
			r.wrong |= 1 << i
		}
	}
	which &^= r.wrong
	r.at++
	if r.blanks() == '}' {
		r.at++
		r.depth--
		return true
	}
	for {
		if r.blanks() != '"' {
			return false
		}
		raw, escaped, ok := r.str()
		if !ok || r.blanks() != ':' {
			return false
		}
		r.at++
		sub := uint64(0)
		if which != 0 {
			sub = r.under(which, raw, escaped)
		}
		if !r.value(sub) {
			return false
		}
		c := r.blanks()
		r.at++
		if c == '}' {
			r.depth--
			return true
		}
		if c != ',' {
			return false
		}
	}
}

// under is the fields whose next step is a key. What an earlier member of the same key said of them is forgotten.
func (r *fieldReader) under(which uint64, raw []byte, escaped bool) (sub uint64) {
	if escaped {
		from := len(r.text)
		r.text = unescape(r.text, raw)
		raw = r.text[from:]
	}
	for m := which; m != 0; m &= m - 1 {
		i := bits.TrailingZeros64(m)
		if string(raw) == r.fields[i][r.depth-1].key {
			sub |= 1 << i
		}
	}
	if sub != 0 {
		r.clear(sub)
	}
	return sub
}

func (r *fieldReader) array(which uint64) bool {
	if r.depth++; r.depth > maxNesting {
		return false
	}
	for m := which; m != 0; m &= m - 1 {
		if i := bits.TrailingZeros64(m); !r.fields[i][r.depth-1].array {
			r.wrong |= 1 << i
		}
	}
	which &^= r.wrong
	r.at++
	if r.blanks() == ']' {
		r.at++
		r.depth--
		return true
	}
	for n := 0; ; n++ {
		sub := uint64(0)
		for m := which; m != 0; m &= m - 1 {
			if i := bits.TrailingZeros64(m); r.fields[i][r.depth-1].index == n {
				sub |= 1 << i
			}
		}
		if !r.value(sub) {
			return false
		}
		c := r.blanks()
		r.at++
		if c == ']' {
			r.depth--
			return true
		}
		if c != ',' {
			return false
		}
	}
}

// holds evaluates an expression of the fast way; failed says that jq would report an error.
func (r *fieldReader) holds(n *node) (holds, failed bool) {
	switch n.kind {
	case both:
		if holds, failed = r.holds(n.left); !holds || failed {
			return false, failed
		}
		return r.holds(n.right)
	case either:
		if holds, failed = r.holds(n.left); holds || failed {
			return holds, failed
		}
		return r.holds(n.right)
	}
	if r.wrong>>n.field&1 != 0 {
		return false, true
	}
	v := &r.values[n.field]
	if n.kind == truth {
		return v.truth(), false
	}
	return n.op.holds(v.order(&n.constant)), false
}
