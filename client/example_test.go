package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// exampleBroker runs a broker on a free port and returns its URL.
func exampleBroker() (url string, stop func() error) {
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.DiscardHandler), SysTopicResendInterval: 3600})
	listener := listeners.NewTCP(listeners.Config{ID: "tcp", Address: "127.0.0.1:0"})
	for _, err := range []error{server.AddHook(new(allow), nil), server.AddListener(listener), server.Serve()} {
		if err != nil {
			panic(err)
		}
	}
	return "mqtt://" + listener.Address(), server.Close
}

// A Session is told what to do and tells what came of it. One loop takes everything.
func ExampleSession() {
	url, stop := exampleBroker()
	defer stop()
	broker, err := client.ParseBroker(url)
	if err != nil {
		panic(err)
	}
	lamp, _ := client.ParseFilter("lamp/#")
	state, _ := client.ParseTopic("lamp/state")

	s := client.NewSession(nil, client.Settings{})
	s.Connect(client.Profile{Broker: broker, ClientID: "me"})
	s.Subscribe(lamp, 1)
	published := client.RequestID(0)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	messages := history.New(history.Limits{})
	for messages.Len() == 0 {
		batch, err := s.Next(ctx)
		if err != nil {
			panic(err)
		}
		messages.Add(batch.Messages)
		for _, e := range batch.Events {
			switch e := e.Event.(type) {
			case client.Connected:
				fmt.Println("connected as", e.ClientID)
			case client.Reconnecting:
				fmt.Println("not connected:", e.Why)
			case client.Subscribed:
				fmt.Println("subscribed to", e.Filter, "with QoS", e.Granted)
				published = s.Publish(client.Message{Topic: state, Payload: []byte(`{"on":true}`), QoS: 0})
			case client.Published:
				if e.ID == published && e.Err != nil {
					fmt.Println("not published:", e.Err)
				}
			}
		}
	}
	for m := range messages.All() {
		fmt.Printf("%s %s\n", m.Topic, m.Payload)
	}
	if err := s.Close(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// connected as me
	// subscribed to lamp/# with QoS 1
	// lamp/state {"on":true}
}

func ExampleFilter_Matches() {
	f, _ := client.ParseFilter("sensors/#")
	fmt.Println(f.Matches("sensors/kitchen"), f.Matches("sensors"), f.MatchesStandard("sensors"))
	// Output: true false true
}

func ExampleParseSubscription() {
	for _, s := range []string{"sensors/#", "lamp/+/state@1", "a#"} {
		sub, err := client.ParseSubscription(s)
		fmt.Println(sub.Filter, sub.QoS, err)
	}
	// Output:
	// sensors/# 0 <nil>
	// lamp/+/state 1 <nil>
	//  0 a wildcard stands alone in its level: # at 2
}
