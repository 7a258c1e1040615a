package client

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Reserved is a topic, or a family of topics, that AWS IoT reserves: those under $aws, and shared subscriptions.
type Reserved struct {
	// Pattern is the topic with named placeholders, as in $aws/things/{thing}/shadow/get. A placeholder is a whole level; {topic}
	// and {filter} stand last and are one or more levels.
	Pattern string
	// Of says in a word or two what it belongs to: "named shadow", "jobs", "thing event".
	Of string
	// Publish and Subscribe say what clients may do with it.
	Publish, Subscribe bool
	// Enable says that AWS sends it only once that kind of event is switched on in the account (IoT settings, event-based messages).
	Enable bool
}

// Catalogue is every reserved topic of AWS IoT, those of one service together.
func Catalogue() []Reserved { return slices.Clone(catalogue) }

var catalogue = func() (out []Reserved) {
	for _, family := range reservedTopics {
		for _, pattern := range family.all {
			out = append(out, Reserved{
				Pattern: pattern, Of: family.of,
				Publish: family.who&canPublish != 0, Subscribe: family.who&canSubscribe != 0, Enable: family.who&switchedOn != 0,
			})
		}
	}
	return out
}()

// ReservedFor is the first entry of the catalogue that a topic or filter belongs to. A wildcard + in the place of a name is taken.
func ReservedFor(topic string) (Reserved, bool) {
	if !strings.HasPrefix(topic, "$") {
		return Reserved{}, false
	}
	for _, r := range catalogue {
		if _, ok := r.Names(topic); ok {
			return r, true
		}
	}
	return Reserved{}, false
}

// placeholder is the name in {name}.
func placeholder(level string) (name string, ok bool) {
	if len(level) > 2 && level[0] == '{' && level[len(level)-1] == '}' {
		return level[1 : len(level)-1], true
	}
	return "", false
}

// takesRest tells a placeholder that is one or more levels.
func takesRest(name string) bool { return name == "topic" || name == "filter" }

// Placeholders are the names in the pattern, in order.
func (r Reserved) Placeholders() []string {
	var out []string
	for level := range strings.SplitSeq(r.Pattern, "/") {
		if name, ok := placeholder(level); ok {
			out = append(out, name)
		}
	}
	return out
}

// Fill puts names into the placeholders. The error names the one that is missing, or that is no single level; wildcards are left
// to the parser of topics or filters.
func (r Reserved) Fill(names map[string]string) (string, error) {
	levels := strings.Split(r.Pattern, "/")
	for i, level := range levels {
		name, ok := placeholder(level)
		switch value := names[name]; {
		case !ok:
		case value == "":
			return "", fmt.Errorf("%s needs a %s", r.Pattern, name)
		case !takesRest(name) && strings.Contains(value, "/"):
			return "", fmt.Errorf("a %s is one level: not %s", name, value)
		default:
			levels[i] = value
		}
	}
	return strings.Join(levels, "/"), nil
}

// MayWild reports whether a subscription may have + in the place of a name: for commands only the execution.
func (r Reserved) MayWild(name string) bool {
	return r.Subscribe && (!strings.HasPrefix(r.Pattern, "$aws/commands/") || name == "execution")
}

// Names are what stands in a topic in the place of the placeholders, or false when the topic is another one.
func (r Reserved) Names(topic string) (map[string]string, bool) {
	if head, _, _ := strings.Cut(r.Pattern, "{"); !strings.HasPrefix(topic, head) {
		return nil, false
	}
	names := map[string]string{}
	rest, more := topic, true
	for level := range strings.SplitSeq(r.Pattern, "/") {
		if !more {
			return nil, false
		}
		name, open := placeholder(level)
		if open && takesRest(name) {
			names[name] = rest
			return names, rest != ""
		}
		var have string
		have, rest, more = strings.Cut(rest, "/")
		if open && have != "" {
			names[name] = have
		} else if have != level {
			return nil, false
		}
	}
	return names, !more
}

// Known are names that can stand for placeholders, the best first: {"thing": {"lamp", "pump"}}.
type Known map[string][]string

// KnownFrom collects the names in reserved topics that were seen, at most n of a placeholder.
func KnownFrom(topics iter.Seq[string], n int) Known {
	known := Known{}
	for topic := range topics {
		r, ok := ReservedFor(topic)
		if !ok {
			continue
		}
		names, _ := r.Names(topic)
		for name, value := range names {
			known.Add(name, value, n)
		}
	}
	return known
}

// Add notes a name once, as long as there are fewer than n. Wildcards are no names.
func (k Known) Add(name, value string, n int) {
	if len(k[name]) < n && value != "" && !strings.ContainsAny(value, "+#") && !slices.Contains(k[name], value) {
		k[name] = append(k[name], value)
	}
}
