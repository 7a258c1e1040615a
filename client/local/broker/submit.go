package broker

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Why Submit took no message; its errors wrap one of them.
var (
	ErrInvalid   = errors.New("invalid request")
	ErrPayload   = errors.New("the payload exceeds the maximum size allowed")
	ErrForbidden = errors.New("forbidden")
)

// Submit publishes for a caller that is not connected, as over HTTP: with AWS's limits and the policy's word. m must not
// be used afterwards.
func (b *Broker) Submit(m *Message, cert *x509.Certificate) error {
	if text := badTopic(m.Topic); text != "" {
		return fmt.Errorf("%w: %s", ErrInvalid, text)
	}
	if text := b.submitFault(m); text != "" {
		if b.opt.Strict {
			return fmt.Errorf("%w: %s", ErrInvalid, text)
		}
		b.notice(Warning, "", "publish", m.Topic, text+" (AWS refuses this)")
		m.Retain = m.Retain && !strings.HasPrefix(m.Topic, "$")
	}
	if len(m.Payload) > maxPayload && b.opt.Strict || len(m.Payload) > lenientPacket {
		return ErrPayload
	}
	for _, action := range []Action{ActPublish, ActRetainPublish} {
		if action == ActRetainPublish && !m.Retain {
			continue
		}
		if err := b.Allow(Request{Action: action, Topic: m.Topic, Certificate: cert}); err != nil {
			return err
		}
	}
	if m.Properties.empty() {
		m.Properties = nil
	}
	return b.accept(m)
}

// Allow asks the policy for a caller that is not connected. Its error wraps ErrForbidden.
func (b *Broker) Allow(r Request) error {
	ok, why := b.allowed(r)
	if ok {
		return nil
	}
	b.notice(Refused, r.ClientID, string(r.Action), r.Topic, why)
	return fmt.Errorf("%w: %s", ErrForbidden, why)
}

func (b *Broker) submitFault(m *Message) string {
	text := beyond(m.Topic)
	switch {
	case text != "":
		return text
	case strings.HasPrefix(m.Topic, "$") && !mayPublishReserved(m.Topic):
		return "reserved topic that clients do not publish on"
	case strings.HasPrefix(m.Topic, "$") && m.Retain:
		return "RETAIN is not supported on reserved topics"
	case m.Properties != nil && strings.ContainsAny(m.Properties.ResponseTopic, "+#"):
		return "wildcard in the response topic"
	}
	return ""
}

// ClampExpiry brings a message expiry in seconds into AWS's bounds.
func ClampExpiry(seconds int64) time.Duration {
	return time.Duration(min(max(seconds, minExpiry), maxExpiry)) * time.Second
}

// NewID makes a random identifier, as AWS's trace IDs look.
func NewID() string { return identifier() }

// Disconnect ends a client's connection as DeleteConnection does, and tells whether there was one. clean ends its
// session too; noWill keeps its will from being sent.
func (b *Broker) Disconnect(clientID string, clean, noWill bool) bool {
	b.mu.Lock()
	s := b.sessions[clientID]
	b.mu.Unlock()
	if s == nil {
		return false
	}
	c := s.claimedBy() // from before the CONNACK, so that a client which has read it is found
	if c == nil {
		return false
	}
	if clean {
		s.setLifetime(0)
	}
	c.end(ending{cause: CauseAPI, code: codeAdministrative, text: "disconnected by DeleteConnection", noWill: noWill})
	<-c.done
	return true
}
