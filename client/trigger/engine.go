package trigger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
)

// Limits of an Engine: what waits and what is remembered.
const (
	maxWaiting      = 1000
	maxWaitingBytes = 8 << 20
	maxLog          = 500
	maxSignals      = 100
)

// Status is a trigger as it stands.
type Status struct {
	Trigger
	On bool
	// Matched counts the messages that fulfilled the condition, Ran those whose actions ran, Failed those of them where one failed.
	Matched, Ran, Failed uint64
	// HeldBack counts those that came faster than Rate allows, Dropped those let go because too much waited.
	HeldBack, Dropped uint64
	// Session says that the trigger was added by hand and is not kept.
	Session bool
}

// Line is something that a trigger did.
type Line struct {
	Time    time.Time
	Trigger string
	Text    string // from outside in part: not safe to draw as it is
	Failed  bool
}

// Signal is what the screen has to do for a trigger.
type Signal struct {
	Bell bool
	// Title and Body are of a notification, as they came from outside; both empty for none.
	Title, Body string
	// Failed is what went wrong, for the event log; "" for nothing. One a second at most.
	Failed string
}

// Engine runs the triggers of one Session. Its methods may be called by any goroutine and do not wait for triggers.
type Engine struct {
	session *client.Session
	now     func() time.Time
	wake    chan<- struct{} // signalled when there is something to show; may be nil

	mu       sync.Mutex
	triggers []*running
	off      bool // all of them
	queue    []event
	bytes    int
	log      []Line
	signals  []Signal
	faults   pace // of Signal.Failed
	changes  uint64
	closed   bool

	ready chan struct{} // holds a value when there may be something in the queue
	ctx   context.Context
	end   context.CancelFunc
	done  chan struct{}
}

// running is a trigger with its counts.
type running struct {
	compiled
	status  Status
	remove  func()
	pace    pace // of commands and answers
	bells   pace
	serial  uint64         // of answers
	test    *filter.Single // for the goroutine that runs triggers
	marks   *filter.Single // for the one that calls Mark
	removed bool
}

type event struct {
	of  *running
	msg history.Message
}

// New starts an Engine. A trigger that does not pass Check is left out and told in the log.
func New(s *client.Session, now func() time.Time, wake chan<- struct{}, triggers []Trigger) *Engine {
	e := &Engine{session: s, now: now, wake: wake, faults: pace{rate: 1}, ready: make(chan struct{}, 1), done: make(chan struct{})}
	e.ctx, e.end = context.WithCancel(context.Background())
	for _, t := range triggers {
		if err := e.add(t, false); err != nil {
			e.tell(t.Name, err.Error(), true)
		}
	}
	go e.run()
	return e
}

// Close ends what runs and waits for it.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	for _, r := range e.triggers {
		r.remove()
	}
	e.mu.Unlock()
	e.end()
	<-e.done
}

// Add adds a trigger for as long as the program runs.
func (e *Engine) Add(t Trigger) error { return e.add(t, true) }

func (e *Engine) add(t Trigger, byHand bool) error {
	c, err := t.compile()
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if slices.ContainsFunc(e.triggers, func(r *running) bool { return r.Name == t.Name }) {
		return fmt.Errorf("name: there is a trigger %q", t.Name)
	}
	r := &running{compiled: c, status: Status{Trigger: t, On: !t.Off, Session: byHand}, pace: pace{rate: c.Rate}, bells: pace{rate: 1}}
	r.test, r.marks = c.where.Single(), c.where.Single()
	r.remove = e.session.Handle(t.Filter, func(m history.Message) { e.offer(r, m) })
	e.triggers = append(e.triggers, r)
	e.changes++
	return nil
}

// Remove takes a trigger away that was added by hand.
func (e *Engine) Remove(name string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.triggers = slices.DeleteFunc(e.triggers, func(r *running) bool {
		if r.Name != name || !r.status.Session {
			return false
		}
		r.remove()
		r.removed = true
		e.changes++
		return true
	})
}

// Set switches one trigger on or off.
func (e *Engine) Set(name string, on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.triggers {
		if r.Name == name && r.status.On != on {
			r.status.On = on
			e.changes++
		}
	}
}

// SetAll is the switch before all of them: off, nothing runs whatever each says, and what waits is let go.
func (e *Engine) SetAll(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.off == !on {
		return
	}
	e.off = !on
	e.changes++
	if e.off {
		e.queue, e.bytes = nil, 0
	}
}

// On reports whether triggers run at all.
func (e *Engine) On() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return !e.off
}

// Changes grows when a trigger came, went or was switched.
func (e *Engine) Changes() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.changes
}

// List is every trigger as it stands, in the order in which they run.
func (e *Engine) List() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]Status, len(e.triggers))
	for i, r := range e.triggers {
		out[i] = r.status
	}
	return out
}

// Log is what happened, oldest first.
func (e *Engine) Log() []Line {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.log)
}

// Take is what the screen has to do since the last call.
func (e *Engine) Take() []Signal {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := e.signals
	e.signals = nil
	return out
}

// maxMarked is the most bytes of a payload that Mark tests against a condition: it is asked while the screen is drawn.
const maxMarked = 64 << 10

// Mark is the name of the first trigger that highlights such a message, or "". One goroutine may call it.
func (e *Engine) Mark(m history.Message) string {
	e.mu.Lock()
	var marking []*running
	for _, r := range e.triggers {
		if !e.off && r.status.On && r.Highlight && r.Filter.Matches(m.Topic) {
			marking = append(marking, r)
		}
	}
	e.mu.Unlock()
	for _, r := range marking {
		if r.where.Empty() || len(m.Payload) <= maxMarked && r.marks.Match(m) {
			return r.Name
		}
	}
	return ""
}

// offer queues a message; the Session's handler calls it.
func (e *Engine) offer(r *running, m history.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	size := len(m.Payload) + len(m.Topic)
	switch {
	case e.closed || e.off || r.removed || !r.status.On:
		return
	case len(e.queue) >= maxWaiting || e.bytes > 0 && e.bytes+size > maxWaitingBytes:
		r.status.Dropped++
		return
	}
	m.Payload = bytes.Clone(m.Payload)
	e.queue = append(e.queue, event{r, m})
	e.bytes += size
	select {
	case e.ready <- struct{}{}:
	default:
	}
}

func (e *Engine) run() {
	defer close(e.done)
	for {
		select {
		case <-e.ctx.Done():
			return
		case <-e.ready:
		}
		for {
			next, ok := e.next()
			if !ok {
				break
			}
			e.handle(next)
		}
	}
}

func (e *Engine) next() (event, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) == 0 || e.closed {
		return event{}, false
	}
	next := e.queue[0]
	e.queue[0] = event{}
	e.queue = e.queue[1:]
	e.bytes -= len(next.msg.Payload) + len(next.msg.Topic)
	return next, true
}

// tell adds a line to the log.
func (e *Engine) tell(name, text string, failed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.log = append(e.log, Line{e.now(), name, text, failed}); len(e.log) > maxLog {
		e.log = slices.Delete(e.log, 0, len(e.log)-maxLog)
	}
	if failed && len(e.signals) < maxSignals {
		if ok, _ := e.faults.allow(e.now()); ok {
			e.signals = append(e.signals, Signal{Failed: "trigger " + name + ": " + text})
		}
	}
	e.signal()
}

// signal asks for a frame; e.mu is held or nobody else is there yet.
func (e *Engine) signal() {
	if e.wake == nil {
		return
	}
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// count changes the counts of a trigger.
func (e *Engine) count(r *running, change func(*Status)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&r.status)
}

// pace allows so many a second.
type pace struct {
	rate   int
	second int64
	used   int
	held   uint64 // in this second
}

// allow takes one, or counts it as held back; first says that it is the first one held back in its second.
func (p *pace) allow(now time.Time) (ok, first bool) {
	if s := now.Unix(); s != p.second {
		p.second, p.used, p.held = s, 0, 0
	}
	if p.used < p.rate {
		p.used++
		return true, false
	}
	p.held++
	return false, p.held == 1
}
