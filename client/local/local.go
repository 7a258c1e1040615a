// Package local is an AWS IoT on this machine: a broker that behaves as AWS's does, the joint to a Device Shadow
// service, the HTTP data plane, and a simulated thing. Real device code cannot tell it from AWS IoT Core.
package local

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"example.com/thingdeck/client/local/broker"
	"example.com/thingdeck/client/local/certs"
	"example.com/thingdeck/client/local/control"
)

// Message is an application message of the broker.
type Message = broker.Message

// Notice is a refusal, a warning or a loss that the broker met.
type Notice = broker.Notice

// Authorizer decides what clients may do.
type Authorizer = broker.Authorizer

// Shadows is the Device Shadow service behind the broker.
type Shadows interface {
	// Handle is given every message that a client published under $aws/things/ and says whether it was a request. The
	// answers go to publish, which sends them at QoS 1 and not retained before it returns. Handle may be called by
	// many goroutines; the answers keep their order when publish is called in the order of the shadow's versions.
	Handle(topic string, payload []byte, now time.Time, publish func(topic string, payload []byte)) (isRequest bool)
}

// ShadowsFunc makes a function a Shadows.
type ShadowsFunc func(topic string, payload []byte, now time.Time, publish func(topic string, payload []byte)) bool

// Handle calls f.
func (f ShadowsFunc) Handle(topic string, payload []byte, now time.Time, publish func(string, []byte)) bool {
	return f(topic, payload, now, publish)
}

// DefaultListen is where the broker listens for MQTT over TCP unless told otherwise.
const DefaultListen = "127.0.0.1:1883"

// Options say what Start starts. Addresses are host:port; port 0 takes a free one.
type Options struct {
	Listen     string // MQTT over TCP; DefaultListen when empty
	TLSListen  string // MQTT over TLS with client certificates; empty for none
	WSListen   string // MQTT over WebSocket at /mqtt; empty for none
	WSSListen  string // the same over TLS, without client certificates; empty for none
	HTTPListen string // the paths of the HTTPS data plane and of the control plane over plain HTTP; empty for none
	// Certs is the folder of the certificates, made on first use; needed by TLSListen and WSSListen. The CA in it signs
	// the certificates that the control plane makes.
	Certs string

	Strict    bool       // apply AWS's limits; otherwise passing one is only a Notice
	Shadows   Shadows    // nil: nobody answers shadow requests
	Authorize Authorizer // for clients without a registered certificate; nil allows everything
	// HTTP makes the handler of what the HTTP listener does not answer itself, such as the shadow service's paths; it
	// is called once, by Start. nil answers 404.
	HTTP func(*Server) http.Handler
	// State keeps retained messages and the registry of the control plane; nil keeps them in memory. The caller closes
	// it after Close.
	State *State

	Simulate   string        // thing name and client ID of the simulated thing; empty for none
	ObeyAfter  time.Duration // how long the simulated thing takes to obey; 2 s when zero
	ReportEach time.Duration // between its telemetry messages; 1 s when zero

	Now    func() time.Time // time.Now when nil
	Clock  *Clock           // when set, the HTTP listener lets others move it; it should be what Now reads
	Log    *slog.Logger     // discarded when nil
	Notice func(Notice)     // told of refusals, warnings and losses; it must not block
}

// Server is a running local AWS IoT.
type Server struct {
	opt       Options
	broker    *broker.Broker
	registry  *control.Registry
	listeners []*listener
	running   sync.WaitGroup
	ctx       context.Context // until Close
	stop      context.CancelFunc
	once      sync.Once
	state     *State // closed with the server; nil when it is the caller's
	mu        sync.Mutex
	forget    func() bool // lets go of the context given to Start
}

// Start opens all listeners and serves until Close, or until ctx ends. An address in use is syscall.EADDRINUSE to
// errors.Is; nothing is left open after an error.
func Start(ctx context.Context, opt Options) (*Server, error) {
	opt = opt.withDefaults()
	s := &Server{opt: opt}
	if err := s.openRegistry(); err != nil {
		return nil, err
	}
	b, err := broker.New(broker.Options{
		Strict: opt.Strict, Now: opt.Now, Log: opt.Log, Notice: opt.Notice, Authorize: s.authorizer(),
		Intercept: s.intercept, Retained: opt.State.retained(),
	})
	if err != nil {
		return nil, fmt.Errorf("start local AWS IoT: %w", err)
	}
	s.broker = b
	s.ctx, s.stop = context.WithCancel(context.Background())
	if err := s.open(); err != nil {
		s.Close()
		return nil, err
	}
	for _, l := range s.listeners {
		s.running.Go(func() { l.serve(l) })
	}
	if opt.Simulate != "" {
		s.running.Go(func() { s.simulate(s.ctx) })
	}
	if opt.Clock != nil {
		opt.Clock.moved(b.Sweep)
	}
	s.mu.Lock()
	s.forget = context.AfterFunc(ctx, s.Close)
	s.mu.Unlock()
	return s, nil
}

// openRegistry opens the registry of the control plane, which holds for devices even when no listener serves it now.
func (s *Server) openRegistry() error {
	if s.opt.HTTPListen != "" && s.opt.Certs != "" {
		if _, err := certs.Open(s.opt.Certs, time.Now()); err != nil {
			return fmt.Errorf("--certs: %w", err)
		}
	}
	r, err := control.New(control.Options{
		Certs: s.opt.Certs, Endpoint: s.endpoint, Strict: s.opt.Strict, Store: s.opt.State.control(), Now: s.opt.Now, Log: s.opt.Log,
	})
	if err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	s.registry = r
	return nil
}

// endpoint is the host at which devices connect, "" for any of this machine.
func (s *Server) endpoint() string {
	address := s.opt.Listen
	if s.opt.TLSListen != "" {
		address = s.opt.TLSListen
	}
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip != nil && ip.IsUnspecified() {
		return ""
	}
	return host
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Now == nil {
		o.Now = time.Now
		if o.Clock != nil {
			o.Now = o.Clock.Now
		}
	}
	if o.ObeyAfter == 0 {
		o.ObeyAfter = 2 * time.Second
	}
	if o.ReportEach == 0 {
		o.ReportEach = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Close ends every connection and waits until nothing runs. It may be called more than once.
func (s *Server) Close() {
	s.once.Do(func() {
		s.mu.Lock()
		if s.forget != nil {
			s.forget()
		}
		s.mu.Unlock()
		s.stop()
		for _, l := range s.listeners {
			l.close()
		}
		s.broker.Close()
		s.running.Wait()
		if s.state != nil {
			if err := s.state.Close(); err != nil {
				s.opt.Log.Error("close the state", "error", err)
			}
		}
	})
}

// Addr is the address of the MQTT listener over TCP, with its real port.
func (s *Server) Addr() net.Addr { return s.listeners[0].ln.Addr() }

// Listeners returns the listeners' URLs with their real ports: mqtt, mqtts, ws, wss, http, as far as there are.
func (s *Server) Listeners() []string {
	out := make([]string, len(s.listeners))
	for i, l := range s.listeners {
		out[i] = l.url
	}
	return out
}

// Publish sends a message as AWS itself would: no limit applies and nothing is asked.
func (s *Server) Publish(m *Message) error { return s.broker.Publish(m) }

// Answer publishes an answer of the shadow service that no MQTT request caused, such as one to an HTTP update.
func (s *Server) Answer(topic string, payload []byte) error {
	return s.broker.Publish(&Message{Topic: topic, Payload: payload, QoS: 1, Answer: true})
}

// Connected tells whether a client of this ID is connected.
func (s *Server) Connected(clientID string) bool { return s.broker.Connected(clientID) }
