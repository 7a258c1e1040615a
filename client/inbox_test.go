package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// flood answers a SUBSCRIBE with n messages of a thousand bytes; QoS 1 when the filter asks for it.
func flood(n int) func(*scriptedConn, packets.ControlPacket) bool {
	return func(c *scriptedConn, p packets.ControlPacket) bool {
		sub, ok := p.(*packets.SubscribePacket)
		if !ok {
			return false
		}
		c.suback(sub.MessageID, sub.Qoss...)
		go func() { // the connection must go on reading
			for i := range n {
				c.raw(message("a", fmt.Sprintf("%04d%s", i, strings.Repeat("x", 996)), sub.Qoss[0], uint16(i+1))...)
			}
			c.raw(0xd0, 0) // a PINGRESP nobody asked for
			c.server.note(fmt.Sprint("sent ", n))
		}()
		return true
	}
}

func floodSession(t *testing.T, set client.Settings, n int, qos byte) (*scripted, *observer) {
	s := startScripted(t, flood(n))
	o := newObserver(t, set)
	o.Connect(s.profile())
	await[client.Connected](o)
	o.Subscribe(filter(t, "a"), qos)
	return s, o
}

// readUpToHere returns when the Session has read what was sent to it so far, without taking anything: the second
// publish leaves after the answer to the first was read. It needs an InFlight of 1.
func (o *observer) readUpToHere(s *scripted) {
	o.t.Helper()
	for _, name := range []string{"first", "second"} {
		o.Publish(client.Message{Topic: topic(o.t, "probe"), Payload: []byte(name), QoS: 1})
	}
	s.await("1 PUBLISH probe second id 3")
}

func (o *observer) wantOrder(n int) {
	o.t.Helper()
	last := -1
	for m := range o.History.All() {
		var i int
		fmt.Sscanf(string(m.Payload[:4]), "%d", &i)
		if i <= last {
			o.t.Fatalf("message %d came after %d", i, last)
		}
		last = i
	}
	if got := o.History.Len() + int(o.dropped); got != n {
		o.t.Errorf("got %d messages and %d dropped; want %d together", o.History.Len(), o.dropped, n)
	}
}

func TestAFullInboxDropsAndCountsQoS0(t *testing.T) { bothWays(t, testDrops) }

func testDrops(t *testing.T, set client.Settings) {
	const n = 100
	set.InboxBytes, set.InFlight = 20_000, 1
	s, o := floodSession(t, set, n, 0)
	s.await("sent 100")
	o.readUpToHere(s)
	await(o, step(client.Acknowledged))
	await(o, step(client.Acknowledged))
	o.wantOrder(n)
	if o.dropped == 0 {
		t.Error("got none dropped; want those that did not fit")
	}
}

// Every PUBLISH that came is in the history, was evicted from it, or was dropped before it: three counts that add up.
func TestWhatCameIsStoredEvictedOrDropped(t *testing.T) { bothWays(t, testCounts) }

func testCounts(t *testing.T, set client.Settings) {
	const n, kept = 100, 10
	set.InboxBytes, set.InFlight = 20_000, 1
	s, o := floodSession(t, set, n, 0)
	o.History = history.New(history.Limits{Messages: kept})
	s.await("sent 100")
	o.readUpToHere(s)
	await(o, step(client.Acknowledged))
	await(o, step(client.Acknowledged))
	stats := o.History.Stats()
	stored, evicted, dropped := o.History.Len(), int(stats.Evicted), int(o.dropped)
	if stored != kept || evicted == 0 || dropped == 0 || stored+evicted+dropped != n || int(stats.Received)+dropped != n {
		t.Errorf("got %d stored, %d evicted, %d dropped, %d given to the history; want %d in all", stored, evicted, dropped, stats.Received, n)
	}
}

func TestAFullInboxWithholdsAcknowledgements(t *testing.T) { bothWays(t, testWithholds) }

func testWithholds(t *testing.T, set client.Settings) {
	const n, fit = 50, 19
	set.InboxBytes, set.InFlight = fit*1026+500, 1
	s, o := floodSession(t, set, n, 1)
	s.await("sent 50")
	s.await(fmt.Sprint("1 PUBACK ", fit))
	o.readUpToHere(s)
	if got := s.count("1 PUBACK"); got != fit {
		t.Errorf("got %d acknowledged; want the %d that the inbox holds", got, fit)
	}
	o.awaitMessages(n)
	s.await(fmt.Sprint("1 PUBACK ", fit), fmt.Sprint("1 PUBACK ", n))
	o.wantOrder(n)
	if o.dropped != 0 {
		t.Errorf("got %d dropped; want none of QoS 1", o.dropped)
	}
}

func TestAFullReserveStopsTheFlow(t *testing.T) { bothWays(t, testStops) }

func testStops(t *testing.T, set client.Settings) {
	const n = 2000
	set.InboxBytes, set.ReserveBytes = 10_000, 10_000
	s, o := floodSession(t, set, n, 1)
	s.await("1 PUBACK 1")
	o.awaitMessages(n)
	o.wantOrder(n)
	s.await(fmt.Sprint("1 PUBACK ", n))
	for i, line := range s.lines("1 PUBACK") {
		if want := fmt.Sprint("1 PUBACK ", i+1); line != want {
			t.Fatalf("acknowledgement %d: got %q; want %q", i+1, line, want)
		}
	}
}

func TestCloseWhileTheFlowIsStopped(t *testing.T) { bothWays(t, testCloses) }

func testCloses(t *testing.T, set client.Settings) {
	set.InboxBytes, set.ReserveBytes = 10_000, 10_000
	s, o := floodSession(t, set, 2000, 1)
	s.await("1 PUBACK 1")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := o.Close(ctx); err != nil {
		t.Errorf("got %v; want nil", err)
	}
}

func TestNextObeysItsContext(t *testing.T) {
	o := newObserver(t, client.Settings{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := o.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want context.Canceled", err)
	}
}
