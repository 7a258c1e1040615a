package broker

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"example.com/thingdeck/client"
)

// found tells whether mochi finds a filter for a topic and we agree.
func found(filter, topic string) bool {
	x := mqtt.NewTopicsIndex()
	x.Subscribe("c", packets.Subscription{Filter: filter, Identifier: 1})
	subs := x.Subscribers(topic)
	return len(subs.Subscriptions)+len(subs.Shared) > 0 && matches(filter, topic)
}

func TestWhichFiltersMatch(t *testing.T) {
	for _, tt := range []struct {
		filter, topic string
		want          bool
	}{
		{"a/#", "a", false}, {"a/#", "a/", true}, {"a/#", "a/b/c", true}, {"#", "a", true}, {"+/#", "a", false}, {"+/#", "a/b", true},
		{"+", "a", true}, {"+", "/", false}, {"/+", "/a", true}, {"a/+/c", "a//c", true}, {"a/+", "a", false}, {"a/b", "a/b", true},
		{"#", "$aws/x", false}, {"+/x", "$aws/x", false}, {"$aws/#", "$aws/x", true}, {"$share/g/#", "$aws/x", false},
		{"$share/g/a/+", "a/b", true}, {"A", "a", false},
	} {
		if got := found(tt.filter, tt.topic); got != tt.want {
			t.Errorf("%s on %s: got %v; want %v", tt.filter, tt.topic, got, tt.want)
		}
		if f, err := client.ParseFilter(tt.filter); err != nil || f.Matches(tt.topic) != tt.want {
			t.Errorf("%s on %s: the client's matcher says otherwise (%v)", tt.filter, tt.topic, err)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a/#", "a/b")
	f.Add("+/b/#", "a/b")
	f.Add("$aws/+", "$aws/x")
	f.Fuzz(func(t *testing.T, filter, topic string) {
		parsed, err := client.ParseFilter(filter)
		if err != nil || parsed.Shared() || badTopic(topic) != "" {
			t.Skip()
		}
		if text := badFilter(filter); text != "" {
			t.Fatalf("%q: refused: %s", filter, text)
		}
		if got, want := found(filter, topic), parsed.Matches(topic); got != want {
			t.Errorf("%q on %q: got %v; want %v", filter, topic, got, want)
		}
	})
}

func TestFiltersThatAreRefusedOneByOne(t *testing.T) {
	bad := []string{"a/b#", "a+", "#/a", "a/#/b", "$share/g", "$share//a", "$share/+/a", strings.Repeat("x", 257), "1/2/3/4/5/6/7/8/9"}
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, _ := join(t, s, v5, "c")
		want := codeUnspecified
		if v5 {
			want = codeFilterInvalid
		}
		for _, f := range bad {
			if got := c.subscribe(1, f, "ok"); !bytes.Equal(got, []byte{want, 1}) {
				t.Errorf("%s: got % x; want %x 01", f, got, want)
			}
		}
		if got := c.subscribe(1, "$share/g/1/2/3/4/5/6/7/8"); got[0] != 1 {
			t.Errorf("got %x; want the slashes of $share not to count", got)
		}
	})
}

func TestSubscribeThatEndsTheConnection(t *testing.T) {
	nine := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
	for name, tt := range map[string]struct {
		filters []string
		qos     byte
		code    byte
	}{
		"nine filters":              {nine, 1, codeQuota},
		"QoS 2":                     {[]string{"a"}, 2, codeQoS},
		"$SYS":                      {[]string{"$SYS/#"}, 0, codeFilterInvalid},
		"undefined $aws":            {[]string{"$aws/nothing"}, 0, codeFilterInvalid},
		"wildcard in a command":     {[]string{"$aws/commands/things/T/executions/+/request/+"}, 0, codeFilterInvalid},
		"Basic Ingest":              {[]string{"$aws/rules/R/x"}, 0, codeFilterInvalid},
		"undefined $aws, shared":    {[]string{"$share/g/$SYS/x"}, 0, codeFilterInvalid},
		"deeper than shadow topics": {[]string{"$aws/things/T/shadow/get/accepted/x"}, 0, codeFilterInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			versions(t, func(t *testing.T, v5 bool) {
				s := serve(t, Options{Strict: true})
				c, _ := join(t, s, v5, "c")
				pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1}
				for _, f := range tt.filters {
					pk.Filters = append(pk.Filters, packets.Subscription{Filter: f, Qos: tt.qos})
				}
				c.send(pk, (*packets.Packet).SubscribeEncode)
				c.closed(tt.code)
			})
		})
	}
}

func TestReservedFiltersThatAWSTakes(t *testing.T) {
	s := serve(t, Options{Strict: true})
	for i, f := range []string{
		"$aws/things/T/shadow/update", "$aws/things/T/shadow/#", "$aws/things/+/shadow/update/+", "$aws/things/T/shadow/name/N/get/accepted",
		"$aws/things/T/shadow/name/+/update/documents", "$aws/events/presence/+/c", "$aws/events/#", "$aws/things/T/jobs/notify-next",
		"$aws/things/T/jobs/$next/get/accepted", "$aws/commands/things/T/executions/+/request/json", "$aws/things/#", "$aws/#",
		"$share/g/$aws/things/T/shadow/update/delta",
	} {
		c, _ := join(t, s, false, fmt.Sprint("c", i)) // its own lifecycle events would come in between
		if got := c.subscribe(1, f); got[0] != 1 {
			t.Errorf("%s: got %x; want it granted", f, got)
		}
	}
}

func TestSubscriptionIdentifierIsRefused(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Properties: packets.Properties{SubscriptionIdentifier: []int{5}}, Filters: packets.Subscriptions{{Filter: "a"}},
	}, (*packets.Packet).SubscribeEncode)
	c.closed(codeNoSubscriptionID)
}

func TestFiftySubscriptionsAConnection(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, _ := join(t, s, v5, "c")
		for i := range 50 {
			if got := c.subscribe(1, fmt.Sprint("t/", i)); got[0] != 1 {
				t.Fatalf("subscription %d: got %x", i+1, got)
			}
		}
		want := codeUnspecified
		if v5 {
			want = codeQuota
		}
		if got := c.subscribe(1, "one/more", "t/0"); !bytes.Equal(got, []byte{want, 1}) {
			t.Errorf("got % x; want the new filter refused and the old one kept", got)
		}
	})
}

func TestUnsubscribe(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	c.subscribe(1, "a", "b")
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 3,
		Filters: packets.Subscriptions{{Filter: "a"}, {Filter: "never"}},
	}, (*packets.Packet).UnsubscribeEncode)
	if ack := c.expect(packets.Unsuback); !bytes.Equal(ack.ReasonCodes, []byte{0, codeNoSubscription}) {
		t.Errorf("got % x; want 00 11", ack.ReasonCodes)
	}
	c.published("a", "x")
	c.published("b", "y")
	if pk := c.expect(packets.Publish); pk.TopicName != "b" {
		t.Errorf("got a message on %s; want only b", pk.TopicName)
	}
}

func TestOverlappingFiltersDeliverOnceAtTheHigherQoS(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, false, "c")
	c.subscribe(0, "a/#")
	c.subscribe(1, "a/+")
	c.published("a/b", "x")
	if pk := c.expect(packets.Publish); pk.FixedHeader.Qos != 1 {
		t.Errorf("got QoS %d; want 1", pk.FixedHeader.Qos)
	}
	c.quiet()
}

func TestNoLocal(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: "a", Qos: 1, NoLocal: true}},
	}, (*packets.Packet).SubscribeEncode)
	c.expect(packets.Suback)
	c.published("a", "own")
	c.quiet()
}

func TestSharedSubscriptionGivesEachMessageToOneMember(t *testing.T) {
	s := serve(t, Options{Strict: true})
	one, _ := join(t, s, false, "one")
	two, _ := join(t, s, true, "two")
	one.subscribe(0, "$share/g/a/+")
	two.subscribe(0, "$share/g/a/+")
	pub, _ := join(t, s, false, "pub")
	pub.publish("a/b", 1, true, "retained")
	pub.expect(packets.Puback)
	const n = 200
	for i := range n {
		pub.published("a/b", fmt.Sprint(i))
	}
	pub.routed()
	count := func(c *raw) (n int) {
		c.write([]byte{packets.Pingreq << 4, 0})
		for {
			if pk := c.next(); pk.FixedHeader.Type == packets.Pingresp {
				return n
			}
			n++
		}
	}
	a, b := count(one), count(two)
	if a+b != n+1 || a < n/5 || b < n/5 {
		t.Errorf("got %d and %d; want %d in all, some for each", a, b, n+1)
	}
}

func TestSharedSubscriptionQueuesForAPersistentMember(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, false, "c", persistent)
	c.subscribe(1, "$share/g/a")
	c.bye()
	pub, _ := join(t, s, false, "pub")
	pub.published("a", "x")
	c, _ = join(t, s, false, "c", persistent)
	if pk := c.expect(packets.Publish); string(pk.Payload) != "x" {
		t.Errorf("got %q; want x", pk.Payload)
	}
}
