package policy

import (
	"fmt"
	"strings"
)

// nearMiss explains a request that no statement allows by the Allow statement
// that came nearest: the kinds of mistake in the order in which they are sure.
// "" when nothing came near.
func nearMiss(policies []*Document, r Request) string {
	checks := [...]func(*statement, *Request) string{
		conditionFailed, wrongType, mqttWildcard, wrongCase, wrongSlash, otherValue, missingValue, otherAction,
	}
	for _, check := range checks {
		for _, doc := range policies {
			if doc == nil {
				continue
			}
			for i := range doc.statements {
				s := &doc.statements[i]
				if s.deny {
					continue
				}
				if text := check(s, &r); text != "" {
					return s.String() + ofPolicy(doc.Name) + " " + text
				}
			}
		}
	}
	return ungranted(policies, r)
}

func conditionFailed(s *statement, r *Request) string {
	if !s.actions.has(r.Action) || !s.covers(r.Action.kind(), r.Resource, r.Context) {
		return ""
	}
	for i := range s.conditions {
		q := &s.conditions[i]
		if q.holds(r.Context) {
			continue
		}
		var shown []string
		for _, v := range r.Context.values(&q.key, nil) {
			shown = append(shown, printable(v))
		}
		if len(shown) == 0 {
			return fmt.Sprintf("would allow it, but its condition %s is not met: the request has no value for it", q)
		}
		return fmt.Sprintf("would allow it, but its condition %s is not met: the request has %s", q, strings.Join(shown, ", "))
	}
	return ""
}

// eachResource calls try with each resource of a statement about the request's
// action until one gives a text.
func eachResource(s *statement, r *Request, try func(*resource) string) string {
	if !s.actions.has(r.Action) || s.notResource {
		return ""
	}
	for i := range s.resources {
		if s.resources[i].kind != kindNone {
			if text := try(&s.resources[i]); text != "" {
				return text
			}
		}
	}
	return ""
}

func wrongType(s *statement, r *Request) string {
	want := r.Action.kind()
	return eachResource(s, r, func(res *resource) string {
		if res.kind == want || !res.name.match(r.Resource, r.Context) && !res.likeMQTT(r) {
			return ""
		}
		return fmt.Sprintf("has %s, but %s is judged on %s", res.last(), r.Action, printable(resourceText(want, r.Resource)))
	})
}

func mqttWildcard(s *statement, r *Request) string {
	return eachResource(s, r, func(res *resource) string {
		if res.kind != r.Action.kind() || !res.likeMQTT(r) {
			return ""
		}
		instead := strings.NewReplacer("#", "*", "+", "*").Replace(res.last())
		return fmt.Sprintf("has %s, but + and # are plain characters in a policy: write %s", res.last(), instead)
	})
}

// likeMQTT reports whether the resource, read as an MQTT topic filter, which
// it is not, would match.
func (r *resource) likeMQTT(req *Request) bool {
	if req.Action.kind() != kindTopic && req.Action.kind() != kindTopicFilter {
		return false
	}
	var tokens []token
	found := false
	for _, t := range explode(r.name.tokens) {
		if t.op == opText && (t.text == "+" || t.text == "#") {
			found = true
			t = token{op: opAny}
		}
		tokens = append(tokens, t)
	}
	if !found {
		return false
	}
	p := newPattern("", tokens)
	// a/# matches a too.
	return p.match(req.Resource, req.Context) || p.match(req.Resource+"/", req.Context)
}

func wrongCase(s *statement, r *Request) string {
	return eachResource(s, r, func(res *resource) string {
		if res.kind != r.Action.kind() {
			return ""
		}
		values, ok := r.Context.resolve(res.name.vars, nil)
		if !ok {
			return ""
		}
		tokens := append([]token(nil), res.name.tokens...)
		for i := range tokens {
			tokens[i].text = strings.ToLower(tokens[i].text)
		}
		for i := range values {
			values[i] = strings.ToLower(values[i])
		}
		if !glob(tokens, values, strings.ToLower(r.Resource)) {
			return ""
		}
		return fmt.Sprintf("has %s, which differs only in upper and lower case", res.last())
	})
}

func wrongSlash(s *statement, r *Request) string {
	return eachResource(s, r, func(res *resource) string {
		name := r.Resource
		if res.kind != r.Action.kind() || name == "" {
			return ""
		}
		for _, other := range [...]string{"/" + name, name + "/", strings.TrimPrefix(name, "/"), strings.TrimSuffix(name, "/")} {
			if other != name && res.name.match(other, r.Context) {
				return fmt.Sprintf("has %s, which differs only by a slash", res.last())
			}
		}
		return ""
	})
}

// otherValue is for a variable with another value than the name asked for.
func otherValue(s *statement, r *Request) string {
	return eachResource(s, r, func(res *resource) string {
		values, ok := r.Context.resolve(res.name.vars, nil)
		if !ok || !res.loosely(r) {
			return ""
		}
		var b strings.Builder
		for _, t := range res.name.tokens {
			switch t.op {
			case opVar:
				b.WriteString(values[t.slot])
			case opAny:
				b.WriteByte('*')
			case opOne:
				b.WriteByte('?')
			default:
				b.WriteString(t.text)
			}
		}
		return fmt.Sprintf("has %s, which is %s here", res.last(), printable(resourceText(res.kind, b.String())))
	})
}

func missingValue(s *statement, r *Request) string {
	return eachResource(s, r, func(res *resource) string {
		if res.name.resolved(r.Context) || !res.loosely(r) {
			return ""
		}
		for _, t := range res.name.tokens {
			if t.op != opVar {
				continue
			}
			if _, ok := r.Context.value(&t.key); !ok {
				return fmt.Sprintf("has %s, but %s has no value here", res.last(), printable("${"+t.text+"}"))
			}
		}
		return ""
	})
}

// loosely reports whether the resource would match with a * for each variable.
func (r *resource) loosely(req *Request) bool {
	if r.kind != req.Action.kind() || len(r.name.vars) == 0 {
		return false
	}
	tokens := append([]token(nil), r.name.tokens...)
	for i := range tokens {
		if tokens[i].op == opVar {
			tokens[i].op = opAny
		}
	}
	return glob(tokens, nil, req.Resource)
}

// otherAction is for a resource that is granted, but for another action.
func otherAction(s *statement, r *Request) string {
	grants := func(a Action) bool {
		return s.actions.has(a) && !s.actions.has(r.Action) && s.covers(a.kind(), r.Resource, r.Context)
	}
	switch r.Action {
	case RetainPublish:
		if grants(Publish) {
			return "allows iot:Publish there, but a message with RETAIN needs iot:RetainPublish as well"
		}
	case Receive:
		if grants(Subscribe) || grants(Publish) {
			return "covers that topic, but not for iot:Receive, which is checked at each delivery besides iot:Subscribe"
		}
	case Publish, Subscribe:
		thing, found := strings.CutPrefix(r.Resource, "$aws/things/")
		thing, _, _ = strings.Cut(thing, "/")
		shadow := s.actions.has(GetThingShadow) || s.actions.has(UpdateThingShadow) || s.actions.has(DeleteThingShadow)
		if found && shadow && !s.actions.has(r.Action) && s.covers(kindThing, thing, r.Context) {
			return fmt.Sprintf("grants the shadow over HTTP only; over MQTT it needs %s on the shadow's topics", r.Action)
		}
	}
	return ""
}

// ungranted is for an action that no Allow statement names.
func ungranted(policies []*Document, r Request) string {
	for _, doc := range policies {
		if doc == nil {
			continue
		}
		for i := range doc.statements {
			if s := &doc.statements[i]; !s.deny && s.actions.has(r.Action) {
				return ""
			}
		}
	}
	return "none allows " + r.Action.String() + " on anything"
}

// last is the last part of the ARN as written.
func (r *resource) last() string {
	if at := strings.Index(r.source, ":"+r.kind.String()+"/"); at >= 0 {
		return printable(r.source[at+1:])
	}
	return printable(r.source)
}
