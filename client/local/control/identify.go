package control

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"

	"example.com/thingdeck/client/local/policy"
)

// Identity is what the registry knows of a client that shows a registered certificate. It must not be changed.
type Identity struct {
	// Refused says why the certificate may do nothing at all: it is not ACTIVE, or no policy is attached to it. It is ""
	// when Policies decide.
	Refused       string
	Policies      []*policy.Document  // attached to the certificate
	CertificateID string              // see policy.CertificateID
	Certificate   map[string][]string // see policy.CertificateValues
	// Thing, ThingType and Attributes describe the thing behind the connection: the one that the certificate is
	// attached to and that is named like the client ID, or that it is exclusively attached to. Empty without one. So
	// AWS's pages "Thing policy variables" and "Thing policy examples" say.
	Thing, ThingType string
	Attributes       map[string]string
}

// grant is what all connections with a certificate have in common.
type grant struct {
	Identity
	things    map[string]*thing
	exclusive *thing
}

// mostKnown bounds the cache of Identify.
const mostKnown = 4096

// Identify tells who a client is by its certificate, and false when that is none or was not registered here. clientID is
// that of its MQTT connection, "" over HTTP. What it tells is true for now: ask again for each action.
func (r *Registry) Identify(cert *x509.Certificate, clientID string) (Identity, bool) {
	if cert == nil {
		return Identity{}, false
	}
	sum := sha256.Sum256(cert.Raw)
	r.mu.RLock()
	g, found := r.known[sum]
	r.mu.RUnlock()
	if !found {
		g = r.grant(sum, cert)
	}
	if g == nil {
		return Identity{}, false
	}
	id := g.Identity
	if clientID == "" {
		return id, true
	}
	t := g.exclusive
	if t == nil {
		t = g.things[clientID]
	}
	if t != nil {
		id.Thing, id.ThingType, id.Attributes = t.Name, t.Type, t.Attributes
	}
	return id, true
}

// grant looks a certificate up and keeps what it finds until the registry changes.
func (r *Registry) grant(sum [sha256.Size]byte, cert *x509.Certificate) *grant {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= mostKnown {
		clear(r.known)
	}
	id := hex.EncodeToString(sum[:])
	c := r.certs[id]
	if c == nil {
		r.known[sum] = nil
		return nil
	}
	g := &grant{things: map[string]*thing{}}
	g.CertificateID, g.Certificate = id, policy.CertificateValues(cert)
	for _, name := range c.Policies {
		g.Policies = append(g.Policies, r.policies[name].parsed)
	}
	for _, a := range c.Things {
		g.things[a.Thing] = r.things[a.Thing]
		if a.Exclusive {
			g.exclusive = r.things[a.Thing]
		}
	}
	switch {
	case c.Status == deleted:
		g.Refused = "the certificate was deleted"
	case c.Status != active:
		g.Refused = "the certificate is " + c.Status
	case len(g.Policies) == 0:
		g.Refused = "no policy is attached to the certificate"
	}
	r.known[sum] = g
	return g
}
