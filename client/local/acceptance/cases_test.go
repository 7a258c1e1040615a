package acceptance

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/shadow/service/casetest"
)

// TestCases runs the conformance cases of the Device Shadow service, those that do not move the clock side by side.
func TestCases(t *testing.T) {
	s := serve(t, "--http-listen", "127.0.0.1:0", "--test-clock")
	for _, file := range []string{"cases.json", "more.json"} {
		cases, rest, err := casetest.Load("../../../shadow/service/testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(file, func(t *testing.T) {
			casetest.Run(t, slices.Concat(cases, rest), patience, func(t *testing.T) casetest.Client {
				return &caseClient{testClient: dial(t, s), server: s, echo: "settled/" + rand.Text()}
			})
		})
	}
}

// caseClient is an MQTT client as a case sees it.
type caseClient struct {
	*testClient
	server *server
	echo   string         // topic of messages to itself
	held   []mqtt.Message // came before Settle's own
}

// Subscribe subscribes with one filter for each operation: a case with many shadows stays below 50 subscriptions.
func (c *caseClient) Subscribe(prefixes []string) {
	c.subscribe(c.echo)
	for _, p := range prefixes {
		c.wait(c.SubscribeMultiple(map[string]byte{p + "/get/+": 1, p + "/update/+": 1, p + "/delete/+": 1}, nil))
	}
}

// Publish publishes a request.
func (c *caseClient) Publish(topic string, payload []byte) {
	c.wait(c.Client.Publish(topic, 1, false, payload))
}

// Receive returns the next answer.
func (c *caseClient) Receive(wait time.Duration) (casetest.Message, bool) {
	var m mqtt.Message
	if len(c.held) > 0 {
		m, c.held = c.held[0], c.held[1:]
	} else {
		select {
		case m = <-c.got:
		case <-time.After(wait):
			return casetest.Message{}, false
		}
	}
	return casetest.Message{Topic: m.Topic(), Payload: m.Payload(), QoS: m.Qos(), Retain: m.Retained()}, true
}

// Settle waits for a message to itself: the broker keeps their order.
func (c *caseClient) Settle() {
	c.Publish(c.echo, nil)
	for m := c.receive(); m.Topic() != c.echo; m = c.receive() {
		c.held = append(c.held, m)
	}
}

// Advance moves the server's clock.
func (c *caseClient) Advance(seconds int64) {
	resp, err := http.Post(fmt.Sprintf("%s/_thingdeck/clock?seconds=%d", c.server.url("http"), seconds), "", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		c.t.Fatalf("move the clock: got %s; want 200", resp.Status)
	}
}

// HTTP sends a request to the HTTP listener.
func (c *caseClient) HTTP(r *http.Request) *http.Response {
	base := c.server.urls["http"]
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp
}
