package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// packet5 is a PUBLISH of MQTT 5.
func packet5(flags byte, topic string, id uint16, properties []byte, payload string) []byte {
	body := append(binary.AppendUvarint(nil, uint64(len(properties))), properties...)
	return packet(flags, topic, id, string(body)+payload)
}

func alias(n byte) []byte { return []byte{TopicAlias, 0, n} }

// listener takes down what a Conn without a library hands on.
type listener struct {
	rig
	conn *Conn
	log  []string
	ack  bool
	end  error
}

func (l *listener) Store(_ time.Time, run []Publish) {
	for i := range run {
		p := &run[i]
		l.log = append(l.log, fmt.Sprintf("%s %s %d %x", p.Topic, p.Payload, p.ID, []byte(p.Properties)))
		if l.ack && p.QoS() == 1 {
			l.conn.Acknowledge(AppendPuback(nil, p.ID))
			_ = l.conn.flushAcks()
		}
	}
}

func (l *listener) Control(kind byte, body []byte) (bool, error) {
	l.log = append(l.log, fmt.Sprintf("packet %d %x", kind, body))
	return false, nil
}

func (l *listener) End(err error) { l.end = err }

// chunked is a socket that plays chunks, one a read.
type chunked struct {
	rig
	chunks [][]byte
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.chunks) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.chunks[0])
	if c.chunks[0] = c.chunks[0][n:]; len(c.chunks[0]) == 0 {
		c.chunks = c.chunks[1:]
	}
	return n, nil
}

func (c *chunked) Write(p []byte) (int, error) { return len(p), nil }

var connack5 = []byte{Connack << 4, 3, 0, 0, 0}

func listen(opt Options, chunks ...[]byte) *listener {
	l := &listener{ack: true}
	opt.Owner, opt.Ended, opt.MaxPacket, opt.Version = l, make(chan struct{}), maxPacket, V5
	l.conn = New(&chunked{chunks: chunks}, opt)
	var p [1]byte
	_, _ = l.conn.Read(p[:])
	return l
}

func TestMQTT5(t *testing.T) {
	all := slices.Concat([]byte{PayloadFormat, 1, MessageExpiry, 0, 0, 0, 9, ContentType, 0, 1, 'j', ResponseTopic, 0, 1, 'r'},
		[]byte{CorrelationData, 0, 2, 0, 255, SubscriptionID, 0x80, 1, SubscriptionID, 2, UserProperty, 0, 1, 'k', 0, 1, 'v', UserProperty, 0, 0, 0, 0})
	stream := slices.Concat(
		connack5,
		packet5(0, "a", 0, nil, "plain"),
		packet5(2, "a/b", 7, all, "with all"),
		packet5(0, "long/topic", 0, alias(1), "named"),
		packet5(0, "", 0, alias(1), "by alias"),
		[]byte{Suback << 4, 4, 0, 1, 0, 1},
		packet5(0, "other", 0, alias(1), "named anew"),
		packet5(0, "", 0, alias(1), "by alias"),
		[]byte{Puback << 4, 4, 0, 1, 0x10, 0},
		[]byte{Disconnect << 4, 2, 0x8e, 0},
	)
	want := []string{
		"packet 2 000000", "a plain 0 ", fmt.Sprintf("a/b with all 7 %x", all), "long/topic named 0 230001", "long/topic by alias 0 230001",
		"packet 9 00010001", "other named anew 0 230001", "other by alias 0 230001", "packet 4 00011000", "packet 14 8e00",
	}
	opt := Options{TopicAliasMaximum: 1}
	for i := range stream {
		l := listen(opt, slices.DeleteFunc([][]byte{stream[:i], stream[i:]}, func(b []byte) bool { return len(b) == 0 })...)
		if !slices.Equal(l.log, want) || l.end != io.EOF {
			t.Fatalf("cut at %d: got %q, ended with %v; want %q", i, l.log, l.end, want)
		}
	}
	if l := listen(opt, slices.Collect(slices.Chunk(stream, 1))...); !slices.Equal(l.log, want) {
		t.Errorf("byte by byte: got %q; want %q", l.log, want)
	}
	var got []string
	for id, value := range Properties(all).All() {
		got = append(got, fmt.Sprintf("%d:%x", id, value))
	}
	if want := []string{"1:01", "2:00000009", "3:6a", "8:72", "9:00ff", "11:8001", "11:02", "38:00016b000176", "38:00000000"}; !slices.Equal(got, want) {
		t.Errorf("properties: got %q; want %q", got, want)
	}
}

func TestWhatMQTT5Forbids(t *testing.T) {
	good := packet5(2, "a", 1, nil, "good")
	for _, c := range []struct {
		name string
		send []byte
		want error
		code byte
	}{
		{"no length of properties", packet(0, "a", 0, ""), ErrMalformed, 0x81},
		{"properties longer than the packet", packet(0, "a", 0, "\x05\x01\x01"), ErrMalformed, 0x81},
		{"a property that is cut", packet5(0, "a", 0, []byte{MessageExpiry, 0}, ""), ErrMalformed, 0x81},
		{"a text that is cut", packet5(0, "a", 0, []byte{ContentType, 0, 5, 'x'}, ""), ErrMalformed, 0x81},
		{"a user property without value", packet5(0, "a", 0, []byte{UserProperty, 0, 1, 'k'}, ""), ErrMalformed, 0x81},
		{"a property of CONNACK", packet5(0, "a", 0, []byte{0x13, 0, 1}, ""), ErrMalformed, 0x81},
		{"an unknown property", packet5(0, "a", 0, []byte{0xff, 0, 1}, ""), ErrMalformed, 0x81},
		{"a property twice", packet5(0, "a", 0, []byte{PayloadFormat, 0, PayloadFormat, 0}, ""), ErrMalformed, 0x81},
		{"payload format 2", packet5(0, "a", 0, []byte{PayloadFormat, 2}, ""), ErrMalformed, 0x81},
		{"subscription identifier 0", packet5(0, "a", 0, []byte{SubscriptionID, 0}, ""), ErrMalformed, 0x81},
		{"alias 0", packet5(0, "a", 0, alias(0), ""), ErrMalformed, 0x81},
		{"neither topic nor alias", packet5(0, "", 0, nil, "x"), ErrMalformed, 0x81},
		{"an alias too high", packet5(0, "a", 0, alias(3), "x"), ErrAlias, 0x94},
		{"an alias without a topic", packet5(0, "", 0, alias(2), "x"), ErrAlias, 0x94},
		{"too large", packet5(0, "a", 0, nil, string(make([]byte, maxPacket))), ErrTooLarge, 0x95},
		{"a short SUBACK", []byte{Suback << 4, 3, 0, 1, 0}, ErrMalformed, 0x81},
	} {
		l := listen(Options{TopicAliasMaximum: 2}, slices.Concat(connack5, good, c.send, good))
		if len(l.log) != 2 || !errors.Is(l.end, c.want) || ReasonCode(l.end) != c.code {
			t.Errorf("%s: got %q, ended with %v, code %#x; want one message, %v and %#x", c.name, l.log, l.end, ReasonCode(l.end), c.want, c.code)
		}
	}
}

func TestReceiveMaximum(t *testing.T) {
	var stream []byte
	for i := range 4 {
		stream = append(stream, packet5(2, "a", uint16(i+1), nil, "x")...)
	}
	stream = slices.Concat(connack5, stream)
	l := listen(Options{ReceiveMaximum: 3}, stream)
	if !errors.Is(l.end, ErrFlow) || len(l.log) != 4 {
		t.Errorf("four at once: got %q, ended with %v; want three messages and %v", l.log, l.end, ErrFlow)
	}
	pieces := slices.Collect(slices.Chunk(stream, 15)) // so that each is acknowledged before the next
	if l = listen(Options{ReceiveMaximum: 3}, pieces...); l.end != io.EOF || len(l.log) != 5 {
		t.Errorf("one after the other: got %q, ended with %v; want four messages", l.log, l.end)
	}
}

// FuzzMQTT5 compares what is accepted with the decoder of another library, which accepts more.
func FuzzMQTT5(f *testing.F) {
	f.Add(byte(0), packet5(0, "a", 0, nil, "x")[2:])
	f.Add(byte(2), packet5(2, "a/b", 7, []byte{ContentType, 0, 1, 'j', UserProperty, 0, 1, 'k', 0, 1, 'v', SubscriptionID, 0x80, 1, TopicAlias, 0, 9}, "x")[2:])
	f.Fuzz(func(t *testing.T, flags byte, body []byte) {
		flags &= 0x0f
		var p Publish
		if len(body) < V5.least(flags) || flags&6 == 6 || p.parse(V5, flags, body) != nil {
			return
		}
		want := packets.Packet{ProtocolVersion: 5, FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: flags >> 1 & 3}}
		if err := want.PublishDecode(bytes.Clone(body)); errors.Is(err, packets.ErrMalformedInvalidUTF8) || err != nil && bytes.Contains([]byte(err.Error()), []byte("utf-8")) {
			return
		} else if err != nil {
			t.Fatalf("%x: got it accepted; want %v", body, err)
		}
		users, ids, named := 0, 0, uint16(0)
		for id, value := range p.Properties.All() {
			switch id {
			case UserProperty:
				users++
			case SubscriptionID:
				ids++
			case TopicAlias:
				named = binary.BigEndian.Uint16(value)
			}
		}
		if string(p.Topic) != want.TopicName || !bytes.Equal(p.Payload, want.Payload) || p.ID != want.PacketID ||
			users != len(want.Properties.User) || ids != len(want.Properties.SubscriptionIdentifier) || named != want.Properties.TopicAlias {
			t.Fatalf("%x: got %+v; want %+v", body, p, want)
		}
	})
}
