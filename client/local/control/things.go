package control

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// thingJSON is a thing in answers.
type thingJSON struct {
	ClientID   string             `json:"defaultClientId,omitempty"`
	Name       string             `json:"thingName"`
	ID         string             `json:"thingId,omitempty"`
	ARN        string             `json:"thingArn"`
	Type       string             `json:"thingTypeName,omitempty"`
	Attributes *map[string]string `json:"attributes,omitempty"`
	Version    int64              `json:"version,omitempty"`
	Billing    string             `json:"billingGroupName,omitempty"`
}

// thingBody is what CreateThing and UpdateThing are told.
type thingBody struct {
	Payload *struct {
		Attributes map[string]string `json:"attributes"`
		Merge      bool              `json:"merge"`
	} `json:"attributePayload"`
	Type            string `json:"thingTypeName"`
	RemoveType      bool   `json:"removeThingType"`
	Billing         string `json:"billingGroupName"`
	ExpectedVersion int64  `json:"expectedVersion"`
}

func (r *Registry) thing(name string) (*thing, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	t := r.things[name]
	if t == nil {
		return nil, notFound("Thing %s not found", name)
	}
	return t, nil
}

func thingName(req *http.Request) (string, error) {
	name := req.PathValue("thing")
	if !named(name, ":_-", 128) {
		return "", invalid("thing name: 1 to 128 of a-z A-Z 0-9 : _ -")
	}
	return name, nil
}

func (r *Registry) createThing(req *http.Request) (any, error) {
	name, err := thingName(req)
	if err != nil {
		return nil, err
	}
	var body thingBody
	if err := read(req, &body); err != nil {
		return nil, err
	}
	r.change.Lock()
	defer r.change.Unlock()
	t := &thing{Name: name, ID: uuid(), Billing: body.Billing, Version: 1}
	if err := r.amend(t, body); err != nil {
		return nil, err
	}
	if old, err := r.thing(name); err == nil {
		if old.Type != t.Type || old.Billing != t.Billing || !maps.Equal(old.Attributes, t.Attributes) {
			return nil, exists("Thing "+name+" already exists in account with different properties", old.ID, r.arn("thing", name))
		}
		t = old
	} else if err := r.keepThing(t); err != nil {
		return nil, err
	}
	return thingJSON{Name: name, ARN: r.arn("thing", name), ID: t.ID}, nil
}

// amend changes a thing, whose attributes nobody else has, as a request says.
func (r *Registry) amend(t *thing, body thingBody) error {
	for what, name := range map[string]string{"thing type name": body.Type, "billing group name": body.Billing} {
		if name != "" && !named(name, ":_-", 128) {
			return invalid("%s: 1 to 128 of a-z A-Z 0-9 : _ -", what)
		}
	}
	switch {
	case body.RemoveType && body.Type != "":
		return invalid("thingTypeName and removeThingType exclude each other")
	case body.RemoveType:
		t.Type = ""
	case body.Type != "":
		t.Type = body.Type
	}
	if body.Payload == nil {
		return nil
	}
	if !body.Payload.Merge || t.Attributes == nil {
		t.Attributes = map[string]string{}
	}
	for name, value := range body.Payload.Attributes {
		switch {
		case !named(name, "_.,@/:#-", 128):
			return invalid("attribute name: 1 to 128 of a-z A-Z 0-9 _ . , @ / : # -")
		case value == "":
			delete(t.Attributes, name) // so UpdateThing removes one
			continue
		case !named(value, "_.,@/:#=[]-", 800):
			return invalid("value of attribute %s: at most 800 of a-z A-Z 0-9 _ . , @ / : # = [ ] -", name)
		}
		t.Attributes[name] = value
	}
	most := 3
	if t.Type != "" {
		most = 50
	}
	if r.opt.Strict && len(t.Attributes) > most {
		return invalid("%d attributes; at most 3 for a thing without a type, 50 for one with", len(t.Attributes))
	}
	return nil
}

func (r *Registry) describeThing(req *http.Request) (any, error) {
	name, err := thingName(req)
	if err != nil {
		return nil, err
	}
	t, err := r.thing(name)
	if err != nil {
		return nil, err
	}
	return thingJSON{
		ClientID: name, Name: name, ID: t.ID, ARN: r.arn("thing", name), Type: t.Type, Attributes: attributes(t), Version: t.Version, Billing: t.Billing,
	}, nil
}

// attributes are those of a thing, {} rather than nothing.
func attributes(t *thing) *map[string]string {
	if t.Attributes == nil {
		return &map[string]string{}
	}
	return &t.Attributes
}

func (r *Registry) updateThing(req *http.Request) (any, error) {
	name, err := thingName(req)
	if err != nil {
		return nil, err
	}
	var body thingBody
	if err := read(req, &body); err != nil {
		return nil, err
	}
	r.change.Lock()
	defer r.change.Unlock()
	old, err := r.thing(name)
	if err != nil {
		return nil, err
	}
	if err := expect(old, body.ExpectedVersion); err != nil {
		return nil, err
	}
	t := *old
	t.Attributes, t.Version = maps.Clone(old.Attributes), old.Version+1
	if err := r.amend(&t, body); err != nil {
		return nil, err
	}
	return nil, r.keepThing(&t)
}

// expect compares a thing's version with the one that a request is about, if any.
func expect(t *thing, version int64) error {
	if version == 0 || version == t.Version {
		return nil
	}
	return &fault{status: http.StatusConflict, name: "VersionConflictException",
		text: "The version for thing " + t.Name + " does not match the expected version."}
}

// deleteThing is DeleteThing, which is content with a thing that does not exist.
func (r *Registry) deleteThing(req *http.Request) (any, error) {
	name, err := thingName(req)
	if err != nil {
		return nil, err
	}
	version := int64(0)
	if text := req.URL.Query().Get("expectedVersion"); text != "" {
		if version, err = strconv.ParseInt(text, 10, 64); err != nil {
			return nil, invalid("expectedVersion: a number")
		}
	}
	r.change.Lock()
	defer r.change.Unlock()
	t, err := r.thing(name)
	if err != nil {
		return nil, nil
	}
	if err := expect(t, version); err != nil {
		return nil, err
	}
	if len(r.principals(name)) > 0 {
		return nil, invalid("Cannot delete. Thing %s is still attached to one or more principals", name)
	}
	return nil, r.keep(thingKind, name, nil, func() { delete(r.things, name) })
}

func (r *Registry) listThings(req *http.Request) (any, error) {
	prefix, err := flag(req, "usePrefixAttributeValue")
	if err != nil {
		return nil, err
	}
	q := req.URL.Query()
	name, value, kind := q.Get("attributeName"), q.Get("attributeValue"), q.Get("thingTypeName")
	r.mu.RLock()
	all := slices.Collect(maps.Values(r.things))
	r.mu.RUnlock()
	all = slices.DeleteFunc(all, func(t *thing) bool {
		has, ok := t.Attributes[name]
		fits := has == value || prefix && strings.HasPrefix(has, value)
		return name != "" && (!ok || q.Has("attributeValue") && !fits) || kind != "" && t.Type != kind
	})
	some, next, err := page(req, pages(), all, func(t *thing) string { return t.Name }, false)
	if err != nil {
		return nil, err
	}
	out := struct {
		Things []thingJSON `json:"things"`
		Next   string      `json:"nextToken,omitempty"`
	}{make([]thingJSON, len(some)), next}
	for i, t := range some {
		out.Things[i] = thingJSON{Name: t.Name, ARN: r.arn("thing", t.Name), Type: t.Type, Attributes: attributes(t), Version: t.Version}
	}
	return out, nil
}
