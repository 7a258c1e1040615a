package local

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// ServeOptions are Options of a server that runs on its own.
type ServeOptions struct {
	Options
	// Listening is called once the listeners are open, before they are announced; nil for nothing.
	Listening func(*Server) error
}

// Serve is the command "thingdeck serve": it starts a server, prints one line for each listener and then "ready" to
// stdout, logs to stderr, and runs until ctx ends.
func Serve(ctx context.Context, opt ServeOptions, stdout, stderr io.Writer) error {
	if opt.Log == nil {
		opt.Log = slog.New(slog.NewTextHandler(stderr, nil))
	}
	s, err := Start(ctx, opt.Options)
	if err != nil {
		return err
	}
	defer s.Close()
	if opt.Listening != nil {
		if err := opt.Listening(s); err != nil {
			return err
		}
	}
	for _, url := range s.Listeners() {
		if _, err := fmt.Fprintln(stdout, url); err != nil {
			return fmt.Errorf("announce listener: %w", err)
		}
	}
	if _, err := fmt.Fprintln(stdout, "ready"); err != nil {
		return fmt.Errorf("announce readiness: %w", err)
	}
	<-ctx.Done()
	return nil
}
