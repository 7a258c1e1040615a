package payload

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"time"
)

// packReader reads one value of MessagePack (github.com/msgpack/msgpack, spec.md).
type packReader struct {
	writer
	data  []byte
	at    int
	depth int
}

// packJSON shows exactly one value as JSON.
func packJSON(data []byte) (*writer, bool) {
	r := &packReader{data: data}
	if len(data) == 0 {
		return &r.writer, false
	}
	c := data[0]
	r.topMap = c&0xf0 == 0x80 || c == 0xde || c == 0xdf
	ok := r.value() && r.at == len(data)
	r.keyed = r.keyed && !r.odd
	return &r.writer, ok
}

// take is the next n bytes.
func (r *packReader) take(n uint64) ([]byte, bool) {
	if n > uint64(len(r.data)-r.at) {
		return nil, false
	}
	r.at += int(n)
	return r.data[r.at-int(n) : r.at], true
}

// number is an unsigned one of size bytes.
func (r *packReader) number(size int) (n uint64, ok bool) {
	b, ok := r.take(uint64(size))
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, ok
}

func (r *packReader) value() bool {
	c, ok := r.number(1)
	if r.depth++; !ok || r.depth > maxDepth {
		return false
	}
	ok = r.coded(byte(c))
	r.depth--
	return ok
}

func (r *packReader) coded(c byte) bool {
	switch {
	case c < 0x80:
		return r.signed(int64(c))
	case c >= 0xe0:
		return r.signed(int64(int8(c)))
	case c < 0x90:
		return r.maps(uint64(c & 0x0f))
	case c < 0xa0:
		return r.arrays(uint64(c & 0x0f))
	case c < 0xc0:
		return r.strings(uint64(c & 0x1f))
	case c >= 0xc4 && c <= 0xc6, c >= 0xd9 && c <= 0xdb: // bin, str
		from := byte(0xc4)
		if c >= 0xd9 {
			from = 0xd9
		}
		n, ok := r.number(1 << (c - from))
		if from == 0xd9 {
			return ok && r.strings(n)
		}
		b, took := r.take(n)
		return ok && took && r.bytes(b)
	case c >= 0xc7 && c <= 0xc9: // ext
		n, ok := r.number(1 << (c - 0xc7))
		return ok && r.ext(n)
	case c >= 0xcc && c <= 0xcf:
		n, ok := r.number(1 << (c - 0xcc))
		r.out = strconv.AppendUint(r.out, n, 10)
		return ok
	case c >= 0xd0 && c <= 0xd3:
		size := 1 << (c - 0xd0)
		n, ok := r.number(size)
		return ok && r.signed(int64(n<<(64-8*size))>>(64-8*size))
	case c >= 0xd4 && c <= 0xd8: // fixext
		return r.ext(1 << (c - 0xd4))
	}
	switch c {
	case 0xc0:
		r.out = append(r.out, "null"...)
		return true
	case 0xc2, 0xc3:
		r.out = strconv.AppendBool(r.out, c == 0xc3)
		return true
	case 0xca:
		n, ok := r.number(4)
		return ok && r.float(float64(math.Float32frombits(uint32(n))), 32)
	case 0xcb:
		n, ok := r.number(8)
		return ok && r.float(math.Float64frombits(n), 64)
	case 0xdc, 0xdd:
		n, ok := r.number(2 << (c - 0xdc))
		return ok && r.arrays(n)
	case 0xde, 0xdf:
		n, ok := r.number(2 << (c - 0xde))
		return ok && r.maps(n)
	}
	return false // 0xc1 is never used
}

func (r *packReader) signed(n int64) bool {
	r.out = strconv.AppendInt(r.out, n, 10)
	return true
}

func (r *packReader) strings(n uint64) bool {
	b, ok := r.take(n)
	return ok && r.text(b)
}

func (r *packReader) arrays(n uint64) bool {
	return n <= uint64(len(r.data)) && r.array(counted(n), r.value)
}

func (r *packReader) maps(n uint64) bool {
	return n <= uint64(len(r.data)) && r.object(counted(n), r.value)
}

// ext is an extension; -1 is a timestamp.
func (r *packReader) ext(n uint64) bool {
	t, ok := r.number(1)
	b, took := r.take(n)
	if !ok || !took || len(r.out)+2*len(b) > maxOut {
		return false
	}
	if int8(t) == -1 {
		if at, ok := timestamp(b); ok {
			return r.time(at)
		}
	}
	r.out = append(r.out, `{"$ext":[`...)
	r.out = strconv.AppendInt(r.out, int64(int8(t)), 10)
	r.out = append(r.out, `,"`...)
	r.out = hex.AppendEncode(r.out, b)
	r.out = append(r.out, `"]}`...)
	return true
}

// timestamp reads the three forms of the extension; false for a time that RFC 3339 cannot write.
func timestamp(b []byte) (time.Time, bool) {
	var t time.Time
	switch len(b) {
	case 4:
		t = time.Unix(int64(binary.BigEndian.Uint32(b)), 0)
	case 8:
		n := binary.BigEndian.Uint64(b)
		if n>>34 >= 1e9 {
			return t, false
		}
		t = time.Unix(int64(n&(1<<34-1)), int64(n>>34))
	case 12:
		nanos := binary.BigEndian.Uint32(b)
		if nanos >= 1e9 {
			return t, false
		}
		t = time.Unix(int64(binary.BigEndian.Uint64(b[4:])), int64(nanos))
	default:
		return t, false
	}
	return t, t.UTC().Year() >= 0 && t.UTC().Year() <= 9999
}
