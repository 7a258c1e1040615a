package shadow

import (
	"encoding/binary"
	"errors"
	"strconv"
	"time"
)

// Metadata tells when each leaf of a Value was last written. It has the value's shape: Child(i) belongs to the value's
// i-th member or element. The zero Metadata knows no time for any shape. It is immutable.
type Metadata struct {
	kids    []Metadata // none if every leaf has the same time
	seconds int64
}

// Stamp returns metadata of any shape, with every leaf written at seconds (since 1970).
func Stamp(seconds int64) Metadata { return Metadata{seconds: seconds} }

// ParseMetadata reads the metadata of v as the service sends it. What does not have v's shape is left unknown.
func ParseMetadata(metadata, v Value) Metadata {
	if !v.IsContainer() {
		at, _ := metadata.Member("timestamp")
		seconds, _ := at.Int()
		return Metadata{seconds: seconds}
	}
	if metadata.kind != v.kind || v.Len() == 0 {
		return Metadata{}
	}
	kids := make([]Metadata, v.Len())
	for i := range kids {
		if v.kind == KindObject {
			m, _ := metadata.Member(v.kids.members[i].Key)
			kids[i] = ParseMetadata(m, v.at(i))
		} else if i < metadata.Len() {
			kids[i] = ParseMetadata(metadata.at(i), v.at(i))
		}
	}
	return Metadata{kids: kids}
}

// kidsOf takes over the metadata of members or elements.
func kidsOf(kids []Metadata) Metadata {
	if len(kids) == 0 {
		return Metadata{}
	}
	return Metadata{kids: kids}
}

// Child returns the metadata of the i-th member or element.
func (m Metadata) Child(i int) Metadata {
	if m.kids == nil {
		return m
	}
	if i < 0 || i >= len(m.kids) {
		return Metadata{}
	}
	return m.kids[i]
}

// Seconds returns the time of a leaf in seconds since 1970, 0 if it is not known.
func (m Metadata) Seconds() int64 { return m.seconds }

// Time returns when a leaf was written, the zero time if that is not known.
func (m Metadata) Time() time.Time { return unixTime(m.seconds) }

func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// Newest returns the latest time of any leaf in m in seconds since 1970, 0 if none is known.
func (m Metadata) Newest() int64 {
	newest := m.seconds // of a leaf, or of all
	for _, k := range m.kids {
		newest = max(newest, k.Newest())
	}
	return newest
}

// AppendMetadata appends the metadata m of v to dst as the service sends it: {"timestamp":s} for each leaf.
func AppendMetadata(dst []byte, v Value, m Metadata) []byte {
	switch v.kind {
	case KindArray:
		dst = append(dst, '[')
		for i, e := range v.Elems() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendMetadata(dst, e, m.Child(i))
		}
		return append(dst, ']')
	case KindObject:
		dst = append(dst, '{')
		for i, member := range v.Members() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendString(dst, member.Key), ':')
			dst = AppendMetadata(dst, member.Value, m.Child(i))
		}
		return append(dst, '}')
	}
	dst = append(dst, `{"timestamp":`...)
	return append(strconv.AppendInt(dst, m.seconds, 10), '}')
}

// Pack appends m, the metadata of v, to dst in a compact form that Unpack reads.
func (m Metadata) Pack(dst []byte) []byte {
	dst, _ = m.pack(dst, 0)
	return dst
}

func (m Metadata) pack(dst []byte, last int64) ([]byte, int64) {
	if seconds, ok := m.uniform(); ok {
		return binary.AppendVarint(dst, (seconds-last)*2), seconds
	}
	dst = binary.AppendVarint(dst, 1)
	for _, k := range m.kids {
		dst, last = k.pack(dst, last)
	}
	return dst, last
}

// uniform returns the time of all leaves if they have the same.
func (m Metadata) uniform() (int64, bool) {
	if m.kids == nil {
		return m.seconds, true
	}
	first, _ := m.kids[0].uniform()
	for _, k := range m.kids {
		if s, ok := k.uniform(); !ok || s != first {
			return 0, false
		}
	}
	return first, true
}

// Unpack reads what Pack wrote for a value of v's shape and returns the rest of packed.
func Unpack(packed []byte, v Value) (Metadata, []byte, error) {
	u := unpacker{rest: packed}
	m := u.value(v)
	if u.bad {
		return Metadata{}, nil, errors.New("packed metadata does not fit its value")
	}
	return m, u.rest, nil
}

type unpacker struct {
	rest []byte
	last int64
	bad  bool
}

func (u *unpacker) value(v Value) Metadata {
	x, n := binary.Varint(u.rest)
	if n <= 0 || u.bad {
		u.bad = true
		return Metadata{}
	}
	u.rest = u.rest[n:]
	if x%2 == 0 {
		u.last += x / 2
		return Metadata{seconds: u.last}
	}
	if x != 1 || v.Len() == 0 {
		u.bad = true
		return Metadata{}
	}
	kids := make([]Metadata, v.Len())
	for i := range kids {
		kids[i] = u.value(v.at(i))
	}
	return Metadata{kids: kids}
}
