package ui

import (
	"errors"
	"slices"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/messages"
	"example.com/thingdeck/ui/subs"
)

// A subscription is a row of the book: a filter that somebody wants.
type subscription struct {
	filter  client.Filter
	qos     byte
	granted byte
	state   subs.State
	reason  string
	unheard bool   // it was refused because the broker did not answer
	group   string // the row that it is folded into, "" for one of its own: a shadow's, of reserved topics, of triggers
	held    string // why the user cannot let it go; "" when that can be done
	given   bool   // by a flag or the profile, which say it again at the next start
	options subs.Options
	paused  bool
	until   uint64 // one past the newest message shown while paused
	overlap string // another filter that selects some of the same topics
	holds   int    // how often the Session was asked for it and granted it
	since   uint64 // the first message that can be its own
	unread  uint64
	total   uint64
	meter   meter
}

// book holds the subscriptions of a tab and counts their messages. A filter that the user and a shadow both want is two rows.
type book struct {
	rows       []*subscription
	asked      map[client.RequestID]*subscription // by Subscribe
	changed    map[client.RequestID]*subscription // by ChangeQoS
	chosen     []*subscription                    // whose messages are shown; none for all
	matches    map[string][]*subscription         // topic → rows, remembered until the rows change
	index      *rowIndex                          // of the rows, made when it is needed
	compared   bool                               // the overlaps are those of the rows as they are
	favourites []subs.Wanted
}

// maxRemembered bounds the topics whose rows are remembered: a flood of new topics must not fill the memory.
const maxRemembered = 100_000

func newBook() *book {
	return &book{
		asked: map[client.RequestID]*subscription{}, changed: map[client.RequestID]*subscription{}, matches: map[string][]*subscription{},
	}
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
		b.moved()
	} else if s.refused() {
		b.moved()
	}
	s.qos, s.state, s.reason = qos, subs.Asking, ""
	b.asked[id] = s
	return s
}

// moved forgets what depends on which rows there are.
func (b *book) moved() {
	clear(b.matches)
	b.index, b.compared = nil, false
}

// of is the rows of a filter in a group, or of a whole group; none when both are empty.
func (b *book) of(name subs.Choose) (rows []*subscription) {
	for _, s := range b.rows {
		if s.group == name.Group && (name.Filter == "" && name.Group != "" || s.filter.String() == name.Filter) {
			rows = append(rows, s)
		}
	}
	return rows
}

// remove takes a row out and reports whether the Session holds its filter, or may come to hold it.
func (b *book) remove(s *subscription) (held bool) {
	b.rows = slices.DeleteFunc(b.rows, func(o *subscription) bool { return o == s })
	b.chosen = slices.DeleteFunc(b.chosen, func(o *subscription) bool { return o == s })
	b.moved()
	return s.holds > 0 || s.state != subs.Refused
}

// answer notes what became of a Subscribe; a filter that the Session restored by itself has id 0. It reports whether the Session
// now holds the filter once more than the row needs: it was asked for again, with another QoS.
func (b *book) answer(e client.Subscribed) (surplus bool) {
	if s, ok := b.changed[e.ID]; ok {
		delete(b.changed, e.ID)
		b.requalified(s, e)
		return false
	}
	if s, ok := b.asked[e.ID]; ok {
		delete(b.asked, e.ID)
		b.note(s, e)
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
			b.note(s, e)
		}
	}
	return false
}

// note gives a row its answer. What is refused matches nothing.
func (b *book) note(s *subscription, e client.Subscribed) {
	before := s.state
	if s.answered(e); (before == subs.Refused) != (s.state == subs.Refused) {
		b.moved()
	}
}

// matching is the rows that messages can belong to.
func (b *book) matching() []*subscription {
	if !slices.ContainsFunc(b.rows, (*subscription).refused) {
		return b.rows
	}
	return slices.DeleteFunc(slices.Clone(b.rows), (*subscription).refused)
}

func (s *subscription) refused() bool { return s.state == subs.Refused }

// requalified notes what became of another QoS: all rows of the filter have it, or the one that asked keeps the old one.
func (b *book) requalified(s *subscription, e client.Subscribed) {
	if e.Err != nil {
		s.qos = s.granted
		return
	}
	for _, o := range b.rows {
		if o.filter == s.filter && o.state == subs.Live {
			o.granted = e.Granted
		}
	}
}

func (s *subscription) answered(e client.Subscribed) {
	if e.Err != nil {
		s.state, s.reason, s.unheard = subs.Refused, e.Err.Error(), errors.Is(e.Err, client.ErrNoAnswer)
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
// message for some reason. Topics of the same rows share one list.
func (b *book) match(topic string) []*subscription {
	if rows, ok := b.matches[topic]; ok {
		return rows
	}
	if len(b.matches) >= maxRemembered {
		clear(b.matches)
		b.index = nil // it remembers too
	}
	if b.index == nil {
		b.index = newRowIndex(b.matching())
	}
	rows := b.index.match(topic)
	b.matches[topic] = rows
	return rows
}

// count counts n messages on a topic for every row that matches.
func (b *book) count(topic string, n uint64, now time.Time) {
	for _, s := range b.match(topic) {
		s.total += n
		if !s.paused && !slices.Contains(b.chosen, s) {
			s.unread += n
		}
		s.meter.add(n, now)
	}
}

// choose shows the messages of a filter, or of a whole group; both empty for all messages.
func (b *book) choose(name subs.Choose) {
	b.chosen = b.of(name)
	for _, s := range b.chosen {
		s.unread = 0
	}
}

// bounds are what of the chosen rows' messages is shown.
func (b *book) bounds() messages.Bounds {
	if len(b.chosen) == 0 {
		return messages.Bounds{}
	}
	out := messages.Bounds{Since: b.chosen[0].since, Still: true}
	for _, s := range b.chosen {
		out.Since = min(out.Since, s.since)
		out.Still = out.Still && s.paused
		out.Until = max(out.Until, s.until)
		out.Keep += s.options.Keep
	}
	if len(b.chosen) > 1 {
		out.Keep = 0
	}
	return out
}

// rate is how many messages a second the chosen rows have.
func (b *book) rate(now time.Time) (sum float64) {
	for _, s := range b.chosen {
		sum += s.meter.perSecond(now)
	}
	return sum
}

// maxCompared bounds the rows that are compared with each other: the work grows with its square.
const maxCompared = 300

// compare finds for each row another filter that a broker may send the same message for.
func (b *book) compare() {
	if b.compared {
		return
	}
	b.compared = true
	for i, s := range b.rows {
		s.overlap = ""
		for j, o := range b.rows[:min(len(b.rows), maxCompared)] {
			if i < maxCompared && i != j && s.filter != o.filter && s.state != subs.Refused && o.state != subs.Refused && s.filter.Overlaps(o.filter) {
				s.overlap = o.filter.String()
				break
			}
		}
	}
}

// view is the rows as the Subscriptions pane shows them, and the favourites that are not among them.
func (b *book) view(now time.Time) []subs.Row {
	b.compare()
	rows := make([]subs.Row, 0, len(b.rows)+len(b.favourites))
	for _, s := range b.rows {
		row := subs.Row{
			Filter: s.filter.String(), QoS: s.qos, Granted: s.granted, State: s.state, Reason: s.reason, Group: s.group, Held: s.held,
			Unread: s.unread, Total: s.total, Rate: s.meter.perSecond(now), Recent: s.meter.recent(now),
			Paused: s.paused, Options: s.options, Overlap: s.overlap,
		}
		row.Favourite = s.group == "" && b.favourite(row.Filter) >= 0
		rows = append(rows, row)
	}
	for _, f := range b.favourites {
		if b.find(f.Filter.String(), "") == nil {
			rows = append(rows, subs.Row{Filter: f.Filter.String(), QoS: f.QoS, State: subs.Offered, Favourite: true, Options: f.Options})
		}
	}
	return rows
}

// tone is the colour of the first row that a topic belongs to and that has one.
func (b *book) tone(topic string) int {
	for _, s := range b.match(topic) {
		if s.options.Tone > 0 {
			return s.options.Tone
		}
	}
	return 0
}

// favourite is the place of a filter among the favourites, or -1.
func (b *book) favourite(filter string) int {
	return slices.IndexFunc(b.favourites, func(f subs.Wanted) bool { return f.Filter.String() == filter })
}
