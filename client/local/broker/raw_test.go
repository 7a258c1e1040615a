package broker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(b *Broker, d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
	b.Sweep()
}

// server is a broker behind a TCP listener.
type server struct {
	*Broker
	addr string
	mu   sync.Mutex
	told []Notice
}

func serve(t testing.TB, opt Options) *server {
	t.Helper()
	s := &server{}
	opt.Notice = func(n Notice) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.told = append(s.told, n)
	}
	b, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Broker, s.addr = b, ln.Addr().String()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			running.Go(func() { b.Attach(nc, Peer{Listener: "mqtt://test"}) })
		}
	})
	t.Cleanup(func() {
		ln.Close()
		b.Close()
		running.Wait()
	})
	return s
}

func (s *server) notices() []Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Notice(nil), s.told...)
}

// raw is a client that writes packets by hand.
type raw struct {
	t  testing.TB
	nc net.Conn
	r  *bufio.Reader
	v5 bool
}

func dial(t testing.TB, s *server, v5 bool) *raw {
	t.Helper()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &raw{t: t, nc: nc, r: bufio.NewReader(nc), v5: v5}
}

// hello is a CONNECT to be changed by a test.
func hello(id string) packets.Packet {
	return packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect},
		Connect:     packets.ConnectParams{ProtocolName: []byte("MQTT"), ClientIdentifier: id, Clean: true, Keepalive: 60},
	}
}

// join connects and expects to be accepted.
func join(t testing.TB, s *server, v5 bool, id string, change ...func(*packets.Packet)) (*raw, packets.Packet) {
	t.Helper()
	c := dial(t, s, v5)
	pk := hello(id)
	for _, f := range change {
		f(&pk)
	}
	c.send(pk, (*packets.Packet).ConnectEncode)
	ack := c.next()
	if ack.FixedHeader.Type != packets.Connack || ack.ReasonCode != 0 {
		t.Fatalf("got packet type %d code %#x; want to be accepted", ack.FixedHeader.Type, ack.ReasonCode)
	}
	return c, ack
}

func (c *raw) send(pk packets.Packet, write func(*packets.Packet, *bytes.Buffer) error) {
	c.t.Helper()
	pk.ProtocolVersion = 4
	if c.v5 {
		pk.ProtocolVersion = 5
	}
	pk.Mods.AllowResponseInfo = true
	b, err := encode(pk, write)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(b)
}

func (c *raw) write(b []byte) {
	c.t.Helper()
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// read returns the next packet or the end of the connection.
func (c *raw) read() (packets.Packet, error) {
	_ = c.nc.SetReadDeadline(time.Now().Add(patience))
	f, err := readFrame(c.r, 1<<28)
	if err != nil {
		return packets.Packet{}, err
	}
	pk := packets.Packet{ProtocolVersion: 4}
	if c.v5 {
		pk.ProtocolVersion = 5
	}
	if err := pk.FixedHeader.Decode(f.head); err != nil {
		return pk, err
	}
	pk.FixedHeader.Remaining = len(f.body)
	reads := map[byte]func([]byte) error{
		packets.Connack: pk.ConnackDecode, packets.Publish: pk.PublishDecode, packets.Puback: pk.PubackDecode,
		packets.Suback: pk.SubackDecode, packets.Unsuback: pk.UnsubackDecode, packets.Disconnect: pk.DisconnectDecode,
		packets.Pingresp: pk.PingrespDecode,
	}
	return pk, reads[pk.FixedHeader.Type](f.body)
}

func (c *raw) next() packets.Packet {
	c.t.Helper()
	pk, err := c.read()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return pk
}

// expect reads a packet of a type.
func (c *raw) expect(kind byte) packets.Packet {
	c.t.Helper()
	pk := c.next()
	if pk.FixedHeader.Type != kind {
		c.t.Fatalf("got packet type %d %+v; want %d", pk.FixedHeader.Type, pk, kind)
	}
	return pk
}

// closed expects the connection to end: with a DISCONNECT of this code on MQTT 5, with nothing on 3.1.1.
func (c *raw) closed(code byte) {
	c.t.Helper()
	if c.v5 {
		if pk := c.expect(packets.Disconnect); pk.ReasonCode != code {
			c.t.Fatalf("got DISCONNECT %#x (%s); want %#x", pk.ReasonCode, pk.Properties.ReasonString, code)
		}
	}
	if pk, err := c.read(); !errors.Is(err, io.EOF) {
		c.t.Fatalf("got packet type %d, error %v; want the connection closed", pk.FixedHeader.Type, err)
	}
}

// quiet expects that nothing more comes than the answer to a ping.
func (c *raw) quiet() {
	c.t.Helper()
	c.write([]byte{packets.Pingreq << 4, 0})
	c.expect(packets.Pingresp)
}

func (c *raw) subscribe(qos byte, filters ...string) []byte {
	c.t.Helper()
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 7}
	for _, f := range filters {
		pk.Filters = append(pk.Filters, packets.Subscription{Filter: f, Qos: qos})
	}
	c.send(pk, (*packets.Packet).SubscribeEncode)
	return c.expect(packets.Suback).ReasonCodes
}

func (c *raw) publish(topic string, qos byte, retain bool, payload string, change ...func(*packets.Packet)) {
	c.t.Helper()
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos, Retain: retain}, TopicName: topic, Payload: []byte(payload),
	}
	if qos > 0 {
		pk.PacketID = 11
	}
	for _, f := range change {
		f(&pk)
	}
	c.send(pk, (*packets.Packet).PublishEncode)
}

// published publishes at QoS 1 and waits for the acknowledgement.
func (c *raw) published(topic, payload string, change ...func(*packets.Packet)) {
	c.t.Helper()
	c.publish(topic, 1, false, payload, change...)
	if pk := c.expect(packets.Puback); pk.ReasonCode != 0 || pk.PacketID != 11 {
		c.t.Fatalf("got PUBACK %d code %#x; want 11 accepted", pk.PacketID, pk.ReasonCode)
	}
}

// routed waits until what was published before has been offered to all who subscribe, which comes after the acknowledgement.
func (c *raw) routed() {
	c.t.Helper()
	c.write([]byte{packets.Pingreq << 4, 0})
	c.expect(packets.Pingresp)
}

func (c *raw) puback(id uint16) {
	c.t.Helper()
	c.write(binary.BigEndian.AppendUint16([]byte{packets.Puback << 4, 2}, id))
}

func (c *raw) bye() {
	c.t.Helper()
	c.write([]byte{packets.Disconnect << 4, 0})
	if _, err := c.read(); !errors.Is(err, io.EOF) {
		c.t.Fatalf("got %v after DISCONNECT; want the connection closed", err)
	}
}

func versions(t *testing.T, f func(t *testing.T, v5 bool)) {
	t.Run("3.1.1", func(t *testing.T) { f(t, false) })
	t.Run("5", func(t *testing.T) { f(t, true) })
}

// eventually polls until ok, with a deadline.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
