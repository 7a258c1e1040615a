package client_test

import (
	"context"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/local"
)

// startLocal runs the local AWS IoT on TCP and returns how to connect to it.
func startLocal(t *testing.T) client.Profile {
	t.Helper()
	server, err := local.Start(context.Background(), local.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return profileOf(t, server.Addr().String())
}

// stubborn connects with a client ID whenever it is not connected, as most programs do.
func stubborn(t *testing.T, p client.Profile, id string) (stop func()) {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + p.Broker.Address()).SetClientID(id).
		SetAutoReconnect(true).SetMaxReconnectInterval(50 * time.Millisecond))
	if token := c.Connect(); !token.WaitTimeout(patience) || token.Error() != nil {
		t.Fatalf("the other client: %v", token.Error())
	}
	return func() { c.Disconnect(0) }
}

// Two clients fight for one client ID, each connecting again when the other took it. This one gives in and says why; under another
// client ID it stands, with the subscriptions and with what waited to be published.
func TestTwoClientsWithOneClientID(t *testing.T) {
	o := newObserver(t, quick())
	profile := startLocal(t)
	profile.ClientID = "lamp"
	o.Subscribe(filter(t, "a"), 1)
	id := o.Connect(profile)
	await[client.Subscribed](o)
	stop := stubborn(t, profile, "lamp")
	r, _ := await[client.Refused](o)
	if r.ID != id || r.Why.Text != "another client uses the client ID lamp" || !r.Why.WantsClientID() ||
		len(r.Why.Causes) == 0 || !strings.Contains(r.Why.Causes[0], "another program or window uses the client ID lamp") {
		t.Errorf("got %+v; want that another client uses the ID", r)
	}

	o.Retry() // the other is still there: one more close is enough
	await[client.Connected](o)
	if r, _ := await[client.Refused](o); !r.Why.WantsClientID() {
		t.Errorf("got %+v; want it refused again", r)
	}

	o.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("waited"), QoS: 1})
	await(o, step(client.Waiting))
	o.RetryAs("")
	c, _ := await[client.Connected](o)
	if !strings.HasPrefix(c.ClientID, "lamp-") || c.ID != id {
		t.Errorf("got %+v; want a client ID that begins with lamp-", c)
	}
	await(o, step(client.Acknowledged))
	o.awaitMessages(1)

	o.RetryAs("$no\x00")
	if r, _ := await[client.Refused](o); !strings.Contains(r.Why.Text, "client ID") {
		t.Errorf("got %+v; want the client ID refused", r)
	}
	stop()
	o.RetryAs("lamp")
	if c, _ := await[client.Connected](o); c.ClientID != "lamp" {
		t.Errorf("got %+v; want lamp", c)
	}
}

// A broker that goes down between the closes has another reason for them.
func TestClosesOfABrokerThatFailsAreNoFight(t *testing.T) {
	s := startScripted(t, func(c *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.ConnectPacket); ok && c.number%2 == 1 {
			c.raw(0x20, 2, 0, 3)
			return true
		}
		c.answer(p)
		c.Close()
		return true
	})
	o := newObserver(t, quick())
	o.Connect(s.profile())
	for range 5 {
		await(o, func(r client.Reconnecting) bool { return r.Lost })
	}
}

func TestAMadeUpClientIDKeepsToTheLimits(t *testing.T) {
	o := newObserver(t, quick())
	profile := startLocal(t)
	profile.ClientID, profile.Limits = strings.Repeat("é", 64), client.AWSLimits()
	o.Connect(profile)
	await[client.Connected](o)
	o.RetryAs("")
	if c, _ := await[client.Connected](o); len(c.ClientID) > 128 || !strings.HasPrefix(c.ClientID, strings.Repeat("é", 61)+"-") {
		t.Errorf("got %q, %d bytes", c.ClientID, len(c.ClientID))
	}
}
