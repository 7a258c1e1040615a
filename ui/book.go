package ui

import (
	"slices"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/subs"
)

// A subscription is a row of the book: a filter that somebody wants.
type subscription struct {
	filter  client.Filter
	qos     byte
	granted byte
	state   subs.State
	reason  string
	group   string // whose it is when not the user's: a shadow's, by its name
	holds   int    // how often the Session was asked for it and granted it
	since   uint64 // the first message that can be its own
	unread  uint64
	total   uint64
	meter   meter
}

// book holds the subscriptions of a tab and counts their messages. A filter that the user and a shadow both want is two rows.
type book struct {
	rows    []*subscription
	asked   map[client.RequestID]*subscription
	chosen  []*subscription            // whose messages are shown; none for all
	matches map[string][]*subscription // topic → rows, remembered until the rows change
}

// maxRemembered bounds the topics whose rows are remembered: a flood of new topics must not fill the memory.
const maxRemembered = 100_000

func newBook() *book {
	return &book{asked: map[client.RequestID]*subscription{}, matches: map[string][]*subscription{}}
}

// find is the row of a filter in a group, or nil.
func (b *book) find(filter, group string) *subscription {
	for _, s := range b.rows {
		if s.filter.String() == filter && s.group == group {
			return s
		}
	}
	return nil
}

// add makes the row of a filter that was asked for, or asks again with the row that is there.
func (b *book) add(id client.RequestID, f client.Filter, qos byte, group string, since uint64) *subscription {
	s := b.find(f.String(), group)
	if s == nil {
		s = &subscription{filter: f, group: group, since: since}
		b.rows = append(b.rows, s)
		clear(b.matches)
	}
	s.qos, s.state, s.reason = qos, subs.Asking, ""
	b.asked[id] = s
	return s
}

// remove takes a row out and reports whether the Session holds its filter, or may come to hold it.
func (b *book) remove(s *subscription) (held bool) {
	b.rows = slices.DeleteFunc(b.rows, func(o *subscription) bool { return o == s })
	b.chosen = slices.DeleteFunc(b.chosen, func(o *subscription) bool { return o == s })
	clear(b.matches)
	return s.holds > 0 || s.state != subs.Refused
}

// answer notes what became of a Subscribe; a filter that the Session restored by itself has id 0. It reports whether the Session
// now holds the filter once more than the row needs: it was asked for again, with another QoS.
func (b *book) answer(e client.Subscribed) (surplus bool) {
	if s, ok := b.asked[e.ID]; ok {
		delete(b.asked, e.ID)
		s.answered(e)
		if e.Err == nil {
			s.holds++
		}
		if s.holds > 1 {
			s.holds--
			return true
		}
		return false
	}
	for _, s := range b.rows {
		if e.ID == 0 && s.filter == e.Filter && s.state != subs.Refused {
			s.answered(e)
		}
	}
	return false
}

func (s *subscription) answered(e client.Subscribed) {
	if e.Err != nil {
		s.state, s.reason = subs.Refused, e.Err.Error()
		return
	}
	s.state, s.granted, s.reason = subs.Live, e.Granted, ""
}

// offline marks what waits for the next connection.
func (b *book) offline() {
	for _, s := range b.rows {
		if s.state == subs.Live {
			s.state = subs.Waiting
		}
	}
}

// match is the rows whose filter matches a topic, by AWS's rule; where none does, by the standard's, since the broker sent the
// message for some reason.
func (b *book) match(topic string) []*subscription {
	if rows, ok := b.matches[topic]; ok {
		return rows
	}
	var rows []*subscription
	for _, matches := range []func(client.Filter, string) bool{client.Filter.Matches, client.Filter.MatchesStandard} {
		for _, s := range b.rows {
			if matches(s.filter, topic) {
				rows = append(rows, s)
			}
		}
		if len(rows) > 0 {
			break
		}
	}
	if len(b.matches) >= maxRemembered {
		clear(b.matches)
	}
	b.matches[topic] = rows
	return rows
}

// count counts n messages on a topic for every row that matches.
func (b *book) count(topic string, n uint64, now time.Time) {
	for _, s := range b.match(topic) {
		s.total += n
		if !slices.Contains(b.chosen, s) {
			s.unread += n
		}
		s.meter.add(n, now)
	}
}

// choose shows the messages of a filter, or of a whole group; both empty for all messages.
func (b *book) choose(filter, group string) {
	b.chosen = nil
	for _, s := range b.rows {
		if s.group == group && (filter == "" && group != "" || s.filter.String() == filter) {
			b.chosen = append(b.chosen, s)
			s.unread = 0
		}
	}
}

// view is the rows as the Subscriptions pane shows them.
func (b *book) view(now time.Time) []subs.Row {
	rows := make([]subs.Row, len(b.rows))
	for i, s := range b.rows {
		rows[i] = subs.Row{
			Filter: s.filter.String(), QoS: s.qos, Granted: s.granted, State: s.state, Reason: s.reason,
			Group: s.group, Unread: s.unread, Total: s.total, Rate: s.meter.perSecond(now),
		}
	}
	return rows
}
