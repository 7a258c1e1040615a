package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Reason is why a connection could not be made or came to its end. The zero Reason is none.
type Reason struct {
	// Text is in plain words, lower case, without the address: "connection refused".
	Text string
	// Code is the CONNACK code when the broker refused, else 0.
	Code byte
	// Err is the error behind it, for the log; it may be nil.
	Err error
}

// String is Text.
func (r Reason) String() string { return r.Text }

// Errors of a link that the standard library has none for.
var (
	errSilent     = errors.New("the broker does not answer")
	errClosed     = errors.New("closed by the broker")
	errNoConnack  = errors.New("closed by the broker before CONNACK")
	errMalformed  = errors.New("the broker does not speak MQTT 3.1.1")
	errTooLarge   = errors.New("a packet from the broker is too large")
	errWriteStuck = errors.New("the broker does not read what is sent")
	errInternal   = errors.New("internal error")
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

func reason(err error) Reason {
	if err == nil {
		return Reason{}
	}
	r := Reason{Text: plain(err), Err: err}
	var code refusal
	if errors.As(err, &code) {
		r.Code = byte(code)
	}
	return r
}

func plain(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host " + dns.Name
	case errors.As(err, &dns):
		return "cannot look up " + dns.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset by the broker"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the broker cannot be reached"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "no such address"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return errSilent.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errClosed.Error()
	case errors.As(err, &op):
		return strings.ToLower(op.Err.Error())
	}
	return err.Error()
}
