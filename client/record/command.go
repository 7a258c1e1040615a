package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"example.com/thingdeck/client"
)

// Command is `thingdeck replay`.
type Command struct {
	Plan Plan
	// DryRun prints what would be published, and connects to nothing.
	DryRun bool
	// Connect is called once the record has been read; the Session that it returns was told to connect, and is the caller's to close.
	Connect func() *client.Session
	// Out gets the closing line, Live what changes meanwhile; Live may be nil.
	Out, Live io.Writer
}

// liveEvery is the time between two lines of progress.
const liveEvery = 200 * time.Millisecond

// Run replays the record until it is done or ctx ends, which is no error. Nothing is published when a line of the record is not of
// the format, or cannot be published, unless the plan says to keep going.
func (c Command) Run(ctx context.Context) error {
	if c.DryRun {
		count, err := c.Plan.Print(ctx, c.Out)
		return c.close(count, 0, err)
	}
	messages, length, err := c.Plan.Check(ctx)
	if err != nil {
		return c.close(Progress{}, 0, err)
	}
	began := time.Now()
	var told time.Time
	count, err := Replay(ctx, c.Connect(), c.Plan, func(p Progress) {
		if c.Live == nil || time.Since(told) < liveEvery {
			return
		}
		told = time.Now()
		round := ""
		if c.Plan.Loop != 1 {
			round = fmt.Sprintf("  round %d", p.Round)
		}
		fmt.Fprintf(c.Live, "\r\x1b[Kpublished %d of %d  %s of %s%s", max(0, int64(p.Published)-int64(messages)*int64(p.Round-1)), messages, clock(time.Since(began)), clock(c.Plan.wait(length)), round)
	})
	if c.Live != nil {
		fmt.Fprint(c.Live, "\r\x1b[K")
	}
	return c.close(count, time.Since(began), err)
}

// close prints the closing line, also after an error that came when something was published.
func (c Command) close(p Progress, took time.Duration, err error) error {
	stopped := ""
	if errors.Is(err, context.Canceled) {
		stopped, err = "stopped: ", nil
	}
	if err == nil || p.Published > 0 {
		did := "published"
		if c.DryRun {
			did = "would publish"
		}
		fmt.Fprintf(c.Out, "%s%s %d  passed over %d  failed %d  in %s\n", stopped, did, p.Published, p.Passed, p.Failed, clock(took))
	}
	return err
}

// clock is a duration as h:mm:ss.
func clock(d time.Duration) string {
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
