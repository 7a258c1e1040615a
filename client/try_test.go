package client_test

import (
	"context"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"go.uber.org/goleak"

	"example.com/thingdeck/client"
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
