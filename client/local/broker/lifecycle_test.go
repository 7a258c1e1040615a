package broker

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// event reads the next lifecycle event.
func (c *raw) event() (topic string, e map[string]any) {
	c.t.Helper()
	pk := c.expect(packets.Publish)
	if err := json.Unmarshal(pk.Payload, &e); err != nil {
		c.t.Fatal(err)
	}
	return strings.TrimPrefix(pk.TopicName, "$aws/events/"), e
}

func TestLifecycleEvents(t *testing.T) {
	now := newClock()
	s := serve(t, Options{Strict: true, Now: now.Now})
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(0, "$aws/events/presence/connected/c", "$aws/events/presence/disconnected/c",
		"$aws/events/subscriptions/subscribed/c", "$aws/events/subscriptions/unsubscribed/c")
	c, _ := join(t, s, false, "c")
	c.subscribe(1, "a", "b")
	c.send(packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsubscribe, Qos: 1}, PacketID: 3,
		Filters: packets.Subscriptions{{Filter: "b"}}}, (*packets.Packet).UnsubscribeEncode)
	c.expect(packets.Unsuback)
	c.bye()
	join(t, s, true, "c")

	var session any
	for i, want := range []struct {
		topic, event string
		fields       map[string]any
	}{
		{"presence/connected/c", "connected", map[string]any{"versionNumber": 0.0, "ipAddress": "127.0.0.1"}},
		{"subscriptions/subscribed/c", "subscribed", map[string]any{"topics": `["a","b"]`}},
		{"subscriptions/unsubscribed/c", "unsubscribed", map[string]any{"topics": `["b"]`}},
		{"presence/disconnected/c", "disconnected", map[string]any{"versionNumber": 0.0, "clientInitiatedDisconnect": true,
			"disconnectReason": "CLIENT_INITIATED_DISCONNECT"}},
		{"presence/connected/c", "connected", map[string]any{"versionNumber": 1.0}},
	} {
		topic, e := watch.event()
		if topic != want.topic || e["eventType"] != want.event || e["clientId"] != "c" || e["principalIdentifier"] == nil ||
			e["timestamp"] != float64(now.Now().UnixMilli()) {
			t.Fatalf("event %d: got %s %v; want %s", i, topic, e, want.topic)
		}
		for k, v := range want.fields {
			got := e[k]
			if k == "topics" {
				b, _ := json.Marshal(got)
				got = string(b)
			}
			if got != v {
				t.Errorf("event %d: got %s %v; want %v", i, k, got, v)
			}
		}
		if i == 0 {
			session = e["sessionIdentifier"]
		} else if same := e["sessionIdentifier"] == session; same != (i < 4) || session == "" {
			t.Errorf("event %d: got session %v; want the same within a connection", i, e["sessionIdentifier"])
		}
	}
}

func TestDisconnectReasons(t *testing.T) {
	for reason, leave := range map[string]func(*server, *raw){
		"CONNECTION_LOST":          func(_ *server, c *raw) { c.nc.Close() },
		"CLIENT_ERROR":             func(_ *server, c *raw) { c.write([]byte{0x50, 2, 0, 1}) },
		"DUPLICATE_CLIENTID":       func(s *server, c *raw) { join(c.t, s, true, "c") },
		"API_INITIATED_DISCONNECT": func(s *server, _ *raw) { s.Disconnect("c", false, false) },
		"FORBIDDEN_ACCESS":         func(_ *server, c *raw) { c.publish("secret", 0, false, "") },
		"MQTT_KEEP_ALIVE_TIMEOUT": func(s *server, c *raw) {
			s.Broker.mu.Lock()
			conn := s.sessions["c"].claimedBy()
			s.Broker.mu.Unlock()
			conn.keepAlive.Store(int64(20 * time.Millisecond))
			c.quiet()
		},
	} {
		t.Run(reason, func(t *testing.T) {
			s := serve(t, Options{Strict: true, Authorize: deny("secret")})
			watch, _ := join(t, s, false, "watch")
			watch.subscribe(1, "$aws/events/presence/disconnected/c")
			c, _ := join(t, s, true, "c")
			leave(s, c)
			if _, e := watch.event(); e["disconnectReason"] != reason || e["clientInitiatedDisconnect"] != false {
				t.Errorf("got %v; want %s", e, reason)
			}
		})
	}
}

func TestVersionNumbersStartAgainAfterAnHour(t *testing.T) {
	now := newClock()
	s := serve(t, Options{Now: now.Now})
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(0, "$aws/events/presence/connected/c")
	for i, tt := range []struct {
		away time.Duration
		want float64
	}{{0, 0}, {30 * time.Minute, 1}, {61 * time.Minute, 0}} {
		now.advance(s.Broker, tt.away)
		c, _ := join(t, s, false, "c")
		if _, e := watch.event(); e["versionNumber"] != tt.want {
			t.Errorf("connection %d: got version %v; want %v", i, e["versionNumber"], tt.want)
		}
		c.bye()
		eventually(t, "the client is gone", func() bool { return !s.Connected("c") })
	}
}

func TestClientIDWithWildcardHasNoEvents(t *testing.T) {
	s := serve(t, Options{Strict: true})
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(0, "$aws/events/#")
	watch.expect(packets.Publish) // its own subscription
	c, _ := join(t, s, false, "a+b")
	c.subscribe(1, "x")
	watch.quiet()
}
