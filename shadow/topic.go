package shadow

import (
	"fmt"
	"strings"
)

// Name names one shadow of one thing. An empty Shadow is the classic (unnamed) one.
type Name struct{ Thing, Shadow string }

// String returns "thing" or "thing/shadow".
func (n Name) String() string {
	if n.Shadow == "" {
		return n.Thing
	}
	return n.Thing + "/" + n.Shadow
}

// Display returns the name that the service uses for the shadow in its texts: the thing's for the classic shadow.
func (n Name) Display() string {
	if n.Shadow == "" {
		return n.Thing
	}
	return n.Shadow
}

// Prefix returns what all topics of the shadow begin with, without a slash at its end.
func (n Name) Prefix() string {
	if n.Shadow == "" {
		return "$aws/things/" + n.Thing + "/shadow"
	}
	return "$aws/things/" + n.Thing + "/shadow/name/" + n.Shadow
}

// Check returns an error that says what is wrong with a name that a user wants to give.
func (n Name) Check() error {
	if err := CheckThing(n.Thing); err != nil || n.Shadow == "" {
		return err
	}
	return CheckShadow(n.Shadow)
}

// CheckThing tells why name cannot be a thing's: 1 to 128 of a-z A-Z 0-9 : _ - (API model, ThingName).
func CheckThing(name string) error { return checkName("thing name", name, 128, false) }

// CheckShadow tells why name cannot be given to a named shadow: 1 to 64 of a-z A-Z 0-9 : _ - (API model, ShadowName). Names
// with $ exist, but they are AWS's own: ParseTopic takes them.
func CheckShadow(name string) error { return checkName("shadow name", name, 64, false) }

func checkName(what, name string, longest int, dollar bool) error {
	if name == "" {
		return fmt.Errorf("%s is empty", what)
	}
	if len(name) > longest {
		return fmt.Errorf("%s is longer than %d characters", what, longest)
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
			c != ':' && c != '_' && c != '-' && (c != '$' || !dollar) {
			return fmt.Errorf("%s has %q: only a-z A-Z 0-9 : _ - are allowed", what, c)
		}
	}
	return nil
}

// Op is one of the three operations on a shadow.
type Op uint8

// The operations.
const (
	OpGet Op = iota
	OpUpdate
	OpDelete
)

// String returns the operation's name in topics: "get", "update" or "delete".
func (o Op) String() string { return [...]string{"get", "update", "delete"}[o] }

// Answer tells which message of an operation a topic is for.
type Answer uint8

// AnswerNone stands for the request itself, which a client publishes; the others are published by the service.
const (
	AnswerNone Answer = iota
	AnswerAccepted
	AnswerRejected
	AnswerDelta
	AnswerDocuments
)

// String returns the last level of the answer's topic, "" for AnswerNone.
func (a Answer) String() string {
	return [...]string{"", "accepted", "rejected", "delta", "documents"}[a]
}

// Topic is a shadow topic taken apart.
type Topic struct {
	Name   Name
	Op     Op
	Answer Answer
}

// String returns the topic as it goes over the wire.
func (t Topic) String() string {
	s := t.Name.Prefix() + "/" + t.Op.String()
	if t.Answer != AnswerNone {
		s += "/" + t.Answer.String()
	}
	return s
}

// ParseTopic takes a topic apart; ok is false if it is none of the three requests and eight answers of a shadow whose names
// are possible ones (those with $ included). Names are taken literally.
func ParseTopic(topic string) (t Topic, ok bool) {
	rest, ok := strings.CutPrefix(topic, "$aws/things/")
	if !ok {
		return Topic{}, false
	}
	t.Name.Thing, rest, ok = strings.Cut(rest, "/shadow/")
	if !ok || checkName("", t.Name.Thing, 128, false) != nil {
		return Topic{}, false
	}
	if named, ok := strings.CutPrefix(rest, "name/"); ok {
		t.Name.Shadow, rest, ok = strings.Cut(named, "/")
		if !ok || checkName("", t.Name.Shadow, 64, true) != nil {
			return Topic{}, false
		}
	}
	t.Op, t.Answer, ok = parseSuffix(rest)
	return t, ok
}

func parseSuffix(s string) (Op, Answer, bool) {
	op, answer, answered := strings.Cut(s, "/")
	for o := OpGet; o <= OpDelete; o++ {
		if op != o.String() {
			continue
		}
		if !answered {
			return o, AnswerNone, true
		}
		for a := AnswerAccepted; a <= AnswerDocuments; a++ {
			if answer == a.String() {
				return o, a, a <= AnswerRejected || o == OpUpdate
			}
		}
	}
	return 0, 0, false
}

// AnswerTopics returns the topics of the eight answers of n's shadow: as many as one SUBSCRIBE may hold on AWS.
func (n Name) AnswerTopics() []string {
	return []string{
		Topic{n, OpGet, AnswerAccepted}.String(), Topic{n, OpGet, AnswerRejected}.String(),
		Topic{n, OpUpdate, AnswerAccepted}.String(), Topic{n, OpUpdate, AnswerRejected}.String(),
		Topic{n, OpUpdate, AnswerDelta}.String(), Topic{n, OpUpdate, AnswerDocuments}.String(),
		Topic{n, OpDelete, AnswerAccepted}.String(), Topic{n, OpDelete, AnswerRejected}.String(),
	}
}

// AnswerNames returns what follows the Prefix in the eight answer topics, for Options.Answers: "get/accepted" first.
func AnswerNames() []string {
	var n Name
	names := n.AnswerTopics()
	for i, topic := range names {
		names[i] = topic[len(n.Prefix())+1:]
	}
	return names
}

// AnswerFilters returns three topic filters that match the same topics, for a client whose policy lets it subscribe to them.
func (n Name) AnswerFilters() []string {
	return []string{n.Prefix() + "/get/+", n.Prefix() + "/update/+", n.Prefix() + "/delete/+"}
}
