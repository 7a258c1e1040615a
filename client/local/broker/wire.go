package broker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// errTooLarge is a packet above the size the broker grants.
var errTooLarge = errors.New("packet too large")

// frame is a packet as it came: the first byte and what follows the length. The body belongs to the receiver.
type frame struct {
	head byte
	body []byte
}

func (f frame) kind() byte { return f.head >> 4 }

// readFrame reads one packet of at most limit bytes after the fixed header.
func readFrame(r *bufio.Reader, limit int) (frame, error) {
	head, err := r.ReadByte()
	if err != nil {
		return frame{}, err
	}
	n, err := readLength(r)
	if err != nil {
		return frame{}, err
	}
	if n > limit {
		return frame{head: head}, errTooLarge
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return frame{}, err
	}
	return frame{head: head, body: body}, nil
}

func readLength(r *bufio.Reader) (int, error) {
	n := 0
	for shift := 0; shift < 28; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		n |= int(b&0x7f) << shift
		if b < 0x80 {
			return n, nil
		}
	}
	return 0, malformed("remaining length")
}

func appendLength(dst []byte, n int) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

func lengthSize(n int) int {
	switch {
	case n < 1<<7:
		return 1
	case n < 1<<14:
		return 2
	case n < 1<<21:
		return 3
	}
	return 4
}

// publish is a PUBLISH as a client sent it.
type publish struct {
	topic      []byte // empty when only an alias was given
	alias      uint16
	hasID      bool // carried a subscription identifier
	expiry     uint32
	id         uint16
	qos        byte
	retain     bool
	payload    []byte
	properties *Properties
}

// parsePublish reads a PUBLISH; its slices share the frame's body.
func parsePublish(f frame, v5 bool) (publish, error) {
	p := publish{qos: f.head >> 1 & 3, retain: f.head&1 != 0}
	if p.qos == 3 {
		return p, malformed("QoS 3")
	}
	if p.qos == 0 && f.head&8 != 0 {
		return p, malformed("DUP at QoS 0")
	}
	rest := f.body
	if len(rest) < 2 {
		return p, malformed("topic")
	}
	n := int(binary.BigEndian.Uint16(rest))
	if rest = rest[2:]; len(rest) < n {
		return p, malformed("topic")
	}
	p.topic, rest = rest[:n], rest[n:]
	if p.qos > 0 {
		if len(rest) < 2 {
			return p, malformed("packet identifier")
		}
		p.id, rest = binary.BigEndian.Uint16(rest), rest[2:]
		if p.id == 0 {
			return p, violation("packet identifier 0")
		}
	}
	if v5 {
		var err error
		if rest, err = p.takeProperties(rest); err != nil {
			return p, err
		}
	}
	p.payload = rest
	return p, nil
}

func (p *publish) takeProperties(rest []byte) ([]byte, error) {
	if len(rest) > 0 && rest[0] == 0 {
		return rest[1:], nil
	}
	var in packets.Properties
	n, err := decodeProperties(&in, packets.Publish, rest)
	if err != nil {
		return nil, err
	}
	if in.TopicAliasFlag {
		if in.TopicAlias == 0 {
			return nil, ending{cause: CauseError, code: codeAliasInvalid, text: "topic alias 0"}
		}
		p.alias = in.TopicAlias
	}
	p.hasID = len(in.SubscriptionIdentifier) > 0
	p.expiry = in.MessageExpiryInterval
	p.properties = fromWire(&in)
	return rest[n:], nil
}

// decodeProperties reads a property block and returns its length with the length prefix.
func decodeProperties(into *packets.Properties, kind byte, b []byte) (int, error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || used > 4 || n > uint64(len(b)-used) {
		return 0, malformed("properties")
	}
	if _, err := into.Decode(kind, bytes.NewBuffer(b[:used+int(n)])); err != nil {
		return 0, malformed("properties")
	}
	return used + int(n), nil
}

func fromWire(in *packets.Properties) *Properties {
	p := &Properties{
		PayloadFormat: in.PayloadFormat, HasFormat: in.PayloadFormatFlag, ContentType: in.ContentType,
		ResponseTopic: in.ResponseTopic, CorrelationData: in.CorrelationData,
	}
	for _, u := range in.User {
		p.User = append(p.User, UserProperty{u.Key, u.Val})
	}
	if p.empty() {
		return nil
	}
	return p
}

// outgoing is a PUBLISH on its way to one client.
type outgoing struct {
	m      *Message
	id     uint16
	qos    byte
	dup    bool
	retain bool
}

// appendPublish3 appends o as MQTT 3.1.1.
func appendPublish3(dst []byte, o *outgoing) []byte {
	n := 2 + len(o.m.Topic) + len(o.m.Payload)
	if o.qos > 0 {
		n += 2
	}
	dst = appendLength(append(dst, o.head()), n)
	dst = appendString(dst, o.m.Topic)
	if o.qos > 0 {
		dst = binary.BigEndian.AppendUint16(dst, o.id)
	}
	return append(dst, o.m.Payload...)
}

// appendPublish5 appends o as MQTT 5. A topic alias of 0 is none; known leaves the topic out.
func appendPublish5(dst []byte, o *outgoing, alias uint16, known bool, now time.Time) []byte {
	topic := o.m.Topic
	if known {
		topic = ""
	}
	props := o.m.appendProperties(nil, alias, now)
	n := 2 + len(topic) + lengthSize(len(props)) + len(props) + len(o.m.Payload)
	if o.qos > 0 {
		n += 2
	}
	dst = appendLength(append(dst, o.head()), n)
	dst = appendString(dst, topic)
	if o.qos > 0 {
		dst = binary.BigEndian.AppendUint16(dst, o.id)
	}
	dst = append(appendLength(dst, len(props)), props...)
	return append(dst, o.m.Payload...)
}

func (o *outgoing) head() byte {
	h := byte(packets.Publish<<4) | o.qos<<1
	if o.dup {
		h |= 8
	}
	if o.retain {
		h |= 1
	}
	return h
}

func (m *Message) appendProperties(dst []byte, alias uint16, now time.Time) []byte {
	if alias > 0 {
		dst = binary.BigEndian.AppendUint16(append(dst, packets.PropTopicAlias), alias)
	}
	if !m.Expires.IsZero() {
		left := max(0, m.Expires.Sub(now)/time.Second)
		dst = binary.BigEndian.AppendUint32(append(dst, packets.PropMessageExpiryInterval), uint32(left))
	}
	p := m.Properties
	if p == nil {
		return dst
	}
	if p.HasFormat {
		dst = append(dst, packets.PropPayloadFormat, p.PayloadFormat)
	}
	if p.ContentType != "" {
		dst = appendString(append(dst, packets.PropContentType), p.ContentType)
	}
	if p.ResponseTopic != "" {
		dst = appendString(append(dst, packets.PropResponseTopic), p.ResponseTopic)
	}
	if len(p.CorrelationData) > 0 {
		dst = appendString(append(dst, packets.PropCorrelationData), string(p.CorrelationData))
	}
	for _, u := range p.User {
		dst = appendString(appendString(append(dst, packets.PropUser), u.Key), u.Value)
	}
	return dst
}

func appendString(dst []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(s))), s...)
}

// encode turns a packet other than PUBLISH into bytes.
func encode(pk packets.Packet, write func(*packets.Packet, *bytes.Buffer) error) ([]byte, error) {
	var buf bytes.Buffer
	if err := write(&pk, &buf); err != nil {
		return nil, fmt.Errorf("encode packet: %w", err)
	}
	return buf.Bytes(), nil
}
