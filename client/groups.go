package client

import (
	"fmt"
	"slices"
	"strings"
)

// Group is a set of filters of the catalogue that are wanted together, as in all answers of a shadow.
type Group struct {
	// Name is a short one, with the most important word first: "shadow answers".
	Name string
	// Text says what comes of it.
	Text string
	// Enable is that of Reserved, of any of the filters.
	Enable bool

	patterns []string
}

// Groups are the sets of filters that the catalogue offers in one step.
func Groups() []Group { return slices.Clone(groups) }

var groups = func() []Group {
	out := []Group{
		{Name: "shadow answers", Text: "all answers and news of the classic shadow of a thing", patterns: each("$aws/things/{thing}/shadow/", shadowAnswers...)},
		{Name: "named shadow answers", Text: "all answers and news of a named shadow of a thing", patterns: each("$aws/things/{thing}/shadow/name/{shadow}/", shadowAnswers...)},
		{Name: "jobs", Text: "jobs of a thing, with the answers to its requests", patterns: each("$aws/things/{thing}/jobs/",
			"notify", "notify-next", "get/accepted", "get/rejected", "start-next/accepted", "start-next/rejected",
			"+/get/accepted", "+/get/rejected", "+/update/accepted", "+/update/rejected")},
		{Name: "presence events", Text: "a client connects, disconnects, or fails to", patterns: each("$aws/events/presence/", "connected/{client}", "disconnected/{client}", "connect_failed/{client}")},
		{Name: "subscription events", Text: "a client subscribes or unsubscribes", patterns: each("$aws/events/subscriptions/", "subscribed/{client}", "unsubscribed/{client}")},
		{Name: "commands", Text: "commands to a thing, and the answers to its responses", patterns: each("$aws/commands/things/{thing}/executions/+/",
			"request/json", "request/cbor", "response/accepted/json", "response/rejected/json", "response/accepted/cbor", "response/rejected/cbor")},
		{Name: "streams", Text: "a stream of a thing: data, description, refusals", patterns: each("$aws/things/{thing}/streams/{stream}/",
			"data/json", "description/json", "rejected/json", "data/cbor", "description/cbor", "rejected/cbor")},
		{Name: "tunnels", Text: "a tunnel to a thing is opened", patterns: each("$aws/things/{thing}/tunnels/", "notify")},
		{Name: "defender answers", Text: "the answers to metrics of a thing", patterns: answers("$aws/things/{thing}/defender/metrics/", "json", "cbor")},
		{Name: "provisioning answers", Text: "the answers to fleet provisioning with a template", patterns: answers("$aws/",
			"certificates/create/json", "certificates/create-from-csr/json", "provisioning-templates/{template}/provision/json")},
		{Name: "location answers", Text: "the answers to a position estimate of a device", patterns: answers("$aws/device_location/{device}/", "get_position_estimate")},
	}
	for _, families := range [][2]string{
		{"job event", "a job is completed, canceled or deleted"}, {"job execution event", "an execution of a job ends"},
		{"thing event", "a thing is created, updated or deleted"},
	} {
		out = append(out, family(families[0], families[1]))
	}
	return out
}()

// family is the group of all entries of a family.
func family(of, text string) Group {
	g := Group{Name: of + "s", Text: text, Enable: true}
	for _, r := range catalogue {
		if r.Of == of {
			g.patterns = append(g.patterns, r.Pattern)
		}
	}
	return g
}

// Needs are the placeholders to fill in, in order.
func (g Group) Needs() []string {
	var out []string
	for _, pattern := range g.patterns {
		for _, name := range (Reserved{Pattern: pattern}).Placeholders() {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// Title names the group with what was filled in: "jobs of lamp", "named shadow answers of lamp wifi".
func (g Group) Title(names map[string]string) string {
	var of []string
	for _, name := range g.Needs() {
		of = append(of, names[name])
	}
	return g.Name + " of " + strings.Join(of, " ")
}

// CheckName says what is wrong with a name for a placeholder of the group.
func (g Group) CheckName(name, value string) error {
	switch {
	case value == "":
		return fmt.Errorf("a %s has at least one character", name)
	case strings.Contains(value, "/"):
		return fmt.Errorf("a %s has no /", name)
	case value != "+" && strings.ContainsAny(value, "+#"):
		return fmt.Errorf("a %s has no wildcards; + alone stands for all", name)
	case value == "+" && strings.HasPrefix(g.patterns[0], "$aws/commands/"):
		return fmt.Errorf("AWS takes no wildcard for the %s of a command", name)
	}
	return nil
}

// Filters are those of the group with names in place of the placeholders. + stands for every name, where AWS takes it.
func (g Group) Filters(names map[string]string) ([]Filter, error) {
	for _, name := range g.Needs() {
		if err := g.CheckName(name, names[name]); err != nil {
			return nil, err
		}
	}
	var out []Filter
	for _, pattern := range g.patterns {
		text, err := Reserved{Pattern: pattern}.Fill(names)
		if err != nil {
			return nil, err
		}
		f, err := ParseFilter(text)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}
