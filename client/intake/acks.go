package intake

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// acks are the acknowledgements that wait to be written: PUBACK packets in the order of their messages.
type acks struct {
	ready chan struct{} // holds a value when there may be some; capacity 1

	mu      sync.Mutex
	packets []byte
	spare   []byte // memory for the next ones; guarded by the write lock
}

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
	c.acks.packets = append(c.acks.packets, packets...)
	c.acks.mu.Unlock()
	select {
	case c.acks.ready <- struct{}{}:
	default:
	}
}

// WriteAcknowledgements writes what Acknowledge is given, until the end. It is for a goroutine of its own, never that of
// Read: if the broker does not read while it sends, reading must go on.
func (c *Conn) WriteAcknowledgements() {
	for {
		select {
		case <-c.opt.Ended:
			return
		case <-c.acks.ready:
		}
		if err := Guard(c.flushAcks); err != nil {
			c.opt.Owner.End(err)
		}
	}
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
	c.flow.left(len(packets) / 4)
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
