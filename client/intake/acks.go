package intake

import (
	"encoding/binary"
	"sync"
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
	return c.put(packets)
}
