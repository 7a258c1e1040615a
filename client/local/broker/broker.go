// Package broker is an MQTT broker that speaks as AWS IoT Core does: MQTT 3.1.1 and 5, QoS 0 and 1, retained
// messages, wills, persistent sessions and shared subscriptions, with AWS's limits and AWS's ways of refusing.
//
// The broker is github.com/mochi-mqtt/server: its packets, clients, subscriptions, in-flight messages and fan-out. What AWS
// does otherwise, and what mochi does wrong, is put right in a hook (hook.go) and in the connections handed to mochi
// (conn.go), so that clients do not see it. FAULTS.md lists what is put right, and where.
//
// It knows connections, not listeners: whoever accepts a connection hands it to Attach.
package broker

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Options say how a Broker behaves. The zero value is a broker that refuses nothing that MQTT itself allows at QoS 0
// and 1.
type Options struct {
	// Strict applies AWS's limits. Without it a message or filter beyond a limit is taken and a Notice says so.
	Strict bool
	// Now is the clock of sessions, message expiry and events; time.Now when nil.
	Now func() time.Time
	// Log gets what an operator wants to know; discarded when nil. Payloads and passwords never go there.
	Log *slog.Logger
	// Notice is told of every refusal, warning and dropped message, from the goroutine that met it: it must not block.
	Notice func(Notice)
	// Authorize is asked before a client may act; nil allows everything.
	Authorize Authorizer
	// Intercept is offered every message published by a client or by Publish, after it was allowed and before it goes
	// to subscribers; wills are not offered. What it answers goes out before answer returns.
	Intercept func(m *Message, answer func(*Message))
	// Retained keeps retained messages beyond the process; nil keeps them in memory only.
	Retained RetainedStore
}

// Peer is what a listener knows of a connection.
type Peer struct {
	Listener    string            // URL of the listener, for the log
	Certificate *x509.Certificate // the client's verified certificate, nil without one
	WebSocket   bool
}

// Broker routes messages between the connections handed to it. All methods may be called by any goroutine.
type Broker struct {
	opt      Options
	server   *mqtt.Server
	inline   *mqtt.Client // publishes what the broker itself sends
	kept     *retained
	seen     *seen
	limit    *limiter
	sequence atomic.Int64 // of messages

	mu       sync.Mutex
	sessions map[string]*session
	conns    map[*Conn]struct{}
	closed   bool
	delayed  map[*session]*delayedWill

	running sync.WaitGroup
	stop    context.CancelFunc
	once    sync.Once
}

// ErrClosed is returned by a broker that has been closed.
var ErrClosed = errors.New("broker closed")

// queueLength is how many messages mochi queues for one connection.
const queueLength = 4096

// New starts a broker. Close stops it.
func New(opt Options) (*Broker, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	b := &Broker{
		opt: opt, seen: newSeen(), sessions: map[string]*session{}, conns: map[*Conn]struct{}{}, delayed: map[*session]*delayedWill{},
	}
	b.limit = &limiter{b: b}
	kept, err := loadRetained(opt.Retained)
	if err != nil {
		return nil, err
	}
	b.kept = kept
	if err := b.startServer(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	b.running.Add(1)
	go b.sweepUntil(ctx)
	return b, nil
}

// startServer starts mochi without limits of its own, since it drops and expires silently where it has one.
func (b *Broker) startServer() error {
	b.server = mqtt.New(&mqtt.Options{
		Logger:                   slog.New(slog.DiscardHandler), // payloads would be in it
		SysTopicResendInterval:   math.MaxInt32,
		ClientNetWriteBufferSize: 16 << 10,
		ClientNetReadBufferSize:  4 << 10,
		Capabilities: &mqtt.Capabilities{
			MaximumClients: math.MaxInt64, MaximumClientWritesPending: queueLength, MaximumSessionExpiryInterval: math.MaxUint32,
			ReceiveMaximum: window, MaximumInflight: math.MaxUint16, SharedSubAvailable: 1, MinimumProtocolVersion: 4,
			MaximumQos: 1, WildcardSubAvailable: 1, SubIDAvailable: 1,
			Compatibilities: mqtt.Compatibilities{NoInheritedPropertiesOnAck: true},
		},
	})
	if err := b.server.AddHook(&hook{b: b}, nil); err != nil {
		return fmt.Errorf("add hook: %w", err)
	}
	b.inline = b.server.NewClient(nil, mqtt.LocalListener, "", true)
	b.server.Topics.Subscribe(tap, packets.Subscription{Filter: tap})
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("start server: %w", err)
	}
	return nil
}

// Close disconnects every client and waits until nothing of the broker runs. It may be called more than once.
func (b *Broker) Close() {
	b.mu.Lock()
	b.closed = true
	open := make([]*Conn, 0, len(b.conns))
	for c := range b.conns {
		open = append(open, c)
	}
	b.mu.Unlock()
	b.stop()
	for _, c := range open {
		c.end(ending{cause: CauseServer, code: codeShuttingDown, text: "the broker is shutting down"})
	}
	b.running.Wait()
	b.once.Do(func() { _ = b.server.Close() }) // a second one panics
}

// Attach serves one connection until it ends, and closes it.
func (b *Broker) Attach(nc net.Conn, peer Peer) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		_ = nc.Close()
		return
	}
	c := newConn(b, nc, peer)
	b.conns[c] = struct{}{}
	b.running.Add(1)
	b.mu.Unlock()
	defer b.running.Done()
	c.run()
	b.mu.Lock()
	delete(b.conns, c)
	b.mu.Unlock()
}

// Publish sends a message as AWS itself would: nothing is asked and no limit applies, but it is offered to Intercept and
// retained where it says so.
func (b *Broker) Publish(m *Message) error {
	b.mu.Lock()
	closed := b.closed
	b.mu.Unlock()
	if closed {
		return ErrClosed
	}
	return b.accept(m)
}

// Connected tells whether a client of this ID is connected now.
func (b *Broker) Connected(clientID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sessions[clientID]
	return s != nil && s.online() != nil
}

// Retained returns the retained messages, sorted by topic.
func (b *Broker) Retained() []RetainedMessage { return b.kept.all(b.opt.Now()) }

// RetainedOn returns the message retained on a topic.
func (b *Broker) RetainedOn(topic string) (RetainedMessage, bool) {
	return b.kept.get(topic, b.opt.Now())
}

// sweepUntil ends what has expired once a second.
func (b *Broker) sweepUntil(ctx context.Context) {
	defer b.running.Done()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			b.Sweep()
		}
	}
}

// Sweep ends the sessions, retained messages and delayed wills that are due by the broker's clock. The broker does so
// each second by itself; whoever moves the clock may call it.
func (b *Broker) Sweep() {
	now := b.opt.Now()
	b.mu.Lock()
	for _, s := range b.sessions {
		if s.expired(now) {
			b.purge(s)
		}
	}
	var due []*Message
	for s, w := range b.delayed {
		if !now.Before(w.at) || s.expired(now) {
			due = append(due, w.message)
			delete(b.delayed, s)
		}
	}
	b.mu.Unlock()
	for _, m := range due {
		b.sendWill(m)
	}
	b.kept.expire(now)
	b.seen.forget(now)
}

// Notice is something a user of the broker wants to see: why a client was refused, which limit it passed, what was lost.
type Notice struct {
	Time     time.Time
	Kind     NoticeKind
	ClientID string // "" before the client has said it
	Action   string // connect, publish, subscribe, unsubscribe, receive
	Topic    string // topic or filter, "" when there is none
	Text     string // the reason in one line
}

// String is the notice in one line: what became of whose action on what, and why.
func (n Notice) String() string {
	text := string(n.Kind) + ": " + n.Action
	if n.Topic != "" {
		text += " " + n.Topic
	}
	if n.ClientID != "" {
		text += " by " + n.ClientID
	}
	return text + ": " + n.Text
}

// NoticeKind says what became of the action.
type NoticeKind string

// The kinds of Notice.
const (
	Refused NoticeKind = "refused"
	Warning NoticeKind = "warning" // taken although AWS would refuse it
	Dropped NoticeKind = "dropped" // a message that a client will not get
)

func (b *Broker) notice(kind NoticeKind, clientID, action, topic, text string) {
	b.opt.Log.Warn(string(kind), "client", clientID, "action", action, "topic", topic, "reason", text)
	if b.opt.Notice != nil {
		b.opt.Notice(Notice{Time: b.opt.Now(), Kind: kind, ClientID: clientID, Action: action, Topic: topic, Text: text})
	}
}
