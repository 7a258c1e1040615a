// Package control is the control plane of the local AWS IoT: a registry of things, certificates and policies, the HTTP
// requests with which the AWS CLI and SDKs ("aws iot ...") read and change it, and who a client with a registered
// certificate is.
//
// Requests and answers have the shapes of AWS's API reference for the service "iot". What is there is what registering a
// device needs: things, certificates made by the service, policies with their versions, and what is attached to what.
// Thing types and groups are not there; a thing may name a type that nobody made.
package control

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"example.com/thingdeck/client/local/policy"
)

// Store keeps the registry beyond the process. Private keys never go there.
type Store interface {
	// Load calls f for each record and stops at its first error.
	Load(f func(key string, record []byte) error) error
	// Save keeps a record, an empty one removes it, and returns once that is safe.
	Save(key string, record []byte) error
}

// Where the local AWS IoT says it is.
const (
	DefaultRegion  = "us-east-1"
	DefaultAccount = "123456789012"
)

// Options say how a Registry behaves.
type Options struct {
	Region, Account string // in ARNs; DefaultRegion and DefaultAccount when empty
	// Certs is the folder with the CA that signs certificates, as certs.Open makes it. Without one they are signed by a
	// CA in memory, which no TLS listener knows.
	Certs string
	// Endpoint is the host name at which devices connect. When it is nil or returns "", that is the host to which
	// the request was sent.
	Endpoint func() string
	Strict   bool             // apply AWS's quotas, such as ten policies a certificate
	Store    Store            // nil keeps all in memory
	Now      func() time.Time // time.Now when nil
	Log      *slog.Logger     // discarded when nil. Keys never go there
}

// Registry holds things, certificates and policies. All methods may be called by any goroutine.
type Registry struct {
	opt    Options
	change sync.Mutex // held by whoever changes something, from reading to showing it
	ca     *authority // in memory, made when it is first needed; change guards it
	last   int64      // of the numbers given to records; change guards it

	mu       sync.RWMutex // guards the maps; the records in them never change
	things   map[string]*thing
	certs    map[string]*certificate // by ID, deleted ones too
	policies map[string]*document
	known    map[[sha256.Size]byte]*grant // cache of Identify, by fingerprint; nil for a certificate that is not registered
}

// New makes a registry and fills it from the store.
func New(opt Options) (*Registry, error) {
	if opt.Region == "" {
		opt.Region = DefaultRegion
	}
	if opt.Account == "" {
		opt.Account = DefaultAccount
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	r := &Registry{
		opt: opt, things: map[string]*thing{}, certs: map[string]*certificate{}, policies: map[string]*document{},
		known: map[[sha256.Size]byte]*grant{},
	}
	if opt.Store == nil {
		return r, nil
	}
	if err := opt.Store.Load(r.load); err != nil {
		return nil, fmt.Errorf("load the registry: %w", err)
	}
	return r, r.whole()
}

// whole checks that what the certificates are attached to is there.
func (r *Registry) whole() error {
	for id, c := range r.certs {
		for _, name := range c.Policies {
			if r.policies[name] == nil {
				return fmt.Errorf("load the registry: policy %s, attached to certificate %s, is missing", name, id)
			}
		}
		for _, a := range c.Things {
			if r.things[a.Thing] == nil {
				return fmt.Errorf("load the registry: thing %s, attached to certificate %s, is missing", a.Thing, id)
			}
		}
	}
	return nil
}

// Keys of the store begin with the kind of the record.
const (
	thingKind  = "thing"
	certKind   = "cert"
	policyKind = "policy"
)

func (r *Registry) load(key string, record []byte) (err error) {
	kind, name, _ := strings.Cut(key, "/")
	switch kind {
	case thingKind:
		t := &thing{}
		err = json.Unmarshal(record, t)
		r.things[name] = t
	case certKind:
		c := &certificate{}
		err = json.Unmarshal(record, c)
		r.certs[name], r.last = c, max(r.last, c.Number)
	case policyKind:
		d := &document{}
		if err = json.Unmarshal(record, d); err == nil {
			err = d.parse()
		}
		r.policies[name], r.last = d, max(r.last, d.Number)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// thing is a record of the registry.
type thing struct {
	Name       string            `json:"name"`
	ID         string            `json:"id"`
	Type       string            `json:"type,omitempty"`
	Billing    string            `json:"billingGroup,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Version    int64             `json:"version"`
}

// Statuses of certificates. A deleted one is remembered, so that no policy meant for others opens the door to it.
const (
	active   = "ACTIVE"
	inactive = "INACTIVE"
	revoked  = "REVOKED"
	deleted  = "DELETED"
)

type certificate struct {
	ID       string       `json:"id"`
	Number   int64        `json:"number"` // they are listed in this order
	PEM      string       `json:"pem,omitempty"`
	Status   string       `json:"status"`
	Created  time.Time    `json:"created"`
	Changed  time.Time    `json:"changed"`
	Changes  int64        `json:"changes"`
	Policies []string     `json:"policies,omitempty"` // names, sorted
	Things   []attachment `json:"things,omitempty"`   // sorted by name
}

// attachment is a thing that a certificate is attached to.
type attachment struct {
	Thing     string `json:"thing"`
	Exclusive bool   `json:"exclusive,omitempty"`
}

// document is a policy with its versions.
type document struct {
	Name     string    `json:"name"`
	Number   int64     `json:"number"`
	Created  time.Time `json:"created"`
	Changed  time.Time `json:"changed"`
	Default  int       `json:"default"`  // ID of the version in force
	Given    int       `json:"given"`    // the last ID; a deleted version's is not given again
	Versions []version `json:"versions"` // sorted by ID, never empty
	parsed   *policy.Document
}

type version struct {
	ID      int       `json:"id"`
	Text    string    `json:"text"`
	Created time.Time `json:"created"`
}

// parse makes the version in force ready for evaluation.
func (d *document) parse() error {
	v, ok := d.version(d.Default)
	if !ok {
		return fmt.Errorf("policy %s has no version %d", d.Name, d.Default)
	}
	parsed, err := policy.Parse([]byte(v.Text))
	if err != nil {
		return err
	}
	parsed.Name = d.Name
	d.parsed = parsed
	return nil
}

func (d *document) version(id int) (version, bool) {
	for _, v := range d.Versions {
		if v.ID == id {
			return v, true
		}
	}
	return version{}, false
}

// keep writes a record to the store and then shows it with set; nil removes the record. The caller holds r.change.
func (r *Registry) keep(kind, name string, record any, set func()) error {
	if r.opt.Store != nil {
		var b []byte
		if record != nil {
			var err error
			if b, err = json.Marshal(record); err != nil {
				return fmt.Errorf("keep %s %s: %w", kind, name, err)
			}
		}
		if err := r.opt.Store.Save(kind+"/"+name, b); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	set()
	clear(r.known)
	return nil
}

func (r *Registry) keepThing(t *thing) error {
	return r.keep(thingKind, t.Name, t, func() { r.things[t.Name] = t })
}

func (r *Registry) keepCertificate(c *certificate) error {
	return r.keep(certKind, c.ID, c, func() { r.certs[c.ID] = c })
}

func (r *Registry) keepPolicy(d *document) error {
	return r.keep(policyKind, d.Name, d, func() { r.policies[d.Name] = d })
}

// number returns the next number of a record. The caller holds r.change.
func (r *Registry) number() int64 {
	r.last++
	return r.last
}

func (r *Registry) arn(kind, name string) string {
	return "arn:aws:iot:" + r.opt.Region + ":" + r.opt.Account + ":" + kind + "/" + name
}
