package client_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"go.uber.org/goleak"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport"
	"example.com/thingdeck/client/transport/sigv4"
)

func TestTry(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	_, profile, stop := startBroker(t, "127.0.0.1:0")
	got := client.Try(t.Context(), profile, client.Settings{})
	if !got.OK() || got.ClientID == "" || got.Took <= 0 {
		t.Errorf("got %+v; want a connection", got)
	}
	stop()
	if got := client.Try(t.Context(), profile, client.Settings{}); got.OK() || len(got.Why.Causes) == 0 {
		t.Errorf("got %+v; want a reason with causes", got)
	}
	goleak.VerifyNone(t, ignore)
}

func TestTryIsGivenUp(t *testing.T) {
	reached := make(chan struct{})
	s := startScripted(t, func(_ *scriptedConn, p packets.ControlPacket) bool {
		if _, ok := p.(*packets.ConnectPacket); ok {
			close(reached)
		}
		return true // and never answers
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	if got := client.Try(ctx, s.profile(), client.Settings{}); got.OK() {
		t.Errorf("got %+v; want it given up", got)
	}
}

// askingRole is credentials that want a code.
type askingRole struct{}

func (askingRole) Retrieve(context.Context) (sigv4.Credentials, error) {
	return sigv4.Credentials{}, fmt.Errorf("find AWS credentials: %w", sigv4.ErrMFA)
}

func TestAReasonTellsThatACodeIsWanted(t *testing.T) {
	b, err := client.ParseBroker("wss://127.0.0.1:1/mqtt")
	if err != nil {
		t.Fatal(err)
	}
	p := client.Profile{Broker: b, AWS: true}
	p.Transport.SigV4 = &transport.SigV4{Region: "eu-west-1", Credentials: askingRole{}}
	if got := client.Try(t.Context(), p, client.Settings{}); !got.Why.WantsMFA() {
		t.Errorf("got %+v; want it to want a code", got.Why)
	}
	if (client.Reason{Text: "x"}).WantsMFA() {
		t.Error("every reason wants a code")
	}
}
