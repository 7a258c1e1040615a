package broker

import (
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// persistent asks for a session that outlives the connection.
func persistent(pk *packets.Packet) {
	pk.Connect.Clean = false
	pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 3600, true
}

// will leaves a will at QoS 1.
func will(topic, payload string) func(*packets.Packet) {
	return func(pk *packets.Packet) {
		pk.Connect.WillFlag, pk.Connect.WillQos = true, 1
		pk.Connect.WillTopic, pk.Connect.WillPayload = topic, []byte(payload)
	}
}

func TestQueuedMessagesComeInOrderWhateverTheyAre(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, ack := join(t, s, v5, "c", persistent)
		if ack.SessionPresent {
			t.Error("session present at the first connection")
		}
		c.subscribe(1, "a/#")
		pub, _ := join(t, s, false, "pub")
		pub.published("a/0", "0") // in flight when the client goes
		c.expect(packets.Publish)
		c.bye()
		const n = 1000
		for i := 1; i < n; i++ {
			pub.published(fmt.Sprintf("a/%d", i%3), fmt.Sprint(i))
		}
		c, ack = join(t, s, v5, "c", persistent)
		if !ack.SessionPresent {
			t.Error("session not present at the second connection")
		}
		for i := range n {
			pk := c.expect(packets.Publish)
			if string(pk.Payload) != fmt.Sprint(i) || pk.FixedHeader.Dup != (i == 0) {
				t.Fatalf("got %s dup %v; want %d", pk.Payload, pk.FixedHeader.Dup, i)
			}
			c.puback(pk.PacketID)
		}
		c.quiet()
	})
}

func TestUnacknowledgedMessagesStopAtTheWindow(t *testing.T) {
	for name, tt := range map[string]struct {
		max  uint16
		want int
	}{"of the client": {3, 3}, "of the broker": {1000, 100}} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{Strict: true})
			c, _ := join(t, s, true, "c", func(pk *packets.Packet) { pk.Properties.ReceiveMaximum = tt.max })
			c.subscribe(1, "a")
			pub, _ := join(t, s, false, "pub")
			for i := range 150 {
				pub.published("a", fmt.Sprint(i))
			}
			var ids []uint16
			for range tt.want {
				ids = append(ids, c.expect(packets.Publish).PacketID)
			}
			c.quiet()
			c.puback(ids[0])
			if pk := c.expect(packets.Publish); string(pk.Payload) != fmt.Sprint(tt.want) {
				t.Errorf("got %s; want %d", pk.Payload, tt.want)
			}
			c.quiet()
		})
	}
}

func TestSessionsEnd(t *testing.T) {
	now := newClock()
	s := serve(t, Options{Strict: true, Now: now.Now})
	present := func(v5 bool, change func(*packets.Packet)) bool {
		c, ack := join(t, s, v5, "c", change)
		c.subscribe(1, "a")
		c.bye()
		return ack.SessionPresent
	}
	clean := func(*packets.Packet) {}
	for i, step := range []struct {
		name   string
		away   time.Duration
		v5     bool
		change func(*packets.Packet)
		want   bool
	}{
		{"first", 0, false, persistent, false},
		{"after 59 minutes", 59 * time.Minute, false, persistent, true},
		{"after an hour of MQTT 3.1.1", time.Hour, false, persistent, false},
		{"of another version", 0, true, persistent, false},
		{"again", 0, true, persistent, true},
		{"after a clean start", 0, true, clean, false},
		{"that was clean", 0, true, persistent, false},
	} {
		now.advance(s.Broker, step.away)
		if got := present(step.v5, step.change); got != step.want {
			t.Errorf("step %d, session %s: got present %v; want %v", i, step.name, got, step.want)
		}
	}
}

func TestWills(t *testing.T) {
	for name, tt := range map[string]struct {
		leave func(*server, *raw)
		want  bool
	}{
		"lost connection":      {func(_ *server, c *raw) { c.nc.Close() }, true},
		"DISCONNECT":           {func(_ *server, c *raw) { c.bye() }, false},
		"DISCONNECT with will": {func(_ *server, c *raw) { c.write([]byte{0xe0, 1, 4}) }, true},
		"protocol error":       {func(_ *server, c *raw) { c.write([]byte{0x50, 2, 0, 1}) }, true},
		"taken over":           {func(s *server, c *raw) { join(c.t, s, true, "c") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{Strict: true})
			watch, _ := join(t, s, true, "watch")
			watch.subscribe(1, "w", "$aws/events/presence/disconnected/c")
			c, _ := join(t, s, true, "c", will("w", "gone"), func(pk *packets.Packet) {
				pk.Connect.WillProperties.ContentType = "text/plain"
			})
			tt.leave(s, c)
			pk := watch.expect(packets.Publish)
			if got := pk.TopicName == "w"; got != tt.want {
				t.Errorf("got %s %s; want a will: %v", pk.TopicName, pk.Payload, tt.want)
			}
			if tt.want && (pk.Properties.ContentType != "text/plain" || pk.FixedHeader.Qos != 1) {
				t.Errorf("got %+v; want the will's properties", pk.Properties)
			}
		})
	}
}

func TestWillWaitsForItsDelay(t *testing.T) {
	now := newClock()
	s := serve(t, Options{Strict: true, Now: now.Now})
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(1, "w")
	delayed := func(pk *packets.Packet) { pk.Connect.WillProperties.WillDelayInterval = 60 }
	leave := func() {
		c, _ := join(t, s, true, "c", persistent, will("w", "gone"), delayed)
		c.nc.Close()
		eventually(t, "the client is gone", func() bool {
			s.Broker.mu.Lock()
			defer s.Broker.mu.Unlock()
			return len(s.delayed) == 1
		})
	}
	leave()
	c, _ := join(t, s, true, "c", persistent)
	now.advance(s.Broker, 2*time.Minute)
	watch.quiet() // it came back in time
	c.bye()
	leave()
	now.advance(s.Broker, 59*time.Second)
	watch.quiet()
	now.advance(s.Broker, time.Second)
	if pk := watch.expect(packets.Publish); string(pk.Payload) != "gone" {
		t.Errorf("got %q; want the will", pk.Payload)
	}
}

func TestWillThatAWSRefuses(t *testing.T) {
	s := serve(t, Options{Strict: true})
	for name, tt := range map[string]struct {
		change func(*packets.Packet)
		code   byte
	}{
		"QoS 2":          {func(pk *packets.Packet) { pk.Connect.WillQos = 2 }, codeQoS},
		"wildcard":       {func(pk *packets.Packet) { pk.Connect.WillTopic = "a/+" }, codeTopicInvalid},
		"reserved":       {func(pk *packets.Packet) { pk.Connect.WillTopic = "$SYS/x" }, codeTopicInvalid},
		"too many parts": {func(pk *packets.Packet) { pk.Connect.WillTopic = "1/2/3/4/5/6/7/8/9" }, codeTopicInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			versions(t, func(t *testing.T, v5 bool) {
				c := dial(t, s, v5)
				pk := hello("c")
				will("w", "x")(&pk)
				tt.change(&pk)
				c.send(pk, (*packets.Packet).ConnectEncode)
				if v5 {
					if ack := c.expect(packets.Connack); ack.ReasonCode != tt.code {
						t.Errorf("got %#x; want %#x", ack.ReasonCode, tt.code)
					}
				}
				if pk, err := c.read(); err == nil {
					t.Errorf("got packet type %d; want the connection closed", pk.FixedHeader.Type)
				}
			})
		})
	}
}

func TestRetainedMessages(t *testing.T) {
	now := newClock()
	s := serve(t, Options{Strict: true, Now: now.Now})
	pub, _ := join(t, s, true, "pub")
	live, _ := join(t, s, false, "live")
	live.subscribe(1, "a/#")
	retain := func(topic, payload string, change ...func(*packets.Packet)) {
		pub.publish(topic, 1, true, payload, change...)
		pub.expect(packets.Puback)
		pub.routed()
	}
	retain("a/b", "kept")
	if pk := live.expect(packets.Publish); pk.FixedHeader.Retain {
		t.Error("a live copy has RETAIN")
	}
	gets := func(filter string, change func(*packets.Subscription)) (got string) {
		c, _ := join(t, s, true, "c")
		sub := packets.Subscription{Filter: filter, Qos: 1}
		change(&sub)
		c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Subscribe, Qos: 1}, PacketID: 1,
			Filters: packets.Subscriptions{sub}}, (*packets.Packet).SubscribeEncode)
		c.expect(packets.Suback)
		c.write([]byte{packets.Pingreq << 4, 0})
		for pk := c.next(); pk.FixedHeader.Type == packets.Publish; pk = c.next() {
			if !pk.FixedHeader.Retain {
				t.Error("the first delivery has no RETAIN")
			}
			got += string(pk.Payload)
		}
		return got
	}
	plain := func(*packets.Subscription) {}
	for filter, want := range map[string]string{"a/b": "kept", "a/+": "", "a/#": "", "#": "", "$share/g/a/b": "", "a": ""} {
		if got := gets(filter, plain); got != want {
			t.Errorf("%s: got %q; want %q", filter, got, want)
		}
	}
	if got := gets("a/b", func(s *packets.Subscription) { s.RetainHandling = 2 }); got != "" {
		t.Errorf("got %q with Retain Handling 2; want nothing", got)
	}
	retain("a/b", "short", func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = 60 })
	now.advance(s.Broker, time.Hour)
	if got := gets("a/b", plain); got != "" || len(s.Retained()) != 0 {
		t.Errorf("got %q after its expiry; want nothing", got)
	}
	retain("a/b", "again")
	retain("a/b", "")
	if got := gets("a/b", plain); got != "" || len(s.Retained()) != 0 {
		t.Errorf("got %q after an empty one; want nothing", got)
	}
}
