package policy

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Request is what a client wants to do.
type Request struct {
	Action Action
	// Resource is the name of what Action is judged on, without type and ARN:
	// the client ID for Connect, the topic for Publish, Receive, RetainPublish
	// and GetRetainedMessage, the topic filter as sent for Subscribe, the thing
	// name, or thing/shadow for a named shadow, for the others. It is not used
	// for ListRetainedMessages.
	Resource string
	// Context says who asks. Nil is a request of which nothing is known.
	Context *Context
}

// Decision is the outcome of an evaluation.
type Decision struct {
	// Allowed says whether the request may proceed.
	Allowed bool
	// Policy, Statement and Sid name the statement that decided. Statement
	// counts from 1; it is 0 when no statement applied, so that the request is
	// denied by default.
	Policy    string
	Statement int
	Sid       string

	policies []*Document
	request  Request
}

// Evaluate decides whether the policies together allow the request: a Deny
// statement that applies decides, else an Allow statement that applies, else
// the request is denied. Nil policies are passed over. The policies and the
// request's context must not change while the decision is in use.
//
// Evaluate allocates nothing for patterns that begin with a resource type in
// plain characters, as topic/ in arn:aws:iot:*:*:topic/a/*.
func Evaluate(policies []*Document, r Request) Decision {
	d := Decision{policies: policies, request: r}
	for _, doc := range policies {
		if doc == nil {
			continue
		}
		for i := range doc.statements {
			s := &doc.statements[i]
			if !s.actions.has(r.Action) || d.Allowed && !s.deny || !s.applies(&r) {
				continue
			}
			d.Allowed = !s.deny
			d.Policy, d.Statement, d.Sid = doc.Name, s.number, s.sid
			if s.deny {
				return d
			}
		}
	}
	return d
}

// Explicit reports whether a statement decided, an Allow or a Deny.
func (d Decision) Explicit() bool { return d.Statement > 0 }

// Reason says in one line, without end mark, which statement decided or that
// none applied, and then what came near: "denied by statement 2 \"NoAdmin\" of
// policy dev", "no statement allows iot:Publish on topic/a/b". It is made when
// it is asked for; names in it that are not printable are quoted.
func (d Decision) Reason() string {
	if d.Explicit() {
		verb := "denied by "
		if d.Allowed {
			verb = "allowed by "
		}
		return verb + statementText(d.Statement, d.Sid) + ofPolicy(d.Policy)
	}
	r := d.request
	text := "no statement allows " + r.Action.String() + " on " + printable(resourceText(r.Action.kind(), r.Resource))
	if len(d.policies) == 0 {
		return text + ": no policy is attached"
	}
	if hint := nearMiss(d.policies, r); hint != "" {
		return text + ": " + hint
	}
	return text
}

// String is Reason.
func (d Decision) String() string { return d.Reason() }

func ofPolicy(name string) string {
	if name == "" {
		return ""
	}
	return " of policy " + printable(name)
}

// mostShown is how many bytes of a name a text shows. The longest ARN of a
// topic stays below it.
const mostShown = 400

// quote quotes s for a text that a person reads. Long ones are cut.
func quote(s string) string {
	if len(s) > mostShown {
		s = strings.ToValidUTF8(s[:mostShown], "") + "…"
	}
	return strconv.Quote(s)
}

// printable returns s, quoted when a terminal could not show it as it is.
func printable(s string) string {
	hidden := func(c rune) bool { return !strconv.IsPrint(c) }
	if s == "" || len(s) > mostShown || !utf8.ValidString(s) || strings.IndexFunc(s, hidden) >= 0 {
		return quote(s)
	}
	return s
}
