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

	// What the shadow service that Prepare joins is told; this package does not look at it.
	ShadowDepth, ShadowSize int   // --shadow-depth, --shadow-size
	FirstVersion            int64 // --first-version
}

// Open is Start for a command line: it reads the policy and opens the state first, and closing the Server closes the
// state. Its error is one line that names the flag at fault.
func Open(ctx context.Context, opt ServeOptions) (*Server, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.TestClock && opt.Clock == nil {
		opt.Clock = &Clock{}
	}
	if opt.PolicyFile != "" {
		allow, warnings, err := PolicyFile(opt.PolicyFile)
		if err != nil {
			return nil, err
		}
		opt.Authorize = allow
		for _, w := range warnings {
			opt.Log.Warn("policy", "file", opt.PolicyFile, "warning", w)
		}
	}
	if opt.StateFile == "" {
		return opt.start(ctx)
	}
	state, err := OpenState(opt.StateFile, opt.StateSync)
	if err != nil {
		return nil, err
	}
	opt.State = state
	s, err := opt.start(ctx)
	if err != nil {
		_ = state.Close()
		return nil, err
	}
	s.state = state
	return s, nil
}

func (o ServeOptions) start(ctx context.Context) (*Server, error) {
	o.Options = o.withDefaults()
	if o.Prepare != nil {
		if err := o.Prepare(&o.Options); err != nil {
			return nil, err
		}
	}
	return Start(ctx, o.Options)
}

// Serve is the command "thingdeck serve": it starts a server, prints one line for each listener and then "ready" to
// stdout, logs to stderr, and runs until ctx ends. Its error is one line that names the flag at fault.
func Serve(ctx context.Context, opt ServeOptions, stdout, stderr io.Writer) error {
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	s, err := Open(ctx, opt)
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
