package client_test

import (
	"context"
	"fmt"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// Without a screen Run takes what comes and hands it to functions: several on one filter, and those for events. They are
// called one at a time, in the order of arrival.
func ExampleSession_Handle() {
	url, stop := exampleBroker()
	defer stop()
	broker, err := client.ParseBroker(url)
	if err != nil {
		panic(err)
	}
	lamp, _ := client.ParseFilter("lamp/#")
	state, _ := client.ParseTopic("lamp/state")

	s := client.NewSession(nil, client.Settings{})
	disconnected := make(chan struct{})
	s.HandleEvents(func(e client.Event) {
		switch e := e.(type) {
		case client.Connected:
			fmt.Println("connected as", e.ClientID)
		case client.Subscribed:
			if e.Err != nil {
				fmt.Println("not subscribed:", e.Err)
				return
			}
			s.Publish(client.Message{Topic: state, Payload: []byte("on"), QoS: 1})
			s.Publish(client.Message{Topic: state, Payload: []byte("off"), QoS: 1})
		case client.Disconnected:
			fmt.Println("disconnected")
			close(disconnected)
		case client.HandlerPanicked:
			fmt.Println(e.Err)
		}
	})
	var remove func()
	remove = s.Handle(lamp, func(m history.Message) {
		fmt.Println("only once:", string(m.Payload))
		remove()
	})
	s.Handle(lamp, func(m history.Message) {
		fmt.Println("each time:", string(m.Payload))
		if string(m.Payload) == "off" {
			s.Disconnect()
		}
	})

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	s.Connect(client.Profile{Broker: broker, ClientID: "me"})
	s.Subscribe(lamp, 1) // Handle does not subscribe
	<-disconnected
	if err := s.Close(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(<-ended)
	// Output:
	// connected as me
	// only once: on
	// each time: on
	// each time: off
	// disconnected
	// the session is closed
}
