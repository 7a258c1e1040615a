package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"go.uber.org/goleak"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// patience bounds every wait of these tests; nothing is ever expected to take that long.
const patience = 15 * time.Second

// startBroker runs a real broker on address ("127.0.0.1:0" for a free port) until stop is called.
func startBroker(t testing.TB, address string, hooks ...mochi.Hook) (server *mochi.Server, profile client.Profile, stop func()) {
	t.Helper()
	server = mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler), InlineClient: true, SysTopicResendInterval: 3600})
	if len(hooks) == 0 {
		hooks = []mochi.Hook{new(allow)}
	}
	for _, h := range hooks {
		if err := server.AddHook(h, nil); err != nil {
			t.Fatal(err)
		}
	}
	listener := listeners.NewTCP(listeners.Config{ID: "tcp", Address: address})
	if err := server.AddListener(listener); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	closed := false
	stop = func() {
		if !closed {
			closed = true
			server.Close()
		}
	}
	t.Cleanup(stop)
	return server, profileOf(t, listener.Address()), stop
}

// allow lets everybody do everything except what its fields refuse.
type allow struct {
	mochi.HookBase
	refuseFilter string
}

func (h *allow) ID() string { return "allow" }

func (h *allow) Provides(b byte) bool {
	return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck
}

func (h *allow) OnConnectAuthenticate(*mochi.Client, packets.Packet) bool { return true }

func (h *allow) OnACLCheck(_ *mochi.Client, topic string, write bool) bool {
	return write || topic != h.refuseFilter
}

func profileOf(t testing.TB, address string) client.Profile {
	t.Helper()
	b, err := client.ParseBroker("mqtt://" + address)
	if err != nil {
		t.Fatal(err)
	}
	return client.Profile{Broker: b}
}

// observer takes everything from a Session and lets a test wait for what it expects.
type observer struct {
	t testing.TB
	*client.Session
	History   *history.History
	events    []client.Event
	places    []uint64 // of each event: the sequence number of the message that follows it
	dropped   uint64
	unhandled uint64
	next      int // the first event that await has not looked at
}

func newObserver(t testing.TB, set client.Settings) *observer {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	return besideAnother(t, set)
}

// besideAnother is newObserver for all but the first of a test: only that one can tell whose goroutines are left.
func besideAnother(t testing.TB, set client.Settings) *observer {
	o := &observer{t: t, Session: client.NewSession(nil, set), History: history.New(history.Limits{})}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := o.Close(ctx); err != nil {
			t.Errorf("close: got %v; want nil", err)
		}
	})
	return o
}

// bothWays runs a test with the intake, and with all messages left to the MQTT library: nothing may differ.
func bothWays(t *testing.T, run func(t *testing.T, set client.Settings)) {
	t.Run("intake", func(t *testing.T) { run(t, client.Settings{}) })
	t.Run("library", func(t *testing.T) { run(t, client.Settings{NoIntake: true}) })
}

// quick is for tests that wait for a reconnection.
func quick() client.Settings {
	return client.Settings{FirstDelay: 20 * time.Millisecond, LastDelay: 100 * time.Millisecond}
}

func (o *observer) take(ctx context.Context) error {
	b, err := o.Next(ctx)
	if err != nil {
		return err
	}
	from, _ := o.History.Add(b.Messages)
	for _, e := range b.Events {
		o.events = append(o.events, e.Event)
		o.places = append(o.places, from+uint64(e.At))
	}
	o.dropped += b.Dropped
	o.unhandled += b.Unhandled
	return nil
}

// await returns the next event of type E that satisfies all conditions, passing over others, and its place.
func await[E client.Event](o *observer, conditions ...func(E) bool) (E, uint64) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		for o.next < len(o.events) {
			i := o.next
			o.next++
			if e, ok := o.events[i].(E); ok && holds(e, conditions) {
				return e, o.places[i]
			}
		}
		if err := o.take(ctx); err != nil {
			o.t.Fatalf("waiting for %T: %v; got %s", *new(E), err, describe(o.events))
		}
	}
}

func holds[E any](e E, conditions []func(E) bool) bool {
	for _, c := range conditions {
		if !c(e) {
			return false
		}
	}
	return true
}

// awaitMessages waits until n messages came in all.
func (o *observer) awaitMessages(n int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for o.History.Len() < n {
		if err := o.take(ctx); err != nil {
			o.t.Fatalf("waiting for %d messages: %v; got %d", n, err, o.History.Len())
		}
	}
}

func describe(events []client.Event) string {
	s := ""
	for _, e := range events {
		s += fmt.Sprintf("\n\t%T%+v", e, e)
	}
	return s
}

func filter(t testing.TB, s string) client.Filter {
	t.Helper()
	f, err := client.ParseFilter(s)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func topic(t testing.TB, s string) client.Topic {
	t.Helper()
	n, err := client.ParseTopic(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func step(s client.Step) func(client.Published) bool {
	return func(p client.Published) bool { return p.Step == s }
}
