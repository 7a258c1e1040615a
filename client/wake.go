package client

import (
	"net"
	"slices"
	"strings"
	"time"

	"example.com/thingdeck/client/intake"
)

// A computer that slept, a process that was stopped, or another network: what was known of the connection is worth nothing then. What
// follows notices that within a second and acts at once, where keep-alive and the delays between attempts would take a minute and more.

const (
	// sleepTime is how much longer than a tick a pause must be. A busy machine may be taken for one that slept: that costs a PINGREQ.
	sleepTime = 2 * time.Second
	// wakeTimeout is how long the broker has to answer the PINGREQ after a pause.
	wakeTimeout = 2 * time.Second
	// justAwake is how long after that a lost connection is made again without a delay.
	justAwake = 10 * time.Second
)

// surroundings is what the actor compares once in Settings.Watch.
type surroundings struct {
	ticked    time.Time // by the monotonic clock, which stands still while the computer sleeps
	wall      time.Time // by the other one
	addresses string    // of the interfaces, or ""
	woke      time.Time // when a pause was noticed that no lost connection was put down to yet
}

func newSurroundings(set Settings) surroundings {
	return surroundings{ticked: time.Now(), wall: set.WallClock().Round(0), addresses: set.Addresses()}
}

// look compares and acts. The connection is pinged, or the next attempt made now.
func (a *actor) look() {
	slept := a.slept()
	moved := a.id != 0 && (a.timer != nil || a.link != nil) && a.moved()
	if !slept && !moved {
		return
	}
	if slept && a.link != nil {
		a.link.check(wakeTimeout)
	} else if a.link != nil {
		a.link.check(a.set.PingTimeout)
	}
	if slept && a.attempt != nil { // what it waits for may have been lost
		a.attempt.anew = true
		a.attempt.cancel()
	}
	if a.timer != nil {
		a.tries = 0
		a.soon()
	}
}

// slept says that much more time has passed since the last call than the ticker takes, by either clock: timers were late because the
// process was stopped, or the wall clock has run ahead of the monotonic one because the computer slept.
func (a *actor) slept() bool {
	now, wall := time.Now(), a.set.WallClock().Round(0)
	passed := max(now.Sub(a.ticked), wall.Sub(a.wall))
	a.ticked, a.wall = now, wall
	if passed < a.set.Watch+sleepTime {
		return false
	}
	a.woke = now
	return true
}

// moved says that the computer has other addresses than at the last call.
func (a *actor) moved() bool {
	before := a.addresses
	a.addresses = a.set.Addresses()
	return before != "" && a.addresses != "" && a.addresses != before
}

// interfaceAddresses is every address of the computer, as one text to compare.
func interfaceAddresses() string {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	texts := make([]string, len(all))
	for i, address := range all {
		texts[i] = address.String()
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// soon makes an attempt now, or as soon as the broker takes another CONNECT: AWS IoT Core takes one a second and client ID (F-27).
func (a *actor) soon() {
	if d := a.tooSoon(); d > 0 {
		a.refused = false
		if a.why.Text == "" {
			a.why.Text = "AWS IoT Core takes one CONNECT a second"
		}
		a.wait(d, a.why, false)
		return
	}
	a.begin()
}

// tooSoon is the time until the broker takes another CONNECT.
func (a *actor) tooSoon() time.Duration {
	if !a.profile.AWS || a.begunAs != a.profile.identity() {
		return 0
	}
	return time.Until(a.begun.Add(a.set.FirstDelay))
}

// identity is what the broker counts CONNECT packets by.
func (p Profile) identity() string { return p.ClientID + "@" + p.Broker.Address() }

// wait tells that an attempt comes after d.
func (a *actor) wait(d time.Duration, why Reason, lost bool) {
	a.stopTimer()
	a.timer, a.why = time.NewTimer(d), why
	a.inbox.tell(Reconnecting{ID: a.id, Why: why, Deadline: time.Now().Add(d), Attempt: a.tries + 1, Lost: lost})
}

// check sends a PINGREQ and ends the connection when nothing comes from the broker for d.
func (l *link) check(d time.Duration) {
	heard := l.wire.Heard()
	l.ops.push(func() {
		if err := l.wire.Send([]byte{intake.Pingreq << 4, 0}); err != nil {
			l.end(err)
		}
	})
	l.expect(heard, d)
}

// expect ends the connection when nothing comes for d. Where this process got no time to look, it has another d.
func (l *link) expect(heard uint64, d time.Duration) {
	due := time.Now().Add(d)
	time.AfterFunc(d, func() {
		switch {
		case l.ending() || l.wire.Heard() != heard || !l.wire.Reading():
		case time.Since(due) > d/4:
			l.expect(heard, d)
		default:
			l.end(errSilent)
		}
	})
}
