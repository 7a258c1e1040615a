package broker

import (
	"net"
	"sync"
	"time"
)

// Bounds of what is on its way to one connection.
const (
	queueSlow  = 1 << 20  // bytes from which publishers wait for the connection
	queueBytes = 64 << 20 // QoS 0 messages beyond it are dropped
	stallAfter = time.Second
	reserve    = 2 * window // places in mochi's queue for QoS 1
)

// outbox is what is on its way to one connection: messages in mochi's queue, and bytes that the socket has not taken.
// mochi drops what does not fit its queue, and holds a lock while it writes; so the queue is kept from filling and
// writing never blocks.
type outbox struct {
	mu      sync.Mutex
	entered int // messages given to mochi's queue
	gone    int // messages that left it
	buf     []byte
	closed  bool
	stalled bool          // publishers gave up waiting; until the socket takes something
	lossy   bool          // messages are being dropped; until the socket takes something
	room    chan struct{} // closed when there may be room; nil when nobody waits
	wake    chan struct{}
}

func (o *outbox) init() { o.wake = make(chan struct{}, 1) }

// enter counts a message that mochi is about to queue. A message of QoS 0 for which there is no room is not taken, and
// first tells that it is the first such one. slow tells that publishers should wait.
func (o *outbox) enter(qos byte) (taken, first, slow bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	queued := o.entered - o.gone
	if qos == 0 && (len(o.buf) > queueBytes || queued > queueLength-reserve) {
		first, o.lossy = !o.lossy, true
		return false, first, false
	}
	o.entered++
	return true, false, o.crowded() && !o.stalled
}

func (o *outbox) crowded() bool { return o.entered-o.gone > queueLength/2 || len(o.buf) > queueSlow }

// easy tells that there is room for many messages, so that a publisher that waited does not wait for each.
func (o *outbox) easy() bool { return o.entered-o.gone < queueLength/4 && len(o.buf) < queueSlow/2 }

// left counts a message that mochi took out of its queue.
func (o *outbox) left() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone < o.entered { // less a stray one, see session.rescue
		o.gone++
	}
	if o.gone == o.entered {
		o.release()
	}
}

func (o *outbox) write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return 0, net.ErrClosed
	}
	o.buf = append(o.buf, p...)
	o.signal()
	return len(p), nil
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// close lets writeTo end after a last packet, nil for none.
func (o *outbox) close(last []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf = append(o.buf, last...)
	o.closed = true
	o.signal()
	o.release()
}

// release lets those who wait look again.
func (o *outbox) release() {
	if o.room != nil {
		close(o.room)
		o.room = nil
	}
}

// writeTo writes to the socket until the outbox is closed and empty, or writing fails.
func (o *outbox) writeTo(nc net.Conn) error {
	var spare []byte
	for {
		o.mu.Lock()
		if len(o.buf) == 0 {
			closed := o.closed
			o.mu.Unlock()
			if closed {
				return nil
			}
			<-o.wake
			continue
		}
		p := o.buf
		o.buf = spare[:0]
		o.mu.Unlock()
		_, err := nc.Write(p)
		if spare = p; cap(spare) > 2*queueSlow {
			spare = nil
		}
		if err != nil {
			return err
		}
		o.mu.Lock()
		o.stalled, o.lossy = false, false
		o.release()
		o.mu.Unlock()
	}
}

// wait blocks a publisher until the connection has made room, for a second at most: a client that does not read
// holds up the others once, not each time.
func (o *outbox) wait(also func() bool) {
	if !o.await(func() bool { return o.stalled || o.easy() && also() }) {
		o.mu.Lock()
		o.stalled = true
		o.mu.Unlock()
	}
}

// settle waits until the messages that mochi has queued now are on their way, for a second at most.
func (o *outbox) settle() {
	o.mu.Lock()
	until := o.entered
	o.mu.Unlock()
	o.await(func() bool { return o.gone >= until })
}

// await waits until ok and tells whether it came to be.
func (o *outbox) await(ok func() bool) bool {
	timer := time.NewTimer(stallAfter)
	defer timer.Stop()
	for {
		o.mu.Lock()
		if o.closed || ok() {
			o.mu.Unlock()
			return true
		}
		if o.room == nil {
			o.room = make(chan struct{})
		}
		room := o.room
		o.mu.Unlock()
		select {
		case <-room:
		case <-timer.C:
			return false
		}
	}
}

// roomier lets those who wait look again.
func (o *outbox) roomier() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.release()
}
