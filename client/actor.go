package client

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	mathrand "math/rand/v2"
	"time"
)

// actor is the one goroutine that decides for a Session. Nothing else touches its fields.
type actor struct {
	set   Settings
	inbox *inbox
	mail  *queue[any]

	id      RequestID // of the Connect being served
	profile Profile   // with the client ID in use; valid while id is not 0
	asked   string    // the client ID that Connect was given
	tries   int       // attempts since Connect or since a connection that lasted
	refused bool
	timer   *time.Timer // to the next attempt, or nil
	attempt *attempt    // in progress, or nil
	link    *link       // connected, or nil
	since   time.Time   // of the link
	why     Reason      // told last by Reconnecting or Refused

	begun   time.Time // of the last attempt
	begunAs string    // whose it was
	surroundings

	suspects []request // what the connection before may have been closed for
	closes   int       // how many connections in a row were closed as one is when another takes over its client ID

	subs subscriptions
	out  outbox
}

// attempt is a connection being made by a goroutine of its own.
type attempt struct {
	link   *link
	cancel context.CancelFunc
	done   chan struct{}
	err    error // valid after done
	anew   bool  // given up for another one that begins at once
}

// lastingConnection is how long a connection must have held for the delays to begin again with the shortest.
const lastingConnection = 10 * time.Second

func newActor(s *Session) *actor {
	a := &actor{set: s.set, inbox: s.inbox, mail: s.mail, surroundings: newSurroundings(s.set)}
	a.subs.tell = s.inbox.tell
	a.out.tell = s.inbox.tell
	a.out.limit = s.set.OutgoingBytes
	a.out.window = s.set.InFlight
	return a
}

func (a *actor) run() {
	watch := time.NewTicker(a.set.Watch)
	defer watch.Stop()
	for {
		var due <-chan time.Time
		if a.timer != nil {
			due = a.timer.C
		}
		var attempted <-chan struct{}
		if a.attempt != nil {
			attempted = a.attempt.done
		}
		var overdue <-chan time.Time
		if a.link != nil {
			overdue = a.link.flights.timer.C
		}
		select {
		case <-a.mail.ready:
			items, closed := a.mail.take()
			for _, m := range items {
				a.handle(m)
			}
			if closed {
				a.leave()
				return
			}
		case <-due:
			a.begin()
		case <-attempted:
			a.attempted()
		case <-overdue:
			a.overdue()
		case <-watch.C:
			a.look()
		}
	}
}

func (a *actor) handle(m any) {
	switch m := m.(type) {
	case connectRequest:
		a.connect(m)
	case disconnectRequest:
		a.leave()
		a.id = 0
		a.inbox.tell(Disconnected{ID: m.id})
	case retryRequest:
		if a.timer != nil || a.refused {
			a.soon()
		}
	case retryAsRequest:
		a.retryAs(m)
	case []subscribeRequest:
		a.subs.subscribe(a.link, m)
	case unsubscribeRequest:
		a.subs.unsubscribe(a.link, m)
	case publishRequest:
		a.out.publish(a.link, m)
	case subscribedNote:
		a.subs.subscribed(a.link, m)
	case lateNote:
		if m.link == a.link {
			a.subs.late(a.link, m)
		}
	case unsubscribedNote:
		a.subs.unsubscribed(m)
	case publishedNote:
		a.out.published(a.link, m)
	case endedNote:
		if m.link == a.link {
			a.lost()
		}
	}
}

func (a *actor) connect(m connectRequest) {
	a.leave()
	before := a.profile
	a.id, a.profile, a.tries, a.suspects, a.since = m.id, m.profile, 0, nil, time.Time{}
	a.asked, a.closes = m.profile.ClientID, 0
	if err := m.profile.Check(); err != nil {
		a.id = 0
		a.inbox.tell(Disconnected{ID: m.id, Why: a.profile.reason(err)})
		return
	}
	if a.profile.ClientID == "" {
		a.profile.ClientID = randomClientID()
	}
	if a.profile.KeepAlive == 0 {
		a.profile.KeepAlive = DefaultKeepAlive
	}
	a.profile.KeepAlive = a.profile.Limits.KeepAlive(a.profile.KeepAlive)
	a.subs.obey(a.profile.Limits)
	a.out.obey(a.profile.Limits)
	if before.Broker != a.profile.Broker || before.ClientID != a.profile.ClientID || before.Username != a.profile.Username {
		a.subs.forget()
		if before.Broker != (Broker{}) {
			a.out.failAll(errors.New("another connection was chosen"))
		}
	}
	a.why = Reason{}
	a.soon()
}

func randomClientID() string {
	var b [2]byte
	rand.Read(b[:])
	return "thingdeck-" + hex.EncodeToString(b[:])
}

// begin starts an attempt in a goroutine of its own, which leave or attempted waits for.
func (a *actor) begin() {
	a.stopTimer()
	a.refused = false
	a.tries++
	a.begun, a.begunAs = time.Now(), a.profile.identity()
	ctx, cancel := context.WithTimeout(context.Background(), a.set.ConnectTimeout)
	t := &attempt{link: newLink(a.profile, a.set, a.inbox, a.mail), cancel: cancel, done: make(chan struct{})}
	a.attempt = t
	a.inbox.tell(Connecting{
		ID: a.id, Endpoint: a.profile.Broker.String(), ClientID: a.profile.ClientID, Attempt: a.tries,
	})
	go func() {
		defer close(t.done)
		t.err = t.link.open(ctx)
	}()
}

func (a *actor) attempted() {
	t := a.attempt
	a.attempt = nil
	t.cancel()
	if t.err != nil && t.anew {
		a.tries = 0
		a.soon()
		return
	}
	if t.err != nil {
		a.closes = 0
		a.failed(t.err, false)
		return
	}
	a.link, a.since = t.link, time.Now()
	present := t.link.sessionPresent
	a.inbox.tell(Connected{
		ID: a.id, Endpoint: a.profile.Broker.String(), ClientID: a.profile.ClientID, SessionPresent: present,
	})
	a.link.release()
	if a.link.ending() {
		a.lost() // its endedNote came too early to be acted upon
		return
	}
	a.out.restore(a.link, present, a.suspects)
	a.subs.restore(a.link, present, a.suspects)
	a.out.give(a.link)
}

func (a *actor) lost() {
	err := a.link.cause
	a.slept() // this may be the first that is noticed of it
	a.link.close(false)
	suspects := a.link.suspects()
	a.link = nil
	a.subs.lost(a.profile.Persistent)
	a.out.lost()
	if time.Since(a.since) >= lastingConnection {
		a.tries = 0
	}
	if culprit, found := inBoth(suspects, a.suspects); found {
		err = notAllowed(culprit)
		told := explained{err, a.profile.reason(err).Causes}
		a.subs.refuse(culprit, told)
		a.out.refuse(culprit, told)
	} else if a.rival(err, suspects) {
		a.closes = rivalCloses - 1 // after Retry one more is enough
		err = taken(a.profile.ClientID)
	} else if len(suspects) > 0 {
		err = closedAfter(suspects)
	}
	a.suspects = suspects
	a.failed(err, true)
}

// failed decides what follows an attempt that failed or a connection that was lost.
func (a *actor) failed(err error, lost bool) {
	switch {
	case errors.Is(err, errInternal):
		a.inbox.tell(Disconnected{ID: a.id, Why: a.profile.reason(err)})
		a.id = 0
	case final(err, !a.since.IsZero()):
		a.refused, a.why = true, a.profile.reason(err)
		a.inbox.tell(Refused{ID: a.id, Why: a.why})
	default:
		d := delay(a.tries, a.set.FirstDelay, a.set.LastDelay, mathrand.Float64())
		if lost && time.Since(a.woke) < justAwake {
			d, a.woke = max(0, a.tooSoon()), time.Time{}
		}
		a.wait(d, a.profile.reason(err), lost)
	}
}

// delay is the time before the attempt that follows n others: first, doubling up to last, spread by a quarter so that
// many clients do not come back together. It is never less than first: AWS allows one CONNECT a second and client ID.
func delay(n int, first, last time.Duration, random float64) time.Duration {
	d := first
	for i := 1; i < n && d < last; i++ {
		d *= 2
	}
	if d = time.Duration(float64(d) * (1 + random/4)); d < last {
		return d
	}
	return max(first, time.Duration(float64(last)*(1-random/4)))
}

// leave gives up an attempt, a timer and a connection, whichever there is, and waits for their goroutines.
func (a *actor) leave() {
	a.stopTimer()
	a.refused = false
	if t := a.attempt; t != nil {
		a.attempt = nil
		t.cancel()
		<-t.done
		if t.err == nil {
			t.link.close(true)
		}
	}
	if a.link != nil {
		a.link.close(true)
		a.link = nil
		a.subs.lost(a.profile.Persistent)
		a.out.lost()
	}
}

func (a *actor) stopTimer() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}
