package messages

import (
	"sort"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
)

// found is the messages of a choice that a filter selects. What was there when the filter was set is looked through in the background,
// the newest first; what comes is tested as it comes.
type found struct {
	history *history.History
	filter  *filter.Filter
	topics  func(topic string) bool // nil: any
	chosen  topicMemo

	scan  *filter.Scan // of the messages before start; it belongs to the Cmd while busy
	older []uint64     // of scan: from the newest to the oldest
	start uint64

	live  *filter.Matcher
	newer []uint64 // from start on, from the oldest to the newest
	next  uint64   // the first message not tested yet

	over atomic.Bool // nobody wants to know any more
	busy bool        // a Cmd works for it
	done bool        // the scan is
	left uint64      // messages that the scan has not looked at
	low  bool        // rows stand at the lower end of the list: some were drawn before all were found

	scanned, came tally
}

// tally counts messages of the choice: those looked at, selected, and left out because that took too long.
type tally struct{ seen, selected, cut uint64 }

// excluded is how many of the choice were looked at and not selected since the filter was set, and how many of them took too long.
func (r *found) excluded() (n, cut uint64) {
	cut = r.scanned.cut + r.came.cut
	return r.scanned.seen + r.came.seen - r.scanned.selected - r.came.selected - cut, cut
}

// waiting is how many messages were not looked at yet.
func (r *found) waiting() uint64 { return r.left + r.history.End() - max(r.next, r.history.First()) }

// newFound begins to filter the messages from since on.
func newFound(h *history.History, f *filter.Filter, topics func(topic string) bool, since uint64) *found {
	s := h.Snapshot()
	r := &found{history: h, filter: f, topics: topics, start: s.End(), next: s.End(), live: f.Matcher(), scan: filter.NewScan(f, s, topics, since)}
	r.chosen.keep = topics
	r.sync()
	return r
}

// sync takes over what the scan has found.
func (r *found) sync() {
	r.older, r.left, r.done = r.scan.Found, r.scan.Left(), !r.scan.More()
	r.scanned = tally{r.scan.Seen, uint64(len(r.scan.Found)), r.scan.Cut()}
	if r.done {
		r.scan = nil // lets the snapshot go
	}
}

type (
	scannedMsg struct{ found *found }
	caughtMsg  struct {
		found *found
		scan  *filter.Scan
		end   uint64
	}
)

// How much is tested at once in Update; what is beyond it goes to a Cmd.
const (
	liveTime  = 2 * time.Millisecond
	liveClock = 8   // messages between two looks at the clock: an expression may take 2 ms for each
	liveLarge = 256 // bytes of a payload after which the clock is looked at: to decode it may take long
	liveMost  = 512
)

// work is what is to be done in the background, or nil.
func (r *found) work() tea.Cmd {
	if r.busy {
		return nil
	}
	if n := r.history.End() - r.next; n > liveMost {
		r.busy = true
		s := r.history.Snapshot()
		scan := filter.NewScan(r.filter, s, r.topics, r.next)
		return func() tea.Msg {
			for scan.More() && !r.over.Load() {
				scan.Step()
			}
			return caughtMsg{r, scan, s.End()}
		}
	}
	if r.done {
		return nil
	}
	r.busy = true
	scan := r.scan
	return func() tea.Msg {
		scan.Step()
		return scannedMsg{r}
	}
}

// stepped takes the outcome of a step.
func (r *found) stepped() {
	r.busy = false
	r.sync()
}

// caught takes the outcome of catching up with what came.
func (r *found) caught(scan *filter.Scan, end uint64) {
	r.busy = false
	r.newer = append(r.newer, scan.Ascending()...)
	r.came.seen += scan.Seen
	r.came.selected += uint64(len(scan.Found))
	r.came.cut += scan.Cut()
	r.next = end
}

// follow tests what came, as far as that takes no time to speak of.
func (r *found) follow() {
	r.next = max(r.next, r.history.First())
	if r.busy && r.history.End()-r.next > liveMost {
		return // a Cmd catches up, or will
	}
	began := time.Now()
	before := r.live.Cut()
	var rec history.Record
	for n := 1; r.next < r.history.End(); r.next, n = r.next+1, n+1 {
		r.history.Record(r.next, &rec)
		if r.topics == nil || r.chosen.is(r.history, rec.Topic) {
			r.came.seen++
			if r.live.Match(r.history, &rec) {
				r.came.selected++
				r.newer = append(r.newer, r.next)
			}
		}
		if (n%liveClock == 0 || len(rec.Payload) > liveLarge) && time.Since(began) > liveTime {
			break
		}
	}
	r.came.cut += r.live.Cut() - before
}

// Len is the number of messages found that are still held.
func (r *found) Len() int {
	r.evict()
	return len(r.older) + len(r.newer)
}

// lead is how many of the free lines of the list stand above the rows. Those found first are the newest: they stand at the lower end
// from the beginning, so that nothing moves when older ones join them.
func (r *found) lead(rows, free int) int {
	r.low = r.low || !r.done && rows > 0
	if !r.low {
		return 0
	}
	return max(0, free)
}

// evict lets go of what the history has let go.
func (r *found) evict() {
	first := r.history.First()
	r.older = r.older[:sort.Search(len(r.older), func(i int) bool { return r.older[i] < first })]
	r.newer = r.newer[sort.Search(len(r.newer), func(i int) bool { return r.newer[i] >= first }):]
}

// At is the number of the i-th message, the oldest first.
func (r *found) At(i int) uint64 {
	if i < len(r.older) {
		return r.older[len(r.older)-1-i]
	}
	return r.newer[i-len(r.older)]
}

// Search is the first whose number is at least seq.
func (r *found) Search(seq uint64) int {
	return sort.Search(r.Len(), func(i int) bool { return r.At(i) >= seq })
}

// topicMemo remembers which topics are chosen.
type topicMemo struct {
	keep func(topic string) bool
	memo []uint64 // by id: how often it was reused, and the answer in the two lowest bits; 0 is unknown
}

func (t *topicMemo) is(h *history.History, id uint32) bool {
	key := h.TopicKey(id)
	if int(id) >= len(t.memo) {
		t.memo = append(t.memo, make([]uint64, int(id)+1+len(t.memo)/2-len(t.memo))...)
	}
	if m := t.memo[id]; m != 0 && uint32(m>>2) == key.Reused {
		return m&3 == 2
	}
	answer := uint64(1)
	if t.keep(key.Name) {
		answer = 2
	}
	t.memo[id] = uint64(key.Reused)<<2 | answer
	return answer == 2
}
