package ui_test

import (
	"context"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/ui/ptytest"
)

// probe is a client beside the program.
type probe struct {
	t *testing.T
	s *client.Session
}

func newProbe(t *testing.T, url string) probe {
	t.Helper()
	b, err := client.ParseBroker(url)
	if err != nil {
		t.Fatal(err)
	}
	s := client.NewSession(nil, client.Settings{})
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	s.Connect(client.Profile{Broker: b})
	return probe{t, s}
}

// until takes what comes until an event satisfies done, and returns the topics of the messages before it.
func (p probe) until(done func(client.Event) bool) (topics []string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	for {
		b, err := p.s.Next(ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		for m := range b.Messages.All() {
			topics = append(topics, m.Topic)
		}
		for _, e := range b.Events {
			if done(e.Event) {
				return topics
			}
		}
	}
}

func (p probe) publish(topic string, retain bool) {
	p.t.Helper()
	to, _ := client.ParseTopic(topic)
	id := p.s.Publish(client.Message{Topic: to, Payload: []byte(`{"n":1}`), QoS: 1, Retain: retain})
	p.until(func(e client.Event) bool {
		step, ok := e.(client.Published)
		return ok && step.ID == id && step.Step == client.Acknowledged
	})
}

// TestTopicTreeByKeyboard opens the tree, clears what is retained below a topic and subscribes to it.
func TestTopicTreeByKeyboard(t *testing.T) {
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	url := server.Listeners()[0]
	other := newProbe(t, url)
	other.publish("keep/a/x", true)
	other.publish("keep/b", true)
	other.publish("live", true)
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Args: []string{"--broker", url, "-t", "keep/a/x", "-t", "keep/b", "-t", "live"}})
	tm.Wait(`● connected`)
	tm.Wait(`keep/b`)
	tm.Send("2T")
	tm.Wait(`topic tree`)
	tm.Wait(`▸ keep +2 `)
	tm.Send("g\x1b[C") // right
	tm.Wait(`▸ a +1 `)
	tm.Wait(`b +1 .* R `)
	tm.Send("D")
	tm.Wait(`Clear retained messages  keep`)
	tm.Wait(`keep/a/x`)
	tm.Send("y")
	tm.Wait(`2 retained messages cleared`)

	late := newProbe(t, url)
	var list []client.Subscription
	for _, topic := range []string{"keep/a/x", "keep/b", "live"} {
		sub, _ := client.ParseSubscription(topic + "@1")
		list = append(list, sub)
	}
	ids := late.s.SubscribeAll(list...)
	late.until(func(e client.Event) bool {
		s, ok := e.(client.Subscribed)
		return ok && s.ID == ids[2]
	})
	to, _ := client.ParseTopic("keep/b")
	last := late.s.Publish(client.Message{Topic: to, Payload: []byte("end"), QoS: 1})
	topics := late.until(func(e client.Event) bool {
		step, ok := e.(client.Published)
		return ok && step.ID == last && step.Final()
	})
	for _, topic := range topics {
		if topic == "keep/a/x" {
			t.Errorf("a late subscriber gets %v", topics)
		}
	}

	tm.Send("a")
	tm.Wait(`subscribed to keep/#`)
	newProbe(t, url).publish("keep/new", false)
	tm.Wait(`new +1 `)
	tm.Send("f")
	tm.Wait(`/ topic:keep/#`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}

// TestPlotByKeyboard plots a number whose key has a dot.
func TestPlotByKeyboard(t *testing.T) {
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	url := server.Listeners()[0]
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 80, H: 24, Args: []string{"--broker", url, "-t", "room/#"}})
	tm.Wait(`● connected`)
	tm.Wait(`room/# +0`)
	other := newProbe(t, url)
	for _, payload := range []string{`{"air.temp":10,"at":1795795939}`, `{"air.temp":30,"at":1795795940}`} {
		to, _ := client.ParseTopic("room/hall")
		id := other.s.Publish(client.Message{Topic: to, Payload: []byte(payload), QoS: 1})
		other.until(func(e client.Event) bool {
			step, ok := e.(client.Published)
			return ok && step.ID == id && step.Final()
		})
	}
	tm.Wait(`"air.temp":30`)
	tm.Send("2zP")
	tm.Wait(`plot of room/hall`)
	tm.Wait(`☑ a .\["air.temp"\] +last 30  min 10  mean 20  max 30  2 points`)
	tm.Wait(`☐ b .at`)
	tm.Send("\x1b[B ") // down, space
	tm.Wait(`☑ b .at`)
	tm.Send("\x1b")
	tm.Gone(`plot of`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}
