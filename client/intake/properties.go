package intake

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// Properties of PUBLISH, section 3.3.2.3 of MQTT 5.
const (
	PayloadFormat   = 0x01
	MessageExpiry   = 0x02
	ContentType     = 0x03
	ResponseTopic   = 0x08
	CorrelationData = 0x09
	SubscriptionID  = 0x0b
	TopicAlias      = 0x23
	UserProperty    = 0x26
)

// Properties are those of a PUBLISH as they came, known to be well formed.
type Properties []byte

// All yields each property with its value, in order: an integer as its bytes, a text or data without its length, a user
// property as its name and its value, each with its length before it.
func (p Properties) All() iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for b := []byte(p); len(b) > 0; {
			value, rest, ok := cutProperty(b)
			if !ok || !yield(b[0], value) {
				return
			}
			b = rest
		}
	}
}

// cutProperties takes the properties from the beginning of b, and checks them: none but those of PUBLISH, each once unless
// it may come more often.
func cutProperties(b []byte) (p Properties, rest []byte, err error) {
	n, size := uvarint(b)
	if size == 0 || n > len(b)-size {
		return nil, nil, malformed("a PUBLISH with a bad length of properties")
	}
	if n == 0 {
		return nil, b[size:], nil
	}
	p, rest = b[size:size+n:size+n], b[size+n:]
	var seen uint64
	for b := []byte(p); len(b) > 0; {
		id := b[0]
		_, after, ok := cutProperty(b)
		once := id != UserProperty && id != SubscriptionID
		if !ok || once && seen&(1<<id) != 0 {
			return nil, nil, malformed("a PUBLISH with a bad property")
		}
		seen |= 1 << id
		b = after
	}
	return p, rest, nil
}

// cutProperty takes one property from the beginning of b, which is not empty.
func cutProperty(b []byte) (value, rest []byte, ok bool) {
	id, b := b[0], b[1:]
	n := -1
	switch id {
	case PayloadFormat:
		n = 1
		ok = len(b) > 0 && b[0] <= 1
	case TopicAlias:
		n = 2
		ok = len(b) > 1 && b[0]|b[1] != 0
	case MessageExpiry:
		n, ok = 4, true
	case SubscriptionID:
		var v int
		v, n = uvarint(b)
		ok = v > 0
	case ContentType, ResponseTopic, CorrelationData:
		value, rest, ok = cutText(b)
		return value, rest, ok
	case UserProperty:
		_, rest, ok = cutText(b)
		if ok {
			_, rest, ok = cutText(rest)
		}
		n = len(b) - len(rest)
	}
	if !ok || n > len(b) {
		return nil, nil, false
	}
	return b[:n:n], b[n:], true
}

func cutText(b []byte) (text, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	if n > len(b) {
		return nil, nil, false
	}
	return b[2:n:n], b[n:], true
}

// uvarint reads a variable byte integer; size is 0 when there is none.
func uvarint(b []byte) (v, size int) {
	for i := 0; i < min(4, len(b)); i++ {
		v |= int(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// aliases are the topics that the broker gave a number.
type aliases map[uint16][]byte

// resolve puts the topic in that the broker gave an alias before, and counts what it may send unacknowledged.
func (c *Conn) resolve(p *Publish) error {
	if p.QoS() > 0 {
		if err := c.flow.came(c.opt.ReceiveMaximum); err != nil {
			return err
		}
	}
	alias := uint16(0)
	for id, value := range p.Properties.All() {
		if id == TopicAlias {
			alias = binary.BigEndian.Uint16(value)
		}
	}
	switch {
	case alias == 0 && len(p.Topic) == 0:
		return malformed("a PUBLISH with a bad topic")
	case alias == 0:
		return nil
	case alias > c.opt.TopicAliasMaximum:
		return ErrAlias
	case len(p.Topic) > 0:
		if c.aliases == nil {
			c.aliases = aliases{}
		}
		if !bytes.Equal(c.aliases[alias], p.Topic) {
			c.aliases[alias] = bytes.Clone(p.Topic)
		}
	default:
		if p.Topic = c.aliases[alias]; p.Topic == nil {
			return ErrAlias
		}
	}
	return nil
}
