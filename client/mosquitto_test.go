package client_test

import (
	"fmt"
	"net"
	"testing"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/mosquittotest"
)

// mosquitto runs one, with lines of its configuration, and is the profile for it.
func mosquitto(t *testing.T, config string) (client.Profile, *mosquittotest.Broker) {
	t.Helper()
	b := mosquittotest.Start(t, "listener %d 127.0.0.1\n"+config)
	return profileOf(t, b.Address()), b
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestMosquitto(t *testing.T) {
	profile, broker := mosquitto(t, "allow_anonymous true")
	o := newObserver(t, quick())
	o.Connect(profile)
	o.Subscribe(filter(t, "a/#"), 2)
	if sub, _ := await[client.Subscribed](o); sub.Granted != 2 {
		t.Errorf("got %+v; want QoS 2", sub)
	}
	publish := func(round string) {
		for qos := range byte(3) {
			o.Publish(client.Message{Topic: topic(t, "a"), Payload: fmt.Append(nil, round, qos), QoS: qos})
		}
		for range 3 {
			await(o, client.Published.Final, func(p client.Published) bool { return p.Err == nil })
		}
	}
	publish("first ")
	broker.Kill()
	broker.Restart()
	await[client.Reconnecting](o)
	if sub, _ := await[client.Subscribed](o); sub.ID != 0 || sub.Err != nil {
		t.Errorf("got %+v; want it restored", sub)
	}
	publish("second ")
	o.awaitMessages(6)
	for i, want := range []string{"first 0", "first 1", "first 2", "second 0", "second 1", "second 2"} {
		if m, _ := o.History.At(uint64(i)); string(m.Payload) != want || m.QoS != byte(i%3) {
			t.Errorf("message %d: got %q with QoS %d; want %q", i, m.Payload, m.QoS, want)
		}
	}
}

func TestMosquittoKeepsASession(t *testing.T) {
	profile, _ := mosquitto(t, "allow_anonymous true")
	profile.ClientID, profile.Persistent = "keeper", true
	o := newObserver(t, quick())
	o.Connect(profile)
	o.Subscribe(filter(t, "a"), 1)
	await[client.Subscribed](o)
	o.Disconnect()
	await[client.Disconnected](o)
	other := besideAnother(t, quick())
	profile.ClientID, profile.Persistent = "", false
	other.Connect(profile)
	await[client.Connected](other)
	other.Publish(client.Message{Topic: topic(t, "a"), Payload: []byte("meanwhile"), QoS: 1})
	await(other, step(client.Acknowledged))
	profile.ClientID, profile.Persistent = "keeper", true
	o.Connect(profile)
	if c, _ := await[client.Connected](o); !c.SessionPresent {
		t.Errorf("got %+v; want the session kept", c)
	}
	o.awaitMessages(1)
}

func TestMosquittoRefuses(t *testing.T) {
	profile, _ := mosquitto(t, "allow_anonymous false")
	o := newObserver(t, quick())
	o.Connect(profile)
	if r, _ := await[client.Refused](o); r.Why.Code != 5 || r.Why.Text != "not authorized (CONNACK 5)" {
		t.Errorf("got %+v; want not authorized", r)
	}
}
