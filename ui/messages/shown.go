package messages

import (
	"iter"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
)

// Shown is the messages that the pane shows now, oldest first, and how many they are; less than 0 while a filter is still looking. The
// sequence may be read later and by another goroutine: it is that of this moment.
func (p *Pane) Shown() (n int, messages iter.Seq[history.Message]) {
	s := p.history.Snapshot()
	win := p.list.window(p.place.end(p.history))
	if f := p.list.filter; f != nil && !p.list.found().done {
		return -1, selected(s, f, p.list.topics, p.list.since, min(p.place.end(p.history), p.list.until))
	}
	if win.list.index == nil {
		from, to := win.base, win.base+uint64(win.len())
		return win.len(), func(yield func(history.Message) bool) {
			for seq := from; seq < to; seq++ {
				if m, ok := s.At(seq); ok && !yield(m) {
					return
				}
			}
		}
	}
	seqs := make([]uint64, win.len())
	for i := range seqs {
		seqs[i] = win.seq(i)
	}
	return len(seqs), func(yield func(history.Message) bool) {
		for _, seq := range seqs {
			if m, ok := s.At(seq); ok && !yield(m) {
				return
			}
		}
	}
}

// selected looks for what a filter selects while it is read.
func selected(s *history.Snapshot, f *filter.Filter, topics func(string) bool, since, end uint64) iter.Seq[history.Message] {
	return func(yield func(history.Message) bool) {
		m := f.Matcher()
		var r history.Record
		for seq := max(since, s.First()); seq < min(end, s.End()); seq++ {
			s.Record(seq, &r)
			if topics != nil && !topics(s.TopicKey(r.Topic).Name) || !m.Match(s, &r) {
				continue
			}
			if found, _ := s.At(seq); !yield(found) {
				return
			}
		}
	}
}

// Chosen is the message under the cursor.
func (p *Pane) Chosen() (history.Message, bool) { return p.message() }
