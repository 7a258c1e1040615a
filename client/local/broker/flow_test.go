package broker

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestQoS0FloodLosesNothingForAClientThatReads(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, false, "c")
	c.subscribe(0, "a")
	const n = 50000
	pub, _ := join(t, s, false, "pub")
	var sending sync.WaitGroup
	sending.Go(func() {
		o := outgoing{m: &Message{Topic: "a", Payload: make([]byte, 200)}}
		var buf []byte
		for range n {
			if buf = appendPublish3(buf, &o); len(buf) > 32<<10 {
				pub.write(buf)
				buf = buf[:0]
			}
		}
		pub.write(buf)
	})
	for range n {
		c.expect(packets.Publish)
	}
	sending.Wait()
	if told := s.notices(); len(told) != 0 {
		t.Errorf("got notices %+v; want none", told)
	}
}

func TestClientThatDoesNotReadHoldsNobodyUp(t *testing.T) {
	s := serve(t, Options{Strict: true})
	deaf, _ := join(t, s, false, "deaf")
	deaf.subscribe(0, "a")
	ok, _ := join(t, s, false, "ok")
	ok.subscribe(0, "a")
	pub, _ := join(t, s, false, "pub")
	big := strings.Repeat("x", 100<<10)
	began := time.Now()
	const n = 200 // 20 MB, far more than sockets hold
	for range n {
		pub.published("a", big)
	}
	for range n {
		ok.expect(packets.Publish)
	}
	if took := time.Since(began); took > 2*patience {
		t.Errorf("took %v; want one pause at most", took)
	}
}

func TestQueueOfAnAbsentClientIsBoundedAndTold(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, false, "c", persistent)
	c.subscribe(1, "a")
	c.bye()
	pub, _ := join(t, s, false, "pub")
	big := strings.Repeat("x", 128<<10)
	for range pendingBytes/len(big) + 2 {
		pub.published("a", big)
	}
	pub.routed()
	told := s.notices()
	if len(told) != 1 || told[0].Kind != Dropped || told[0].ClientID != "c" {
		t.Errorf("got %+v; want to be told once that messages are lost", told)
	}
}

func TestMessageLargerThanTheClientTakesIsLeftOut(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c", func(pk *packets.Packet) {
		pk.Properties.MaximumPacketSize, pk.Properties.ReceiveMaximum = 100, 1
	})
	c.subscribe(1, "a")
	pub, _ := join(t, s, false, "pub")
	pub.published("a", strings.Repeat("x", 200))
	pub.published("a", "small")
	if pk := c.expect(packets.Publish); string(pk.Payload) != "small" {
		t.Errorf("got %d bytes; want the small one only", len(pk.Payload))
	}
}

func TestManyClientsComeAndGo(t *testing.T) {
	s := serve(t, Options{Strict: true})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				c := dial(t, s, false)
				// CONNECT, SUBSCRIBE a/# and, half of the time, DISCONNECT; another of the same ID may come at any point.
				b := fmt.Appendf([]byte{0x10, 14, 0, 4}, "MQTT\x04\x02\x00\x3c\x00\x02c%d\x82\x08\x00\x01\x00\x03a/#\x01", i%4)
				if n%2 == 0 {
					b = append(b, 0xe0, 0)
				}
				_, _ = c.nc.Write(b)
				if n%3 == 0 {
					_, _ = c.read()
				}
				c.nc.Close()
			}
		})
	}
	all.Wait()
	eventually(t, "all sessions are gone", func() bool {
		s.Broker.mu.Lock()
		defer s.Broker.mu.Unlock()
		return len(s.sessions) == 0
	})
	if n := len(s.server.Topics.Subscribers("a/b").Subscriptions); n != 0 || s.server.Clients.Len() != 0 {
		t.Errorf("got %d subscriptions, %d clients left without a session; want none", n, s.server.Clients.Len())
	}
}

// faults fails a test when the broker logs a fault of its own.
type faults struct{ t testing.TB }

func (f faults) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "broker fault") {
		f.t.Errorf("%s", p)
	}
	return len(p), nil
}

func FuzzPackets(f *testing.F) {
	f.Add(true, []byte{0x82, 6, 0, 1, 0, 1, 'a', 0})
	f.Add(false, []byte{0x32, 6, 0, 1, 'a', 0, 1, 0})
	f.Add(true, []byte{0xe0, 7, 0, 5, 0x11, 0, 0, 0, 9})
	f.Fuzz(func(t *testing.T, v5 bool, b []byte) {
		br, err := New(Options{Log: slog.New(slog.NewTextHandler(faults{t}, nil))})
		if err != nil {
			t.Fatal(err)
		}
		defer br.Close()
		client, side := net.Pipe()
		go br.Attach(side, Peer{})
		pk := hello("c")
		pk.ProtocolVersion = 4
		if v5 {
			pk.ProtocolVersion = 5
		}
		connect, err := encode(pk, (*packets.Packet).ConnectEncode)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer client.Close()
			_ = client.SetDeadline(time.Now().Add(patience))
			_, _ = client.Write(connect)
			_, _ = client.Write(b)
		}()
		buf := make([]byte, 4096)
		for {
			if _, err := client.Read(buf); err != nil {
				return
			}
		}
	})
}
