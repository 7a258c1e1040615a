package messages

import (
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
)

// A list is the messages that were chosen. Its index is made when it is first read, so that walking over the subscriptions
// builds only those that are drawn.
type list struct {
	history *history.History
	topics  func(topic string) bool // nil: any
	since   uint64
	still   bool           // the subscription is paused
	until   uint64         // one past the newest that is shown
	keep    int            // how many of the newest are shown; 0 for all
	filter  *filter.Filter // nil: none
	index   index          // nil when topics and filter are

	choice *history.Filtered // what topics choose, to count it while a filter selects from it
}

// An index is a list of messages by number, oldest first, that follows the history.
type index interface {
	Len() int
	At(i int) uint64
	Search(seq uint64) int
}

// found is the index of a filter, or nil.
func (l *list) found() *found {
	if l.filter == nil {
		return nil
	}
	if l.index == nil {
		l.index = newFound(l.history, l.filter, l.topics, l.since)
	}
	return l.index.(*found)
}

// stop ends what is done in the background for the list, which is about to be another.
func (l *list) stop() {
	if f, ok := l.index.(*found); ok {
		f.over.Store(true)
	}
}

// A window is the list at one moment, up to a message: rows by number, oldest first. It is good until the history changes.
type window struct {
	list     *list
	from, to int // in index; where there is none, from is 0
	base     uint64
}

// window is the messages chosen that are older than the one named end.
func (l *list) window(end uint64) window {
	w := l.all(min(end, l.until))
	if l.keep > 0 && w.len() > l.keep {
		cut := w.len() - l.keep
		if l.index == nil {
			w.base, w.to = w.base+uint64(cut), l.keep
		} else {
			w.from += cut
		}
	}
	return w
}

// all is window without the bound of how many.
func (l *list) all(end uint64) window {
	switch {
	case l.filter != nil:
		l.found()
	case l.topics == nil:
		base := max(l.since, l.history.First())
		end = max(base, min(end, l.history.End()))
		return window{list: l, base: base, to: int(end - base)}
	case l.index == nil:
		l.index = l.history.Filter(l.topics)
	}
	from := l.index.Search(l.since)
	return window{list: l, from: from, to: max(from, l.index.Search(end))}
}

// count is how many messages of the list are at least seq, those after the window too.
func (l *list) count(seq uint64) int {
	return l.all(l.history.End()).len() - l.all(seq).len()
}

// total is how many messages were chosen, whatever the filter selects of them.
func (l *list) total() int {
	if l.topics == nil {
		base := max(l.since, l.history.First())
		return int(max(base, l.history.End()) - base)
	}
	if l.choice == nil {
		l.choice = l.history.Filter(l.topics)
	}
	return l.choice.Len() - l.choice.Search(l.since)
}

func (w window) len() int { return w.to - w.from }

// seq names the message in row i, which is in [0, len).
func (w window) seq(i int) uint64 {
	if w.list.index == nil {
		return w.base + uint64(i)
	}
	return w.list.index.At(w.from + i)
}

// search is the first row whose message is at least seq, or len.
func (w window) search(seq uint64) int {
	if w.list.index == nil {
		if seq <= w.base {
			return 0
		}
		return int(min(seq-w.base, uint64(w.len())))
	}
	return max(0, min(w.list.index.Search(seq), w.to)-w.from)
}
