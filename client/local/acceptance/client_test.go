package acceptance

import (
	"crypto/rand"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// testClient is an MQTT 3.1.1 client over TCP that keeps what it gets.
type testClient struct {
	mqtt.Client
	t    testing.TB
	got  chan mqtt.Message
	gone chan struct{} // closed once the connection is lost
}

// publishIn bounds how long paho holds a publish that meets the end of its connection; its default is 30 s.
const publishIn = 2 * time.Second

func dial(t testing.TB, s *server) *testClient {
	t.Helper()
	c := &testClient{t: t, got: make(chan mqtt.Message, 10000), gone: make(chan struct{})}
	c.Client = mqtt.NewClient(mqtt.NewClientOptions().AddBroker(s.url("mqtt")).SetClientID(rand.Text()).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(patience).SetWriteTimeout(publishIn).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(c.gone) }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { c.got <- m }))
	c.wait(c.Connect())
	t.Cleanup(func() { c.Disconnect(10) })
	return c
}

// wait fails the test when the broker refuses or does not answer.
func (c *testClient) wait(token mqtt.Token) {
	c.t.Helper()
	if !token.WaitTimeout(patience) {
		c.t.Fatal("no answer from the broker")
	}
	if err := token.Error(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *testClient) subscribe(filters ...string) {
	c.t.Helper()
	for _, f := range filters {
		c.wait(c.Subscribe(f, 1, nil))
	}
}

func (c *testClient) publish(topic, payload string) {
	c.t.Helper()
	c.wait(c.Publish(topic, 1, false, payload))
}

// receive returns the next message.
func (c *testClient) receive() mqtt.Message {
	c.t.Helper()
	select {
	case m := <-c.got:
		return m
	case <-time.After(patience):
		c.t.Fatal("no message came")
		return nil
	}
}
