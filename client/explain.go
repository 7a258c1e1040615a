package client

import (
	"errors"
	"fmt"
	"strings"

	"example.com/thingdeck/client/transport"
)

// explained is an error with what it may come from.
type explained struct {
	error
	causes []string
}

func (e explained) Unwrap() error { return e.error }

// Causes are what the Err of Subscribed may come from, the likeliest first, each one line; none where nothing is known.
func Causes(err error) []string {
	var e explained
	if errors.As(err, &e) {
		return e.causes
	}
	return nil
}

// Full is the reason with its causes, on one line.
func (r Reason) Full() string { return r.Text + Likely(r.Causes) }

// Likely writes causes to stand behind what happened: " (likely: one; or another)", or nothing.
func Likely(causes []string) string {
	if len(causes) == 0 {
		return ""
	}
	return " (likely: " + strings.Join(causes, "; or ") + ")"
}

// refusedFilter is what a code of SUBACK says against a filter, or nil.
func (p Profile) refusedFilter(f Filter, code byte) error {
	if err := refusedFilter(code); err != nil {
		return p.explain(err, transport.Observation{Kind: transport.SubackRefused, Code: code, Topic: f.text})
	}
	return nil
}

// explain adds the causes of what was seen.
func (p Profile) explain(err error, seen transport.Observation) error {
	_, causes := transport.Explain(seen, p.AWS)
	return explained{err, causes}
}

// closedAfter is the reason when the broker closed a connection in a moment after these requests, which it had not answered.
type closedAfter []request

func (c closedAfter) Error() string {
	last := c[len(c)-1]
	text := "closed by the broker right after " + last.doing + " to " + last.name
	if len(c) > 1 {
		text += fmt.Sprintf(" and %d more", len(c)-1)
	}
	return text
}
