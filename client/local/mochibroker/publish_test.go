package broker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestPublishThatAWSRefusesEndsTheConnection(t *testing.T) {
	long := strings.Repeat("x", 257)
	for name, tt := range map[string]struct {
		topic   string
		qos     byte
		retain  bool
		payload string
		code    byte
	}{
		"topic of 257 bytes":   {long, 0, false, "", codeTopicInvalid},
		"nine levels":          {"1/2/3/4/5/6/7/8/9", 1, false, "", codeTopicInvalid},
		"QoS 2":                {"a", 2, false, "", codeQoS},
		"payload over 128 KiB": {"a", 1, false, strings.Repeat("x", 128<<10+1), codePacketTooLarge},
		"$SYS":                 {"$SYS/broker", 1, false, "", codeTopicInvalid},
		"undefined $aws":       {"$aws/nothing", 0, false, "", codeTopicInvalid},
		"lifecycle topic":      {"$aws/events/presence/connected/c", 0, false, "{}", codeTopicInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			versions(t, func(t *testing.T, v5 bool) {
				s := serve(t, Options{Strict: true})
				c, _ := join(t, s, v5, "c")
				c.publish(tt.topic, tt.qos, tt.retain, tt.payload)
				c.closed(tt.code)
				if told := s.notices(); len(told) != 1 || told[0].Kind != Refused || told[0].ClientID != "c" {
					t.Errorf("got notices %+v; want one refusal", told)
				}
			})
		})
	}
}

func TestPublishThatAWSTakes(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c")
	for _, topic := range []string{
		strings.Repeat("x", 256), "1/2/3/4/5/6/7/8", "/", "a//b", "$aws/rules/R/1/2/3/4/5/6/7/8", "$aws/things/T/jobs/get",
		"$aws/things/T/shadow/name/N/update", "$aws/commands/things/ID/executions/EID/response/json",
		"$aws/things/T/jobs/J/update", "$aws/certificates/create/json",
	} {
		c.published(topic, "x")
	}
	c.published("a", strings.Repeat("x", 128<<10))
}

func TestLenientBrokerWarns(t *testing.T) {
	s := serve(t, Options{})
	c, _ := join(t, s, false, "c")
	c.subscribe(0, "1/2/3/4/5/6/7/8/#")
	c.published("1/2/3/4/5/6/7/8/9", "x")
	c.expect(packets.Publish)
	c.published("$mine/x", "x")
	if got := len(s.notices()); got != 3 {
		t.Errorf("got %d notices %+v; want 3 warnings", got, s.notices())
	}
	for _, n := range s.notices() {
		if n.Kind != Warning {
			t.Errorf("got %+v; want a warning", n)
		}
	}
}

func TestWhatIsNoShadowRequestGoesNowhere(t *testing.T) {
	s := serve(t, Options{Strict: true, Intercept: func(m *Message, _ func(*Message)) { t.Errorf("%s was taken for a request", m.Topic) }})
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(0, "$aws/things/+/shadow/#")
	c, _ := join(t, s, true, "c")
	topics := []string{"get/x", "update/accepted", "name/N/update/documents", "list", "Get", "update/"}
	for _, suffix := range topics {
		c.published("$aws/things/T/shadow/"+suffix, "{}")
	}
	c.publish("$aws/things/T/shadow/get", 1, true, "{}")
	c.expect(packets.Puback)
	watch.quiet()
	if got := len(s.notices()); got != len(topics)+1 || len(s.Retained()) != 0 {
		t.Errorf("got %d notices, %d retained; want %d, 0", got, len(s.Retained()), len(topics)+1)
	}
}

func TestBasicIngestReachesNobody(t *testing.T) {
	s := serve(t, Options{})
	c, _ := join(t, s, false, "c")
	c.subscribe(0, "$aws/rules/R/x", "#")
	c.published("$aws/rules/R/x", "x")
	c.quiet()
}

func TestTopicAliases(t *testing.T) {
	s := serve(t, Options{Strict: true})
	c, _ := join(t, s, true, "c", func(pk *packets.Packet) { pk.Properties.TopicAliasMaximum = 1 })
	c.subscribe(0, "a", "b")
	alias := func(n uint16) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = n, true }
	}
	c.publish("a", 0, false, "1", alias(8))
	c.publish("", 0, false, "2", alias(8))
	c.publish("b", 0, false, "3")
	c.publish("", 0, false, "4", alias(8))
	var got []string
	for range 4 {
		pk := c.expect(packets.Publish)
		got = append(got, fmt.Sprintf("%s/%d %s", pk.TopicName, pk.Properties.TopicAlias, pk.Payload))
	}
	if want := "[a/1 1 /1 2 b/0 3 /1 4]"; fmt.Sprint(got) != want {
		t.Errorf("got %v; want %v", got, want)
	}
	c.publish("a", 0, false, "1", alias(9))
	c.closed(codeAliasInvalid)
}

func TestPropertiesTravel(t *testing.T) {
	s := serve(t, Options{Strict: true})
	five, _ := join(t, s, true, "five")
	three, _ := join(t, s, false, "three")
	five.subscribe(1, "a")
	three.subscribe(1, "a")
	pub, _ := join(t, s, true, "pub")
	pub.published("a", "x", func(pk *packets.Packet) {
		pk.Properties = packets.Properties{
			PayloadFormat: 1, PayloadFormatFlag: true, ContentType: "text/plain", ResponseTopic: "r", CorrelationData: []byte{0, 1},
			User: []packets.UserProperty{{Key: "k", Val: "1"}, {Key: "k", Val: "2"}}, MessageExpiryInterval: 100,
		}
	})
	got := five.expect(packets.Publish).Properties
	if got.PayloadFormat != 1 || got.ContentType != "text/plain" || got.ResponseTopic != "r" || string(got.CorrelationData) != "\x00\x01" ||
		len(got.User) != 2 || got.User[1].Val != "2" || got.MessageExpiryInterval < 99 || got.MessageExpiryInterval > 100 {
		t.Errorf("got %+v; want the publisher's properties", got)
	}
	if pk := three.expect(packets.Publish); string(pk.Payload) != "x" || pk.TopicName != "a" {
		t.Errorf("got %s %q on MQTT 3.1.1; want a x", pk.TopicName, pk.Payload)
	}
}

func TestExpiredMessageIsNotDelivered(t *testing.T) {
	now := newClock()
	s := serve(t, Options{Strict: true, Now: now.Now})
	c, _ := join(t, s, false, "c", persistent)
	c.subscribe(1, "a")
	c.bye()
	pub, _ := join(t, s, true, "pub")
	expiry := func(n uint32) func(*packets.Packet) {
		return func(pk *packets.Packet) { pk.Properties.MessageExpiryInterval = n }
	}
	pub.published("a", "short", expiry(60))
	pub.published("a", "clamped", expiry(1<<31))
	pub.published("a", "for ever")
	now.advance(s.Broker, 2*time.Minute)
	c, _ = join(t, s, false, "c", persistent)
	for _, want := range []string{"clamped", "for ever"} {
		pk := c.expect(packets.Publish)
		if string(pk.Payload) != want {
			t.Errorf("got %q; want %q", pk.Payload, want)
		}
		c.puback(pk.PacketID)
	}
	c.quiet()
	if got := ClampExpiry(1 << 31); got != 604800*time.Second {
		t.Errorf("got an expiry of %v; want 604800 s", got)
	}
}

func TestAnswersFollowTheRequest(t *testing.T) {
	s := serve(t, Options{Strict: true, Intercept: func(m *Message, answer func(*Message)) {
		if m.Topic == "$aws/things/T/shadow/get" {
			answer(&Message{Topic: m.Topic + "/accepted", Payload: m.Payload, QoS: 1})
		}
	}})
	c, _ := join(t, s, false, "c", will("$aws/things/T/shadow/get", "will"))
	c.subscribe(1, "$aws/things/T/shadow/get", "$aws/things/T/shadow/get/accepted")
	c.publish("$aws/things/T/shadow/get", 1, false, "x")
	c.expect(packets.Puback)
	if got := c.expect(packets.Publish).TopicName; got != "$aws/things/T/shadow/get" {
		t.Errorf("got %s first; want the request itself", got)
	}
	if got := c.expect(packets.Publish).TopicName; got != "$aws/things/T/shadow/get/accepted" {
		t.Errorf("got %s; want the answer", got)
	}
	watch, _ := join(t, s, false, "watch")
	watch.subscribe(1, "$aws/things/T/shadow/get", "$aws/things/T/shadow/get/accepted")
	c.nc.Close()
	if got := string(watch.expect(packets.Publish).Payload); got != "will" {
		t.Errorf("got %q; want the will", got)
	}
	watch.quiet() // a will is no request
}
