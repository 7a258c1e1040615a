package payload

import (
	"math"
	"math/big"
	"strconv"
)

// cborReader reads one item of RFC 8949. It is written here because what it shows keeps the order of keys, and every key.
type cborReader struct {
	writer
	data  []byte
	at    int
	depth int
}

// cborJSON shows exactly one item as JSON.
func cborJSON(data []byte) (*writer, bool) {
	r := &cborReader{data: data}
	if len(data) == 0 {
		return &r.writer, false
	}
	r.topMap = data[0]>>5 == 5
	ok := r.item() && r.at == len(data)
	r.keyed = r.keyed && !r.odd
	return &r.writer, ok
}

// Major types of RFC 8949, section 3.1.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborArray
	cborMap
	cborTag
	cborSimple
)

const (
	cborIndefinite = 31
	cborBreak      = 0xff
)

// head reads the first bytes of an item; info is the low five bits, n the argument.
func (r *cborReader) head() (major, info byte, n uint64, ok bool) {
	if r.at >= len(r.data) {
		return 0, 0, 0, false
	}
	c := r.data[r.at]
	r.at++
	major, info = c>>5, c&31
	size := 0
	switch {
	case info < 24:
		return major, info, uint64(info), true
	case info < 28:
		size = 1 << (info - 24)
	case info == cborIndefinite:
		return major, info, 0, true
	default:
		return 0, 0, 0, false
	}
	if len(r.data)-r.at < size {
		return 0, 0, 0, false
	}
	for _, c := range r.data[r.at : r.at+size] {
		n = n<<8 | uint64(c)
	}
	r.at += size
	return major, info, n, true
}

func (r *cborReader) item() bool {
	major, info, n, ok := r.head()
	if r.depth++; !ok || r.depth > maxDepth || info == cborIndefinite && (major < cborBytes || major == cborTag) {
		return false
	}
	switch major {
	case cborUint:
		r.out = strconv.AppendUint(r.out, n, 10)
	case cborNegative: // -1 - n
		v := new(big.Int).SetUint64(n)
		r.out = v.Not(v).Append(r.out, 10)
	case cborBytes, cborText:
		var s []byte
		if s, ok = r.str(major, info, n); ok && major == cborText {
			ok = r.text(s)
		} else if ok {
			ok = r.bytes(s)
		}
	case cborArray:
		ok = r.array(r.next(info, n), r.item)
	case cborMap:
		ok = r.object(r.next(info, n), r.item)
	case cborTag:
		r.out = append(r.out, `{"$tag":[`...)
		r.out = strconv.AppendUint(r.out, n, 10)
		r.out = append(r.out, ',')
		ok = r.item()
		r.out = append(r.out, `]}`...)
	default:
		ok = r.simple(info, n)
	}
	r.depth--
	return ok
}

// next says whether an array or map goes on.
func (r *cborReader) next(info byte, n uint64) func() (more, ok bool) {
	if info != cborIndefinite {
		if n > uint64(len(r.data)) { // an element takes a byte at least
			return func() (bool, bool) { return false, false }
		}
		return counted(n)
	}
	return func() (more, ok bool) {
		if r.at >= len(r.data) {
			return false, false
		}
		if r.data[r.at] == cborBreak {
			r.at++
			return false, true
		}
		return true, true
	}
}

// str reads a string of bytes or text, in chunks when it is indefinite.
func (r *cborReader) str(major, info byte, n uint64) ([]byte, bool) {
	if info != cborIndefinite {
		if n > uint64(len(r.data)-r.at) {
			return nil, false
		}
		r.at += int(n)
		return r.data[r.at-int(n) : r.at], true
	}
	var all []byte
	for more, ok := r.next(info, n)(); ; more, ok = r.next(info, n)() {
		if !ok || !more {
			return all, ok
		}
		m, i, n, ok := r.head()
		if !ok || m != major || i == cborIndefinite {
			return nil, false
		}
		part, ok := r.str(m, i, n)
		if !ok {
			return nil, false
		}
		all = append(all, part...)
	}
}

func (r *cborReader) simple(info byte, n uint64) bool {
	switch info {
	case 20, 21:
		r.out = strconv.AppendBool(r.out, info == 21)
	case 22:
		r.out = append(r.out, "null"...)
	case 23:
		r.out = append(r.out, `{"$undefined":true}`...)
	case 25:
		return r.float(half(uint16(n)), 64)
	case 26:
		return r.float(float64(math.Float32frombits(uint32(n))), 32)
	case 27:
		return r.float(math.Float64frombits(n), 64)
	case cborIndefinite: // a break where none belongs
		return false
	default:
		if info == 24 && n < 32 {
			return false // not well-formed: section 3.3
		}
		r.out = append(r.out, `{"$simple":`...)
		r.out = strconv.AppendUint(r.out, n, 10)
		r.out = append(r.out, '}')
	}
	return true
}

// half is a float of 16 bits: RFC 8949, appendix D.
func half(h uint16) float64 {
	exponent, mantissa := int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(mantissa, -24)
	case 31:
		if f = math.Inf(1); mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(mantissa+1024, exponent-25)
	}
	if h&0x8000 != 0 {
		f = -f
	}
	return f
}
