package intake

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// acks are the acknowledgements that wait to be written: PUBACK packets in the order of their messages.
type acks struct {
	ready chan struct{} // holds a value when there are some, or enough; capacity 1

	mu      sync.Mutex
	packets []byte
	enough  int    // bytes that are written at once
	spare   []byte // memory for the next ones; guarded by the write lock
}

const ackSize = 4

// AppendPuback appends the PUBACK of a message.
func AppendPuback(b []byte, id uint16) []byte {
	return binary.BigEndian.AppendUint16(append(b, Puback<<4, 2), id)
}

// Acknowledge takes PUBACK packets to be written soon, together with others. It does not wait. The packets are copied.
func (c *Conn) Acknowledge(packets []byte) {
	if len(packets) == 0 {
		return
	}
	c.acks.mu.Lock()
	before := len(c.acks.packets)
	c.acks.packets = append(c.acks.packets, packets...)
	tell := before == 0 || before < c.acks.enough && len(c.acks.packets) >= c.acks.enough
	c.acks.mu.Unlock()
	if !tell {
		return
	}
	select {
	case c.acks.ready <- struct{}{}:
	default:
	}
}

// waiting is how many there are, and whether that is enough to be written at once. size says how many are from now on.
func (a *acks) waiting(size int) (n int, enough bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.enough = size * ackSize
	return len(a.packets) / ackSize, len(a.packets) >= a.enough
}

// WriteAcknowledgements writes what Acknowledge is given, until the end. It is for a goroutine of its own, never that of
// Read: if the broker does not read while it sends, reading must go on.
func (c *Conn) WriteAcknowledgements() {
	timer := time.NewTimer(linger)
	defer timer.Stop()
	size, last := batch{now: firstBatch}, time.Time{}
	for {
		select {
		case <-c.opt.Ended:
			return
		case <-c.acks.ready:
		}
		size.went(time.Since(last))
		n, enough := c.acks.waiting(size.now)
		switch dense := time.Since(last) < 2*linger; {
		case dense && enough:
			size.came()
		case dense && n > 0:
			timer.Reset(linger)
			select {
			case <-c.opt.Ended:
				return
			case <-c.acks.ready:
				size.came()
			case <-timer.C:
				size.late, _ = c.acks.waiting(size.now)
			}
		}
		last = time.Now()
		if err := Guard(c.flushAcks); err != nil {
			c.opt.Owner.End(err)
		}
	}
}

// linger is how long acknowledgements wait for more of them while there are many.
const linger = time.Millisecond

// batch is how many acknowledgements go out together. A broker that has few messages under way at once sends the next one
// for each acknowledgement: one by one that is a wake-up, a read and a write a message on both sides. Half of what it has
// under way keeps the other half coming.
type batch struct {
	now, since int
	late       int // how many there were when no more came, the last time; 0 if more did
}

const (
	firstBatch = 10 // half of what mosquitto has under way
	lastBatch  = 32
	growAfter  = 16
)

// came is told that enough came in time: now and then one more is tried.
func (b *batch) came() {
	if b.since++; b.since >= growAfter {
		b.now, b.since = min(b.now+1, lastBatch), 0
	}
}

// went is told that the next message came a time after the last batch was written. When the batch was late and the message
// came at once, the broker had waited for it: it has no more under way.
func (b *batch) went(after time.Duration) {
	if b.late > 0 && after < linger {
		b.now, b.since = min(max(b.late/2, 1), lastBatch), 0
	}
	b.late = 0
}

func (c *Conn) flushAcks() error {
	c.write.Lock()
	defer c.write.Unlock()
	if c.ending() {
		return nil
	}
	return c.writeAcks()
}

// writeAcks is called with the write lock held.
func (c *Conn) writeAcks() error {
	c.acks.mu.Lock()
	packets := c.acks.packets
	c.acks.packets = c.acks.spare[:0]
	c.acks.mu.Unlock()
	c.acks.spare = packets
	if len(packets) == 0 {
		return nil
	}
	c.flow.left(len(packets) / ackSize)
	return c.put(packets)
}

// flow counts the messages that the broker sent and that were not acknowledged yet, as MQTT 5 bounds them.
type flow struct{ open atomic.Int64 }

func (f *flow) came(most uint16) error {
	if n := f.open.Add(1); most > 0 && n > int64(most) {
		return ErrFlow
	}
	return nil
}

// left is told before acknowledgements are written: the broker may answer at once.
func (f *flow) left(n int) { f.open.Add(int64(-n)) }
