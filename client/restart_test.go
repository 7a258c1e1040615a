package client_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
)

// restarts is how often a broker is restarted: THINGDECK_RESTARTS, or 3.
func restarts(t *testing.T) int {
	text := os.Getenv("THINGDECK_RESTARTS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 {
		t.Fatalf("THINGDECK_RESTARTS: got %q; want a number of at least 2", text)
	}
	return n
}

// brokers are those that are restarted. They run when given; stop ends them without a word.
var brokers = []struct {
	name string
	run  func(t *testing.T) (profile client.Profile, stop, start func())
}{
	{"local AWS IoT", func(t *testing.T) (client.Profile, func(), func()) {
		address := freeAddress(t)
		var server *local.Server
		start := func() {
			var err error
			if server, err = local.Start(context.Background(), local.Options{Listen: address}); err != nil {
				t.Fatal(err)
			}
		}
		start()
		t.Cleanup(func() { server.Close() })
		return profileOf(t, address), func() { server.Close() }, start
	}},
	{"mosquitto", func(t *testing.T) (client.Profile, func(), func()) {
		profile, b := mosquitto(t, "allow_anonymous true\nuser root\npersistence true\nautosave_on_changes true\nautosave_interval 1\n"+
			"max_queued_messages 0\npersistence_location "+t.TempDir()+"/")
		return profile, b.Kill, b.Restart
	}},
}

// TestABrokerThatIsRestarted kills and restarts brokers under traffic. The Session is back each time, with each of its subscriptions,
// every publish of QoS 1 is acknowledged, and neither goroutines nor memory grow.
func TestABrokerThatIsRestarted(t *testing.T) {
	for _, b := range brokers {
		for _, persistent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, persistent %v", b.name, persistent), func(t *testing.T) {
				o := newObserver(t, quick())
				profile, stop, start := b.run(t)
				profile.ClientID, profile.Persistent = "restarted", persistent
				r := &restarted{observer: o, open: map[client.RequestID]bool{}}
				for i := range 10 { // more than one SUBSCRIBE holds
					r.Subscribe(filter(t, fmt.Sprintf("f%d/#", i)), 1)
				}
				r.Connect(profile)
				for range 10 {
					await(o, func(s client.Subscribed) bool { return s.Err == nil })
				}
				begun := time.Now()
				for round := range restarts(t) {
					r.round(round, stop, start)
				}
				t.Logf("%d restarts in %v: %d publishes, of which %d were sent again; session present %d times; goroutines %d to %d, heap %d to %d KiB",
					restarts(t), time.Since(begun).Round(time.Millisecond), r.published, r.again, r.present,
					r.goroutines[0], r.goroutines[len(r.goroutines)-1], r.heap[0]>>10, r.heap[len(r.heap)-1]>>10)
				r.grew()
			})
		}
	}
}

type restarted struct {
	*observer
	mu                        sync.Mutex
	open                      map[client.RequestID]bool // published and not acknowledged
	published, again, present int
	goroutines                []int
	heap                      []uint64
}

func (r *restarted) publish(name, payload string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.published++
	r.open[r.Publish(client.Message{Topic: topic(r.t, name), Payload: []byte(payload), QoS: 1})] = true
}

// round kills the broker under traffic, publishes while it is away, brings it back and looks at what comes of it.
func (r *restarted) round(n int, stop, start func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var traffic sync.WaitGroup
	traffic.Go(func() {
		every := time.NewTicker(time.Millisecond)
		defer every.Stop()
		for i := 0; ctx.Err() == nil; i++ {
			r.publish(fmt.Sprintf("f%d/traffic", i%10), "x")
			<-every.C
		}
	})
	defer traffic.Wait()
	defer cancel()
	await(r.observer, step(client.Acknowledged))
	stop()
	await(r.observer, func(e client.Reconnecting) bool { return e.Lost })
	want := map[string]bool{}
	for i := range 10 { // queued
		name := fmt.Sprintf("f%d/round", i)
		r.publish(name, fmt.Sprint(n))
		want[name] = true
	}
	await(r.observer, func(e client.Reconnecting) bool { return !e.Lost }) // else it looks like a fight for the client ID
	start()
	if c, _ := await[client.Connected](r.observer); c.SessionPresent {
		r.present++
	}
	cancel()
	traffic.Wait()
	r.settle(n, want)
	r.measure()
}

// settle waits until everything is acknowledged and the queued messages came back through each subscription.
func (r *restarted) settle(n int, want map[string]bool) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	seen, event := uint64(0), 0
	for {
		for ; event < len(r.events); event++ {
			p, ok := r.events[event].(client.Published)
			switch {
			case !ok || !p.Final():
				if ok && p.Again {
					r.again++
				}
			case p.Err != nil:
				r.t.Fatalf("restart %d: %s failed: %v", n+1, p.Topic, p.Err)
			default:
				delete(r.open, p.ID)
			}
		}
		for ; seen < uint64(r.History.Len()); seen++ {
			if m, ok := r.History.At(seen); ok && string(m.Payload) == fmt.Sprint(n) {
				delete(want, m.Topic)
			}
		}
		if len(r.open) == 0 && len(want) == 0 {
			break
		}
		if err := r.take(ctx); err != nil {
			r.t.Fatalf("restart %d: %d publishes not acknowledged, not received on %v: %v", n+1, len(r.open), want, err)
		}
	}
	r.events, r.places, r.next, r.History = nil, nil, 0, history.New(history.Limits{})
}

func (r *restarted) measure() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	r.goroutines, r.heap = append(r.goroutines, runtime.NumGoroutine()), append(r.heap, m.HeapAlloc)
}

// grew compares the first measurements with the last ones. Goroutines of a connection that ends may be seen once more: the least counts.
func (r *restarted) grew() {
	r.t.Helper()
	n := len(r.goroutines)
	first, last := min(r.goroutines[0], r.goroutines[1]), min(r.goroutines[n-1], r.goroutines[n-2])
	if last > first+2 {
		r.t.Errorf("goroutines: got %v; want them not to grow", r.goroutines)
	}
	if a, b := min(r.heap[0], r.heap[1]), min(r.heap[n-1], r.heap[n-2]); b > a+2<<20 {
		r.t.Errorf("heap: %d bytes after the first restarts, %d after the last; want it not to grow", a, b)
	}
}
