package broker

import (
	"encoding/json"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// seenFor is how long a client's version number is remembered after it left.
const seenFor = time.Hour

// seen counts the connections of each client ID, for the version numbers of lifecycle events.
type seen struct {
	mu   sync.Mutex
	byID map[string]*visits
}

type visits struct {
	version int64
	left    time.Time // zero while connected
}

func newSeen() *seen { return &seen{byID: map[string]*visits{}} }

func (s *seen) arrive(id string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.byID[id]
	if v == nil {
		v = &visits{version: -1}
		s.byID[id] = v
	}
	v.version++
	v.left = time.Time{}
	return v.version
}

func (s *seen) leave(id string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.byID[id]; v != nil {
		v.left = now
	}
}

func (s *seen) forget(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, v := range s.byID {
		if !v.left.IsZero() && now.Sub(v.left) > seenFor {
			delete(s.byID, id)
		}
	}
}

// lifecycle is the payload of a lifecycle event, in the order of AWS's page "Lifecycle events".
type lifecycle struct {
	ClientID   string   `json:"clientId"`
	Timestamp  int64    `json:"timestamp"` // milliseconds
	EventType  string   `json:"eventType"`
	Reason     string   `json:"reason,omitempty"`
	Initiated  *bool    `json:"clientInitiatedDisconnect,omitempty"`
	Session    string   `json:"sessionIdentifier"`
	Principal  string   `json:"principalIdentifier"`
	Disconnect Cause    `json:"disconnectReason,omitempty"`
	Address    string   `json:"ipAddress,omitempty"`
	Version    *int64   `json:"versionNumber,omitempty"`
	Topics     []string `json:"topics,omitempty"`
}

// tell publishes a lifecycle event. Client IDs with + or # have none, since no topic can name them.
func (c *Conn) tell(class, event string, e lifecycle) {
	if strings.ContainsAny(c.id, "+#") {
		return
	}
	e.ClientID, e.Timestamp, e.EventType = c.id, c.b.opt.Now().UnixMilli(), event
	e.Session, e.Principal = c.key, c.principal()
	b, err := json.Marshal(e)
	if err != nil {
		c.b.opt.Log.Error("lifecycle event", "client", c.id, "error", err)
		return
	}
	c.b.route(&Message{Topic: "$aws/events/" + class + "/" + event + "/" + c.id, Payload: b, QoS: 1})
}

func (b *Broker) connected(c *Conn) {
	c.version = b.seen.arrive(c.id)
	b.opt.Log.Info("connected", "client", c.id, "listener", c.peer.Listener, "mqtt5", c.v5)
	c.tell("presence", "connected", lifecycle{Address: c.address(), Version: &c.version})
}

func (b *Broker) disconnected(c *Conn) {
	b.seen.leave(c.id, b.opt.Now())
	c.tell("presence", "disconnected", lifecycle{Initiated: &c.how.byClient, Disconnect: c.how.cause, Version: &c.version})
}

func (b *Broker) connectFailed(c *Conn) {
	c.tell("presence", "connect_failed", lifecycle{Reason: "AUTHORIZATION_FAILED"})
}

func (b *Broker) subscribed(c *Conn, subs []packets.Subscription) {
	if len(subs) > 0 {
		c.tell("subscriptions", "subscribed", lifecycle{Topics: filtersOf(subs)})
	}
}

func (b *Broker) unsubscribed(c *Conn, subs []packets.Subscription) {
	if len(subs) > 0 {
		c.tell("subscriptions", "unsubscribed", lifecycle{Topics: filtersOf(subs)})
	}
}

func filtersOf(subs []packets.Subscription) []string {
	out := make([]string, len(subs))
	for i, s := range subs {
		out[i] = s.Filter
	}
	return out
}

// address is the client's IP address.
func (c *Conn) address() string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	return host
}
