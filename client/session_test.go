package client_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

func TestPublishAndReceive(t *testing.T) {
	_, profile, _ := startBroker(t, "127.0.0.1:0")
	o := newObserver(t, client.Settings{})
	o.Connect(profile)
	if c, _ := await[client.Connected](o); c.Endpoint != profile.Broker.String() || c.ClientID == "" || c.SessionPresent {
		t.Errorf("got %+v; want endpoint %s and a client ID", c, profile.Broker)
	}
	id := o.Subscribe(filter(t, "a/#"), 1)
	if s, _ := await[client.Subscribed](o); s.ID != id || s.Granted != 1 || s.Err != nil {
		t.Fatalf("got %+v; want the answer to %d with QoS 1", s, id)
	}
	payloads := []string{"\x00\xff\x1b]52;c;x\x07", "", strings.Repeat("\x00", 300<<10)}
	for qos, payload := range payloads {
		id = o.Publish(client.Message{Topic: topic(t, "a/b"), Payload: []byte(payload), QoS: byte(qos)})
		last := client.Acknowledged
		if qos == 0 {
			last = client.Sent
		}
		p, _ := await(o, step(last))
		if p.ID != id || !p.Final() || p.Again || (p.Took > 0) != (qos > 0) {
			t.Errorf("QoS %d: got %+v; want the last step of %d", qos, p, id)
		}
	}
	o.awaitMessages(3)
	for i, want := range payloads {
		m, _ := o.History.At(uint64(i))
		if string(m.Payload) != want || m.Topic != "a/b" || m.QoS != byte(min(i, 1)) || time.Since(m.Time) > patience {
			t.Errorf("message %d: got %d bytes on %q with QoS %d; want the %d published", i, len(m.Payload), m.Topic, m.QoS, len(want))
		}
	}
}

func TestRetainedMessagesComeWithTheirMark(t *testing.T) {
	_, profile, _ := startBroker(t, "127.0.0.1:0")
	o := newObserver(t, client.Settings{})
	o.Connect(profile)
	await[client.Connected](o)
	o.Publish(client.Message{Topic: topic(t, "kept"), Payload: []byte("x"), QoS: 1, Retain: true})
	await(o, step(client.Acknowledged))
	o.Subscribe(filter(t, "kept"), 0)
	o.awaitMessages(1)
	if m, _ := o.History.At(0); !m.Retain {
		t.Errorf("got %+v; want it marked as retained", m)
	}
}

func TestManyMessagesKeepTheirOrder(t *testing.T) {
	server, profile, _ := startBroker(t, "127.0.0.1:0")
	o := newObserver(t, client.Settings{})
	o.Connect(profile)
	o.Subscribe(filter(t, "order"), 1)
	await[client.Subscribed](o)
	const n = 10_000
	for i := range n {
		o.Publish(client.Message{Topic: topic(t, "order"), Payload: fmt.Append(nil, i), QoS: 1})
	}
	for range n {
		await(o, step(client.Acknowledged))
	}
	o.awaitMessages(n)
	for i := range uint64(n) {
		if m, _ := o.History.At(i); string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d: got %s", i, m.Payload)
		}
	}
	if d := server.Info.MessagesDropped + server.Info.InflightDropped; d != 0 {
		t.Errorf("the broker dropped %d messages; want the window to prevent that", d)
	}
}

// The answer to a SUBSCRIBE stands among the messages where the broker put it.
func TestEventsKeepTheirPlaceAmongMessages(t *testing.T) { bothWays(t, testPlaces) }

func testPlaces(t *testing.T, set client.Settings) {
	const before, after, rounds = 40, 10, 50
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		sub, ok := p.(*packets.SubscribePacket)
		if !ok {
			return false
		}
		var b []byte
		for i := range before + after {
			if i == before {
				b = append(b, 0x90, 3, byte(sub.MessageID>>8), byte(sub.MessageID), 1)
			}
			b = append(b, message("a", fmt.Sprint(i), 0, 0)...)
		}
		c.raw(b...)
		return true
	})
	o := newObserver(t, set)
	o.Connect(s.profile())
	for round := range rounds {
		o.Subscribe(filter(t, fmt.Sprint("a/", round)), 1)
		if _, place := await[client.Subscribed](o); place != uint64(round*(before+after)+before) {
			t.Errorf("round %d: got the place %d; want %d", round, place, round*(before+after)+before)
		}
		o.awaitMessages((round + 1) * (before + after))
	}
}

func TestPublishWhileAway(t *testing.T) {
	o := newObserver(t, quick())
	qos0 := o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("0")})
	p, _ := await[client.Published](o)
	if p.ID != qos0 || p.Step != client.Failed || errText(p.Err) != "not connected" || !p.Final() {
		t.Errorf("QoS 0: got %+v; want it to fail", p)
	}
	first := o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("1"), QoS: 1})
	if p, _ := await[client.Published](o); p.ID != first || p.Step != client.Waiting || p.Final() {
		t.Errorf("QoS 1: got %+v; want it to wait", p)
	}
	o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("2"), QoS: 1})
	s := startScripted(t, nil)
	o.Connect(s.profile())
	await(o, step(client.Acknowledged), func(p client.Published) bool { return p.ID == first && !p.Again })
	await(o, step(client.Acknowledged))
	s.await("1 CONNECT", "1 PUBLISH a 1 id 1", "1 PUBLISH a 2 id 2")
}

// dropAt ends the first connection instead of acknowledging the messages with this payload.
func dropAt(payload string, present byte) func(*scriptedConn, packets.ControlPacket) bool {
	return func(c *scriptedConn, p packets.ControlPacket) bool {
		switch p := p.(type) {
		case *packets.ConnectPacket:
			if c.number > 1 {
				c.raw(0x20, 2, present, 0)
				return true
			}
		case *packets.PublishPacket:
			if c.number == 1 && string(p.Payload) == payload {
				c.Close()
			}
			return c.number == 1
		}
		return false
	}
}

func TestUnacknowledgedMessagesAreSentAgainFirst(t *testing.T) {
	for _, c := range []struct {
		name    string
		present byte
		want    []string
	}{
		{"as new ones when the session is gone", 0, []string{"2 PUBLISH a 1 id 1", "2 PUBLISH a 2 id 2", "2 PUBLISH a 3 id 3"}},
		{"with DUP and their identifier when it is kept", 1, []string{"2 PUBLISH a 1 id 1 dup", "2 PUBLISH a 2 id 2 dup", "2 PUBLISH a 3 id 3 dup"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startScripted(t, dropAt("3", c.present))
			o := newObserver(t, quick())
			p := s.profile()
			p.Persistent = true
			o.Connect(p)
			await[client.Connected](o)
			for i := range 3 {
				o.Publish(client.Message{Topic: topic(t, "a"), Payload: fmt.Append(nil, i+1), QoS: 1})
			}
			await[client.Reconnecting](o)
			last := o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("4"), QoS: 1})
			s.await(append(c.want, "2 PUBLISH a 4 id 4")...)
			p1, _ := await(o, step(client.Acknowledged))
			if !p1.Again {
				t.Errorf("got %+v; want it marked as sent again", p1)
			}
			await(o, step(client.Acknowledged), func(p client.Published) bool { return p.ID == last })
		})
	}
}

func TestWhatWasSentGoesBeforeWhatWaited(t *testing.T) {
	s := startScripted(t, dropAt("2", 0))
	set := quick()
	set.InFlight = 2
	o := newObserver(t, set)
	o.Connect(s.profile())
	await[client.Connected](o)
	for i := range 4 {
		o.Publish(client.Message{Topic: topic(t, "a"), Payload: fmt.Append(nil, i+1), QoS: 1})
	}
	s.await("2 PUBLISH a 1 id 1", "2 PUBLISH a 2 id 2", "2 PUBLISH a 3 id 3", "2 PUBLISH a 4 id 4")
	if got := s.count("1 PUBLISH"); got != 2 {
		t.Errorf("got %d messages on the first connection; want the window of 2", got)
	}
}

// A message that keeps its identifier must not share it with a SUBSCRIBE, though the library numbers both from 1.
func TestIdentifiersOfMessagesSentAgainAreNotTaken(t *testing.T) {
	s := startScripted(t, dropAt("x", 1))
	o := newObserver(t, quick())
	p := s.profile()
	p.Persistent = true
	o.Connect(p)
	await[client.Connected](o)
	o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("x"), QoS: 2})
	await[client.Reconnecting](o)
	o.Subscribe(filter(t, "b"), 0)
	if sub, _ := await[client.Subscribed](o); sub.Err != nil {
		t.Errorf("got %v; want it granted", sub.Err)
	}
	s.await("2 PUBLISH a x id 1 dup")
	c := s.connection(2)
	c.raw(0x50, 2, 0, 1) // PUBREC
	s.await("2 PUBREL 1")
	c.raw(0x70, 2, 0, 1) // PUBCOMP
	await(o, step(client.Acknowledged))
}

func TestQoS0IsNotSentAgain(t *testing.T) {
	hold := make(chan struct{})
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.PublishPacket); ok && c.number == 1 {
			<-hold
			c.Close()
		}
		return false
	})
	o := newObserver(t, quick())
	o.Connect(s.profile())
	await[client.Connected](o)
	const n = 15
	for range n {
		o.Publish(client.Message{Topic: topic(t, "a"), Payload: make([]byte, 1<<20)})
	}
	await(o, step(client.Sent))
	close(hold)
	if p, _ := await(o, step(client.Failed)); errText(p.Err) != "the connection was lost before it was sent" {
		t.Errorf("got %+v; want that the connection was lost", p)
	}
	await[client.Connected](o)
	if got := s.count("2 PUBLISH"); got != 0 {
		t.Errorf("got %d messages on the second connection; want none", got)
	}
}

func TestWhatWaitsToBeSentIsBounded(t *testing.T) {
	o := newObserver(t, client.Settings{OutgoingBytes: 1000})
	big := o.Publish(client.Message{Topic: topic(t, "a"), Payload: make([]byte, 5000), QoS: 1})
	if p, _ := await[client.Published](o); p.ID != big || p.Step != client.Waiting {
		t.Errorf("got %+v; want one larger message to be taken when nothing else waits", p)
	}
	o.Publish(client.Message{Topic: topic(t, "a"), QoS: 1})
	if p, _ := await[client.Published](o); errText(p.Err) != "too much waits to be sent: more than 1000 bytes" {
		t.Errorf("got %+v; want it to fail", p)
	}
}

func TestWhatWaitsIsNotSentToAnotherBroker(t *testing.T) {
	s := startScripted(t, nil)
	o := newObserver(t, quick())
	o.Connect(profileOf(t, "127.0.0.1:1"))
	await[client.Reconnecting](o)
	o.Publish(client.Message{Topic: topic(t, "a"), QoS: 1})
	await(o, step(client.Waiting))
	o.Connect(s.profile())
	if p, _ := await(o, step(client.Failed)); errText(p.Err) != "another connection was chosen" {
		t.Errorf("got %+v; want that another connection was chosen", p)
	}
}
