package client_test

import (
	"slices"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// forbid closes the connection at these filters and topics, as AWS IoT does by policy.
func forbid(names ...string) func(*scriptedConn, packets.ControlPacket) bool {
	return func(c *scriptedConn, p packets.ControlPacket) bool {
		switch p := p.(type) {
		case *packets.SubscribePacket:
			for _, f := range p.Topics {
				if slices.Contains(names, f) {
					c.Close()
					return true
				}
			}
		case *packets.PublishPacket:
			if slices.Contains(names, p.TopicName) {
				c.Close()
				return true
			}
		}
		return false
	}
}

func TestAForbiddenFilterStopsTheLoop(t *testing.T) {
	s := startScripted(t, forbid("secret"))
	o := newObserver(t, quick())
	connect := o.Connect(s.profile())
	o.Subscribe(filter(t, "open"), 0)
	id := o.Subscribe(filter(t, "secret"), 1)
	o.Subscribe(filter(t, "other"), 0)
	const why = "closed right after subscribing to secret: not allowed?"
	sub, _ := await(o, func(e client.Subscribed) bool { return e.Err != nil })
	if sub.ID != id || errText(sub.Err) != why {
		t.Errorf("got %+v; want %q", sub, why)
	}
	if r, _ := await[client.Refused](o); r.ID != connect || r.Why.Text != why || r.Why.Code != 0 {
		t.Errorf("got %+v; want %q", r, why)
	}
	if n := s.count("3 CONNECT"); n != 0 {
		t.Errorf("got %q; want two attempts", s.lines("3 "))
	}
	o.Retry()
	await[client.Connected](o)
	granted := map[string]bool{}
	for len(granted) < 2 {
		e, _ := await(o, func(e client.Subscribed) bool { return e.Err == nil })
		granted[e.Filter.String()] = true
	}
	if !granted["open"] || !granted["other"] || s.count("3 SUBSCRIBE [secret]") > 0 {
		t.Errorf("got %q; want the other filters only", s.lines("3 "))
	}
	o.Subscribe(filter(t, "secret"), 1)
	if r, _ := await[client.Refused](o); r.Why.Text != why {
		t.Errorf("got %+v; want %q at the first close after Retry", r, why)
	}
}

// All suspects were in one SUBSCRIBE, and the broker keeps its answers to those that are allowed to itself.
func TestTheForbiddenFilterOfManyIsFound(t *testing.T) {
	s := startScripted(t, forbid("f"))
	o := newObserver(t, quick())
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for _, n := range names {
		o.Subscribe(filter(t, n), 1)
	}
	o.Connect(s.profile())
	if r, _ := await[client.Refused](o); r.Why.Text != "closed right after subscribing to f: not allowed?" {
		t.Errorf("got %+v; want f named", r)
	}
	o.Retry()
	for range len(names) - 1 {
		await(o, func(e client.Subscribed) bool { return e.Err == nil })
	}
}

func TestAForbiddenTopicStopsTheLoop(t *testing.T) {
	for qos := range byte(3) {
		s := startScripted(t, forbid("secret"))
		o := besideAnother(t, quick())
		o.Connect(s.profile())
		await[client.Connected](o)
		m := client.Message{Topic: topic(t, "secret"), QoS: qos}
		id := o.Publish(m)
		if qos > 0 {
			o.Publish(client.Message{Topic: topic(t, "open"), QoS: 1})
		}
		await[client.Connected](o)
		if qos == 0 {
			o.Publish(m) // QoS 0 is not sent again by itself
		}
		const why = "closed right after publishing to secret: not allowed?"
		if qos > 0 {
			if p, _ := await(o, step(client.Failed)); p.ID != id || errText(p.Err) != why {
				t.Errorf("QoS %d: got %+v; want %q", qos, p, why)
			}
		}
		if r, _ := await[client.Refused](o); r.Why.Text != why {
			t.Errorf("QoS %d: got %+v; want %q", qos, r, why)
		}
		o.Retry()
		await[client.Connected](o)
		if qos > 0 {
			await(o, step(client.Acknowledged))
		}
	}
}

func TestConnectionsLostForOtherReasonsAreMadeAgain(t *testing.T) {
	for _, c := range []struct {
		name   string
		rounds int
		script func(*scriptedConn, packets.ControlPacket) bool
		each   func(*observer, *scripted, int)
	}{
		{"closed at another request each time", 4, func(c *scriptedConn, p packets.ControlPacket) bool {
			m, ok := p.(*packets.PublishPacket)
			if ok && m.Qos == 0 {
				c.Close()
			}
			return ok && m.Qos == 0
		}, func(o *observer, _ *scripted, n int) {
			o.Publish(client.Message{Topic: topic(o.t, string(rune('a'+n)))})
		}},
		{"closed after the request was answered", 2, nil, func(o *observer, s *scripted, n int) {
			o.Subscribe(filter(o.t, "a"), 1)
			o.Publish(client.Message{Topic: topic(o.t, "a"), QoS: 1})
			await(o, step(client.Acknowledged))
			s.connection(n + 1).Close()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startScripted(t, c.script)
			o := newObserver(t, quick())
			o.Connect(s.profile())
			for n := range c.rounds {
				await[client.Connected](o)
				c.each(o, s, n)
				await[client.Reconnecting](o)
			}
			for _, e := range o.events {
				if r, ok := e.(client.Refused); ok {
					t.Errorf("got %+v; want it tried again", r)
				}
			}
		})
	}
}
