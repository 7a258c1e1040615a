package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// Plan says what of a record is published again, and when.
type Plan struct {
	// File is the record. Only received messages are published again; those that were published are passed over.
	File string
	// Speed divides the time between messages: 2 is twice as fast; 0 does not wait at all.
	Speed float64
	// Loop is how often the record is gone through; 0 is for ever.
	Loop int
	// Prefix is put before each topic, as it is.
	Prefix string
	// KeepGoing goes on after a line that is not of the format, or that cannot be published, and counts it.
	KeepGoing bool
	// PerSecond is the most messages to publish in a second; 0 is as many as there are.
	PerSecond float64
	// Limits are those of the broker; nil are MQTT's own.
	Limits interface {
		Message(client.Message) error
	}
}

// Progress counts what became of the messages of a replay.
type Progress struct {
	// Published were sent, and acknowledged unless their QoS is 0.
	Published uint64
	// Passed were published when they were recorded, and are not published again.
	Passed uint64
	// Failed could not be published or read; more than 0 only with Plan.KeepGoing.
	Failed uint64
	// Round is the time through the record, from 1.
	Round int
}

// step is a message of a record with its place in time, counted from the first.
type step struct {
	at      time.Duration
	line    int
	message client.Message
}

// steps calls do for every message that is to be published, in the order of the file. Time that goes backwards counts as none.
func (p Plan) steps(ctx context.Context, count *Progress, do func(step) error) error {
	f, err := os.Open(p.File)
	if err != nil {
		return err
	}
	defer f.Close()
	r := NewReader(f)
	var start, last time.Time
	for {
		m, err := r.Next()
		var s step
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			err = p.wrong(err)
		case m.Out:
			count.Passed++
			continue
		default:
			if start.IsZero() {
				start, last = m.Time, m.Time
			}
			if m.Time.After(last) {
				last = m.Time
			}
			s = step{at: last.Sub(start), line: r.Line()}
			s.message, err = p.message(m)
			if err == nil {
				err = do(s)
			} else {
				err = p.wrong(&LineError{r.Line(), err})
			}
		}
		switch line := (*LineError)(nil); {
		case err == nil:
		case errors.As(err, &line) && p.KeepGoing:
			count.Failed++
		default:
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// wrong puts the name of the file before an error of reading it.
func (p Plan) wrong(err error) error { return fmt.Errorf("%s: %w", p.File, err) }

// message is a recorded one as it is published again.
func (p Plan) message(m history.Message) (client.Message, error) {
	topic, err := client.ParseTopic(p.Prefix + m.Topic)
	if _, bare := client.ParseTopic(m.Topic); err != nil && bare == nil {
		return client.Message{}, fmt.Errorf("topic with the prefix %q: %w", p.Prefix, err)
	}
	if err != nil {
		return client.Message{}, fmt.Errorf("topic: %w", err)
	}
	out := client.Message{Topic: topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}
	if p.Limits != nil {
		return out, p.Limits.Message(out)
	}
	return out, nil
}

// Check reads the whole record and returns the first error that Replay would meet before it publishes, with how many messages it
// would publish once through and how long they take as recorded.
func (p Plan) Check(ctx context.Context) (messages uint64, length time.Duration, err error) {
	var count Progress
	err = p.steps(ctx, &count, func(s step) error {
		messages, length = messages+1, s.at
		return nil
	})
	return messages, length, err
}

// Print writes what would be published, a line each: when, topic, QoS, size.
func (p Plan) Print(ctx context.Context, w io.Writer) (Progress, error) {
	count := Progress{Round: 1}
	err := p.steps(ctx, &count, func(s step) error {
		retain := ""
		if s.message.Retain {
			retain = "  retain"
		}
		count.Published++
		_, err := fmt.Fprintf(w, "%12s  %q  QoS %d  %d B%s\n", "+"+p.wait(s.at).Round(time.Millisecond).String(), s.message.Topic.String(), s.message.QoS, len(s.message.Payload), retain)
		return err
	})
	return count, err
}

// wait is how long after the start of a round a message is due.
func (p Plan) wait(at time.Duration) time.Duration {
	if p.Speed <= 0 {
		return 0
	}
	return time.Duration(float64(at) / p.Speed)
}
