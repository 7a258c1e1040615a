package local

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/shadow/service"
	"example.com/thingdeck/shadow/service/casetest"
)

// TestShadowCases runs the conformance cases of the shadow service through the broker, as a device meets them.
func TestShadowCases(t *testing.T) {
	svc, err := service.New(service.Options{})
	if err != nil {
		t.Fatal(err)
	}
	clock := &Clock{}
	s := startHTTP(t, Options{Clock: clock, Shadows: join(svc), HTTP: func(s *Server) http.Handler {
		return svc.Handler(func(replies []service.Reply) {
			for _, r := range replies {
				if err := s.Answer(r.Topic, r.Payload); err != nil {
					t.Error(err)
				}
			}
		}, clock.Now)
	}})
	for _, file := range []string{"cases.json", "more.json"} {
		cases, rest, err := casetest.Load("../../shadow/service/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(file, func(t *testing.T) {
			casetest.Run(t, append(cases, rest...), patience,
				func(t *testing.T) casetest.Client {
					id := strings.Map(func(r rune) rune {
						if r == '#' || r == '+' {
							return '-'
						}
						return r
					}, t.Name())
					return &caseClient{testClient: dial(t, s, id), s: s, clock: clock}
				})
		})
	}
}

// caseClient is a paho client as a case sees it.
type caseClient struct {
	*testClient
	s     *Server
	clock *Clock
	held  []mqtt.Message // came before Settle asked
}

// Subscribe subscribes to the answers.
func (c *caseClient) Subscribe(prefixes []string) {
	c.subscribe(c.settled())
	for _, p := range prefixes {
		// One filter for each operation: a case with many shadows stays below 50 subscriptions.
		filters := map[string]byte{p + "/get/+": 1, p + "/update/+": 1, p + "/delete/+": 1}
		c.done(c.SubscribeMultiple(filters, nil))
	}
}

// Publish publishes a request.
func (c *caseClient) Publish(topic string, payload []byte) {
	c.done(c.Client.Publish(topic, 1, false, payload))
}

// Receive returns the next answer.
func (c *caseClient) Receive(wait time.Duration) (casetest.Message, bool) {
	if len(c.held) > 0 {
		m := c.held[0]
		c.held = c.held[1:]
		return message(m), true
	}
	select {
	case m := <-c.got:
		return message(m), true
	case <-time.After(wait):
		return casetest.Message{}, false
	}
}

func message(m mqtt.Message) casetest.Message {
	return casetest.Message{Topic: m.Topic(), Payload: m.Payload(), QoS: m.Qos(), Retain: m.Retained()}
}

func (c *caseClient) settled() string {
	r := c.OptionsReader()
	return "settled/" + strings.ReplaceAll(r.ClientID(), "/", "-")
}

// Settle waits for a message to itself: the broker keeps their order.
func (c *caseClient) Settle() {
	c.Publish(c.settled(), nil)
	for m := c.next(); m.Topic() != c.settled(); m = c.next() {
		c.held = append(c.held, m)
	}
}

// Advance moves the server's clock.
func (c *caseClient) Advance(seconds int64) { c.clock.Advance(time.Duration(seconds) * time.Second) }

// HTTP sends a request to the HTTP listener and keeps the answer.
func (c *caseClient) HTTP(r *http.Request) *http.Response {
	base, err := url.Parse(c.s.Listeners()[1])
	if err != nil {
		c.t.Fatal(err)
	}
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	kept := httptest.NewRecorder()
	for k, v := range resp.Header {
		kept.Header()[k] = v
	}
	kept.WriteHeader(resp.StatusCode)
	if _, err := kept.Body.ReadFrom(resp.Body); err != nil {
		c.t.Fatal(err)
	}
	return kept.Result()
}
