package client

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// A broker lets the newest of two connections with one client ID stand and closes the other: on MQTT 3.1.1 without a word (F-26). Two
// clients that both connect again then fight for ever. What follows recognises that, so that this one gives in.

// rivalCloses is how many connections in a row must come to such an end. A connection that lasts, an attempt that fails (the broker is
// down), or a request that may be to blame begin the count again.
const rivalCloses = 3

// taken is the reason when another connection seems to use the client ID.
type taken string

func (t taken) Error() string {
	return "another client uses the client ID " + string(t)
}

// WantsClientID says that another client ID would help: somebody else uses this one, or the broker does not take it. Session.RetryAs
// connects with another.
func (r Reason) WantsClientID() bool {
	var other taken
	return errors.As(r.Err, &other) || r.Code == 2
}

// rival counts a connection that was lost, and says whether another client is to blame. The suspects are those of the connection.
func (a *actor) rival(err error, suspects []request) bool {
	if !withoutReason(err) || len(suspects) > 0 || time.Since(a.since) >= lastingConnection {
		a.closes = 0
		return false
	}
	a.closes++
	return a.closes >= rivalCloses
}

// withoutReason says that the broker closed the connection and did not say why.
func withoutReason(err error) bool {
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE}, func(e error) bool { return errors.Is(err, e) })
}

// retryAs takes another client ID. The session that the broker may keep is that of the old one.
func (a *actor) retryAs(m retryAsRequest) {
	if a.id == 0 {
		return
	}
	p := a.profile
	if p.ClientID = m.clientID; p.ClientID == "" {
		p.ClientID = another(a.asked, p.Limits)
	}
	if err := p.Check(); err != nil {
		a.leave()
		a.refused = true
		a.inbox.tell(Refused{ID: a.id, Why: a.profile.reason(err)})
		return
	}
	a.leave()
	a.profile, a.tries, a.closes, a.suspects = p, 0, 0, nil
	a.subs.forget()
	a.out.forget()
	a.begin()
}

// another makes up a client ID: one that begins as the one asked for, since policies mostly allow names by how they begin.
func another(asked string, l Limits) string {
	if asked == "" {
		return randomClientID()
	}
	var b [2]byte
	rand.Read(b[:])
	suffix := "-" + hex.EncodeToString(b[:])
	for room := cmp.Or(l.maxClientID(), maxString) - len(suffix); len(asked) > room; {
		_, n := utf8.DecodeLastRuneInString(asked)
		asked = asked[:len(asked)-n]
	}
	return strings.TrimRight(asked, "-") + suffix
}

// forget is told that the session of the broker is another: nothing of it goes by an old packet identifier.
func (b *outbox) forget() {
	b.late = nil
	for _, o := range b.waiting {
		o.packet = 0
	}
}
