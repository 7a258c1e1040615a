package broker

import (
	"sync"
	"time"
)

// Bounds of the queue between the broker and one connection.
const (
	queueSlow  = 1 << 20  // bytes from which publishers wait for the connection
	queueBytes = 64 << 20 // QoS 0 messages beyond it are dropped
	writeBatch = 32 << 10 // bytes written at once
	stallAfter = time.Second
)

// outQueue is what waits to be written to a connection, in order. Only QoS 0 messages are ever dropped from it.
type outQueue struct {
	mu      sync.Mutex
	items   []item
	bytes   int
	closed  bool // nothing more is taken; the writer ends once the queue is empty
	stalled bool // publishers gave up waiting; until the writer goes on
	dropped int
	room    chan struct{} // closed when the writer goes on; nil when nobody waits
	wake    chan struct{}
}

// item is a message, or a packet ready to be written.
type item struct {
	out outgoing
	raw []byte
}

func newOutQueue() outQueue { return outQueue{wake: make(chan struct{}, 1)} }

// push queues a message and tells whether publishers should wait for the connection.
func (q *outQueue) push(o outgoing) (slow bool) {
	q.mu.Lock()
	size := o.m.size()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	if o.qos == 0 && q.bytes+size > queueBytes {
		q.dropped++
		q.mu.Unlock()
		return false
	}
	q.bytes += size
	q.items = append(q.items, item{out: o})
	slow = q.bytes > queueSlow && !q.stalled
	q.mu.Unlock()
	q.signal()
	return slow
}

// raw queues a packet.
func (q *outQueue) raw(b []byte) {
	q.mu.Lock()
	if !q.closed {
		q.items = append(q.items, item{raw: b})
		q.bytes += len(b)
	}
	q.mu.Unlock()
	q.signal()
}

// close lets the writer end after a last packet, nil for none.
func (q *outQueue) close(last []byte) {
	q.mu.Lock()
	if !q.closed && last != nil {
		q.items = append(q.items, item{raw: last})
	}
	q.closed = true
	q.mu.Unlock()
	q.signal()
	q.release()
}

func (q *outQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take waits for items and returns them with the queue's other slice taking new ones. done is true after the last.
func (q *outQueue) take(spare []item) (items []item, dropped int, done bool) {
	for {
		q.mu.Lock()
		if len(q.items) > 0 {
			items, q.items = q.items, spare[:0]
			dropped, q.dropped = q.dropped, 0
			q.bytes = 0
			q.mu.Unlock()
			return items, dropped, false
		}
		if q.closed {
			q.mu.Unlock()
			return nil, 0, true
		}
		q.mu.Unlock()
		<-q.wake
	}
}

// release lets waiting publishers go on.
func (q *outQueue) release() {
	q.mu.Lock()
	q.stalled = false
	if q.room != nil {
		close(q.room)
		q.room = nil
	}
	q.mu.Unlock()
}

// wait blocks a publisher until the connection has made room, for a second at most: a client that does not read
// holds up the others once, not each time.
func (q *outQueue) wait() {
	q.mu.Lock()
	if q.closed || q.stalled {
		q.mu.Unlock()
		return
	}
	if q.room == nil {
		q.room = make(chan struct{})
	}
	room := q.room
	q.mu.Unlock()
	timer := time.NewTimer(stallAfter)
	defer timer.Stop()
	select {
	case <-room:
	case <-timer.C:
		q.mu.Lock()
		q.stalled = true
		q.mu.Unlock()
	}
}

// write is the connection's writer: it runs until the queue is closed and empty, or the connection fails.
func (c *Conn) write() {
	var spare []item
	buf := make([]byte, 0, writeBatch+4<<10)
	for {
		items, dropped, done := c.out.take(spare)
		if done {
			return
		}
		if dropped > 0 {
			c.b.notice(Dropped, c.id, "receive", "", "the client reads too slowly: QoS 0 messages were dropped")
		}
		for i := range items {
			buf = c.appendItem(buf, &items[i])
			if len(buf) >= writeBatch {
				if !c.flush(&buf) {
					return
				}
			}
		}
		clear(items)
		spare = items
		if !c.flush(&buf) {
			return
		}
		c.out.release()
	}
}

func (c *Conn) flush(buf *[]byte) bool {
	if len(*buf) == 0 {
		return true
	}
	_, err := c.nc.Write(*buf)
	*buf = (*buf)[:0]
	if cap(*buf) > 4*writeBatch {
		*buf = make([]byte, 0, writeBatch+4<<10)
	}
	if err != nil {
		c.end(ending{cause: CauseLost, text: "write: " + err.Error()})
	}
	return err == nil
}

func (c *Conn) appendItem(buf []byte, it *item) []byte {
	if it.raw != nil {
		return append(buf, it.raw...)
	}
	before := len(buf)
	if !c.v5 {
		return appendPublish3(buf, &it.out)
	}
	alias, known := c.alias(it.out.m.Topic)
	buf = appendPublish5(buf, &it.out, alias, known, c.b.opt.Now())
	if c.maxPacket > 0 && len(buf)-before > c.maxPacket {
		// MQTT 5: a packet that the client cannot take counts as delivered.
		if it.out.qos > 0 {
			c.sess.acknowledged(it.out.id)
		}
		if alias > 0 && !known {
			delete(c.outAliases, it.out.m.Topic)
		}
		c.b.notice(Dropped, c.id, "receive", it.out.m.Topic, "larger than the client's Maximum Packet Size")
		return buf[:before]
	}
	return buf
}

// alias returns the topic's alias for this client, 0 without one, and whether the client knows it already.
func (c *Conn) alias(topic string) (uint16, bool) {
	if c.aliasMax == 0 {
		return 0, false
	}
	if a, ok := c.outAliases[topic]; ok {
		return a, true
	}
	if len(c.outAliases) >= int(c.aliasMax) {
		return 0, false
	}
	a := uint16(len(c.outAliases) + 1)
	c.outAliases[topic] = a
	return a, false
}
