package broker

import (
	"crypto/sha256"
	"crypto/x509"
)

// Action is what a client wants to do, in the words of AWS IoT policies.
type Action string

// The actions that are asked for.
const (
	ActConnect       Action = "iot:Connect"
	ActPublish       Action = "iot:Publish"
	ActRetainPublish Action = "iot:RetainPublish"
	ActSubscribe     Action = "iot:Subscribe"
	ActReceive       Action = "iot:Receive"

	// Over HTTP only.
	ActGetRetained   Action = "iot:GetRetainedMessage"
	ActListRetained  Action = "iot:ListRetainedMessages"
	ActGetShadow     Action = "iot:GetThingShadow"
	ActUpdateShadow  Action = "iot:UpdateThingShadow"
	ActDeleteShadow  Action = "iot:DeleteThingShadow"
	ActListOfShadows Action = "iot:ListNamedShadowsForThing"
)

// Request is one question to an Authorizer.
type Request struct {
	Action      Action
	ClientID    string
	Topic       string // topic, filter as sent for ActSubscribe, THING or THING/SHADOW for shadows; "" for ActConnect
	Certificate *x509.Certificate
	Address     string // IP address of the client, "" while it is away
	Persistent  bool   // ActConnect: the client wants a session that outlives the connection
	Will        bool   // ActConnect: the client leaves a will
	WillTopic   string // of the will
}

// Authorizer decides what clients may do. It is called by many goroutines, for each delivered message too.
type Authorizer interface {
	// Authorize answers a request and, when it says no, explains in one line.
	Authorize(Request) (allowed bool, why string)
}

func (b *Broker) allowed(r Request) (bool, string) {
	if b.opt.Authorize == nil {
		return true, ""
	}
	ok, why := b.opt.Authorize.Authorize(r)
	if !ok && why == "" {
		why = "not allowed by policy: " + string(r.Action)
	}
	return ok, why
}

func (c *Conn) ask(action Action, topic string) (bool, string) {
	if c.b.opt.Authorize == nil {
		return true, ""
	}
	return c.b.allowed(Request{
		Action: action, ClientID: c.id, Topic: topic, Certificate: c.peer.Certificate, Address: c.address(),
	})
}

func fingerprint(cert *x509.Certificate) []byte {
	sum := sha256.Sum256(cert.Raw)
	return sum[:]
}
