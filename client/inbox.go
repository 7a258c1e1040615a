package client

import (
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/intake"
)

// inbox is what was received and has happened since the last take. It is bounded in bytes of messages; see admit.
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
	taken    time.Time     // the last take
	room     chan struct{} // closed and replaced by take while somebody waits for room
	waiting  bool
}

// withheld is a stored message whose acknowledgement waits until the inbox is taken: by its packet identifier, or by the
// library's message when that is to acknowledge it.
type withheld struct {
	link    *link
	id      uint16
	message mqtt.Message
}

// hiccup is how long after a take a full inbox keeps QoS 0 waiting before it drops: a consumer that takes 30 times a second
// comes again, and what the socket holds meanwhile is not lost.
const hiccup = 250 * time.Millisecond

func newInbox(wake chan<- struct{}, limit, reserve int64) *inbox {
	return &inbox{wake: wake, ready: make(chan struct{}, 1), limit: limit, reserve: reserve, room: make(chan struct{})}
}

// put stores messages that came over l, and acknowledges those of QoS 1 that admit lets.
func (b *inbox) put(l *link, at time.Time, run []intake.Publish) {
	b.mu.Lock()
	defer b.mu.Unlock()
	acks := l.acks[:0]
	for i := range run {
		m := &run[i]
		size, qos := int64(len(m.Payload)+len(m.Topic)), m.QoS()
		what := stored
		if !b.fits(size) || len(b.withheld) > 0 {
			l.wire.Acknowledge(acks) // before admit waits, or take goes on with those withheld
			acks = acks[:0]
			what = b.admit(l, size, qos)
		}
		if what == dropped {
			b.drop()
			continue
		}
		b.store(at, m)
		switch {
		case what == held:
			b.withheld = append(b.withheld, withheld{link: l, id: m.ID})
		case qos == 1:
			acks = intake.AppendPuback(acks, m.ID)
		}
	}
	l.wire.Acknowledge(acks)
	l.acks = acks
}

// putOne stores a message that came through the library, which is to acknowledge it when admit lets.
func (b *inbox) putOne(l *link, m mqtt.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	what := b.admit(l, int64(len(m.Payload())+len(m.Topic())), m.Qos())
	if what == dropped {
		b.drop()
		return
	}
	p := intake.Publish{Flags: publishFlags(m), Topic: []byte(m.Topic()), Payload: m.Payload()}
	b.store(time.Now(), &p)
	switch w := (withheld{link: l, message: m}); {
	case what == held:
		b.withheld = append(b.withheld, w)
	case m.Qos() > 0:
		l.acknowledge(w)
	}
}

func publishFlags(m mqtt.Message) byte {
	f := m.Qos() << 1
	if m.Retained() {
		f |= 1
	}
	if m.Duplicate() {
		f |= 8
	}
	return f
}

// verdict is what becomes of a message.
type verdict int

const (
	stored  verdict = iota
	held            // stored, and not to be acknowledged before the inbox is taken
	dropped         // counted, and let go
)

// admit decides on a message. When the inbox is full QoS 0 waits for a moment if the consumer seems alive, and is dropped
// and counted else; the rest goes into the reserve without acknowledgement, so that the broker's window stops the flow.
// When that is full too, which takes a broker without a window, admit waits until the inbox is taken or l ends. While
// one acknowledgement is withheld the later ones are too, for they go out in the order of the messages.
func (b *inbox) admit(l *link, size int64, qos byte) verdict {
	if qos == 0 {
		for !b.fits(size) && b.waitForRoom(l, hiccup-time.Since(b.taken)) {
		}
		if !b.fits(size) {
			return dropped
		}
		return stored
	}
	for n := b.pending(); n > 0 && n+size > b.limit+b.reserve && b.waitForRoom(l, forever); {
		n = b.pending()
	}
	if len(b.withheld) > 0 || !b.fits(size) {
		return held
	}
	return stored
}

func (b *inbox) fits(size int64) bool {
	n := b.pending()
	return n+size <= b.limit || n == 0
}

// waitForRoom waits until the inbox was taken, for d at most. False: it was not, or l has ended.
func (b *inbox) waitForRoom(l *link, d time.Duration) bool {
	if d <= 0 || l.ending() {
		return false
	}
	room := b.room
	b.waiting = true
	b.signal()
	b.mu.Unlock()
	defer b.mu.Lock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-room:
		return true
	case <-timer.C:
	case <-l.ended:
	}
	return false
}

func (b *inbox) pending() int64 {
	_, n := b.tail.Pending()
	return n
}

func (b *inbox) store(at time.Time, m *intake.Publish) {
	b.tail.AppendPublish(at, m.Flags, m.Topic, m.Payload)
	if n, _ := b.tail.Pending(); n == 1 {
		b.signal()
	}
}

func (b *inbox) drop() {
	if b.dropped++; b.dropped == 1 {
		b.signal()
	}
}

// tell adds an event after everything that is in the inbox.
func (b *inbox) tell(e Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, _ := b.tail.Pending()
	b.events = append(b.events, Entry{At: n, Time: time.Now(), Event: e})
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
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	batch := Batch{Messages: b.tail.Take(), Events: b.events, Dropped: b.dropped}
	for _, w := range b.withheld {
		w.link.acknowledge(w)
	}
	b.events, b.dropped, b.withheld, b.taken = nil, 0, nil, now
	if b.waiting {
		close(b.room)
		b.room, b.waiting = make(chan struct{}), false
	}
	return batch
}
