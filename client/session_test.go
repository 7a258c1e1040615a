package client_test

import (
	"testing"

	"example.com/thingdeck/client"
)

func TestPublishAndReceive(t *testing.T) {
	_, profile, _ := startBroker(t, "127.0.0.1:0")
	o := newObserver(t, client.Settings{})
	o.Connect(profile)
	if c, _ := await[client.Connected](o); c.Endpoint != profile.Broker.String() || c.ClientID == "" {
		t.Errorf("got %+v; want endpoint %s and a client ID", c, profile.Broker)
	}
	id := o.Subscribe(filter(t, "a/#"), 1)
	if s, _ := await[client.Subscribed](o); s.ID != id || s.Granted != 1 || s.Err != nil {
		t.Fatalf("got %+v; want the answer to %d with QoS 1", s, id)
	}
	for qos := range byte(3) {
		id = o.Publish(client.Message{Topic: topic(t, "a/b"), Payload: []byte{0, 0xff, 'x', qos}, QoS: qos})
		last := client.Acknowledged
		if qos == 0 {
			last = client.Sent
		}
		if p, _ := await(o, step(last)); p.ID != id || !p.Final() {
			t.Errorf("QoS %d: got %+v; want the last step of %d", qos, p, id)
		}
	}
	o.awaitMessages(3)
	for qos := range uint64(3) {
		m, _ := o.History.At(qos)
		if got, want := string(m.Payload), string([]byte{0, 0xff, 'x', byte(qos)}); got != want || m.Topic != "a/b" {
			t.Errorf("message %d: got %q on %q; want %q on a/b", qos, got, m.Topic, want)
		}
	}
}
