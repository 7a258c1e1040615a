// Package plain is the test client without a screen: messages as lines on standard output, what happens on standard error.
package plain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/ui/widget"
)

// Options say what Run prints, and where.
type Options struct {
	Session   *client.Session // told nothing yet; it has no other consumer
	Profile   client.Profile
	Subscribe []client.Subscription
	// Line adds a message as a line, with its end.
	Line func(dst []byte, m history.Message) []byte
	// Triggers run on what comes; nil for none. Signalled is what they signal. Bell says that Err is a terminal, which can ring.
	Triggers  *trigger.Engine
	Signalled <-chan struct{}
	Bell      bool
	// Taken is given everything that was taken, before it is printed; nil for nobody.
	Taken    func(client.Batch)
	Out, Err io.Writer
}

// Summary counts what was received and, of that, let go because Out took it too slowly.
type Summary struct {
	Connected         time.Duration
	Received, Dropped uint64
}

// String is the closing line, as the screen prints it.
func (s Summary) String() string {
	d := int(s.Connected.Seconds())
	return fmt.Sprintf("connected %d:%02d:%02d  received %d  dropped %d  evicted 0  published 0", d/3600, d/60%60, d%60, s.Received, s.Dropped)
}

// Run connects, subscribes and prints messages as they come, until ctx ends or Out is closed at the other end, which are no errors.
// The error says why there is no connection and none will be tried, or what Out refused.
func Run(ctx context.Context, o Options) (Summary, error) {
	p := &printer{Options: o, out: bufio.NewWriterSize(o.Out, 64<<10)}
	o.Session.Connect(o.Profile)
	for _, s := range o.Subscribe {
		o.Session.Subscribe(s.Filter, s.QoS)
	}
	err := p.runs(ctx)
	p.down()
	if errors.Is(err, syscall.EPIPE) || ctx.Err() != nil {
		err = nil
	}
	return p.summary, err
}

type printer struct {
	Options
	out     *bufio.Writer
	line    []byte
	since   time.Time // when the connection stood up; zero while there is none
	summary Summary
	tells   sync.Mutex // guards Err
}

// runs prints, and tells meanwhile what triggers have to say.
func (p *printer) runs(ctx context.Context) error {
	if p.Triggers == nil {
		return p.run(ctx)
	}
	done := make(chan struct{})
	var telling sync.WaitGroup
	defer telling.Wait()
	defer close(done)
	telling.Go(func() {
		for {
			p.signals()
			select {
			case <-p.Signalled:
			case <-done:
				return
			}
		}
	})
	return p.run(ctx)
}

// signals tells what triggers did.
func (p *printer) signals() {
	for _, s := range p.Triggers.Take() {
		if s.Bell && p.Bell {
			p.tells.Lock()
			fmt.Fprint(p.Err, "\a")
			p.tells.Unlock()
		}
		switch {
		case s.Failed != "":
			p.tell("%s", s.Failed)
		case s.Title != "":
			p.tell("trigger %s: %s", s.Title, s.Body)
		}
	}
}

func (p *printer) run(ctx context.Context) error {
	for {
		batch, err := p.Session.Next(ctx)
		if err != nil {
			return err
		}
		if p.Taken != nil {
			p.Taken(batch)
		}
		p.summary.Received += uint64(batch.Messages.Len()) + batch.Dropped
		p.summary.Dropped += batch.Dropped
		for m := range batch.Messages.All() {
			p.line = p.Line(p.line[:0], m)
			if _, err := p.out.Write(p.line); err != nil {
				return err
			}
		}
		if err := p.out.Flush(); err != nil {
			return err
		}
		for _, e := range batch.Events {
			if err := p.event(e.Event); err != nil {
				return err
			}
		}
	}
}

func (p *printer) down() {
	if !p.since.IsZero() {
		p.summary.Connected += time.Since(p.since)
		p.since = time.Time{}
	}
}

// event tells what happened; the error is what cannot be mended by waiting.
func (p *printer) event(e client.Event) error {
	switch e := e.(type) {
	case client.Connected:
		p.since = time.Now()
		p.tell("connected to %s as %s", e.Endpoint, e.ClientID)
	case client.Reconnecting:
		p.down()
		p.tell("not connected: %s; trying again in %d s", e.Why.Text, int(time.Until(e.Deadline).Seconds()+0.5))
	case client.Refused:
		return fmt.Errorf("refused: %s", e.Why.Full())
	case client.Disconnected:
		return fmt.Errorf("not connected: %s", e.Why.Text)
	case client.Subscribed:
		if e.Err != nil {
			p.tell("subscribe %s: %v", e.Filter, e.Err)
		} else if e.ID != 0 {
			p.tell("subscribed to %s at QoS %d", e.Filter, e.Granted)
		}
	}
	return nil
}

func (p *printer) tell(format string, args ...any) {
	text, _ := widget.Sanitize(fmt.Sprintf(format, args...), 0)
	p.tells.Lock()
	defer p.tells.Unlock()
	fmt.Fprintf(p.Err, "thingdeck: %s\n", text)
}

// Line adds a message as a person reads it: time, topic, marks and the whole payload, safe for a terminal, on one line.
func Line(dst []byte, m history.Message) []byte {
	topic, _ := widget.Sanitize(m.Topic, 0)
	payload, _ := widget.Sanitize(string(m.Payload), 0)
	marks := ""
	if m.Retain {
		marks += "R"
	}
	if m.QoS > 0 {
		marks += fmt.Sprint(m.QoS)
	}
	if m.Dup {
		marks += "D"
	}
	return fmt.Appendf(dst, "%s  %s  %-2s  %s\n", m.Time.Format("15:04:05.000"), topic, marks, payload)
}
