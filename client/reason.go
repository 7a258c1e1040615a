package client

import (
	"errors"
	"fmt"
	"strings"

	"example.com/thingdeck/client/intake"
	"example.com/thingdeck/client/transport"
)

// Reason is why a connection could not be made or came to its end. The zero Reason is none.
type Reason struct {
	// Text is in plain words, lower case, without the address: "connection refused".
	Text string
	// Causes are what it may come from, the likeliest first, each one line; for the log, and for who asks.
	Causes []string
	// Code is the CONNACK code when the broker refused, else 0.
	Code byte
	// Err is the error behind it, for the log; it may be nil.
	Err error
}

// String is Text.
func (r Reason) String() string { return r.Text }

// Errors of a link that the standard library has none for.
var (
	errSilent     = intake.ErrSilent
	errClosed     = intake.ErrClosed
	errNoConnack  = errors.New("closed by the broker before CONNACK")
	errMalformed  = intake.ErrMalformed
	errWriteStuck = intake.ErrWriteStuck
	errInternal   = intake.ErrInternal
)

// refusal is a CONNACK code other than 0.
type refusal byte

func (r refusal) Error() string {
	switch r {
	case 1:
		return "the broker does not speak MQTT 3.1.1 (CONNACK 1)"
	case 2:
		return "client ID rejected (CONNACK 2)"
	case 3:
		return "the server is unavailable (CONNACK 3)"
	case 4:
		return "bad user name or password (CONNACK 4)"
	case 5:
		return "not authorized (CONNACK 5)"
	}
	return fmt.Sprintf("refused with CONNACK %d, which MQTT 3.1.1 does not define", byte(r))
}

// final says that trying again would be answered the same.
func (r refusal) final() bool { return r != 3 }

// final says that trying again would be answered the same. What stood once may come back: then only the broker's word
// counts, or the closing after a request that is not allowed.
func final(err error, stoodBefore bool) bool {
	var code refusal
	var culprit notAllowed
	var other taken
	return errors.As(err, &code) && code.final() || errors.As(err, &culprit) || errors.As(err, &other) ||
		!stoodBefore && transport.Classify(err).Final()
}

// reason explains an error of a connection that the profile asked for.
func (p Profile) reason(err error) Reason {
	if err == nil {
		return Reason{}
	}
	seen := p.observe(err)
	short, causes := transport.Explain(seen, p.AWS)
	r := Reason{Text: plain(err), Causes: causes, Err: err}
	var code refusal
	if errors.As(err, &code) {
		r.Code = byte(code)
		if p.AWS && code == 7 {
			r.Text = strings.TrimPrefix(short, "refused: ")
		}
	}
	return r
}

// observe says what an error is in the words of package transport.
func (p Profile) observe(err error) transport.Observation {
	o := transport.Observe(err, p.transport())
	o.ClientID = p.ClientID
	if o.Auth == transport.NoAuth && p.Username != "" {
		o.Auth = transport.Password
	}
	var code refusal
	var culprit notAllowed
	var other taken
	var after closedAfter
	switch {
	case errors.As(err, &code):
		o.Kind, o.Code = transport.Connack, byte(code)
	case errors.As(err, &other):
		o.Kind = transport.TakenOver
	case errors.As(err, &culprit):
		o.Kind, o.Topic, o.Packet = transport.ClosedAfter, culprit.name, request(culprit).packet()
	case errors.As(err, &after):
		last := after[len(after)-1]
		o.Kind, o.Topic, o.Packet = transport.ClosedAfter, last.name, last.packet()
	case errors.Is(err, errNoConnack):
		o.Kind = transport.NoConnack
	case errors.Is(err, errSilent), errors.Is(err, errWriteStuck):
		o.Kind = transport.KeepAlive
	case errors.Is(err, errClosed):
		o.Kind = transport.Closed
	case errors.Is(err, errMalformed):
		o.Kind = transport.NotMQTT
	}
	return o
}

// plain is the error in words: this package's own as they are, others as package transport tells them.
func plain(err error) string {
	if f := transport.Classify(err); f.Kind != transport.Other {
		return f.Text
	}
	return err.Error()
}
