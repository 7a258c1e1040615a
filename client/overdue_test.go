package client_test

import (
	"errors"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// mute answers nothing but CONNECT and PINGREQ, and tells of what it leaves unanswered.
func mute(unanswered chan<- packets.ControlPacket) func(*scriptedConn, packets.ControlPacket) bool {
	return func(_ *scriptedConn, p packets.ControlPacket) bool {
		switch p.(type) {
		case *packets.ConnectPacket, *packets.PingreqPacket:
			return false
		}
		unanswered <- p
		return true
	}
}

func impatient() client.Settings {
	s := quick()
	s.AnswerTimeout = 100 * time.Millisecond
	return s
}

func TestAnAnswerThatNeverComesIsTold(t *testing.T) {
	unanswered := make(chan packets.ControlPacket, 10)
	s := startScripted(t, mute(unanswered))
	o := newObserver(t, impatient())
	o.Connect(s.profile())
	await[client.Connected](o)

	begun := time.Now()
	id := o.Subscribe(filter(t, "a"), 1)
	sub, _ := await[client.Subscribed](o)
	if sub.ID != id || errText(sub.Err) != "no answer within 100ms" || !errors.Is(sub.Err, client.ErrNoAnswer) {
		t.Errorf("subscribe: got %+v; want no answer", sub)
	}
	if d := time.Since(begun); d < 100*time.Millisecond {
		t.Errorf("got no answer after %v; want 100ms at least", d)
	}
	for _, qos := range []byte{1, 2} {
		id = o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("x"), QoS: qos})
		p, _ := await(o, step(client.Failed))
		if p.ID != id || errText(p.Err) != "not acknowledged within 100ms; it may have arrived" || !errors.Is(p.Err, client.ErrNoAnswer) || !p.Final() {
			t.Errorf("QoS %d: got %+v; want it unacknowledged", qos, p)
		}
	}
	s.connection(1).Close()
	await[client.Connected](o)
	id = o.Publish(client.Message{Topic: topic(t, "last")})
	await(o, step(client.Sent), func(p client.Published) bool { return p.ID == id })
	s.await("2 PUBLISH last ")
	if n := s.count("2 PUBLISH a") + s.count("2 SUBSCRIBE"); n > 0 {
		t.Errorf("got %q; want nothing sent again that was told as failed", s.lines("2 "))
	}
}

func TestAnUnsubscribeWithoutAnswerIsTold(t *testing.T) {
	s := startScripted(t, func(_ *scriptedConn, p packets.ControlPacket) bool {
		_, ok := p.(*packets.UnsubscribePacket)
		return ok
	})
	o := newObserver(t, impatient())
	o.Connect(s.profile())
	o.Subscribe(filter(t, "a"), 1)
	await[client.Subscribed](o)
	id := o.Unsubscribe(filter(t, "a"))
	if u, _ := await[client.Unsubscribed](o); u.ID != id || u.Held || !errors.Is(u.Err, client.ErrNoAnswer) {
		t.Errorf("got %+v; want no answer", u)
	}
}

func TestALateAnswer(t *testing.T) {
	unanswered := make(chan packets.ControlPacket, 10)
	s := startScripted(t, mute(unanswered))
	set := impatient()
	set.AnswerTimeout = 2 * time.Second // the last SUBSCRIBE is answered in time
	o := newObserver(t, set)
	o.Connect(s.profile())
	await[client.Connected](o)
	o.Subscribe(filter(t, "a"), 1)
	await[client.Subscribed](o)
	o.Publish(client.Message{Topic: topic(t, "a"), QoS: 1})
	await(o, step(client.Failed))

	sub, pub := (<-unanswered).(*packets.SubscribePacket), (<-unanswered).(*packets.PublishPacket)
	c := s.connection(1)
	c.raw(0x40, 2, byte(pub.MessageID>>8), byte(pub.MessageID))
	c.suback(sub.MessageID, 1)
	s.await("1 UNSUBSCRIBE [a]")

	// Wanted again, the late answer counts for it.
	id := o.Subscribe(filter(t, "b"), 1)
	await(o, func(e client.Subscribed) bool { return e.ID == id && errors.Is(e.Err, client.ErrNoAnswer) })
	<-unanswered // UNSUBSCRIBE
	first := (<-unanswered).(*packets.SubscribePacket)
	o.Subscribe(filter(t, "b"), 1)
	again := (<-unanswered).(*packets.SubscribePacket)
	c.suback(first.MessageID, 1)
	c.suback(again.MessageID, 1)
	if e, _ := await[client.Subscribed](o); e.Err != nil || e.Filter != filter(t, "b") {
		t.Errorf("got %+v; want it granted", e)
	}
	for _, e := range o.events {
		if p, ok := e.(client.Published); ok && p.Step == client.Acknowledged {
			t.Errorf("got %+v; want nothing after the last step", p)
		}
	}
}

func TestUnacknowledgedMessagesDoNotBlockTheRest(t *testing.T) {
	unanswered := make(chan packets.ControlPacket, 10)
	s := startScripted(t, mute(unanswered))
	set := impatient()
	set.InFlight = 1
	o := newObserver(t, set)
	o.Connect(s.profile())
	await[client.Connected](o)
	for range 3 {
		o.Publish(client.Message{Topic: topic(t, "a"), QoS: 1})
	}
	for i := range 3 {
		if p, _ := await(o, step(client.Failed)); !errors.Is(p.Err, client.ErrNoAnswer) {
			t.Errorf("%d: got %+v; want it unacknowledged", i, p)
		}
	}
	if n := s.count("1 PUBLISH"); n != 3 {
		t.Errorf("got %d sent; want 3", n)
	}
}

// While the inbox is full nobody reads from the socket, so that the answer may be there.
func TestAnAnswerBehindAFullInboxIsNotMissed(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		sub, ok := p.(*packets.SubscribePacket)
		if !ok {
			return false
		}
		var b []byte
		for i := range 10_000 {
			b = append(b, message("a", "0123456789", 1, uint16(i+1))...)
		}
		c.raw(b...)
		c.suback(sub.MessageID, 1)
		return true
	})
	set := impatient()
	set.InboxBytes, set.ReserveBytes = 1000, 1000
	o := newObserver(t, set)
	o.Connect(s.profile())
	await[client.Connected](o)
	o.Subscribe(filter(t, "a"), 1)
	s.await("1 SUBSCRIBE [a] [1]")
	<-time.After(3 * set.AnswerTimeout) // the time in which it must not be told; nothing tells that it passed
	if sub, _ := await[client.Subscribed](o); sub.Err != nil {
		t.Errorf("got %+v; want it granted", sub)
	}
}
