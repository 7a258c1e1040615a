package broker

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// AWS's limits on topics and subscriptions; some are adjustable for an account there.
const (
	maxTopicBytes    = 256
	maxSlashes       = 7
	maxFilters       = 8  // in one SUBSCRIBE or UNSUBSCRIBE
	maxSubscriptions = 50 // of one connection
	maxShareName     = 128
)

// limiter applies AWS's limits, or only tells of them.
type limiter struct{ b *Broker }

// refuses tells whether a limit is enforced. When it is not, the passing of it becomes a warning.
func (l *limiter) refuses(c *Conn, action, topic, text string) bool {
	if l.b.opt.Strict {
		return true
	}
	l.b.notice(Warning, c.id, action, topic, text+" (AWS refuses this)")
	return false
}

// badTopic says what MQTT forbids about a topic name, "" when nothing.
func badTopic(topic string) string {
	switch {
	case topic == "":
		return "empty topic"
	case len(topic) > 65535:
		return "topic longer than 65535 bytes"
	case !utf8.ValidString(topic) || strings.IndexByte(topic, 0) >= 0:
		return "topic is not UTF-8 without U+0000"
	case strings.ContainsAny(topic, "+#"):
		return "wildcard in a topic name"
	}
	return ""
}

// badFilter says what MQTT forbids about a filter without its $share/NAME/.
func badFilter(filter string) string {
	if filter == "" {
		return "empty filter"
	}
	if !utf8.ValidString(filter) || strings.IndexByte(filter, 0) >= 0 {
		return "filter is not UTF-8 without U+0000"
	}
	levels := strings.Split(filter, "/")
	for i, level := range levels {
		switch {
		case strings.Contains(level, "#") && level != "#":
			return "# must be a whole level"
		case level == "#" && i != len(levels)-1:
			return "# must be the last level"
		case strings.Contains(level, "+") && level != "+":
			return "+ must be a whole level"
		}
	}
	return ""
}

// beyond says which of AWS's limits a topic or filter passes, "" for none. The first three levels of Basic Ingest and
// the first two of a shared subscription do not count, and reserved topics may have more levels.
func beyond(topic string) string {
	counted := topic
	if rest, ok := strings.CutPrefix(topic, "$aws/rules/"); ok {
		_, counted, _ = strings.Cut(rest, "/")
	}
	if len(counted) > maxTopicBytes {
		return fmt.Sprintf("%d bytes; at most %d", len(counted), maxTopicBytes)
	}
	reserved := strings.HasPrefix(topic, "$aws/") && counted == topic
	if n := strings.Count(counted, "/"); n > maxSlashes && !reserved {
		return fmt.Sprintf("%d levels; at most %d", n+1, maxSlashes+1)
	}
	return ""
}

// badShare says what is wrong with the name of a shared subscription.
func badShare(filter string) string {
	if !strings.HasPrefix(filter, "$share/") {
		return ""
	}
	name, rest := splitShare(filter)
	switch {
	case name == "" || strings.ContainsAny(name, "+#"):
		return "the name of a shared subscription must not be empty nor hold + or #"
	case rest == "":
		return "a shared subscription needs a filter"
	case len(name) > maxShareName:
		return fmt.Sprintf("the name of a shared subscription has %d characters; at most %d", len(name), maxShareName)
	}
	return ""
}
