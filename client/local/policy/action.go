package policy

import "strings"

// Action is one operation that AWS IoT checks against policies: the MQTT,
// Device Shadow and Jobs actions of AWS's page "AWS IoT Core policy actions".
// The zero Action is none of them and is never allowed.
type Action uint8

// The actions. Each is judged on one type of resource; see Action.ResourceType.
const (
	Connect Action = iota + 1
	Publish
	Subscribe
	Receive
	RetainPublish
	GetRetainedMessage
	ListRetainedMessages
	GetThingShadow
	UpdateThingShadow
	DeleteThingShadow
	ListNamedShadowsForThing
	DescribeJobExecution
	GetPendingJobExecutions
	StartNextPendingJobExecution
	UpdateJobExecution
)

// kind is the type of a resource: the word before the first slash of the last
// part of its ARN.
type kind uint8

const (
	kindNone kind = iota // the action knows no resource; only * grants it
	kindClient
	kindTopic
	kindTopicFilter
	kindThing
)

func (k kind) String() string {
	switch k {
	case kindClient:
		return "client"
	case kindTopic:
		return "topic"
	case kindTopicFilter:
		return "topicfilter"
	case kindThing:
		return "thing"
	}
	return "*"
}

// kindNamed returns the kind with that name, and whether there is one.
func kindNamed(name string) (kind, bool) {
	for k := kindClient; k <= kindThing; k++ {
		if k.String() == name {
			return k, true
		}
	}
	return kindNone, false
}

// actions is the table behind Action; it is never written.
var actions = [...]struct {
	name string
	kind kind
}{
	Connect:                      {"iot:Connect", kindClient},
	Publish:                      {"iot:Publish", kindTopic},
	Subscribe:                    {"iot:Subscribe", kindTopicFilter},
	Receive:                      {"iot:Receive", kindTopic},
	RetainPublish:                {"iot:RetainPublish", kindTopic},
	GetRetainedMessage:           {"iot:GetRetainedMessage", kindTopic},
	ListRetainedMessages:         {"iot:ListRetainedMessages", kindNone},
	GetThingShadow:               {"iot:GetThingShadow", kindThing},
	UpdateThingShadow:            {"iot:UpdateThingShadow", kindThing},
	DeleteThingShadow:            {"iot:DeleteThingShadow", kindThing},
	ListNamedShadowsForThing:     {"iot:ListNamedShadowsForThing", kindThing},
	DescribeJobExecution:         {"iot:DescribeJobExecution", kindThing},
	GetPendingJobExecutions:      {"iot:GetPendingJobExecutions", kindThing},
	StartNextPendingJobExecution: {"iot:StartNextPendingJobExecution", kindThing},
	UpdateJobExecution:           {"iot:UpdateJobExecution", kindThing},
}

func (a Action) valid() bool { return a > 0 && int(a) < len(actions) }

// String returns the name as policies spell it, such as "iot:Connect".
func (a Action) String() string {
	if !a.valid() {
		return "no action"
	}
	return actions[a].name
}

// ResourceType returns the type of resource on which the action is judged:
// "client", "topic", "topicfilter" or "thing", or "*" for the action that has
// none (iot:ListRetainedMessages).
func (a Action) ResourceType() string { return a.kind().String() }

func (a Action) kind() kind {
	if !a.valid() {
		return kindNone
	}
	return actions[a].kind
}

// actionSet has bit a set for each Action a in it.
type actionSet uint32

const allActions = actionSet(1)<<len(actions) - 2

func (s actionSet) has(a Action) bool { return s&(1<<a) != 0 }

// actionsNamed returns the actions that a policy's action pattern names. As in
// IAM, case does not matter and * and ? are wildcards.
func actionsNamed(name string) actionSet {
	p := newPattern(name, lex(strings.ToLower(name), false, true))
	var set actionSet
	for a := Connect; a.valid(); a++ {
		if p.match(strings.ToLower(a.String()), nil) {
			set |= 1 << a
		}
	}
	return set
}
