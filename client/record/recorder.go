package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// Recorder appends what goes over a connection to a file, in a goroutine of its own. Its methods do not wait for the disk and may
// be called by any goroutine. What was given to it a second ago is in the file, in whole lines.
type Recorder struct {
	file  *os.File
	name  string
	ended chan struct{}
	more  chan struct{} // capacity 1

	mu     sync.Mutex
	queue  []piece
	bytes  int64 // of the queue
	stats  Stats
	err    error
	closed bool
}

// piece is what waits to be written: a batch as it was received, or one message that was published.
type piece struct {
	batch history.Batch
	out   *history.Message
}

// Stats are counts of messages.
type Stats struct {
	// Written are in the file, or on the way to it.
	Written uint64
	// Lost came faster than the disk took them, or after the disk refused one.
	Lost uint64
	// Bytes is the length of the file.
	Bytes int64
	// Err is why nothing more is written, or nil.
	Err error
}

// maxWaiting bounds what waits for the disk, in bytes of payload and index.
const maxWaiting = 64 << 20

// Create begins a record in a new file, which only the user may read. A file that is there is left as it is: the error says so.
func Create(path string) (*Recorder, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there already: a record does not overwrite it", path)
	}
	if err != nil {
		return nil, err
	}
	r := &Recorder{file: f, name: path, ended: make(chan struct{}), more: make(chan struct{}, 1)}
	go r.run()
	return r, nil
}

// Name is the path of the file, as it was given.
func (r *Recorder) Name() string { return r.name }

// Messages records a batch of received messages.
func (r *Recorder) Messages(b history.Batch) {
	if n := b.Len(); n > 0 {
		r.put(piece{batch: b}, uint64(n), b.Bytes())
	}
}

// Published records a message that was sent from here. Its payload must not change any more.
func (r *Recorder) Published(at time.Time, m client.Message) {
	out := history.Message{Time: at, Topic: m.Topic.String(), Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Out: true}
	r.put(piece{out: &out}, 1, int64(len(m.Payload)))
}

func (r *Recorder) put(p piece, n uint64, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return
	case r.err != nil, r.bytes > 0 && r.bytes+size > maxWaiting:
		r.stats.Lost += n
		return
	}
	r.queue, r.bytes = append(r.queue, p), r.bytes+size
	r.stats.Written += n
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// Stats says how far the record has come.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Err = r.err
	return s
}

// Close writes what waits and closes the file. The error is the first that the disk gave. It may be called more than once.
func (r *Recorder) Close() error {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.more)
	}
	r.mu.Unlock()
	<-r.ended
	return r.Stats().Err
}

func (r *Recorder) run() {
	defer close(r.ended)
	var text []byte
	for range r.more {
		text = r.drain(text)
	}
	r.drain(text)
	if err := r.file.Close(); err != nil {
		r.fail(err, 0)
	}
}

// drain writes the queue. text is memory to use again.
func (r *Recorder) drain(text []byte) []byte {
	r.mu.Lock()
	queue := r.queue
	r.queue, r.bytes = nil, 0
	r.mu.Unlock()
	text = text[:0]
	lines := uint64(0)
	for _, p := range queue {
		if p.out != nil {
			text, lines = Append(text, *p.out), lines+1
		}
		for m := range p.batch.All() {
			if text, lines = Append(text, m), lines+1; len(text) >= 256<<10 {
				r.write(text, lines)
				text, lines = text[:0], 0
			}
		}
	}
	r.write(text, lines)
	if cap(text) > 1<<20 {
		return nil
	}
	return text
}

// write puts whole lines at the end of the file. When that fails, what was written of them is taken back.
func (r *Recorder) write(text []byte, lines uint64) {
	at := r.Stats()
	if len(text) == 0 {
		return
	}
	if at.Err != nil {
		r.fail(at.Err, lines)
		return
	}
	if _, err := r.file.Write(text); err != nil {
		_ = r.file.Truncate(at.Bytes)
		r.fail(fmt.Errorf("record: %w", err), lines)
		return
	}
	r.mu.Lock()
	r.stats.Bytes += int64(len(text))
	r.mu.Unlock()
}

// fail counts lines that were on the way as lost. The first error stays.
func (r *Recorder) fail(err error, lines uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Written -= lines
	r.stats.Lost += lines
	if r.err == nil {
		r.err = err
	}
}
