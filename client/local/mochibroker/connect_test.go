package broker

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

func TestConnackGrantsWhatAWSGrants(t *testing.T) {
	s := serve(t, Options{Strict: true})
	_, ack := join(t, s, true, "", func(pk *packets.Packet) {
		pk.Connect.Keepalive = 0
		pk.Properties.SessionExpiryInterval, pk.Properties.SessionExpiryIntervalFlag = 1<<31, true
	})
	got := ack.Properties
	for name, ok := range map[string]bool{
		"Maximum QoS 1":                    got.MaximumQosFlag && got.MaximumQos == 1,
		"Retain Available 1":               got.RetainAvailableFlag && got.RetainAvailable == 1,
		"Subscription Identifiers 0":       got.SubIDAvailableFlag && got.SubIDAvailable == 0,
		"Shared Subscriptions 1":           got.SharedSubAvailableFlag && got.SharedSubAvailable == 1,
		"Wildcard Subscriptions 1":         got.WildcardSubAvailableFlag && got.WildcardSubAvailable == 1,
		"Topic Alias Maximum 8":            got.TopicAliasMaximum == 8,
		"Receive Maximum 100":              got.ReceiveMaximum == 100,
		"Maximum Packet Size above 128 Ki": got.MaximumPacketSize > 128<<10,
		"Server Keep Alive 1200":           got.ServerKeepAliveFlag && got.ServerKeepAlive == 1200,
		"Session Expiry 7 days":            got.SessionExpiryIntervalFlag && got.SessionExpiryInterval == 7*24*3600,
		"Assigned Client Identifier":       got.AssignedClientID != "",
	} {
		if !ok {
			t.Errorf("CONNACK lacks %s: %+v", name, got)
		}
	}
}

func TestKeepAliveIsClamped(t *testing.T) {
	for asked, want := range map[uint16]time.Duration{
		0: 1200, 1: 30, 29: 30, 30: 30, 600: 600, 1200: 1200, 1201: 1200, 65535: 1200,
	} {
		if got := clampKeepAlive(asked); got != want*time.Second {
			t.Errorf("%d: got %v; want %v", asked, got, want*time.Second)
		}
	}
}

func TestSilentClientIsDropped(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, _ := join(t, s, v5, "c")
		s.Broker.mu.Lock()
		for conn := range s.conns {
			conn.keepAlive.Store(int64(30 * time.Millisecond))
		}
		s.Broker.mu.Unlock()
		c.quiet()
		c.closed(codeKeepAlive)
	})
}

func TestUnknownProtocolLevelIsAnswered(t *testing.T) {
	s := serve(t, Options{Strict: true})
	for name, tt := range map[string]struct{ connect, want []byte }{
		"MQTT 3.1":    {append([]byte{0x10, 15, 0, 6}, "MQIsdp\x03\x02\x00\x3c\x00\x01c"...), []byte{0x20, 2, 0, 1}},
		"level 3":     {append([]byte{0x10, 13, 0, 4}, "MQTT\x03\x02\x00\x3c\x00\x01c"...), []byte{0x20, 2, 0, 1}},
		"level 6":     {append([]byte{0x10, 13, 0, 4}, "MQTT\x06\x02\x00\x3c\x00\x01c"...), []byte{0x20, 3, 0, 0x84, 0}},
		"no MQTT":     {append([]byte{0x10, 13, 0, 4}, "HTTP\x04\x02\x00\x3c\x00\x01c"...), nil},
		"SUBSCRIBE":   {[]byte{0x82, 6, 0, 1, 0, 1, 'a', 0}, nil},
		"cut short":   {[]byte{0x10, 2, 0, 4}, nil},
		"bad flags":   {append([]byte{0x10, 13, 0, 4}, "MQTT\x04\x03\x00\x3c\x00\x01c"...), nil},
		"bad header":  {append([]byte{0x11, 13, 0, 4}, "MQTT\x04\x02\x00\x3c\x00\x01c"...), nil},
		"not UTF-8":   {append([]byte{0x10, 13, 0, 4}, "MQTT\x04\x02\x00\x3c\x00\x01\xff"...), nil},
		"bad length":  {[]byte{0x10, 0xff, 0xff, 0xff, 0xff, 1}, nil},
		"huge length": {[]byte{0x10, 0xff, 0xff, 0xff, 0x7f}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, s, false)
			c.write(tt.connect)
			_ = c.nc.SetReadDeadline(time.Now().Add(patience))
			got, err := io.ReadAll(c.nc)
			if err != nil || !bytes.Equal(got, tt.want) {
				t.Errorf("got % x, %v; want % x and the connection closed", got, err, tt.want)
			}
		})
	}
}

func TestClientIDsThatAWSRefuses(t *testing.T) {
	s := serve(t, Options{Strict: true})
	refused := func(t *testing.T, v5 bool, id string, clean bool, v3 []byte) {
		t.Helper()
		c := dial(t, s, v5)
		pk := hello(id)
		pk.Connect.Clean = clean
		c.send(pk, (*packets.Packet).ConnectEncode)
		if v5 {
			if ack := c.expect(packets.Connack); ack.ReasonCode != codeClientID {
				t.Errorf("%q: got %#x; want %#x", id, ack.ReasonCode, codeClientID)
			}
		}
		_ = c.nc.SetReadDeadline(time.Now().Add(patience))
		if got, err := io.ReadAll(c.r); err != nil || !bytes.Equal(got, v3) && !v5 {
			t.Errorf("%q: got % x, %v; want % x", id, got, err, v3)
		}
	}
	versions(t, func(t *testing.T, v5 bool) {
		refused(t, v5, "$mine", true, nil)
		refused(t, v5, strings.Repeat("x", 129), true, nil)
	})
	refused(t, false, "", false, []byte{0x20, 2, 0, 2})
	join(t, s, true, strings.Repeat("x", 128))
	join(t, s, false, "")
}

func TestNewestConnectionHasTheClientID(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		first, _ := join(t, s, v5, "c")
		second, _ := join(t, s, v5, "c")
		first.closed(codeTakenOver)
		second.quiet()
	})
}

func TestClosingTellsWhy(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, _ := join(t, s, v5, "c")
		go s.Close()
		c.closed(codeShuttingDown)
	})
}

func TestDeleteConnection(t *testing.T) {
	versions(t, func(t *testing.T, v5 bool) {
		s := serve(t, Options{Strict: true})
		c, _ := join(t, s, v5, "c", will("w", "gone"))
		watch, _ := join(t, s, false, "watch")
		watch.subscribe(0, "w")
		go s.Disconnect("c", false, true)
		c.closed(codeAdministrative)
		watch.quiet()
		if s.Disconnect("c", false, false) {
			t.Error("a client that is away was disconnected")
		}
	})
}

func TestProtocolErrorsEndTheConnection(t *testing.T) {
	s := serve(t, Options{Strict: true})
	for name, tt := range map[string]struct {
		bytes []byte
		code  byte
	}{
		"second CONNECT":        {append([]byte{0x10, 13, 0, 4}, "MQTT\x04\x02\x00\x3c\x00\x01c"...), codeProtocolError},
		"PUBREC":                {[]byte{0x50, 2, 0, 1}, codeProtocolError},
		"AUTH":                  {[]byte{0xf0, 0}, codeProtocolError},
		"CONNACK":               {[]byte{0x20, 2, 0, 0}, codeProtocolError},
		"SUBSCRIBE with flags":  {[]byte{0x80, 6, 0, 1, 0, 1, 'a', 0}, codeMalformed},
		"SUBSCRIBE cut short":   {[]byte{0x82, 6, 0, 1, 0, 0, 1, 'a'}, codeMalformed},
		"SUBSCRIBE of nothing":  {[]byte{0x82, 3, 0, 1, 0}, codeProtocolError},
		"SUBSCRIBE with id 0":   {[]byte{0x82, 7, 0, 0, 0, 0, 1, 'a', 0}, codeProtocolError},
		"PUBLISH without topic": {[]byte{0x30, 1, 0}, codeMalformed},
		"PUBLISH at QoS 3":      {[]byte{0x36, 6, 0, 1, 'a', 0, 1, 0}, codeMalformed},
		"PUBLISH with id 0":     {[]byte{0x32, 6, 0, 1, 'a', 0, 0, 0}, codeProtocolError},
		"PUBLISH properties":    {[]byte{0x30, 6, 0, 1, 'a', 9, 1, 1}, codeMalformed},
		"unknown property":      {[]byte{0x30, 6, 0, 1, 'a', 2, 0x7f, 1}, codeMalformed},
		"packet too large":      {[]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, codePacketTooLarge},
		"expiry out of nothing": {[]byte{0xe0, 7, 0, 5, 0x11, 0, 0, 0, 9}, codeProtocolError},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := join(t, s, true, "c")
			c.write(tt.bytes)
			c.closed(tt.code)
		})
	}
}
