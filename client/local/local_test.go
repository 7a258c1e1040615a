package local

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds every wait of the tests.
const patience = 20 * time.Second

// start serves on free ports for the length of a test.
func start(t *testing.T, opt Options) *Server {
	t.Helper()
	if opt.Listen == "" {
		opt.Listen = "127.0.0.1:0"
	}
	s, err := Start(context.Background(), opt)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// testClient is a paho client that keeps what it gets.
type testClient struct {
	mqtt.Client
	t   testing.TB
	got chan mqtt.Message
}

func dial(t testing.TB, s *Server, id string) *testClient {
	t.Helper()
	return dialWith(t, mqtt.NewClientOptions().AddBroker("tcp://"+s.Addr().String()).SetClientID(id))
}

func dialWith(t testing.TB, opt *mqtt.ClientOptions) *testClient {
	t.Helper()
	d := &testClient{t: t, got: make(chan mqtt.Message, 100000)}
	opt.SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(patience).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { d.got <- m })
	d.Client = mqtt.NewClient(opt)
	d.done(d.Connect())
	t.Cleanup(func() { d.Disconnect(50) })
	return d
}

func (d *testClient) done(token mqtt.Token) {
	d.t.Helper()
	if !token.WaitTimeout(patience) {
		d.t.Fatal("no answer from the broker")
	}
	if err := token.Error(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *testClient) subscribe(filters ...string) {
	d.t.Helper()
	for _, f := range filters {
		d.done(d.Subscribe(f, 1, nil))
	}
}

func (d *testClient) next() mqtt.Message {
	d.t.Helper()
	select {
	case m := <-d.got:
		return m
	case <-time.After(patience):
		d.t.Fatal("no message came")
		return nil
	}
}

// until reads messages until one is wanted.
func (d *testClient) until(want func(mqtt.Message) bool) mqtt.Message {
	d.t.Helper()
	for {
		if m := d.next(); want(m) {
			return m
		}
	}
}

func TestMessageReachesSubscriber(t *testing.T) {
	s := start(t, Options{Strict: true})
	sub, pub := dial(t, s, "sub"), dial(t, s, "pub")
	sub.subscribe("a/+")
	pub.done(pub.Publish("a/b", 1, false, "hello"))
	m := sub.next()
	if m.Topic() != "a/b" || string(m.Payload()) != "hello" || m.Qos() != 1 || m.Retained() {
		t.Errorf("got %s %q QoS %d retained %v; want a/b hello QoS 1 live", m.Topic(), m.Payload(), m.Qos(), m.Retained())
	}
}

func TestListenersHaveRealPorts(t *testing.T) {
	s := start(t, Options{})
	want := "mqtt://" + s.Addr().String()
	if got := s.Listeners(); len(got) != 1 || got[0] != want || strings.HasSuffix(want, ":0") {
		t.Errorf("got %v; want [%s]", got, want)
	}
}

func TestAddressInUseIsRecognised(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = Start(context.Background(), Options{Listen: ln.Addr().String()})
	if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "--listen "+ln.Addr().String()) {
		t.Errorf("got %v; want EADDRINUSE that names the flag and the address", err)
	}
}

func TestServerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Start(ctx, Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	s.Close()
	s.Close()
	if _, err := net.Dial("tcp", s.Addr().String()); err == nil {
		t.Error("still listening after the context ended")
	}
}

// echoShadows answers each update of a thing with its payload on two topics.
func echoShadows(topic string, payload []byte, _ time.Time, publish func(string, []byte)) bool {
	if !strings.HasSuffix(topic, "/update") {
		return false
	}
	publish(topic+"/accepted", payload)
	publish(topic+"/documents", payload)
	return true
}

func TestRequestIsSeenBeforeItsAnswers(t *testing.T) {
	s := start(t, Options{Strict: true, Shadows: ShadowsFunc(echoShadows)})
	d := dial(t, s, "d")
	d.subscribe("$aws/things/T/shadow/update", "$aws/things/T/shadow/update/+")
	d.done(d.Publish("$aws/things/T/shadow/update", 1, false, "{}"))
	for _, want := range []string{"update", "update/accepted", "update/documents"} {
		m := d.next()
		if got := strings.TrimPrefix(m.Topic(), "$aws/things/T/shadow/"); got != want || m.Qos() != 1 || m.Retained() {
			t.Errorf("got %s QoS %d retained %v; want %s QoS 1 live", got, m.Qos(), m.Retained(), want)
		}
	}
}

func TestWindowedFloodLosesNothing(t *testing.T) {
	s := start(t, Options{Strict: true, Shadows: ShadowsFunc(echoShadows), Notice: func(n Notice) { t.Errorf("notice: %+v", n) }})
	d := dial(t, s, "d")
	d.subscribe("$aws/things/+/shadow/update/accepted")
	const clients, each = 4, 1000
	var wg sync.WaitGroup
	for i := range clients {
		p := dial(t, s, fmt.Sprint("p", i))
		wg.Go(func() {
			slots := make(chan mqtt.Token, 100)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for token := range slots {
					if !token.WaitTimeout(patience) || token.Error() != nil {
						t.Errorf("publish: %v", token.Error())
					}
				}
			}()
			for n := range each {
				slots <- p.Publish(fmt.Sprintf("$aws/things/T%d/shadow/update", i), 1, false, fmt.Sprint(n))
			}
			close(slots)
			<-done
		})
	}
	next := map[string]int{}
	for range clients * each {
		m := d.next()
		if got, want := string(m.Payload()), fmt.Sprint(next[m.Topic()]); got != want {
			t.Fatalf("%s: got %s; want %s", m.Topic(), got, want)
		}
		next[m.Topic()]++
	}
	wg.Wait()
}

func TestServeAnnouncesItsListeners(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out lines
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, ServeOptions{Options: Options{Listen: "127.0.0.1:0"}}, &out, &lines{}) }()
	deadline := time.Now().Add(patience)
	for !strings.HasSuffix(out.String(), "ready\n") {
		if time.Now().After(deadline) {
			t.Fatalf("got %q; want a line ready", out.String())
		}
		time.Sleep(time.Millisecond)
	}
	if got := strings.Split(out.String(), "\n"); len(got) != 3 || !strings.HasPrefix(got[0], "mqtt://127.0.0.1:") {
		t.Errorf("got %q; want a URL and ready", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("got %v; want nil", err)
	}
}

// lines is a writer for two goroutines.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
