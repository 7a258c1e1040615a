package local

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// ServeOptions are what "thingdeck serve" may be told, as its flags are.
type ServeOptions struct {
	Options
	// Prepare is called with the options and the state, nil without one, before anything is opened: the place to join
	// the shadow service. nil does nothing.
	Prepare func(*Options) error

	StateFile  string // --state; empty keeps all in memory
	StateSync  bool   // waits for the disk with each change
	PolicyFile string // --policy; empty allows everything
	TestClock  bool   // --test-clock
}

// Serve is the command "thingdeck serve": it starts a server, prints one line for each listener and then "ready" to
// stdout, logs to stderr, and runs until ctx ends. Its error is one line that names the flag at fault.
func Serve(ctx context.Context, opt ServeOptions, stdout, stderr io.Writer) (err error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	if opt.TestClock && opt.Clock == nil {
		opt.Clock = &Clock{}
	}
	if opt.PolicyFile != "" {
		allow, warnings, err := PolicyFile(opt.PolicyFile)
		if err != nil {
			return err
		}
		opt.Authorize = allow
		for _, w := range warnings {
			opt.Log.Warn("policy", "file", opt.PolicyFile, "warning", w)
		}
	}
	if opt.StateFile != "" {
		opt.State, err = OpenState(opt.StateFile, opt.StateSync)
		if err != nil {
			return err
		}
		defer func() {
			if e := opt.State.Close(); err == nil {
				err = e
			}
		}()
	}
	opt.Options = opt.withDefaults()
	if opt.Prepare != nil {
		if err := opt.Prepare(&opt.Options); err != nil {
			return err
		}
	}
	return serve(ctx, opt.Options, stdout)
}

func serve(ctx context.Context, opt Options, stdout io.Writer) error {
	s, err := Start(ctx, opt)
	if err != nil {
		return err
	}
	defer s.Close()
	text := ""
	for _, url := range s.Listeners() {
		text += url + "\n"
	}
	if _, err := io.WriteString(stdout, text+"ready\n"); err != nil {
		return fmt.Errorf("announce listeners: %w", err)
	}
	<-ctx.Done()
	return nil
}
