package intake

import "encoding/binary"

// Publish is a PUBLISH packet as it came. What it holds are views into the read buffer.
type Publish struct {
	// Flags are the low four bits of the fixed header: DUP, two bits of QoS, RETAIN.
	Flags byte
	// ID is the packet identifier; 0 for QoS 0.
	ID      uint16
	Topic   []byte
	Payload []byte
	// Properties are those of MQTT 5, checked; nil where there are none.
	Properties Properties
}

// QoS is that of the packet.
func (p *Publish) QoS() byte { return p.Flags >> 1 & 3 }

// parse reads what follows the fixed header; b is as long as version.least says, or longer.
func (p *Publish) parse(v Version, flags byte, b []byte) error {
	n, err := v.topicLength(flags, b, len(b))
	if err != nil {
		return err
	}
	p.Flags, p.ID, p.Properties = flags, 0, nil
	p.Topic = b[2 : 2+n : 2+n]
	b = b[2+n:]
	if flags&6 != 0 {
		p.ID = binary.BigEndian.Uint16(b)
		b = b[2:]
	}
	if v == V5 {
		if p.Properties, b, err = cutProperties(b); err != nil {
			return err
		}
	}
	p.Payload = b
	return nil
}
