package service_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/thingdeck/shadow/service"
	"example.com/thingdeck/shadow/service/casetest"
)

// TestCases runs the conformance cases directly against the engine.
func TestCases(t *testing.T) {
	for _, file := range []string{"testdata/cases.json", "testdata/more.json"} {
		cases, rest, err := casetest.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(file, func(t *testing.T) {
			e := newEngine(t, service.Options{})
			casetest.Run(t, slices.Concat(cases, rest), 0, e.open)
		})
	}
}

// engine is a Service with a clock that is moved by hand and hands replies to its clients.
type engine struct {
	service *service.Service
	handler http.Handler

	mu      sync.Mutex
	now     time.Time
	clients []*client
}

func newEngine(t *testing.T, o service.Options) *engine {
	t.Helper()
	s, err := service.New(o)
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{service: s, now: time.Unix(1790000000, 0)}
	e.handler = s.Handler(e.deliver, e.clock)
	return e
}

func (e *engine) clock() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *engine) deliver(replies []service.Reply) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range replies {
		for _, c := range e.clients {
			if slices.ContainsFunc(c.prefixes, func(p string) bool { return isAnswer(p, r.Topic) }) {
				c.inbox = append(c.inbox, casetest.Message{Topic: r.Topic, Payload: r.Payload, QoS: 1})
			}
		}
	}
}

func isAnswer(prefix, topic string) bool {
	suffix, ok := strings.CutPrefix(topic, prefix+"/")
	return ok && strings.Count(suffix, "/") == 1
}

func (e *engine) open(t *testing.T) casetest.Client {
	c := &client{engine: e}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.clients = append(e.clients, c)
	return c
}

type client struct {
	*engine
	prefixes []string
	inbox    []casetest.Message
}

func (c *client) Subscribe(prefixes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.prefixes = prefixes
}

func (c *client) Publish(topic string, payload []byte) {
	c.deliver(c.service.Handle(topic, payload, c.clock()))
}

func (c *client) Receive(time.Duration) (casetest.Message, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.inbox) == 0 {
		return casetest.Message{}, false
	}
	m := c.inbox[0]
	c.inbox = c.inbox[1:]
	return m, true
}

func (c *client) Settle() {}

func (c *client) Advance(seconds int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Duration(seconds) * time.Second)
}

func (c *client) HTTP(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, httptest.NewRequest(r.Method, r.URL.String(), r.Body))
	return w.Result()
}
