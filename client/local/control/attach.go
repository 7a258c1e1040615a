package control

import (
	"net/http"
	"slices"
	"strings"
)

// principal finds the certificate with an ARN. AWS knows other principals too: Cognito identities, and thing groups as
// targets of policies.
func (r *Registry) principal(arn string) (*certificate, error) {
	if arn == "" {
		return nil, invalid("the ARN of a certificate is missing")
	}
	id, ok := strings.CutPrefix(arn, r.arn("cert", ""))
	if !ok {
		return nil, invalid("%s is not the ARN of a certificate here: %s", arn, r.arn("cert", "ID"))
	}
	return r.certificate(id)
}

// Headers that name a certificate.
const (
	thingPrincipal  = "x-amzn-principal"
	policyPrincipal = "x-amzn-iot-principal"
)

// target reads the certificate that AttachPolicy and DetachPolicy are about.
func target(req *http.Request) (string, error) {
	var body struct {
		Target string `json:"target"`
	}
	err := read(req, &body)
	return body.Target, err
}

func (r *Registry) attachPolicy(req *http.Request) (any, error) {
	arn, err := target(req)
	if err != nil {
		return nil, err
	}
	return nil, r.attach(req, arn)
}

// attachPrincipalPolicy is the older form of AttachPolicy.
func (r *Registry) attachPrincipalPolicy(req *http.Request) (any, error) {
	return nil, r.attach(req, req.Header.Get(policyPrincipal))
}

func (r *Registry) attach(req *http.Request, arn string) error {
	r.change.Lock()
	defer r.change.Unlock()
	d, err := r.policyOf(req)
	if err != nil {
		return err
	}
	c, err := r.principal(arn)
	if err != nil {
		return err
	}
	at, found := slices.BinarySearch(c.Policies, d.Name)
	if found {
		return nil
	}
	if r.opt.Strict && len(c.Policies) >= mostPolicies {
		return limit("The maximum number of policies per target has been reached (10)")
	}
	next := r.changed(c)
	next.Policies = slices.Insert(slices.Clone(c.Policies), at, d.Name)
	return r.keepCertificate(next)
}

func (r *Registry) detachPolicy(req *http.Request) (any, error) {
	arn, err := target(req)
	if err != nil {
		return nil, err
	}
	return nil, r.detach(req, arn)
}

func (r *Registry) detachPrincipalPolicy(req *http.Request) (any, error) {
	return nil, r.detach(req, req.Header.Get(policyPrincipal))
}

func (r *Registry) detach(req *http.Request, arn string) error {
	r.change.Lock()
	defer r.change.Unlock()
	d, err := r.policyOf(req)
	if err != nil {
		return err
	}
	c, err := r.principal(arn)
	if err != nil {
		return err
	}
	at, found := slices.BinarySearch(c.Policies, d.Name)
	if !found {
		return nil
	}
	next := r.changed(c)
	next.Policies = slices.Delete(slices.Clone(c.Policies), at, at+1)
	return r.keepCertificate(next)
}

func (r *Registry) listAttachedPolicies(req *http.Request) (any, error) {
	return r.policiesOf(req, req.PathValue("target"))
}

func (r *Registry) listPrincipalPolicies(req *http.Request) (any, error) {
	return r.policiesOf(req, req.Header.Get(policyPrincipal))
}

func (r *Registry) policiesOf(req *http.Request, arn string) (any, error) {
	c, err := r.principal(arn)
	if err != nil {
		return nil, err
	}
	some, next, err := page(req, markers(), slices.Clone(c.Policies), same, false)
	if err != nil {
		return nil, err
	}
	return r.listOfPolicies(some, next), nil
}

// targets are the ARNs of the certificates that a policy is attached to.
func (r *Registry) targets(policy string) []string {
	var all []string
	for _, c := range r.certificates() {
		if slices.Contains(c.Policies, policy) {
			all = append(all, r.arn("cert", c.ID))
		}
	}
	return all
}

func (r *Registry) listTargetsForPolicy(req *http.Request) (any, error) {
	d, err := r.policyOf(req)
	if err != nil {
		return nil, err
	}
	some, next, err := page(req, markers(), r.targets(d.Name), same, false)
	if err != nil {
		return nil, err
	}
	return struct {
		Targets []string `json:"targets"`
		Next    string   `json:"nextMarker,omitempty"`
	}{some, next}, nil
}

// ends finds thing and certificate of a request about both.
func (r *Registry) ends(req *http.Request) (*thing, *certificate, error) {
	name, err := thingName(req)
	if err != nil {
		return nil, nil, err
	}
	t, err := r.thing(name)
	if err != nil {
		return nil, nil, err
	}
	c, err := r.principal(req.Header.Get(thingPrincipal))
	return t, c, err
}

// attachThingPrincipal is AttachThingPrincipal. A certificate that is attached exclusively belongs to one thing.
func (r *Registry) attachThingPrincipal(req *http.Request) (any, error) {
	exclusive := false
	switch kind := req.URL.Query().Get("thingPrincipalType"); kind {
	case "", "NON_EXCLUSIVE_THING":
	case "EXCLUSIVE_THING":
		exclusive = true
	default:
		return nil, invalid("thingPrincipalType: EXCLUSIVE_THING or NON_EXCLUSIVE_THING")
	}
	r.change.Lock()
	defer r.change.Unlock()
	t, c, err := r.ends(req)
	if err != nil {
		return nil, err
	}
	at, found := find(c, t.Name)
	if found && c.Things[at].Exclusive == exclusive {
		return nil, nil
	}
	if len(c.Things) > 0 && (exclusive || c.Things[0].Exclusive) {
		return nil, invalid("The certificate is attached to a thing already, and an exclusive attachment is the only one")
	}
	next := r.changed(c)
	next.Things = slices.Insert(slices.Clone(c.Things), at, attachment{t.Name, exclusive})
	return nil, r.keepCertificate(next)
}

func find(c *certificate, thing string) (int, bool) {
	return slices.BinarySearchFunc(c.Things, thing, func(a attachment, name string) int { return strings.Compare(a.Thing, name) })
}

func (r *Registry) detachThingPrincipal(req *http.Request) (any, error) {
	r.change.Lock()
	defer r.change.Unlock()
	t, c, err := r.ends(req)
	if err != nil {
		return nil, err
	}
	at, found := find(c, t.Name)
	if !found {
		return nil, nil
	}
	next := r.changed(c)
	next.Things = slices.Delete(slices.Clone(c.Things), at, at+1)
	return nil, r.keepCertificate(next)
}

// principals are the ARNs of the certificates that are attached to a thing.
func (r *Registry) principals(thing string) []string {
	var all []string
	for _, c := range r.certificates() {
		if _, found := find(c, thing); found {
			all = append(all, r.arn("cert", c.ID))
		}
	}
	return all
}

func (r *Registry) listThingPrincipals(req *http.Request) (any, error) {
	name, err := thingName(req)
	if err != nil {
		return nil, err
	}
	if _, err := r.thing(name); err != nil {
		return nil, err
	}
	some, next, err := page(req, pages(), r.principals(name), same, false)
	if err != nil {
		return nil, err
	}
	return struct {
		Principals []string `json:"principals"`
		Next       string   `json:"nextToken,omitempty"`
	}{some, next}, nil
}

func (r *Registry) listPrincipalThings(req *http.Request) (any, error) {
	c, err := r.principal(req.Header.Get(thingPrincipal))
	if err != nil {
		return nil, err
	}
	all := make([]string, len(c.Things))
	for i, a := range c.Things {
		all[i] = a.Thing
	}
	some, next, err := page(req, pages(), all, same, false)
	if err != nil {
		return nil, err
	}
	return struct {
		Things []string `json:"things"`
		Next   string   `json:"nextToken,omitempty"`
	}{some, next}, nil
}
