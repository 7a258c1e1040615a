package client

import (
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/history"
)

// inbox is what was received and has happened since the last take. It is bounded in bytes of messages; see put.
type inbox struct {
	wake    chan<- struct{} // of the caller, may be nil; shared by many
	ready   chan struct{}   // for Next, capacity 1
	limit   int64
	reserve int64

	mu       sync.Mutex
	tail     history.Tail
	events   []Entry
	dropped  uint64
	withheld []withheld
	room     chan struct{} // closed and replaced by take while somebody waits for room
	waiting  bool
}

// withheld is a stored message whose acknowledgement waits until the inbox is taken.
type withheld struct {
	link    *link
	message mqtt.Message
}

func newInbox(wake chan<- struct{}, limit, reserve int64) *inbox {
	return &inbox{wake: wake, ready: make(chan struct{}, 1), limit: limit, reserve: reserve, room: make(chan struct{})}
}

// put stores a message that came over l and says whether it may be acknowledged now. When the inbox is full QoS 0 is
// dropped and counted; the rest goes into the reserve without acknowledgement, so that the broker's window stops the
// flow. When that is full too, which takes a broker without a window, put waits until the inbox is taken or l ends.
func (b *inbox) put(l *link, m mqtt.Message) (acknowledge bool) {
	size := int64(len(m.Payload()) + len(m.Topic()))
	b.mu.Lock()
	defer b.mu.Unlock()
	for m.Qos() > 0 && b.pending()+size > b.limit+b.reserve && b.pending() > 0 && !l.ending() {
		room := b.room
		b.waiting = true
		b.mu.Unlock()
		select {
		case <-room:
		case <-l.ended:
		}
		b.mu.Lock()
	}
	acknowledge = b.pending()+size <= b.limit || b.pending() == 0
	l.handled++
	if acknowledge || m.Qos() > 0 {
		b.store(m)
	} else {
		b.dropped++
		b.signal()
	}
	b.release(l)
	if !acknowledge && m.Qos() > 0 {
		b.withheld = append(b.withheld, withheld{l, m})
	}
	return acknowledge
}

func (b *inbox) pending() int64 {
	_, n := b.tail.Pending()
	return n
}

func (b *inbox) store(m mqtt.Message) {
	n, _ := b.tail.Pending()
	b.tail.Append(history.Message{
		Time: time.Now(), Topic: m.Topic(), Payload: m.Payload(), QoS: m.Qos(), Retain: m.Retained(), Dup: m.Duplicate(),
	})
	if n == 0 {
		b.signal()
	}
}

// tell adds an event after everything that is in the inbox.
func (b *inbox) tell(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.add(e, time.Now())
}

// tellAfter adds an event of l at its place in the stream: after the first n messages of l, some of which may still be
// on their way through the MQTT library.
func (b *inbox) tellAfter(l *link, n uint64, e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l.deferred = append(l.deferred, deferred{n, time.Now(), e})
	b.release(l)
}

// deferred is an event that waits for messages before it.
type deferred struct {
	after uint64
	time  time.Time
	event Event
}

func (b *inbox) release(l *link) {
	for len(l.deferred) > 0 && l.deferred[0].after <= l.handled {
		b.add(l.deferred[0].event, l.deferred[0].time)
		l.deferred = l.deferred[1:]
	}
}

// flush adds the events of l that waited for messages which will not come any more.
func (b *inbox) flush(l *link) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l.handled = ^uint64(0)
	b.release(l)
}

func (b *inbox) add(e Event, at time.Time) {
	n, _ := b.tail.Pending()
	b.events = append(b.events, Entry{At: n, Time: at, Event: e})
	b.signal()
}

func (b *inbox) signal() {
	select {
	case b.ready <- struct{}{}:
	default:
	}
	if b.wake == nil {
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *inbox) take() Batch {
	b.mu.Lock()
	batch := Batch{Messages: b.tail.Take(), Events: b.events, Dropped: b.dropped}
	held := b.withheld
	b.events, b.dropped, b.withheld = nil, 0, nil
	if b.waiting {
		close(b.room)
		b.room, b.waiting = make(chan struct{}), false
	}
	b.mu.Unlock()
	for _, w := range held {
		w.link.acknowledge(w.message)
	}
	return batch
}
