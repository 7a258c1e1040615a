package client_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// sleeper is settings whose wall clock runs ahead as it does while a computer sleeps.
func sleeper() (set client.Settings, sleep func(time.Duration)) {
	var ahead atomic.Int64
	set = quick()
	set.Watch = 20 * time.Millisecond
	set.WallClock = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	return set, func(d time.Duration) { ahead.Add(int64(d)) }
}

func TestAfterASleepTheConnectionIsTried(t *testing.T) {
	s := startScripted(t, nil)
	set, sleep := sleeper()
	o := newObserver(t, set)
	o.Connect(s.profile())
	await[client.Connected](o)
	sleep(time.Minute)
	s.await("1 CONNECT", "1 PINGREQ")
	o.Subscribe(filter(t, "a"), 0)
	if sub, _ := await[client.Subscribed](o); sub.Err != nil || s.count("2 ") > 0 {
		t.Errorf("got %+v; want the connection to stand", sub)
	}
}

// Nothing answers any more after the sleep: the next connection is there within 3 s, though keep-alive and delays are long.
func TestAConnectionThatDiedInASleepIsMadeAnew(t *testing.T) {
	s := startScripted(t, func(_ *scriptedConn, p packets.ControlPacket) bool {
		_, ping := p.(*packets.PingreqPacket)
		return ping
	})
	set, sleep := sleeper()
	set.FirstDelay, set.LastDelay = time.Minute, time.Minute
	o := newObserver(t, set)
	p := s.profile()
	p.KeepAlive = 1000 * time.Second
	o.Connect(p)
	await[client.Connected](o)
	begun := time.Now()
	sleep(time.Minute)
	r, _ := await[client.Reconnecting](o)
	if r.Why.Text != "the broker does not answer" || !r.Lost {
		t.Errorf("got %+v; want that the broker does not answer", r)
	}
	await[client.Connected](o)
	if d := time.Since(begun); d > 30*time.Second { // the machine may be busy; the delay is a minute
		t.Errorf("connected after %v; want it at once", d)
	}
}

// Waking up and another network end the wait for the next attempt.
func TestTheNextAttemptIsMadeAtOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		event func(sleep func(time.Duration), move func())
	}{
		{"after a sleep", func(sleep func(time.Duration), _ func()) { sleep(time.Hour) }},
		{"with other addresses", func(_ func(time.Duration), move func()) { move() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
				return c.number == 1 && onConnect(0x20, 2, 0, 3)(c, p)
			})
			set, sleep := sleeper()
			set.FirstDelay, set.LastDelay = time.Minute, time.Minute
			var addresses atomic.Value
			addresses.Store("127.0.0.1/8")
			set.Addresses = func() string { return addresses.Load().(string) }
			o := newObserver(t, set)
			o.Connect(s.profile())
			await[client.Reconnecting](o)
			c.event(sleep, func() { addresses.Store("127.0.0.1/8 192.168.1.4/24") })
			await[client.Connected](o)
		})
	}
}

// An attempt that was under way when the computer fell asleep is given up for another.
func TestAnAttemptIsMadeAnewAfterASleep(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, _ packets.ControlPacket) bool { return c.number == 1 })
	set, sleep := sleeper()
	set.ConnectTimeout = time.Minute
	o := newObserver(t, set)
	o.Connect(s.profile())
	s.await("1 CONNECT")
	sleep(time.Minute)
	if c, _ := await[client.Connected](o); c.ClientID == "" {
		t.Errorf("got %+v", c)
	}
	s.await("1 end")
}

// AWS IoT Core takes one CONNECT a second and client ID, however often the user asks.
func TestRetryKeepsToTheRateOfAWS(t *testing.T) {
	var last atomic.Int64
	least := make(chan time.Duration, 10)
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.ConnectPacket); ok {
			if before := last.Swap(time.Now().UnixNano()); before != 0 {
				least <- time.Duration(time.Now().UnixNano() - before)
			}
		}
		return onConnect(0x20, 2, 0, 5)(c, p)
	})
	set := quick()
	set.FirstDelay = 300 * time.Millisecond
	o := newObserver(t, set)
	p := s.profile()
	p.AWS, p.ClientID = true, "lamp"
	o.Connect(p)
	await[client.Refused](o)
	for range 3 {
		o.Retry()
		if r, _ := await[client.Reconnecting](o); r.Why.Text == "" || time.Until(r.Deadline) > 300*time.Millisecond {
			t.Errorf("got %+v; want a short wait with its reason", r)
		}
		await[client.Refused](o)
		if d := <-least; d < 290*time.Millisecond {
			t.Errorf("CONNECT after %v; want 300ms at least", d)
		}
	}
}

// AWS IoT Core hangs up by the keep-alive that it works with, not by the one asked for.
func TestTheKeepAliveIsTheOneThatAWSWorksWith(t *testing.T) {
	for asked, want := range map[time.Duration]uint16{5: 30, 60: 60, 9000: 1200} {
		got := make(chan uint16, 1)
		s := startScripted(t, func(_ *scriptedConn, p packets.ControlPacket) bool {
			if c, ok := p.(*packets.ConnectPacket); ok {
				got <- c.Keepalive
			}
			return false
		})
		o := besideAnother(t, quick())
		p := s.profile()
		p.KeepAlive, p.Limits = asked*time.Second, client.AWSLimits()
		o.Connect(p)
		if n := <-got; n != want {
			t.Errorf("%d s: got %d; want %d", asked, n, want)
		}
		if told := p.Limits.KeepAliveNotice(p.KeepAlive) != ""; told != (time.Duration(want) != asked) {
			t.Errorf("%d s: told %v", asked, told)
		}
	}
}
