package local

import (
	"fmt"
	"net/netip"
	"os"

	"example.com/thingdeck/client/local/broker"
	"example.com/thingdeck/client/local/control"
	"example.com/thingdeck/client/local/policy"
)

// PolicyFile reads an AWS IoT policy that then holds for every client. Warnings are what the document says to no effect.
func PolicyFile(file string) (a Authorizer, warnings []string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("--policy: %w", err)
	}
	doc, err := policy.Parse(b)
	if err != nil {
		return nil, nil, fmt.Errorf("--policy %s: %w", file, err)
	}
	return Policies(doc), doc.Warnings(), nil
}

// Policies is an Authorizer by AWS IoT policies, all of which are attached to every client. A thing is known by its
// client ID, as AWS's policy variables see it.
func Policies(docs ...*policy.Document) Authorizer { return policies(docs) }

type policies []*policy.Document

// action is a broker's action as policies name it, the zero Action for one that they do not know.
func action(a broker.Action) policy.Action {
	switch a {
	case broker.ActConnect:
		return policy.Connect
	case broker.ActPublish:
		return policy.Publish
	case broker.ActRetainPublish:
		return policy.RetainPublish
	case broker.ActSubscribe:
		return policy.Subscribe
	case broker.ActReceive:
		return policy.Receive
	case broker.ActGetRetained:
		return policy.GetRetainedMessage
	case broker.ActListRetained:
		return policy.ListRetainedMessages
	case broker.ActGetShadow:
		return policy.GetThingShadow
	case broker.ActUpdateShadow:
		return policy.UpdateThingShadow
	case broker.ActDeleteShadow:
		return policy.DeleteThingShadow
	case broker.ActListOfShadows:
		return policy.ListNamedShadowsForThing
	}
	return 0
}

// Authorize answers with the policies.
func (p policies) Authorize(r broker.Request) (bool, string) {
	who := &policy.Context{ThingName: r.ClientID}
	if r.Certificate != nil {
		who.ThingAttached = true
		who.CertificateID = policy.CertificateID(r.Certificate)
		who.Certificate = policy.CertificateValues(r.Certificate)
	}
	return decide(p, r, who)
}

// authorizer asks the policies of a client's certificate where it is registered, and Options.Authorize otherwise.
func (s *Server) authorizer() Authorizer {
	if s.opt.TLSListen == "" && s.opt.WSSListen == "" {
		return s.opt.Authorize // nobody shows a certificate
	}
	return registered{s.registry, s.opt.Authorize}
}

type registered struct {
	registry *control.Registry
	others   Authorizer // nil allows everything
}

// Authorize answers with the policies attached to the certificate, or with those for others.
func (a registered) Authorize(r broker.Request) (bool, string) {
	id, ok := a.registry.Identify(r.Certificate, r.ClientID)
	switch {
	case ok && id.Refused != "":
		return false, id.Refused
	case ok:
		return decide(id.Policies, r, &policy.Context{
			CertificateID: id.CertificateID, Certificate: id.Certificate,
			ThingName: id.Thing, ThingType: id.ThingType, ThingAttributes: id.Attributes, ThingAttached: id.Thing != "",
		})
	case a.others == nil:
		return true, ""
	}
	return a.others.Authorize(r)
}

// decide asks policies for a request of a client, of whom who says what only the certificate and the registry tell.
func decide(docs []*policy.Document, r broker.Request, who *policy.Context) (bool, string) {
	who.ClientID, who.LastWillTopic = r.ClientID, r.WillTopic
	who.SourceIP, _ = netip.ParseAddr(r.Address)
	ask := policy.Request{Action: action(r.Action), Resource: r.Topic, Context: who}
	if r.Action == broker.ActConnect {
		ask.Resource = r.ClientID
		if r.Persistent {
			who.ConnectAttributes = append(who.ConnectAttributes, policy.PersistentConnect)
		}
		if r.Will {
			who.ConnectAttributes = append(who.ConnectAttributes, policy.LastWill)
		}
	}
	d := policy.Evaluate(docs, ask)
	if d.Allowed {
		return true, ""
	}
	return false, d.Reason()
}
