package intake

import (
	"encoding/binary"
	"errors"
)

// Version is a version of MQTT, by the number that CONNECT says. The zero Version is V311.
type Version byte

// The versions that the intake reads.
const (
	V311 Version = 4
	V5   Version = 5
)

// String is the version in words.
func (v Version) String() string {
	if v == V5 {
		return "MQTT 5"
	}
	return "MQTT 3.1.1"
}

// malformed is what is wrong with a packet; Conn makes it an error that says the version.
type malformed string

func (m malformed) Error() string        { return string(m) }
func (m malformed) Is(target error) bool { return target == ErrMalformed }

// fault is a malformed packet of a version.
type fault struct {
	malformed
	version Version
}

func (f fault) Error() string {
	if f.version == V5 {
		return "the broker does not speak MQTT 5: " + string(f.malformed)
	}
	return ErrMalformed.Error() + ": " + string(f.malformed)
}

// ReasonCode is what a DISCONNECT of MQTT 5 says about an error that End was told.
func ReasonCode(err error) byte {
	for code, cause := range map[byte]error{0x81: ErrMalformed, 0x93: ErrFlow, 0x94: ErrAlias, 0x95: ErrTooLarge} {
		if errors.Is(err, cause) {
			return code
		}
	}
	return 0x80
}

// least is the least remaining length of a PUBLISH: the length of the topic, the packet identifier, and that of the
// properties.
func (v Version) least(flags byte) int {
	n := 2
	if flags&6 != 0 {
		n += 2
	}
	if v == V5 {
		n++
	}
	return n
}

// topicLength reads the length of the topic at the beginning of the variable header. Without one MQTT 5 wants an alias.
func (v Version) topicLength(flags byte, b []byte, body int) (int, error) {
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 && v != V5 || n+v.least(flags) > body {
		return 0, malformed("a PUBLISH with a bad topic")
	}
	return n, nil
}

// fits says whether a broker may send this packet, other than PUBLISH, with this remaining length.
func (v Version) fits(kind byte, n int) bool {
	if n >= maxAnswer {
		return false
	}
	switch kind {
	case Connack, Puback, Pubrec, Pubrel, Pubcomp:
		return n == 2 || v == V5 && n > 2
	case Unsuback:
		return v == V5 && n > 3 || v != V5 && n == 2
	case Suback:
		return v == V5 && n > 3 || v != V5 && n > 2
	case Pingresp:
		return n == 0
	case Disconnect:
		return n == 0 || v == V5
	case Auth:
		return v == V5
	}
	return false
}
