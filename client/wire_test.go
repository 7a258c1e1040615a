package client

import (
	"errors"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

func TestDelay(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		n        int
		low, top time.Duration
	}{
		{0, s, s * 5 / 4}, {1, s, s * 5 / 4}, {2, 2 * s, 2 * s * 5 / 4}, {3, 4 * s, 5 * s}, {6, 32 * s, 40 * s},
		{7, 60 * s, 45 * s}, {100, 60 * s, 45 * s},
	} {
		if got := delay(c.n, s, time.Minute, 0); got != c.low {
			t.Errorf("after %d attempts, no spread: got %v; want %v", c.n, got, c.low)
		}
		if got := delay(c.n, s, time.Minute, 1); got != c.top {
			t.Errorf("after %d attempts, full spread: got %v; want %v", c.n, got, c.top)
		}
	}
}

func TestACallbackThatPanicsEndsTheSessionCleanly(t *testing.T) {
	l := newLink(Profile{}, Settings{}.withDefaults(), newInbox(nil, 1, 1), newQueue[any]())
	func() {
		defer l.recover()
		panic("by design")
	}()
	if !errors.Is(l.cause, errInternal) || l.cause.Error() != "internal error: by design" {
		t.Errorf("got %v; want an internal error", l.cause)
	}
}

// The end of a link may be told before the actor knows that it was connected.
func TestALinkThatEndedAtOnceIsLost(t *testing.T) {
	s := &Session{inbox: newInbox(nil, 1, 1), mail: newQueue[any](), set: Settings{}.withDefaults()}
	a := newActor(s)
	l := newLink(Profile{ClientID: "me"}, s.set, s.inbox, s.mail)
	l.client = mqtt.NewClient(l.options())
	l.end(errClosed)
	a.handle(endedNote{l})
	a.attempt = &attempt{link: l, cancel: func() {}}
	a.attempted()
	defer a.stopTimer()
	events := s.inbox.take().Events
	if r, ok := events[len(events)-1].Event.(Reconnecting); !ok || !r.Lost || r.Why.Text != "closed by the broker" {
		t.Errorf("got %+v; want Reconnecting because it was closed", events)
	}
}
