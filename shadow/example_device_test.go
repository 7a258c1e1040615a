package shadow_test

import (
	"context"
	"fmt"
	"time"

	"example.com/thingdeck/shadow"
)

// A device subscribes to the answers that it needs only: to its own updates, and to the deltas, which it obeys. Join is the
// one of the example of this package.
func ExampleOptions() {
	server := startLocal()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()

	deviceSession, disconnect := connect(server, "lamp")
	defer disconnect()
	var device *ThingShadow
	obeyed := make(chan struct{})
	tell := func(result shadow.Result) {
		show(result)
		switch r := result.(type) {
		case shadow.Differs:
			_, err := device.Send(func(m *shadow.Manager, now time.Time) shadow.Request {
				return m.Update(shadow.ObjectOf(shadow.Member{Key: "reported", Value: r.Delta.State}), 0, now)
			})
			if err != nil {
				fmt.Println(err)
			}
		case shadow.Accepted:
			close(obeyed)
		}
	}
	name := shadow.Name{Thing: "lamp"}
	needed := shadow.Options{Answers: []string{"update/accepted", "update/rejected", "update/delta"}}
	var err error
	if device, err = Join(deviceSession, name, needed, tell); err != nil {
		panic(err)
	}
	defer device.Leave()
	if err := device.Ready(ctx); err != nil {
		panic(err)
	}

	appSession, disconnectApp := connect(server, "app")
	defer disconnectApp()
	app, err := Join(appSession, name, shadow.Options{Wildcards: true}, func(shadow.Result) {})
	if err != nil {
		panic(err)
	}
	defer app.Leave()
	answer, err := app.Ask(ctx, func(m *shadow.Manager, now time.Time) shadow.Request {
		return m.Create(state(`{"desired":{"on":true}}`), now)
	})
	if _, ok := answer.(shadow.Accepted); !ok {
		panic(fmt.Sprint("create: ", answer, err))
	}
	<-obeyed
	// Output:
	// connected as lamp
	// connected as app
	// differs: {"on":true}
	// update accepted, version 2
}
