package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// Recorder writes what goes over a connection to a file, in a goroutine of its own. Its methods do not wait for the disk and may
// be called by any goroutine. What was given to it a second ago is in the file, in whole lines.
type Recorder struct {
	file  *os.File
	name  string
	ended chan struct{}
	more  chan struct{} // capacity 1

	mu      sync.Mutex
	queue   []piece
	bytes   int64 // of the queue
	written uint64
	lost    uint64
	length  int64 // of the file
	err     error
	closed  bool
}

// piece is what waits to be written: a batch as it was received, and what was published meanwhile.
type piece struct {
	batch history.Batch
	out   []published
}

// published is a message that was sent after the first at messages of the batch.
type published struct {
	at      int
	message history.Message
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

// Batch records what a Session's Take returned: the messages received, and those sent, which find tells by the request. Their
// payloads must not change any more.
func (r *Recorder) Batch(b client.Batch, find func(client.RequestID) (client.Message, bool)) {
	p := piece{batch: b.Messages}
	size := b.Messages.Bytes()
	for _, e := range b.Events {
		sent, ok := e.Event.(client.Published)
		if !ok || sent.Step != client.Sent || sent.Again {
			continue
		}
		if m, ok := find(sent.ID); ok {
			p.out = append(p.out, published{e.At, history.Message{
				Time: e.Time, Topic: m.Topic.String(), Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Out: true,
			}})
			size += int64(len(m.Payload))
		}
	}
	if n := uint64(b.Messages.Len() + len(p.out)); n > 0 {
		r.put(p, n, size)
	}
}

func (r *Recorder) put(p piece, n uint64, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return
	case r.err != nil, r.bytes > 0 && r.bytes+size > maxWaiting:
		r.lost += n
		return
	}
	r.queue, r.bytes = append(r.queue, p), r.bytes+size
	r.written += n
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// Count is how many messages are in the file or on the way to it, and how many are not: they came faster than the disk took them,
// or after it refused one, for the reason in err.
func (r *Recorder) Count() (written, lost uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.written, r.lost, r.err
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
	_, _, err := r.Count()
	return err
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
	put := func(m history.Message) {
		if text, lines = Append(text, m), lines+1; len(text) >= 256<<10 {
			r.write(text, lines)
			text, lines = text[:0], 0
		}
	}
	for _, p := range queue {
		at := 0
		for m := range p.batch.All() {
			for ; len(p.out) > 0 && p.out[0].at <= at; p.out = p.out[1:] {
				put(p.out[0].message)
			}
			put(m)
			at++
		}
		for _, o := range p.out {
			put(o.message)
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
	if len(text) == 0 {
		return
	}
	r.mu.Lock()
	length, err := r.length, r.err
	r.mu.Unlock()
	if err == nil {
		if _, err = r.file.Write(text); err != nil {
			_ = r.file.Truncate(length)
			err = fmt.Errorf("record: %w", err)
		}
	}
	if err != nil {
		r.fail(err, lines)
		return
	}
	r.mu.Lock()
	r.length += int64(len(text))
	r.mu.Unlock()
}

// fail counts lines that were on the way as lost. The first error stays.
func (r *Recorder) fail(err error, lines uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.written -= lines
	r.lost += lines
	if r.err == nil {
		r.err = err
	}
}
