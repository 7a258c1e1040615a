package client

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/thingdeck/client/transport"
)

// ErrNoAnswer is what the Err of Subscribed, Unsubscribed and Published is to errors.Is when the broker let the time of
// Settings.AnswerTimeout pass. The broker may have done what was asked, or may yet do it.
var ErrNoAnswer = errors.New("no answer")

// unanswered is ErrNoAnswer in the words for one kind of request.
type unanswered string

func (e unanswered) Error() string        { return string(e) }
func (e unanswered) Is(target error) bool { return target == ErrNoAnswer }

func inWords(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return d.String()
}

// overdue returns what has waited too long for its answer, oldest first, and sets the timer for the rest. When nobody
// reads from the socket, because the inbox is full, the answer may lie there unread: then it looks again later.
func (f *flights) overdue(now time.Time, reading bool) (late []flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !reading {
		f.timer.Reset(min(f.limit, time.Second))
		return nil
	}
	next := time.Time{}
	for packet, what := range f.all {
		switch due := what.left.Add(f.limit); {
		case what.late:
		case !due.After(now):
			what.late = true
			f.all[packet] = what
			late = append(late, what)
		case next.IsZero() || due.Before(next):
			next = due
		}
	}
	if f.armed = !next.IsZero(); f.armed {
		f.timer.Reset(next.Sub(now))
	}
	slices.SortFunc(late, func(a, b flight) int { return a.left.Compare(b.left) })
	return late
}

func (a *actor) overdue() {
	within := " within " + inWords(a.set.AnswerTimeout)
	for _, what := range a.link.flights.overdue(time.Now(), a.link.wire.Reading()) {
		switch {
		case what.out != nil:
			a.out.overdue(a.link, what.out, unanswered("not acknowledged"+within+"; it may have arrived"))
		case what.subscribe != nil:
			err := a.profile.explain(unanswered("no answer"+within), transport.Observation{Kind: transport.NotSubscribed})
			a.subs.overdue(a.link, what.subscribe, err)
		default:
			a.subs.notGone(what.unsubscribe, unanswered("no answer"+within))
		}
	}
}

// overdue gives a publish up. Its identifier stays taken, since the answer may yet come.
func (b *outbox) overdue(l *link, o *outgoing, err error) {
	if !slices.Contains(b.given, o) {
		return
	}
	b.fail(o, err)
	b.published(l, publishedNote{o})
	if o.message.QoS == 2 {
		b.late = append(b.late, o)
	}
}

// overdue treats filters as refused.
func (s *subscriptions) overdue(l *link, items []subscribeItem, err error) {
	for _, item := range items {
		if len(item.asks) == 0 {
			s.tell(Subscribed{Filter: item.filter, Asked: item.qos, Err: err})
		}
		for _, a := range item.asks {
			s.tell(Subscribed{ID: a.id, Filter: item.filter, Asked: a.qos, Err: err})
		}
		s.answered(item, 0, err)
	}
	s.advance(l, items)
}

// late takes an answer that came after overdue: a filter that nobody wants any more is let go.
func (s *subscriptions) late(l *link, m lateNote) {
	for i, item := range m.items {
		switch {
		case refusedFilter(m.codes[i]) != nil:
		case s.find(item.filter) != nil:
			item.asks = nil
			s.answered(item, m.codes[i], nil)
		default:
			l.unsubscribe([]unsubscribeRequest{{filter: item.filter}})
		}
	}
}

func (s *subscriptions) notGone(items []unsubscribeRequest, err error) {
	for _, m := range items {
		if m.id != 0 {
			s.tell(Unsubscribed{ID: m.id, Filter: m.filter, Err: err})
		}
		s.gone = append(s.gone, m.filter)
	}
	s.unsubscribed(unsubscribedNote{items})
}
