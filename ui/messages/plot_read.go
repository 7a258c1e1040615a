package messages

import (
	"bytes"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/payload"
)

// A plotJob is messages, in the order in which they are read, whose payloads take too long for a frame: what is large, or must be
// decoded or inflated first. Nothing else is read until it has come back.
type plotJob struct {
	plot  *plot
	older bool
	items []plotItem
	size  int // bytes of the payloads
	busy  bool
}

// plotItem is a message for one source. Until it has come back the job alone uses the numbers of the source.
type plotItem struct {
	source  *source
	time    int64
	payload []byte // a copy
	about   payload.About
	values  []plotValue
}

type plotValue struct {
	path  int
	value float64
}

// plotReadMsg brings a job back.
type plotReadMsg struct{ job *plotJob }

// What goes into a job, and how much: about what takes a frame.
const (
	lightText   = 16 << 10 // the largest text read at once
	lightBinary = 256      // the largest payload decoded at once
	maxPlotted  = 1 << 20  // numbers in larger ones are not read
	jobBytes    = 128 << 10
	jobItems    = 1000
)

// heavy says that a payload is for a job.
func heavy(data []byte) bool {
	packed := len(data) > 1 && (data[0] == 0x1f && data[1] == 0x8b || data[0]&0x8f == 0x08) // gzip, zlib: inflates to a thousand times as much
	return len(data) > lightText || (packed || len(data) > lightBinary) && !plainText(data[:min(len(data), 64)])
}

// follow reads what came, and then some more of what was there, for as long as a frame has.
func (q *plot) follow(p *Pane) {
	if q.job != nil {
		return
	}
	h := p.history
	began := time.Now()
	var r history.Record
	// read reports whether there is time for more.
	read := func(seq uint64, older bool) bool {
		h.Record(seq, &r)
		mine := false
		for i := range q.sources {
			if from := &q.sources[i]; from.memo.is(h, r.Topic) {
				mine = true
				q.take(p, from, &r, older)
			}
		}
		if q.job != nil && (q.job.size >= jobBytes || len(q.job.items) >= jobItems) {
			return false
		}
		return !mine && seq%512 != 0 || time.Since(began) < plotTime
	}
	goOn := true
	for q.next = max(q.next, h.First()); goOn && q.next < h.End(); q.next++ {
		goOn = read(q.next, false)
	}
	for goOn && q.more(h) && (q.job == nil || q.job.older) {
		q.back--
		goOn = read(q.back, true)
	}
}

// more says that there are older messages to read.
func (q *plot) more(h *history.History) bool { return !q.full && q.back > h.First() && q.back > 0 }

// take adds the points of a message, or puts it into a job: when it is heavy, or when one before it was.
func (q *plot) take(p *Pane, from *source, r *history.Record, older bool) {
	if q.job == nil && !heavy(r.Payload) {
		payload := r.Payload
		if !plainText(payload[:min(len(payload), 64)]) {
			payload = readable(payload, p.about(history.Message{Topic: from.topic}))
		}
		q.values = from.read(payload, q.values[:0])
		q.add(from, r.Time, q.values, older)
		return
	}
	if q.job == nil {
		q.job = &plotJob{plot: q, older: older}
	}
	item := plotItem{source: from, time: r.Time, about: p.about(history.Message{Topic: from.topic})}
	if len(r.Payload) <= maxPlotted {
		item.payload = bytes.Clone(r.Payload)
	}
	q.job.items = append(q.job.items, item)
	q.job.size += len(item.payload)
}

// read appends the numbers in a payload that is JSON.
func (s *source) read(payload []byte, to []plotValue) []plotValue {
	if !s.numbers.Read(payload) {
		return to
	}
	for i := range s.paths {
		if v, ok := s.numbers.At(i); ok {
			to = append(to, plotValue{i, v})
		}
	}
	return to
}

// add adds the points of a message.
func (q *plot) add(from *source, at int64, values []plotValue, older bool) {
	for _, v := range values {
		q.point(from.first+v.path, point{at, max(-maxNumber, min(v.value, maxNumber))}, older)
	}
	if from.rate >= 0 {
		q.point(from.rate, point{at: at}, older)
	}
}

func (q *plot) point(series int, pt point, older bool) {
	s := &q.series[series]
	if older {
		s.before(pt)
	} else {
		s.after(pt)
	}
	q.full = q.full || len(s.older)+len(s.newer) >= maxPoints
}

// work reads the job, or goes on reading while there is more.
func (q *plot) work(h *history.History) tea.Cmd {
	switch job := q.job; {
	case job != nil && job.busy:
		return nil
	case job != nil:
		job.busy = true
		return func() tea.Msg {
			for i := range job.items {
				item := &job.items[i]
				item.values = item.source.read(readable(item.payload, item.about), nil)
				item.payload = nil
			}
			return plotReadMsg{job}
		}
	case !q.more(h) && q.next >= h.End():
		return nil
	}
	return func() tea.Msg { return countMsg{} }
}

// came adds what a job has read.
func (q *plot) came(job *plotJob) {
	for i := range job.items {
		q.add(job.items[i].source, job.items[i].time, job.items[i].values, job.older)
	}
	q.job = nil
}
