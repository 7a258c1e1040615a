package client_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// What a kept session left unacknowledged may come right behind CONNACK.
func TestMessagesRightBehindCONNACK(t *testing.T) { bothWays(t, testBehindConnack) }

func testBehindConnack(t *testing.T, set client.Settings) {
	again := message("a", "again", 1, 5)
	again[0] |= 8
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.ConnectPacket); !ok {
			return false
		}
		c.raw(slices.Concat([]byte{0x20, 2, 1, 0}, again, message("a", "next", 0, 0))...)
		return true
	})
	o := newObserver(t, set)
	p := s.profile()
	p.Persistent = true
	o.Connect(p)
	if c, place := await[client.Connected](o); !c.SessionPresent || place != 0 {
		t.Errorf("got %+v at %d; want the session kept, before the messages", c, place)
	}
	o.awaitMessages(2)
	if m, _ := o.History.At(0); string(m.Payload) != "again" || !m.Dup || m.QoS != 1 {
		t.Errorf("got %+v; want the message that was sent again", m)
	}
	s.await("1 PUBACK 5")
}

// Messages count as life, and their end as silence: what a broker sent before says nothing about it now.
func TestABrokerThatFallsSilentAfterAFlood(t *testing.T) { bothWays(t, testSilence) }

func testSilence(t *testing.T, set client.Settings) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.SubscribePacket); ok {
			for range 1000 {
				c.raw(message("a", "x", 0, 0)...)
			}
			return true
		}
		_, ping := p.(*packets.PingreqPacket)
		return ping
	})
	set.FirstDelay, set.LastDelay, set.PingTimeout = time.Minute, time.Minute, 50*time.Millisecond
	o := newObserver(t, set)
	p := s.profile()
	p.KeepAlive = time.Second
	o.Connect(p)
	o.Subscribe(filter(t, "a"), 0)
	if r, place := await[client.Reconnecting](o); r.Why.Text != "the broker does not answer" || place != 1000 {
		t.Errorf("got %+v after %d messages; want that the broker does not answer, after 1000", r, place)
	}
}

func TestWhatWasStoredIsAcknowledgedBeforeDISCONNECT(t *testing.T) {
	s, o := floodSession(t, client.Settings{}, 5, 1)
	o.awaitMessages(5)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := o.Close(ctx); err != nil {
		t.Fatal(err)
	}
	s.await("1 PUBACK 1", "1 PUBACK 2", "1 PUBACK 3", "1 PUBACK 4", "1 PUBACK 5", "1 DISCONNECT")
}
