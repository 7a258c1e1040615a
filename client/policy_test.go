package client_test

import (
	"context"
	"testing"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/client/local/policy"
)

// The local AWS IoT answers as AWS does: it closes for a publish that is not allowed.
func TestAPolicyThatForbidsAPublishIsNamed(t *testing.T) {
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iot:*","Resource":"*"},
		{"Effect":"Deny","Action":"iot:Publish","Resource":"arn:aws:iot:*:*:topic/secret"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	o := newObserver(t, quick())
	server, err := local.Start(context.Background(), local.Options{Listen: "127.0.0.1:0", Authorize: local.Policies(doc)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	o.Connect(profileOf(t, server.Addr().String()))
	o.Subscribe(filter(t, "open"), 1)
	await[client.Subscribed](o)
	id := o.Publish(client.Message{Topic: topic(t, "secret"), QoS: 1})
	const why = "closed right after publishing to secret: not allowed?"
	if p, _ := await(o, step(client.Failed)); p.ID != id || errText(p.Err) != why {
		t.Errorf("got %+v; want %q", p, why)
	}
	if r, _ := await[client.Refused](o); r.Why.Text != why {
		t.Errorf("got %+v; want %q", r, why)
	}
	o.Retry()
	await(o, func(e client.Subscribed) bool { return e.Filter == filter(t, "open") && e.Err == nil })
}
