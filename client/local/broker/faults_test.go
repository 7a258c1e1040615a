package broker

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// The tests here are of what mochi does wrong and this package puts right, where no other test shows it.

func TestIdentifiersOfBothDirectionsDoNotMeet(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, _ := join(t, s, v5, "c", persistent)
		c.subscribe(1, "a")
		pub, _ := join(t, s, false, "pub")
		ids := map[string]uint16{}
		for i := range 12 {
			pub.published("a", fmt.Sprint(i))
			ids[fmt.Sprint(i)] = c.expect(packets.Publish).PacketID
		}
		for id := range uint16(14) { // the client uses the same identifiers for its own packets
			c.publish("b", 1, false, "x", func(pk *packets.Packet) { pk.PacketID = id + 1 })
			if ack := c.expect(packets.Puback); ack.PacketID != id+1 || ack.ReasonCode != 0 {
				t.Fatalf("got PUBACK %d code %#x; want %d accepted", ack.PacketID, ack.ReasonCode, id+1)
			}
		}
		if got := c.subscribe(1, "other"); got[0] != 1 {
			t.Errorf("got %#x for a SUBSCRIBE; want it granted", got[0])
		}
		pub.publish("other", 0, false, "x")
		if pk := c.expect(packets.Publish); pk.TopicName != "other" {
			t.Errorf("got a message on %s; want the one subscribed to", pk.TopicName)
		}
		c.nc.Close()
		c, _ = join(t, s, v5, "c", persistent)
		for i := range 12 {
			pk := c.expect(packets.Publish)
			if string(pk.Payload) != fmt.Sprint(i) || !pk.FixedHeader.Dup || pk.PacketID != ids[fmt.Sprint(i)] {
				t.Errorf("got %s, identifier %d, dup %v; want %d again", pk.Payload, pk.PacketID, pk.FixedHeader.Dup, i)
			}
		}
		c.quiet()
	})
}

func TestMessagesSentAgainComeInOrderAfterManyOthers(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c", persistent, func(pk *packets.Packet) { pk.Properties.TopicAliasMaximum = 8 })
	c.subscribe(1, "a/#")
	s.sequence.Store(1<<16 - 50) // mochi orders by the low 16 bits
	pub, _ := join(t, s, false, "pub")
	for i := range 100 {
		pub.published(fmt.Sprint("a/", i%3), fmt.Sprint(i))
		c.expect(packets.Publish)
	}
	c.nc.Close()
	c, _ = join(t, s, true, "c", persistent)
	for i := range 100 {
		pk := c.expect(packets.Publish)
		if string(pk.Payload) != fmt.Sprint(i) || pk.TopicName != fmt.Sprint("a/", i%3) {
			t.Fatalf("got %s on %q; want %d on a/%d", pk.Payload, pk.TopicName, i, i%3)
		}
	}
	c.quiet()
}

func TestWindowDoesNotShrink(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = 2 })
	c.subscribe(1, "a")
	pub, _ := join(t, s, false, "pub")
	const n = 50
	for i := range n {
		pub.published("a", fmt.Sprint(i))
	}
	for i := range n {
		pk := c.expect(packets.Publish)
		if string(pk.Payload) != fmt.Sprint(i) {
			t.Fatalf("got %s; want %d", pk.Payload, i)
		}
		c.puback(pk.PacketID)
	}
}

func TestReservedTopicsAreNotForWildcards(t *testing.T) {
	s := serve(t, Options{Strict: true})
	for i, f := range []string{"#", "+/#", "$share/g/#", "$share/g/+/things/#"} {
		c, _ := join(t, s, false, fmt.Sprint("c", i))
		c.subscribe(1, f)
		pub, _ := join(t, s, false, fmt.Sprint("pub", i))
		pub.published("$aws/things/T/shadow/get", "")
		c.quiet()
	}
}

func TestFilterBelowATopicIsNotForTheTopic(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, false, "c")
	c.subscribe(1, "a/#", "$share/g/a/#")
	c.subscribe(0, "a")
	c.published("a", "x")
	if pk := c.expect(packets.Publish); pk.FixedHeader.Qos != 0 {
		t.Errorf("got QoS %d; want that of the exact filter", pk.FixedHeader.Qos)
	}
	c.quiet()
}

func TestNoLocalHoldsForItsFilterOnly(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: "a", Qos: 1, NoLocal: true}, {Filter: "+", Qos: 0}},
	}, (*packets.Packet).SubscribeEncode)
	c.expect(packets.Suback)
	c.published("a", "own")
	c.expect(packets.Publish)
}

func TestSharedAndOwnSubscriptionBothGetTheMessage(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	c.subscribe(1, "a", "$share/g/a")
	pub, _ := join(t, s, true, "pub")
	pub.published("a", "x", func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = 100 })
	for range 2 {
		if pk := c.expect(packets.Publish); string(pk.Payload) != "x" || pk.Properties.MessageExpiryInterval < 99 {
			t.Errorf("got %q, expiry %d; want x twice", pk.Payload, pk.Properties.MessageExpiryInterval)
		}
	}
	c.quiet()
}

func TestLenientBrokerTakesWhatMochiDropsSilently(t *testing.T) {
	s := serve(t, Options{})
	c, _ := join(t, s, false, "c")
	c.subscribe(1, "$SYS/mine")
	c.publish("$SYS/mine", 1, false, "x")
	c.expect(packets.Puback)
	if pk := c.expect(packets.Publish); pk.TopicName != "$SYS/mine" {
		t.Errorf("got %s; want the message", pk.TopicName)
	}
	c.subscribe(1, "$SYS/broker/version") // mochi retains its own there
	c.quiet()
}

func TestConnectThatMochiRefuses(t *testing.T) {
	s := serve(t, Options{Strict: true})
	for name, change := range map[string]func(*packets.Packet){
		"empty will":     will("w", ""),
		"empty password": func(pk *packets.Packet) { pk.Connect.UsernameFlag, pk.Connect.PasswordFlag = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			versions(t, func(t *testing.T, v5 bool) { join(t, s, v5, "c", change) })
		})
	}
}

func TestAcknowledgementsCarryNothingOfTheRequest(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	user := func(pk *packets.Packet) { pk.Properties.User = []packets.UserProperty{{Key: "k", Val: "v"}} }
	pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
		Filters: packets.Subscriptions{{Filter: "a"}}}
	user(&pk)
	c.send(pk, (*packets.Packet).SubscribeEncode)
	c.publish("b", 1, false, "x", user)
	for _, kind := range []byte{packets.Suback, packets.Puback} {
		if ack := c.expect(kind); len(ack.Properties.User) != 0 || ack.ReasonCode != 0 {
			t.Errorf("got %+v code %#x; want no properties, code 0", ack.Properties.User, ack.ReasonCode)
		}
	}
}

func TestDeafClientOfQoS1HoldsNobodyUp(t *testing.T) {
	s := serve(t, Options{Strict: true})
	deaf, _ := join(t, s, false, "deaf")
	deaf.subscribe(1, "a")
	pub, _ := join(t, s, false, "pub")
	big := strings.Repeat("x", 100<<10)
	began := time.Now()
	for range 200 {
		pub.published("a", big)
	}
	if took := time.Since(began); took > 2*patience {
		t.Errorf("took %v; want a few pauses at most", took)
	}
}

func TestNoMessageIsLostWhileTheClientComesAndGoes(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c", persistent)
	c.subscribe(1, "a")
	const publishers, n = 3, 800
	var sending sync.WaitGroup
	defer sending.Wait()
	for p := range publishers {
		pub, _ := join(t, s, false, fmt.Sprint("pub", p))
		sending.Go(func() {
			for i := range n {
				pub.published("a", fmt.Sprint(p, " ", i))
			}
		})
	}
	seen := map[string]bool{}
	latest := make([]int, publishers)
	for round := 0; len(seen) < publishers*n; round++ {
		for range 10 + round%50 {
			if len(seen) == publishers*n {
				return
			}
			pk := c.expect(packets.Publish)
			var p, i int
			if _, err := fmt.Sscan(string(pk.Payload), &p, &i); err != nil {
				t.Fatal(err)
			}
			if first := !seen[string(pk.Payload)]; first && i != latest[p] {
				t.Fatalf("got %d of publisher %d for the first time; want %d", i, p, latest[p])
			} else if first {
				latest[p]++
			}
			seen[string(pk.Payload)] = true
			if round%3 > 0 {
				c.puback(pk.PacketID)
			}
		}
		if round%2 == 0 {
			c.nc.Close()
		}
		c, _ = join(t, s, true, "c", persistent) // CONNACK comes first, whatever is being published
	}
}

func TestPingIsAnsweredAfterTheMessagesBeforeIt(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, false, "c")
	c.subscribe(0, "a")
	o := outgoing{m: &Message{Topic: "a", Payload: make([]byte, 100)}}
	const rounds, n = 20, 200
	for range rounds {
		var b []byte
		for range n {
			b = appendPublish3(b, &o)
		}
		c.write(append(b, packets.Pingreq<<4, 0))
		for range n {
			c.expect(packets.Publish)
		}
		c.expect(packets.Pingresp)
	}
}

func TestRetainedMessagesAllComeWithOneSubscribe(t *testing.T) {
	s := serve(t, Options{Strict: true})
	pub, _ := join(t, s, false, "pub")
	filters := make([]string, 8)
	for i := range filters {
		filters[i] = fmt.Sprint("r/", i)
		pub.publish(filters[i], 1, true, strings.Repeat("x", 1000))
		pub.expect(packets.Puback)
	}
	pub.routed()
	c, _ := join(t, s, false, "c")
	if got := c.subscribe(1, filters...); !bytes.Equal(got, bytes.Repeat([]byte{1}, 8)) {
		t.Errorf("got % x; want all granted", got)
	}
	for _, f := range filters {
		if pk := c.expect(packets.Publish); pk.TopicName != f || !pk.FixedHeader.Retain || pk.FixedHeader.Qos != 1 {
			t.Errorf("got %s retain %v; want %s", pk.TopicName, pk.FixedHeader.Retain, f)
		}
	}
}
