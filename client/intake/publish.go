package intake

import (
	"encoding/binary"
	"fmt"
)

// Publish is a PUBLISH packet as it came. Topic and Payload are views into the read buffer.
type Publish struct {
	// Flags are the low four bits of the fixed header: DUP, two bits of QoS, RETAIN.
	Flags byte
	// ID is the packet identifier; 0 for QoS 0.
	ID      uint16
	Topic   []byte
	Payload []byte
}

// QoS is that of the packet.
func (p *Publish) QoS() byte { return p.Flags >> 1 & 3 }

// minPublish is the least remaining length: the length of the topic, and the packet identifier.
func minPublish(flags byte) int {
	if flags&6 != 0 {
		return 4
	}
	return 2
}

// topicLength reads the length of the topic at the beginning of the variable header.
func topicLength(flags byte, b []byte, body int) (int, error) {
	n := int(binary.BigEndian.Uint16(b))
	if n == 0 || n+minPublish(flags) > body {
		return 0, fmt.Errorf("%w: a PUBLISH with a bad topic", ErrMalformed)
	}
	return n, nil
}

// parse reads what follows the fixed header; b is at least minPublish long.
func (p *Publish) parse(flags byte, b []byte) error {
	n, err := topicLength(flags, b, len(b))
	if err != nil {
		return err
	}
	p.Flags, p.ID = flags, 0
	p.Topic = b[2 : 2+n : 2+n]
	b = b[2+n:]
	if flags&6 != 0 {
		p.ID = binary.BigEndian.Uint16(b)
		b = b[2:]
	}
	p.Payload = b
	return nil
}
