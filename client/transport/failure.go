package transport

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

// Stage is how far an attempt came.
type Stage string

// The stages, in order.
const (
	Settings    Stage = "settings"    // what was asked for
	Files       Stage = "files"       // certificates and keys
	Credentials Stage = "credentials" // those of AWS, and signing
	Proxy       Stage = "proxy"       // the way through one
	Connect     Stage = "connect"     // looking up the name, TCP
	Handshake   Stage = "handshake"   // TLS
	Upgrade     Stage = "upgrade"     // WebSocket
	Stream      Stage = "stream"      // afterwards
)

// Kind is what was observed.
type Kind string

// Kinds of failures that this package sees.
const (
	BadSettings Kind = "bad settings"

	BadFile         Kind = "bad file"          // unreadable, or not what it should be
	KeyMismatch     Kind = "key mismatch"      // the key does not belong to the certificate
	KeyEncrypted    Kind = "key encrypted"     // and there is no password
	WrongPassword   Kind = "wrong password"    // of a key
	OwnExpired      Kind = "own expired"       // the client certificate, seen here
	OwnNotYet       Kind = "own not yet valid" // the same
	BadCredentials  Kind = "bad credentials"   // none found, or not to be had
	ProxyFailed     Kind = "proxy failed"      // cannot be reached, or answers nonsense
	ProxyRefused    Kind = "proxy refused"     // with an HTTP status or a SOCKS code
	NoSuchHost      Kind = "no such host"
	LookupFailed    Kind = "lookup failed" // of the name, for now
	ConnRefused     Kind = "connection refused"
	Unreachable     Kind = "unreachable"
	Timeout         Kind = "timeout" // the Stage says of what
	Cancelled       Kind = "cancelled"
	Reset           Kind = "reset"
	Closed          Kind = "closed"
	NotTLS          Kind = "not tls"
	CertRequired    Kind = "certificate required" // alert 116
	CertUnknownCA   Kind = "unknown ca"           // alert 48: the server does not know who signed ours
	CertBad         Kind = "bad certificate"      // alerts 42, 43, 46, 51
	CertExpired     Kind = "certificate expired"  // alert 45: ours
	CertRevoked     Kind = "certificate revoked"  // alert 44
	HandshakeFailed Kind = "handshake failure"    // alerts 40, 70, 71
	NoProtocol      Kind = "no application protocol"
	UnknownName     Kind = "unrecognized name"
	AccessDenied    Kind = "access denied"
	OtherAlert      Kind = "tls alert"

	ServerExpired   Kind = "server certificate expired"
	ServerNotYet    Kind = "server certificate not yet valid"
	ServerWrongHost Kind = "server certificate for another host"
	ServerUnknownCA Kind = "server certificate of an unknown authority"
	ServerBadCert   Kind = "server certificate"

	HTTPStatus      Kind = "http status"   // instead of the upgrade
	NotWebSocket    Kind = "not websocket" // what answers
	WebSocketClosed Kind = "websocket closed"
	Other           Kind = "other"
)

// Failure is why a stream could not be opened, or ended.
type Failure struct {
	Stage Stage
	Kind  Kind
	// Alert is the number of a TLS alert that the server sent.
	Alert uint8
	// Status is the HTTP status of the server or proxy, or the code of a WebSocket's close frame.
	Status int
	// Text is one line in plain words, lower case, with names and dates; it holds no secrets.
	Text string
	// Err is the error behind it; it may be nil.
	Err error
}

// Error is Text.
func (f *Failure) Error() string { return f.Text }

// Unwrap is Err.
func (f *Failure) Unwrap() error { return f.Err }

// Final says that another attempt would be answered the same as long as nobody changes anything.
func (f *Failure) Final() bool {
	switch f.Kind {
	case BadSettings, BadFile, KeyMismatch, KeyEncrypted, WrongPassword, BadCredentials,
		CertRequired, CertUnknownCA, CertBad, CertExpired, CertRevoked, NoProtocol, UnknownName, AccessDenied,
		ServerExpired, ServerNotYet, ServerWrongHost, ServerUnknownCA, ServerBadCert, NotTLS, NotWebSocket:
		return true
	case HTTPStatus, ProxyRefused:
		return f.Status >= 300 && f.Status < 500 && f.Status != 408 && f.Status != 429
	}
	return false
}

// staged is an error with the stage it occurred in.
type staged struct {
	stage Stage
	error
}

func (s staged) Unwrap() error { return s.error }

func at(stage Stage, err error) error { return staged{stage, err} }

// Classify says what an error of Dial or of a stream means; it returns nil for nil.
func Classify(err error) *Failure {
	if err == nil {
		return nil
	}
	if f := (*Failure)(nil); errors.As(err, &f) {
		return f
	}
	f := &Failure{Stage: Stream, Err: err}
	if s := (staged{}); errors.As(err, &s) {
		f.Stage = s.stage
	}
	for _, judge := range []func(*Failure, error) bool{judgeServer, judgeAlert, judgeWebSocket, judgeNetwork} {
		if judge(f, err) {
			return f
		}
	}
	f.Kind, f.Text = Other, plain(err)
	return f
}

// plain is the text of an error without addresses, which the caller names.
func plain(err error) string {
	var op *net.OpError
	var sys *os.SyscallError
	switch {
	case errors.As(err, &sys):
		return strings.ToLower(sys.Err.Error())
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}

func judgeNetwork(f *Failure, err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) && !errors.Is(err, context.Canceled) {
		f.Kind, f.Text = LookupFailed, fmt.Sprintf("cannot look up %s: %s", dns.Name, dns.Err)
		if dns.IsNotFound {
			f.Kind, f.Text = NoSuchHost, "no such host "+dns.Name
		}
		return true
	}
	for _, k := range networkKinds {
		for _, target := range k.errs {
			if errors.Is(err, target) {
				f.Kind, f.Text = k.kind, k.text
				if k.kind == Timeout {
					f.Text = timeoutText(f.Stage)
				}
				return true
			}
		}
	}
	return false
}

// networkKinds is read only. Its order counts: a reset is also the end of a stream.
var networkKinds = []struct {
	kind Kind
	text string
	errs []error
}{
	{Cancelled, "given up", []error{context.Canceled, net.ErrClosed}},
	{Timeout, "", []error{context.DeadlineExceeded, os.ErrDeadlineExceeded, syscall.ETIMEDOUT}},
	{ConnRefused, "connection refused", []error{syscall.ECONNREFUSED}},
	{Unreachable, "the network or host cannot be reached", []error{syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EADDRNOTAVAIL}},
	{Reset, "connection reset by the broker", []error{syscall.ECONNRESET, syscall.EPIPE}},
	{Closed, "closed by the broker", []error{io.EOF, io.ErrUnexpectedEOF}},
}

func timeoutText(s Stage) string {
	switch s {
	case Connect:
		return "no answer to the attempt to connect"
	case Proxy:
		return "the proxy does not answer"
	case Handshake:
		return "connected, but TLS is not answered"
	case Upgrade:
		return "connected, but the WebSocket request is not answered"
	case Credentials:
		return "AWS credentials could not be had in time"
	}
	return "the broker does not answer"
}
