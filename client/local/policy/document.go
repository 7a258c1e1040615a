package policy

import "fmt"

// Document is a policy document, ready to be evaluated. Parse makes it; from
// then on only Name may be set, before the first evaluation. Any number of
// goroutines may evaluate it.
type Document struct {
	// Name is the policy's name, used in the text of decisions.
	Name string

	statements []statement
	warnings   []string
}

// Len returns the number of statements.
func (d *Document) Len() int { return len(d.statements) }

// Warnings returns what is allowed in the document but probably not meant, one
// sentence each: an action or a variable that does not exist, a resource type
// that no action of the statement is judged on, a document larger than AWS IoT
// accepts.
func (d *Document) Warnings() []string { return d.warnings }

// statement is one statement of a document.
type statement struct {
	number      int // from 1
	sid         string
	deny        bool
	actions     actionSet
	notResource bool
	resources   []resource
	conditions  []condition
}

// applies reports whether the statement is about the request, whose action it
// has.
func (s *statement) applies(r *Request) bool {
	return s.covers(r.Action.kind(), r.Resource, r.Context) && s.holds(r.Context)
}

// covers reports whether the statement is about the resource. A NotResource
// with a variable that has no value covers nothing: a value that is missing
// never makes a statement apply.
func (s *statement) covers(k kind, name string, c *Context) bool {
	for i := range s.resources {
		r := &s.resources[i]
		if s.notResource && !r.resolved(c) {
			return false
		}
		if r.match(k, name, c) {
			return !s.notResource
		}
	}
	return s.notResource
}

// holds reports whether all conditions are met.
func (s *statement) holds(c *Context) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(c) {
			return false
		}
	}
	return true
}

func (s *statement) String() string { return statementText(s.number, s.sid) }

func statementText(number int, sid string) string {
	if sid == "" {
		return fmt.Sprintf("statement %d", number)
	}
	return fmt.Sprintf("statement %d %s", number, quote(sid))
}
