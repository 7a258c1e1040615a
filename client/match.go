package client

import "strings"

// Matches says whether a message published to topic is one that the filter selects, by the rule of AWS IoT Core: a/#
// selects a/b and a/ but not a (AWS IoT, "MQTT topics", topic filters). A filter that begins with a wildcard selects no
// topic that begins with $. Matches does not allocate.
func (f Filter) Matches(topic string) bool { return match(f.pattern, topic, false) }

// MatchesStandard is Matches by the MQTT standard, section 4.7.1.2, where a/# selects a too.
func (f Filter) MatchesStandard(topic string) bool { return match(f.pattern, topic, true) }

func match(pattern, topic string, parent bool) bool {
	if pattern == "" || topic == "" || topic[0] == '$' && (pattern[0] == '#' || pattern[0] == '+') {
		return false
	}
	for {
		want, patternRest, patternMore := strings.Cut(pattern, "/")
		if want == "#" {
			return true
		}
		have, topicRest, topicMore := strings.Cut(topic, "/")
		if want != "+" && want != have {
			return false
		}
		switch {
		case patternMore && topicMore:
			pattern, topic = patternRest, topicRest
		case patternMore:
			return parent && patternRest == "#"
		default:
			return !topicMore
		}
	}
}

// Overlaps says whether some topic is selected by both filters, so that a broker may send a message once for each.
func (f Filter) Overlaps(g Filter) bool {
	a, b := f.pattern, g.pattern
	if a == "" || b == "" || wild(a) && b[0] == '$' || wild(b) && a[0] == '$' {
		return false
	}
	for {
		x, restA, moreA := strings.Cut(a, "/")
		y, restB, moreB := strings.Cut(b, "/")
		switch {
		case x == "#" || y == "#":
			return true
		case x != y && x != "+" && y != "+":
			return false
		case !moreA || !moreB:
			return moreA == moreB
		}
		a, b = restA, restB
	}
}

// wild tells a pattern that begins with a wildcard.
func wild(pattern string) bool { return pattern[0] == '#' || pattern[0] == '+' }
