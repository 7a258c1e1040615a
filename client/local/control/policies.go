package control

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"unicode"

	"example.com/thingdeck/client/local/policy"
)

// AWS's quotas.
const (
	mostCharacters = 2048 // of a policy document, white space not counted
	mostVersions   = 5    // of a policy
	mostPolicies   = 10   // attached to a certificate
)

// policyJSON is a policy, or a version of one, in answers.
type policyJSON struct {
	Name      string  `json:"policyName,omitempty"`
	ARN       string  `json:"policyArn"`
	Document  string  `json:"policyDocument,omitempty"`
	Version   string  `json:"policyVersionId,omitempty"`
	IsDefault *bool   `json:"isDefaultVersion,omitempty"`
	Default   string  `json:"defaultVersionId,omitempty"`
	Created   float64 `json:"creationDate,omitempty"`
	Modified  float64 `json:"lastModifiedDate,omitempty"`
}

func policyName(req *http.Request) (string, error) {
	name := req.PathValue("policy")
	if !named(name, "_+=,.@-", 128) {
		return "", invalid("policy name: 1 to 128 of a-z A-Z 0-9 _ + = , . @ -")
	}
	return name, nil
}

func (r *Registry) policy(name string) (*document, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	d := r.policies[name]
	if d == nil {
		return nil, notFound("Policy %s not found", name)
	}
	return d, nil
}

func (r *Registry) policyOf(req *http.Request) (*document, error) {
	name, err := policyName(req)
	if err != nil {
		return nil, err
	}
	return r.policy(name)
}

// readDocument reads and checks the policy document of a request.
func (r *Registry) readDocument(req *http.Request, name string) (text string, err error) {
	var body struct {
		Document string `json:"policyDocument"`
	}
	if err := read(req, &body); err != nil {
		return "", err
	}
	malformed := func(text string) error {
		return &fault{status: http.StatusBadRequest, name: "MalformedPolicyException", text: text}
	}
	parsed, err := policy.Parse([]byte(body.Document))
	if err != nil {
		return "", malformed("Policy document is Malformed: " + err.Error())
	}
	count := 0
	for _, c := range body.Document {
		if !unicode.IsSpace(c) {
			count++
		}
	}
	if r.opt.Strict && count > mostCharacters {
		return "", malformed("Policy document is Malformed: " + strconv.Itoa(count) + " characters besides white space; at most 2048")
	}
	for _, w := range parsed.Warnings() {
		r.opt.Log.Warn("policy", "name", name, "warning", w)
	}
	return body.Document, nil
}

func (r *Registry) createPolicy(req *http.Request) (any, error) {
	name, err := policyName(req)
	if err != nil {
		return nil, err
	}
	text, err := r.readDocument(req, name)
	if err != nil {
		return nil, err
	}
	r.change.Lock()
	defer r.change.Unlock()
	if _, err := r.policy(name); err == nil {
		return nil, exists("Policy cannot be created - name already exists (name="+name+")", name, r.arn("policy", name))
	}
	now := r.opt.Now()
	d := &document{Name: name, Number: r.number(), Created: now, Changed: now, Default: 1, Given: 1, Versions: []version{{1, text, now}}}
	if err := d.parse(); err != nil {
		return nil, err
	}
	if err := r.keepPolicy(d); err != nil {
		return nil, err
	}
	return policyJSON{Name: name, ARN: r.arn("policy", name), Document: text, Version: "1"}, nil
}

func (r *Registry) getPolicy(req *http.Request) (any, error) {
	d, err := r.policyOf(req)
	if err != nil {
		return nil, err
	}
	v, _ := d.version(d.Default)
	return policyJSON{
		Name: d.Name, ARN: r.arn("policy", d.Name), Document: v.Text, Default: strconv.Itoa(d.Default), Created: epoch(d.Created), Modified: epoch(d.Changed),
	}, nil
}

func (r *Registry) deletePolicy(req *http.Request) (any, error) {
	r.change.Lock()
	defer r.change.Unlock()
	d, err := r.policyOf(req)
	switch {
	case err != nil:
		return nil, err
	case len(r.targets(d.Name)) > 0:
		return nil, conflict("The policy cannot be deleted as the policy is attached to one or more principals (name=%s)", d.Name)
	case len(d.Versions) > 1:
		return nil, conflict("Cannot delete the policy because it has one or more non-default versions (name=%s)", d.Name)
	}
	return nil, r.keep(policyKind, d.Name, nil, func() { delete(r.policies, d.Name) })
}

func (r *Registry) listPolicies(req *http.Request) (any, error) {
	descending, err := newestFirst(req)
	if err != nil {
		return nil, err
	}
	r.mu.RLock()
	all := slices.Collect(maps.Values(r.policies))
	r.mu.RUnlock()
	some, next, err := page(req, markers(), all, func(d *document) string { return numbered(d.Number) }, descending)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(some))
	for i, d := range some {
		names[i] = d.Name
	}
	return r.listOfPolicies(names, next), nil
}

// listOfPolicies is the answer of those that list policies.
func (r *Registry) listOfPolicies(names []string, next string) any {
	out := struct {
		Policies []policyJSON `json:"policies"`
		Next     string       `json:"nextMarker,omitempty"`
	}{make([]policyJSON, len(names)), next}
	for i, name := range names {
		out.Policies[i] = policyJSON{Name: name, ARN: r.arn("policy", name)}
	}
	return out
}

func (r *Registry) createPolicyVersion(req *http.Request) (any, error) {
	asDefault, err := flag(req, "setAsDefault")
	if err != nil {
		return nil, err
	}
	text, err := r.readDocument(req, req.PathValue("policy"))
	if err != nil {
		return nil, err
	}
	r.change.Lock()
	defer r.change.Unlock()
	d, err := r.policyOf(req)
	if err != nil {
		return nil, err
	}
	if r.opt.Strict && len(d.Versions) >= mostVersions {
		return nil, &fault{status: http.StatusConflict, name: "VersionsLimitExceededException",
			text: "The policy " + d.Name + " already has the maximum number of versions (5)"}
	}
	now := r.opt.Now()
	next := *d
	next.Given, next.Changed = d.Given+1, now
	next.Versions = append(slices.Clone(d.Versions), version{next.Given, text, now})
	if asDefault {
		next.Default = next.Given
	}
	if err := next.parse(); err != nil {
		return nil, err
	}
	if err := r.keepPolicy(&next); err != nil {
		return nil, err
	}
	return policyJSON{ARN: r.arn("policy", d.Name), Document: text, Version: strconv.Itoa(next.Given), IsDefault: &asDefault}, nil
}

func (r *Registry) listPolicyVersions(req *http.Request) (any, error) {
	d, err := r.policyOf(req)
	if err != nil {
		return nil, err
	}
	type one struct {
		ID        string  `json:"versionId"`
		IsDefault bool    `json:"isDefaultVersion"`
		Created   float64 `json:"createDate"`
	}
	out := struct {
		Versions []one `json:"policyVersions"`
	}{}
	for _, v := range slices.Backward(d.Versions) {
		out.Versions = append(out.Versions, one{strconv.Itoa(v.ID), v.ID == d.Default, epoch(v.Created)})
	}
	return out, nil
}

// versionOf finds the version that a request is about.
func (r *Registry) versionOf(req *http.Request) (*document, version, error) {
	d, err := r.policyOf(req)
	if err != nil {
		return nil, version{}, err
	}
	id, err := strconv.Atoi(req.PathValue("id"))
	if err != nil {
		return nil, version{}, invalid("policy version ID: a number")
	}
	v, ok := d.version(id)
	if !ok {
		return nil, version{}, notFound("Policy version %d of %s not found", id, d.Name)
	}
	return d, v, nil
}

func (r *Registry) getPolicyVersion(req *http.Request) (any, error) {
	d, v, err := r.versionOf(req)
	if err != nil {
		return nil, err
	}
	isDefault := v.ID == d.Default
	return policyJSON{
		Name: d.Name, ARN: r.arn("policy", d.Name), Document: v.Text, Version: strconv.Itoa(v.ID), IsDefault: &isDefault,
		Created: epoch(v.Created), Modified: epoch(v.Created),
	}, nil
}

func (r *Registry) setDefaultPolicyVersion(req *http.Request) (any, error) {
	r.change.Lock()
	defer r.change.Unlock()
	d, v, err := r.versionOf(req)
	if err != nil {
		return nil, err
	}
	next := *d
	next.Default, next.Changed = v.ID, r.opt.Now()
	if err := next.parse(); err != nil {
		return nil, err
	}
	return nil, r.keepPolicy(&next)
}

func (r *Registry) deletePolicyVersion(req *http.Request) (any, error) {
	r.change.Lock()
	defer r.change.Unlock()
	d, v, err := r.versionOf(req)
	switch {
	case err != nil:
		return nil, err
	case v.ID == d.Default:
		return nil, conflict("Cannot delete the default version of a policy (name=%s)", d.Name)
	}
	next := *d
	next.Changed = r.opt.Now()
	next.Versions = slices.DeleteFunc(slices.Clone(d.Versions), func(o version) bool { return o.ID == v.ID })
	return nil, r.keepPolicy(&next)
}
