package shadow_test

import (
	"context"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/shadow"
)

// What joins a Manager to a Session in the examples must also hold when the connection is lost.
func TestTheExampleOutlivesItsConnection(t *testing.T) {
	server := startLocal()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	session, disconnect := connect(server, "console")
	defer disconnect()
	lamp, err := Join(session, shadow.Name{Thing: "lamp"}, shadow.Options{}, func(shadow.Result) {})
	if err != nil {
		t.Fatal(err)
	}
	defer lamp.Leave()
	lost := make(chan struct{}, 10)
	session.HandleEvents(func(e client.Event) {
		if _, ok := e.(client.Reconnecting); ok {
			lost <- struct{}{}
		}
	})
	if err := lamp.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	_, disconnectOther := connect(server, "console") // takes the client ID over
	select {
	case <-lost:
	case <-ctx.Done():
		t.Fatal(ctx.Err())
	}
	disconnectOther()
	answer, err := lamp.Ask(ctx, (*shadow.Manager).Get)
	if r, ok := answer.(shadow.Rejected); !ok || r.Code != 404 || err != nil {
		t.Errorf("got %+v, %v; want 404 on the new connection", answer, err)
	}
}
