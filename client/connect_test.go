package client_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// onConnect makes a script that answers CONNECT with these bytes.
func onConnect(b ...byte) func(*scriptedConn, packets.ControlPacket) bool {
	return func(c *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.ConnectPacket); ok {
			c.raw(b...)
			return true
		}
		return false
	}
}

func TestARefusedConnectionStaysRefused(t *testing.T) {
	for code, want := range map[byte]string{
		1:   "the broker does not speak MQTT 3.1.1 (CONNACK 1)",
		2:   "client ID rejected (CONNACK 2)",
		4:   "bad user name or password (CONNACK 4)",
		5:   "not authorized (CONNACK 5)",
		6:   "refused with CONNACK 6, which MQTT 3.1.1 does not define",
		255: "refused with CONNACK 255, which MQTT 3.1.1 does not define",
	} {
		t.Run(fmt.Sprint("code ", code), func(t *testing.T) {
			s := startScripted(t, onConnect(0x20, 2, 0, code))
			o := newObserver(t, quick())
			id := o.Connect(s.profile())
			r, _ := await[client.Refused](o)
			if r.ID != id || r.Why.Code != code || r.Why.Text != want {
				t.Errorf("got %+v; want code %d and %q for %d", r, code, want, id)
			}
			o.Retry()
			await[client.Connecting](o)
			await[client.Refused](o)
			if n := s.count("2 CONNECT"); n != 1 || s.count("3 ") > 0 {
				t.Errorf("got %q; want one attempt and one more by Retry", s.seen)
			}
		})
	}
}

func TestAnUnavailableServerIsTriedAgain(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		return c.number < 3 && onConnect(0x20, 2, 0, 3)(c, p)
	})
	o := newObserver(t, quick())
	o.Connect(s.profile())
	for attempt := 2; attempt <= 3; attempt++ {
		r, _ := await[client.Reconnecting](o)
		if r.Why.Text != "the server is unavailable (CONNACK 3)" || r.Why.Code != 3 || r.Attempt != attempt || r.Lost {
			t.Errorf("got %+v; want attempt %d because the server is unavailable", r, attempt)
		}
	}
	await[client.Connected](o)
}

func TestNobodyListens(t *testing.T) {
	o := newObserver(t, client.Settings{})
	begun := time.Now()
	id := o.Connect(profileOf(t, "127.0.0.1:1"))
	c, _ := await[client.Connecting](o)
	if c.ID != id || c.Endpoint != "mqtt://127.0.0.1:1" || c.Attempt != 1 || !strings.HasPrefix(c.ClientID, "thingdeck-") {
		t.Errorf("got %+v; want the first attempt", c)
	}
	r, _ := await[client.Reconnecting](o)
	if r.Why.Text != "connection refused" || r.ID != id || r.Attempt != 2 {
		t.Errorf("got %+v; want connection refused", r)
	}
	if d := r.Deadline.Sub(begun); d < time.Second || d > 10*time.Second {
		t.Errorf("the next attempt is %v after the first; want 1 to 1.25 s, and what the first took", d)
	}
	o.Retry()
	if c, _ := await[client.Connecting](o); c.Attempt != 2 {
		t.Errorf("got %+v; want the second attempt at once", c)
	}
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		name, want string
		script     func(*scriptedConn, packets.ControlPacket) bool
	}{
		{"mute", "the broker does not answer", func(*scriptedConn, packets.ControlPacket) bool { return true }},
		{"closed before CONNACK", "closed by the broker before CONNACK", func(c *scriptedConn, _ packets.ControlPacket) bool { c.Close(); return true }},
		{"half a CONNACK", "closed by the broker before CONNACK", func(c *scriptedConn, _ packets.ControlPacket) bool {
			c.raw(0x20, 2, 0)
			c.Close()
			return true
		}},
		{"reset", "connection reset by the broker", func(c *scriptedConn, _ packets.ControlPacket) bool {
			c.Conn.(*net.TCPConn).SetLinger(0)
			c.Close()
			return true
		}},
		{"HTTP", "the broker does not speak MQTT 3.1.1: packet type 4 out of turn", onConnect([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")...)},
		{"closed after CONNACK", "closed by the broker", func(c *scriptedConn, _ packets.ControlPacket) bool {
			c.raw(0x20, 2, 0, 0)
			c.Close()
			return true
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startScripted(t, c.script)
			set := client.Settings{}
			if c.name == "mute" { // the others end by themselves, however slow the machine
				set.ConnectTimeout = 200 * time.Millisecond
			}
			o := newObserver(t, set)
			o.Connect(s.profile())
			if r, _ := await[client.Reconnecting](o); r.Why.Text != c.want {
				t.Errorf("got %q; want %q", r.Why.Text, c.want)
			}
		})
	}
}

func TestAHostThatDoesNotExist(t *testing.T) {
	set := quick()
	set.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.example", IsNotFound: true}}
	}
	o := newObserver(t, set)
	o.Connect(profileOf(t, "nowhere.example:1883"))
	if r, _ := await[client.Reconnecting](o); r.Why.Text != "no such host nowhere.example" {
		t.Errorf("got %q; want no such host", r.Why.Text)
	}
}

// What a broker sends must never harm: not the framing, not a length, not an answer to a question not asked.
func TestHostileBytesEndTheConnectionCleanly(t *testing.T) {
	const speak = "the broker does not speak MQTT 3.1.1: "
	for _, c := range []struct {
		name string
		send []byte
		want string
	}{
		{"a second CONNACK", []byte{0x20, 2, 0, 0}, speak + "packet type 2 out of turn"},
		{"a CONNECT", []byte{0x10, 0}, speak + "packet type 1 with 0 bytes"},
		{"type 0", []byte{0, 0}, speak + "packet type 0 with 0 bytes"},
		{"type 15", []byte{0xf0, 0}, speak + "packet type 15 with 0 bytes"},
		{"five bytes of length", []byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}, speak + "a remaining length of more than four bytes"},
		{"256 MB announced", []byte{0x30, 0xff, 0xff, 0xff, 0x7f}, "a packet from the broker is too large: 268435455 bytes, and at most 16777216 are taken"},
		{"QoS 3", []byte{0x36, 5, 0, 1, 'a', 0, 1}, speak + "a bad PUBLISH"},
		{"a PUBLISH without a topic", []byte{0x30, 1, 0}, speak + "a bad PUBLISH"},
		{"a topic longer than the packet", []byte{0x30, 3, 0, 9, 'a'}, speak + "a PUBLISH with a bad topic"},
		{"no room for the identifier", []byte{0x32, 4, 0, 1, 'a', 0}, speak + "a PUBLISH with a bad topic"},
		{"a long PUBACK", []byte{0x40, 3, 0, 1, 0}, speak + "packet type 4 with 3 bytes"},
		{"an empty SUBACK", []byte{0x90, 2, 0, 1}, speak + "packet type 9 with 2 bytes"},
		{"a cut packet", []byte{0x30, 9, 0, 1, 'a'}, "closed by the broker"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startScripted(t, func(conn *scriptedConn, p packets.ControlPacket) bool {
				conn.answer(p)
				conn.raw(c.send...)
				if c.want == "closed by the broker" {
					conn.Close()
				}
				return true
			})
			o := newObserver(t, client.Settings{})
			o.Connect(s.profile())
			if r, _ := await[client.Reconnecting](o); r.Why.Text != c.want || !r.Lost {
				t.Errorf("got %+v; want %q", r, c.want)
			}
		})
	}
}

func TestStrayAnswersAreIgnored(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	c := s.connection(1)
	c.raw(0x40, 2, 0, 1) // PUBACK
	c.raw(0x50, 2, 0, 1) // PUBREC
	c.raw(0x70, 2, 0, 1) // PUBCOMP
	c.raw(0x90, 4, 0, 1, 0, 0)
	c.raw(0xb0, 2, 0, 1)
	c.raw(0xe0, 0) // DISCONNECT, which only MQTT 5 has
	c.raw(0xd0, 0)
	o.Subscribe(filter(t, "a"), 0)
	if sub, _ := await[client.Subscribed](o); sub.Err != nil {
		t.Errorf("got %v; want a subscription that works", sub.Err)
	}
}

func TestAPeerThatDiesIsNoticed(t *testing.T) {
	s := startScripted(t, func(_ *scriptedConn, p packets.ControlPacket) bool {
		_, ping := p.(*packets.PingreqPacket)
		return ping
	})
	set := quick()
	set.PingTimeout = 50 * time.Millisecond
	o := newObserver(t, set)
	p := s.profile()
	p.KeepAlive = time.Second
	o.Connect(p)
	await[client.Connected](o)
	if r, _ := await[client.Reconnecting](o); r.Why.Text != "the broker does not answer" || !r.Lost {
		t.Errorf("got %+v; want that the broker does not answer", r)
	}
}

func TestDisconnect(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	id := o.Disconnect()
	if d, _ := await[client.Disconnected](o); d.ID != id || d.Why.Text != "" || d.Why.Err != nil {
		t.Errorf("got %+v; want it without a reason", d)
	}
	s.await("1 CONNECT", "1 DISCONNECT", "1 end")
	o.Retry() // has nothing to do
	o.Connect(s.profile())
	await[client.Connected](o)
	s.await("2 CONNECT")
}

func TestDisconnectWhileConnecting(t *testing.T) {
	s := startScripted(t, func(*scriptedConn, packets.ControlPacket) bool { return true })
	o := newObserver(t, client.Settings{})
	o.Connect(s.profile())
	s.await("1 CONNECT")
	o.Disconnect()
	await[client.Disconnected](o)
	s.await("1 end")
}

func TestABadProfileIsNotConnectedTo(t *testing.T) {
	o := newObserver(t, client.Settings{})
	id := o.Connect(client.Profile{})
	if d, _ := await[client.Disconnected](o); d.ID != id || d.Why.Text != "no broker: write mqtt://host[:1883]" {
		t.Errorf("got %+v; want that there is no broker", d)
	}
}

func TestConnectTakesTheSessionToAnotherBroker(t *testing.T) {
	first, second := startScripted(t, nil), startScripted(t, nil)
	o := newObserver(t, quick())
	o.Subscribe(filter(t, "a"), 1)
	o.Connect(first.profile())
	await[client.Subscribed](o)
	p := second.profile()
	p.ClientID, p.Username, p.Password = "me", "user", "secret"
	o.Connect(p)
	if c, _ := await[client.Connected](o); c.ClientID != "me" || c.Endpoint != p.Broker.String() {
		t.Errorf("got %+v; want me at %s", c, p.Broker)
	}
	first.await("1 DISCONNECT")
	second.await("1 CONNECT", "1 SUBSCRIBE [a] [1]")
}

func TestCloseWhateverIsGoingOn(t *testing.T) {
	for name, script := range map[string]func(*scriptedConn, packets.ControlPacket) bool{
		"connecting": func(*scriptedConn, packets.ControlPacket) bool { return true },
		"connected":  nil,
		"waiting":    onConnect(0x20, 2, 0, 3),
		"refused":    onConnect(0x20, 2, 0, 5),
	} {
		t.Run(name, func(t *testing.T) {
			s := startScripted(t, script)
			o := newObserver(t, client.Settings{})
			o.Connect(s.profile())
			switch name {
			case "connecting":
				s.await("1 CONNECT")
			case "connected":
				await[client.Connected](o)
			case "waiting":
				await[client.Reconnecting](o)
			case "refused":
				await[client.Refused](o)
			}
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := o.Close(ctx); err != nil {
				t.Errorf("got %v; want nil", err)
			}
			o.Connect(s.profile()) // does nothing
			for {
				if _, err := o.Next(ctx); err == client.ErrClosed {
					break
				} else if err != nil {
					t.Fatalf("got %v; want ErrClosed", err)
				}
			}
		})
	}
}

func TestCloseWhileTheBrokerDoesNotRead(t *testing.T) {
	hold := make(chan struct{})
	s := startScripted(t, func(_ *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.PublishPacket); ok {
			<-hold
		}
		return false
	})
	o := newObserver(t, client.Settings{})
	t.Cleanup(func() { close(hold) })
	o.Connect(s.profile())
	await[client.Connected](o)
	for range 15 {
		o.Publish(client.Message{Topic: topic(t, "a"), Payload: make([]byte, 1<<20)})
	}
	await(o, step(client.Sent))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := o.Close(ctx); err != nil {
		t.Errorf("got %v; want nil after a second at most", err)
	}
}

func TestOneWakeForManySessions(t *testing.T) {
	wake := make(chan struct{}, 1)
	sessions := []*client.Session{client.NewSession(wake, client.Settings{}), client.NewSession(wake, client.Settings{})}
	for _, s := range sessions {
		s.Disconnect()
	}
	seen := 0
	for deadline := time.After(patience); seen < len(sessions); {
		select {
		case <-wake:
			for _, s := range sessions {
				seen += len(s.Take().Events)
			}
		case <-deadline:
			t.Fatalf("got %d events; want %d", seen, len(sessions))
		}
	}
	for _, s := range sessions {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
