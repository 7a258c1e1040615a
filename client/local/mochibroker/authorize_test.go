package broker

import (
	"strings"
	"testing"

	"github.com/mochi-mqtt/server/v2/packets"
)

// deny is an Authorizer that forbids connecting, publishing and subscribing with a word in client ID or topic.
type deny string

// Authorize says no to the word.
func (d deny) Authorize(r Request) (bool, string) {
	subject := r.Topic
	if r.Action == ActConnect {
		subject = r.ClientID
	}
	return r.Action == ActReceive || !strings.Contains(subject, string(d)), string(r.Action) + " is denied"
}

// only denies one action.
type only Action

// Authorize says no to the action.
func (o only) Authorize(r Request) (bool, string) { return r.Action != Action(o), "" }

func TestDeniedConnect(t *testing.T) {
	s := serve(t, Options{Strict: true, Authorize: deny("secret")})
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(1, "$aws/events/presence/connect_failed/+")
	versions(t, func(t *testing.T, v5 bool) {
		for name, change := range map[string]func(*packets.Packet){
			"client ID": func(pk *packets.Packet) { pk.Connect.ClientIdentifier = "secret" },
			"will":      will("secret", "x"),
		} {
			c := dial(t, s, v5)
			pk := hello("c")
			change(&pk)
			c.send(pk, (*packets.Packet).ConnectEncode)
			if v5 {
				if ack := c.expect(packets.Connack); ack.ReasonCode != codeNotAuthorized || !strings.Contains(ack.Properties.ReasonString, "denied") {
					t.Errorf("%s: got %#x %s; want 0x87 and the reason", name, ack.ReasonCode, ack.Properties.ReasonString)
				}
			}
			if pk, err := c.read(); err == nil {
				t.Errorf("%s: got packet type %d; want the connection closed", name, pk.FixedHeader.Type)
			}
			if _, e := watch.event(); e["eventType"] != "connect_failed" || e["reason"] != "AUTHORIZATION_FAILED" {
				t.Errorf("%s: got event %v; want connect_failed", name, e)
			}
		}
	})
}

func TestDeniedPublish(t *testing.T) {
	s := serve(t, Options{Strict: true, Authorize: deny("secret")})
	t.Run("3.1.1", func(t *testing.T) {
		for _, qos := range []byte{0, 1} {
			c, _ := join(t, s, false, "c")
			c.publish("secret", qos, false, "x")
			c.closed(0)
		}
	})
	t.Run("5", func(t *testing.T) {
		c, _ := join(t, s, true, "c")
		c.publish("secret", 1, false, "x")
		if ack := c.expect(packets.Puback); ack.ReasonCode != codeNotAuthorized || ack.PacketID != 11 {
			t.Errorf("got %d %#x; want 11 0x87", ack.PacketID, ack.ReasonCode)
		}
		c.publish("secret", 0, false, "x")
		c.closed(codeNotAuthorized)
	})
	t.Run("retained", func(t *testing.T) {
		s := serve(t, Options{Strict: true, Authorize: only(ActRetainPublish)})
		c, _ := join(t, s, true, "c")
		c.published("a", "x")
		c.publish("a", 1, true, "x")
		if ack := c.expect(packets.Puback); ack.ReasonCode != codeNotAuthorized {
			t.Errorf("got %#x; want 0x87", ack.ReasonCode)
		}
	})
	t.Run("by alias", func(t *testing.T) {
		c, _ := join(t, s, true, "c")
		alias := func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 1, true }
		c.publish("secret", 1, false, "x", alias)
		c.expect(packets.Puback)
		c.publish("", 1, false, "x", alias)
		if ack := c.expect(packets.Puback); ack.ReasonCode != codeNotAuthorized {
			t.Errorf("got %#x; want 0x87", ack.ReasonCode)
		}
	})
}

func TestDeniedSubscribe(t *testing.T) {
	s := serve(t, Options{Strict: true, Authorize: deny("secret")})
	c, _ := join(t, s, true, "c")
	if got := c.subscribe(1, "secret/#", "a"); got[0] != codeNotAuthorized || got[1] != 1 {
		t.Errorf("got % x; want 87 01", got)
	}
	three, _ := join(t, s, false, "three")
	three.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: "secret/#"}}}, (*packets.Packet).SubscribeEncode)
	three.closed(0)
}

func TestReceiveIsAskedAtEachDelivery(t *testing.T) {
	s := serve(t, Options{Strict: true, Authorize: only(ActReceive)})
	c, _ := join(t, s, false, "c")
	c.subscribe(1, "a")
	c.published("a", "x")
	c.quiet()
	told := s.notices()
	if len(told) != 1 || told[0].Action != "receive" || told[0].Text == "" {
		t.Errorf("got %+v; want a refusal with a reason", told)
	}
}
