package filter

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"example.com/thingdeck/client/history"
)

// A Scan looks through a snapshot for what a filter selects, the newest first, in steps on two goroutines. It is used by one goroutine
// at a time; the results may be read between two steps.
type Scan struct {
	// Found are the sequence numbers that were selected so far, from the newest to the oldest.
	Found []uint64
	// Seen is how many messages of the choice were looked at; what of them was not selected is excluded.
	Seen uint64

	snapshot *history.Snapshot
	workers  [2]scanWorker
	first    uint64        // the oldest to look at
	next     uint64        // one past the newest that was not looked at
	size     uint64        // of the next step, in messages
	most     time.Duration // that the next step may take
	cut      uint64
}

// scanWorker has what one goroutine of a scan needs.
type scanWorker struct {
	matcher *Matcher
	chosen  func(topic string) bool
	topics  []byte // by topic: unknown, chosen or not
	found   []uint64
	seen    uint64
	cut     uint64
}

// NewScan makes a scan of the messages of s that are at least since and whose topic is chosen (nil: any). chosen is asked once a topic
// by each of two goroutines. The snapshot's end is where the scan begins.
func NewScan(f *Filter, s *history.Snapshot, chosen func(topic string) bool, since uint64) *Scan {
	c := &Scan{snapshot: s, first: max(since, s.First()), next: s.End(), size: firstStep, most: firstTime}
	for i := range c.workers {
		c.workers[i] = scanWorker{matcher: f.Matcher(), chosen: chosen}
	}
	return c
}

// How large steps are: the first is done before a frame is due; later ones take about stepTime, and none much more than twice that.
const (
	firstStep = 4 << 10
	firstTime = 8 * time.Millisecond // of the first step at most; then twice that, up to 2*stepTime
	stepTime  = 25 * time.Millisecond
	clockStep = 64               // messages between two looks at the clock
	largeStep = 4 << 10          // bytes of a payload after which it is looked at too: to decode it may take long
	yieldTime = time.Millisecond // how long a key waits for a processor: the scheduler would take it away after 10 ms
)

// More says that the scan is not done.
func (c *Scan) More() bool { return c.next > c.first }

// Left is how many messages are still to be looked at.
func (c *Scan) Left() uint64 { return c.next - min(c.first, c.next) }

// Cut is how many messages were left out because gojq took too long over them.
func (c *Scan) Cut() uint64 { return c.cut }

// Step looks at some more messages: at least one.
func (c *Scan) Step() {
	began := time.Now()
	from := max(c.first, c.next-min(c.size, c.next))
	middle := from + (c.next-from)/2
	end := began.Add(c.most)
	c.most = min(2*c.most, 2*stepTime)
	var other sync.WaitGroup
	var older uint64
	other.Go(func() { older = c.workers[1].look(c.snapshot, from, middle, end) })
	begin := c.next
	c.next = c.workers[0].look(c.snapshot, middle, c.next, end)
	other.Wait()
	c.take(&c.workers[0])
	if c.next == middle { // else there is a gap between the two, and the older half is looked at again
		c.take(&c.workers[1])
		c.next = older
	}
	switch took := time.Since(began); {
	case c.next > from:
		c.size = max(clockStep, begin-c.next)
	case took < stepTime/2:
		c.size *= 2
	}
}

func (c *Scan) take(w *scanWorker) {
	c.Found = append(c.Found, w.found...)
	c.Seen += w.seen
	c.cut += w.cut
}

// look goes through [from, to), the newest first, until end, and returns how far it came.
func (w *scanWorker) look(s *history.Snapshot, from, to uint64, end time.Time) uint64 {
	w.found, w.seen, w.cut = w.found[:0], 0, 0
	before := w.matcher.Cut()
	defer func() { w.cut = w.matcher.Cut() - before }()
	if w.topics == nil && w.chosen != nil {
		w.topics = make([]byte, s.Topics())
	}
	var r history.Record
	cut, yielded := before, time.Now()
	for seq := to; seq > from; {
		if slow := w.matcher.Cut(); (seq%clockStep == 0 || slow != cut || len(r.Payload) > largeStep) && seq < to {
			cut = slow
			switch now := time.Now(); {
			case now.After(end):
				return seq
			case now.Sub(yielded) > yieldTime:
				yielded = now
				runtime.Gosched()
			}
		}
		seq--
		s.Record(seq, &r)
		if w.chosen != nil && !w.choose(s, r.Topic) {
			continue
		}
		w.seen++
		if w.matcher.Match(s, &r) {
			w.found = append(w.found, seq)
		}
	}
	return from
}

const (
	topicChosen = 1
	topicNot    = 2
)

func (w *scanWorker) choose(s *history.Snapshot, id uint32) bool {
	if w.topics[id] == 0 {
		w.topics[id] = topicNot
		if w.chosen(s.TopicKey(id).Name) {
			w.topics[id] = topicChosen
		}
	}
	return w.topics[id] == topicChosen
}

// Ascending is Found from the oldest to the newest, in a new slice.
func (c *Scan) Ascending() []uint64 {
	out := slices.Clone(c.Found)
	slices.Reverse(out)
	return out
}
