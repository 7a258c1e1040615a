package client_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// runner is a Session that Run serves. Its functions put lines into got.
type runner struct {
	t *testing.T
	*client.Session
	got chan string
}

// run starts Run in a goroutine that ends before the test does.
func run(t *testing.T, set client.Settings) *runner {
	o := newObserver(t, set)
	r := &runner{t, o.Session, make(chan string, 100_000)}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, client.ErrClosed) {
			t.Errorf("run: got %v; want the end of its context or of the Session", err)
		}
	})
	return r
}

func (r *runner) handle(f, name string) (remove func()) {
	return r.Handle(filter(r.t, f), func(m history.Message) { r.got <- fmt.Sprintf("%s %d %s", name, m.Seq, m.Payload) })
}

func (r *runner) awaitLines(want ...string) {
	r.t.Helper()
	var got []string
	for range want {
		select {
		case line := <-r.got:
			got = append(got, line)
		case <-time.After(patience):
			r.t.Fatalf("got %q; want %q", got, want)
		}
	}
	if !slices.Equal(got, want) {
		r.t.Fatalf("got %q; want %q", got, want)
	}
}

// inject makes a server that sends these messages after SUBACK.
func inject(packet ...[]byte) func(*scriptedConn, packets.ControlPacket) bool {
	return func(c *scriptedConn, p packets.ControlPacket) bool {
		sub, ok := p.(*packets.SubscribePacket)
		if ok {
			c.suback(sub.MessageID, sub.Qoss...)
			c.raw(slices.Concat(packet...)...)
		}
		return ok
	}
}

func TestSeveralFunctionsOnOneFilterAreCalledInOrder(t *testing.T) {
	s := startScripted(t, inject(message("a/x", "0", 0, 0), message("b", "1", 0, 0), message("a/y", "2", 1, 9)))
	r := run(t, quick())
	for _, name := range []string{"first", "second", "third"} {
		r.handle("a/#", name)
	}
	r.handle("b", "other")
	r.Connect(s.profile())
	r.Subscribe(filter(t, "#"), 1)
	r.awaitLines("first 0 0", "second 0 0", "third 0 0", "other 1 1", "first 2 2", "second 2 2", "third 2 2")
	if got := s.lines("1 SUBSCRIBE"); !slices.Equal(got, []string{"1 SUBSCRIBE [#] [1]"}) {
		t.Errorf("got %q; want no subscriptions but the one asked for", got)
	}
}

func TestEventsComeAtTheirPlaceAmongTheMessages(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		sub, ok := p.(*packets.SubscribePacket)
		if ok {
			c.raw(message("a", "before", 0, 0)...)
			c.suback(sub.MessageID, 0)
			c.raw(message("a", "after", 0, 0)...)
		}
		return ok
	})
	r := run(t, quick())
	r.handle("a", "message")
	r.HandleEvents(func(e client.Event) { r.got <- reflect.TypeOf(e).Name() })
	r.Connect(s.profile())
	r.awaitLines("Connecting", "Connected")
	r.Subscribe(filter(t, "a"), 0)
	r.awaitLines("message 0 before", "Subscribed", "message 1 after")
}

func TestARemovedFunctionIsNotCalled(t *testing.T) {
	s := startScripted(t, inject(message("a", "x", 0, 0), message("a", "y", 0, 0)))
	r := run(t, quick())
	var removeOnce func()
	removeOnce = r.Handle(filter(t, "a"), func(m history.Message) {
		r.got <- "once " + string(m.Payload)
		removeOnce()
		removeOnce()
	})
	r.handle("a", "never")()
	r.handle("a", "always")
	r.Connect(s.profile())
	r.Subscribe(filter(t, "a"), 0)
	r.awaitLines("once x", "always 0 x", "always 1 y")
}

func TestEachFunctionOwnsItsPayload(t *testing.T) {
	s := startScripted(t, inject(message("a", "abc", 0, 0)))
	r := run(t, quick())
	r.Handle(filter(t, "a"), func(m history.Message) { clear(m.Payload) })
	r.handle("a", "second")
	r.Connect(s.profile())
	r.Subscribe(filter(t, "a"), 0)
	r.awaitLines("second 0 abc")
}

func TestAPanicInAFunctionIsAnEvent(t *testing.T) {
	s := startScripted(t, inject(message("a", "1", 0, 0), message("a", "2", 0, 0)))
	r := run(t, quick())
	r.Handle(filter(t, "a"), func(m history.Message) { panic("by design: " + string(m.Payload)) })
	r.handle("a", "message")
	r.HandleEvents(func(client.Event) { panic("this one is removed") })
	r.HandleEvents(func(e client.Event) {
		if p, ok := e.(client.HandlerPanicked); ok && strings.Contains(string(p.Stack), "TestAPanicInAFunctionIsAnEvent") {
			r.got <- p.Filter.String() + " " + p.Err.Error()
		}
	})
	r.Connect(s.profile())
	r.awaitLines(" panic in a handler: this one is removed")
	r.Subscribe(filter(t, "a"), 0)
	var got []string
	for range 4 {
		got = append(got, <-r.got)
	}
	slices.Sort(got)
	if want := []string{"a panic in a handler: by design: 1", "a panic in a handler: by design: 2", "message 0 1", "message 1 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func numbered(n int) (packets [][]byte) {
	for i := range n {
		packets = append(packets, message("a", fmt.Sprintf("%04d", i), 0, 0))
	}
	return packets
}

func TestRunWaitsForSlowFunctions(t *testing.T) {
	const n = 1000
	s := startScripted(t, inject(numbered(n)...))
	set := quick()
	set.HandlerBytes = 1000
	r := run(t, set)
	hold := make(chan struct{})
	r.Handle(filter(t, "a"), func(m history.Message) { <-hold })
	r.handle("a", "m")
	r.Connect(s.profile())
	r.Subscribe(filter(t, "a"), 0)
	close(hold)
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("m %d %04d", i, i))
	}
	r.awaitLines(want...)
}

func TestBesideAScreenWhatIsTooMuchIsCounted(t *testing.T) {
	const n = 1000
	s := startScripted(t, inject(numbered(n)...))
	set := quick()
	set.HandlerBytes = 1330 // ten messages
	o := newObserver(t, set)
	hold, handled := make(chan struct{}), make(chan string, n)
	o.Handle(filter(t, "a"), func(m history.Message) { <-hold; handled <- string(m.Payload) })
	o.Connect(s.profile())
	o.Subscribe(filter(t, "a"), 0)
	o.awaitMessages(n)
	if o.unhandled != n-10 {
		t.Errorf("got %d counted; want %d", o.unhandled, n-10)
	}
	close(hold)
	for i := range 10 {
		if got := <-handled; got != fmt.Sprintf("%04d", i) {
			t.Errorf("got %s; want %04d", got, i)
		}
	}
}

func TestWhatRunHadTakenIsCounted(t *testing.T) {
	s := startScripted(t, inject(numbered(100)...))
	set := quick()
	set.HandlerBytes = 1330
	o := newObserver(t, set)
	hold, called := make(chan struct{}), make(chan struct{}, 100)
	o.Handle(filter(t, "a"), func(history.Message) { called <- struct{}{}; <-hold })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.Run(ctx) }()
	o.Connect(s.profile())
	o.Subscribe(filter(t, "a"), 0)
	<-called
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want that the context ended", err)
	}
	defer close(hold)
	ctx, cancel = context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.connection(1).raw(message("a", "last", 0, 0)...)
	for last := false; !last; {
		if err := o.take(ctx); err != nil {
			t.Fatal(err)
		}
		if end := o.History.End(); end > 0 {
			m, _ := o.History.At(end - 1)
			last = string(m.Payload) == "last"
		}
	}
	if o.unhandled != 91 {
		t.Errorf("got %d counted; want 91 of 101", o.unhandled)
	}
}

func TestCloseWaitsForTheFunctionThatRuns(t *testing.T) {
	s := startScripted(t, inject(message("a", "1", 0, 0), message("a", "2", 0, 0)))
	r := run(t, quick())
	hold, called := make(chan struct{}), make(chan struct{}, 2)
	r.Handle(filter(t, "a"), func(m history.Message) { called <- struct{}{}; <-hold })
	r.Connect(s.profile())
	r.Subscribe(filter(t, "a"), 0)
	<-called
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Close(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want that it waits", err)
	}
	close(hold)
	if err := r.Close(context.Background()); err != nil {
		t.Errorf("got %v; want nil", err)
	}
	if len(called) > 0 {
		t.Error("got a call after Close; want none")
	}
	r.Handle(filter(t, "a"), nil)() // does nothing
}
