package record

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/thingdeck/client"
)

// Replay publishes a record over a Session that was told to connect, whose consumer it is until it returns. It waits for the
// connection, and again when that is lost; the time that this takes is added to the record's. It ends with an error when there is
// no connection at first, when the broker refuses, and, unless the plan says to keep going, at the first message that cannot be
// published. When ctx ends it returns the error of ctx. now is called with the progress as it changes, by the calling goroutine.
func Replay(ctx context.Context, s *client.Session, p Plan, now func(Progress)) (Progress, error) {
	r := &player{plan: p, session: s, ctx: ctx, tell: now, open: map[client.RequestID]step{}}
	err := r.run()
	return r.count, err
}

// Bounds of what is under way at once.
const (
	maxOpen      = 512
	maxOpenBytes = 4 << 20
)

type player struct {
	plan    Plan
	session *client.Session
	ctx     context.Context
	tell    func(Progress)
	count   Progress

	open      map[client.RequestID]step // published, not final
	bytes     int
	endpoint  string
	connected bool
	stood     bool // there was a connection
	wrong     error

	start time.Time // of the round, put off by what connecting took
	down  time.Time // when the connection was lost
	last  time.Time // of the last publish
}

func (r *player) run() error {
	for r.count.Round = 1; r.plan.Loop == 0 || r.count.Round <= r.plan.Loop; r.count.Round++ {
		before := r.count
		r.start = time.Time{}
		if err := r.plan.steps(r.ctx, &r.count, r.publish); err != nil {
			return err
		}
		if r.count.Published == before.Published && r.count.Failed == before.Failed && len(r.open) == 0 {
			return fmt.Errorf("%s: no received messages to publish", r.plan.File)
		}
		for len(r.open) > 0 {
			if err := r.await(time.Time{}); err != nil {
				return err
			}
		}
	}
	r.count.Round--
	return nil
}

// publish waits until a step is due and sends it.
func (r *player) publish(s step) error {
	for {
		switch {
		case !r.connected, len(r.open) >= maxOpen, r.bytes > 0 && r.bytes+len(s.message.Payload) > maxOpenBytes:
			if err := r.await(time.Time{}); err != nil {
				return err
			}
			continue
		case r.start.IsZero():
			r.start = time.Now()
		}
		due := r.due(s)
		if time.Until(due) <= 0 {
			break
		}
		if err := r.await(due); err != nil {
			return err
		}
	}
	id := r.session.Publish(s.message)
	r.open[id] = s
	r.bytes += len(s.message.Payload)
	r.last = time.Now()
	if len(r.open)%64 == 0 { // see how it goes without waiting
		return r.await(time.Now())
	}
	return nil
}

func (r *player) due(s step) time.Time {
	due := r.start.Add(r.plan.wait(s.at))
	if r.plan.PerSecond > 0 {
		if next := r.last.Add(time.Duration(float64(time.Second) / r.plan.PerSecond)); next.After(due) {
			return next
		}
	}
	return due
}

// await takes what comes from the Session, until a time if that is not zero.
func (r *player) await(until time.Time) error {
	ctx := r.ctx
	if !until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(r.ctx, until)
		defer cancel()
	}
	batch, err := r.session.Next(ctx)
	if err != nil && r.ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range batch.Events {
		r.event(e.Event)
	}
	r.tell(r.count)
	return r.wrong
}

func (r *player) event(e client.Event) {
	switch e := e.(type) {
	case client.Connecting:
		r.endpoint = e.Endpoint
	case client.Connected:
		if !r.down.IsZero() && !r.start.IsZero() {
			r.start = r.start.Add(time.Since(r.down))
		}
		r.connected, r.stood, r.down = true, true, time.Time{}
	case client.Reconnecting:
		if !r.stood {
			r.fail(fmt.Errorf("not connected to %s: %s", r.endpoint, e.Why.Text))
		}
		if r.connected {
			r.connected, r.down = false, time.Now()
		}
	case client.Refused:
		r.fail(fmt.Errorf("refused by %s: %s", r.endpoint, e.Why.Text))
	case client.Disconnected:
		r.fail(fmt.Errorf("not connected: %s", e.Why.Text))
	case client.Published:
		r.published(e)
	}
}

func (r *player) published(e client.Published) {
	s, mine := r.open[e.ID]
	if !mine || !e.Final() {
		return
	}
	delete(r.open, e.ID)
	r.bytes -= len(s.message.Payload)
	switch {
	case e.Step != client.Failed:
		r.count.Published++
	case r.plan.KeepGoing:
		r.count.Failed++
	default:
		r.fail(r.plan.wrong(&LineError{s.line, fmt.Errorf("publish to %s: %w", e.Topic, e.Err)}))
	}
}

// fail ends the replay; the first error counts.
func (r *player) fail(err error) {
	if r.wrong == nil {
		r.wrong = err
	}
}
