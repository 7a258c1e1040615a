package client

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"example.com/thingdeck/client/history"
)

// Handle calls handle for each received message that the filter selects (Filter.Matches), from those taken after this
// call on, until remove is called. It does not subscribe: Subscribe what shall be received, once or as part of a wider
// filter, and Handle it as often as needed.
//
// Messages are handed on by the Session's consumer: Run, or Take and Next beside a screen. All functions given to Handle
// and HandleEvents are called by one goroutine of the Session, one at a time, in the order of arrival, and for one
// message in the order in which they were given; so they may share data without a lock. They may call any method of the
// Session but Close, Run, Next and Take, and must not wait for what only another such function brings.
//
// The message is the function's own, Payload too. Seq counts all that the Session received, from 0. What waits to be
// handed on is bounded by Settings.HandlerBytes: beyond that Run waits, while Take and Next let messages go and count
// them in Batch.Unhandled. A panic in handle is told by HandlerPanicked, and the next message is handed on.
//
// remove may be called more than once, by any goroutine, also by handle. When it returns, handle is not called any more,
// unless it is being called at that moment.
func (s *Session) Handle(f Filter, handle func(history.Message)) (remove func()) {
	return s.handlers.add(&handler{filter: f, message: handle})
}

// HandleEvents is Handle for the events, which come at their place among the messages. A function that panics is removed,
// lest it be told of that. Beside a screen events are let go too, when twice Settings.HandlerBytes wait.
func (s *Session) HandleEvents(handle func(Event)) (remove func()) {
	return s.handlers.add(&handler{event: handle})
}

// Run is the consumer of a Session without a screen: it takes everything and hands it to the functions given to Handle
// and HandleEvents, and waits while too much waits for them, so that in the end the broker waits. It returns the error
// of ctx, or ErrClosed. A Session has one consumer: while Run runs nobody may call Take or Next.
func (s *Session) Run(ctx context.Context) error {
	for {
		b, err := s.next(ctx, s.inbox.take)
		if err != nil {
			return err
		}
		if err := s.handlers.feed(ctx, b); err != nil {
			return err
		}
	}
}

// handlers are the functions that want messages and events, and what waits for them.
type handlers struct {
	tell  func(Event)
	limit int64
	taken sync.Mutex // held while a batch is taken and handed on, so that batches keep their order

	mu       sync.Mutex
	list     []*handler // never changed in place
	queue    []call
	bytes    int64 // of the queue and of what is being called
	received uint64
	lost     uint64        // by feed, not yet reported
	room     chan struct{} // closed and replaced when something was called while somebody waited
	waiting  bool
	started  bool
	closed   bool

	ready   chan struct{} // holds a value when there may be something in the queue; capacity 1
	stop    chan struct{}
	running sync.WaitGroup
}

// handler has either message or event.
type handler struct {
	filter  Filter
	message func(history.Message)
	event   func(Event)
	removed atomic.Bool
}

// call is a message, or an event when that is set.
type call struct {
	message history.Message
	event   Event
}

const callOverhead = 128

func (c call) size() int64 {
	return int64(len(c.message.Topic) + len(c.message.Payload) + callOverhead)
}

func (h *handler) wants(c call) bool {
	switch {
	case h.removed.Load():
		return false
	case c.event != nil:
		return h.event != nil
	}
	return h.message != nil && h.filter.Matches(c.message.Topic)
}

func newHandlers(tell func(Event), limit int64) *handlers {
	return &handlers{
		tell: tell, limit: limit,
		room: make(chan struct{}), ready: make(chan struct{}, 1), stop: make(chan struct{}),
	}
}

func (h *handlers) add(one *handler) (remove func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return func() {}
	}
	h.list = append(slices.Clip(h.list), one)
	if !h.started {
		h.started = true
		h.running.Go(h.run)
	}
	return func() { h.remove(one) }
}

func (h *handlers) remove(one *handler) {
	one.removed.Store(true)
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := slices.Index(h.list, one); i >= 0 {
		h.list = slices.Delete(slices.Clone(h.list), i, i+1)
	}
}

func (h *handlers) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.stop)
	}
}

// offer hands a batch on without waiting and returns how many messages and events were let go.
func (h *handlers) offer(b Batch) (lost uint64) {
	for c := range h.wanted(b) {
		if room := h.push(c, false); room != nil {
			lost++
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	lost += h.lost
	h.lost = 0
	return lost
}

// feed hands a batch on and waits for room. When ctx ends, or the Session, the rest is let go.
func (h *handlers) feed(ctx context.Context, b Batch) (err error) {
	for c := range h.wanted(b) {
		for err == nil {
			room := h.push(c, true)
			if room == nil {
				break
			}
			select {
			case <-room:
			case <-ctx.Done():
				err = ctx.Err()
			case <-h.stop:
				err = ErrClosed
			}
		}
		if err != nil {
			h.mu.Lock()
			h.lost++
			h.mu.Unlock()
		}
	}
	return err
}

// push puts a copy into the queue, or returns what will be closed when there is room.
func (h *handlers) push(c call, wait bool) (room <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	limit := h.limit
	if c.event != nil && !wait {
		limit *= 2
	}
	if h.bytes > 0 && h.bytes+c.size() > limit {
		h.waiting = wait
		return h.room
	}
	c.message.Payload = bytes.Clone(c.message.Payload)
	h.queue = append(h.queue, c)
	h.bytes += c.size()
	select {
	case h.ready <- struct{}{}:
	default:
	}
	return nil
}

// wanted yields what at least one function wants, in order.
func (h *handlers) wanted(b Batch) iter.Seq[call] {
	h.mu.Lock()
	list, first := h.list, h.received
	h.received += uint64(b.Messages.Len())
	h.mu.Unlock()
	return func(yield func(call) bool) {
		if len(list) == 0 {
			return
		}
		for c := range b.inOrder() {
			if !slices.ContainsFunc(list, func(one *handler) bool { return one.wants(c) }) {
				continue
			}
			c.message.Seq += first
			if !yield(c) {
				return
			}
		}
	}
}

func (b Batch) inOrder() iter.Seq[call] {
	return func(yield func(call) bool) {
		events := b.Events
		for m := range b.Messages.All() {
			for ; len(events) > 0 && events[0].At <= int(m.Seq); events = events[1:] {
				if !yield(call{event: events[0].Event}) {
					return
				}
			}
			if !yield(call{message: m}) {
				return
			}
		}
		for _, e := range events {
			if !yield(call{event: e.Event}) {
				return
			}
		}
	}
}

func (h *handlers) run() {
	for {
		select {
		case <-h.stop:
			return
		case <-h.ready:
		}
		h.mu.Lock()
		queue := h.queue
		h.queue = nil
		h.mu.Unlock()
		for i, c := range queue {
			select {
			case <-h.stop:
				return
			default:
			}
			h.call(c)
			queue[i] = call{}
		}
	}
}

func (h *handlers) call(c call) {
	h.mu.Lock()
	list := h.list
	h.mu.Unlock()
	size := c.size()
	for _, one := range list {
		if one.wants(c) {
			// The copy is for one function, and it may change it.
			own := c
			own.message.Payload = bytes.Clone(c.message.Payload)
			h.invoke(one, own)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.bytes -= size
	if h.waiting {
		close(h.room)
		h.room, h.waiting = make(chan struct{}), false
	}
}

func (h *handlers) invoke(one *handler, c call) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if one.event != nil {
			h.remove(one)
		}
		h.tell(HandlerPanicked{Filter: one.filter, Err: fmt.Errorf("panic in a handler: %v", r), Stack: debug.Stack()})
	}()
	if c.event != nil {
		one.event(c.event)
		return
	}
	one.message(c.message)
}
