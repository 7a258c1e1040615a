package client

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const maxString = 65535 // bytes of a UTF-8 string in an MQTT packet

// Topic is a topic name that MQTT allows to be published to. The zero Topic is none; ParseTopic makes the others.
// Topics can be compared with ==.
type Topic struct{ name string }

// ParseTopic checks a topic name by the rules of MQTT 3.1.1, section 4.7: not empty, UTF-8 without U+0000, at most
// 65,535 bytes, no wildcards. The error's text is made to stand beside a field.
func ParseTopic(s string) (Topic, error) {
	if err := checkString("a topic", s); err != nil {
		return Topic{}, err
	}
	if i := strings.IndexAny(s, "#+"); i >= 0 {
		return Topic{}, fmt.Errorf("a topic has no wildcards: %c at %d", s[i], column(s, i))
	}
	return Topic{s}, nil
}

// String is the topic name.
func (t Topic) String() string { return t.name }

// Filter is a topic filter that MQTT allows to be subscribed to, with wildcards + and #, and possibly of the form
// $share/NAME/FILTER. The zero Filter is none and matches nothing; ParseFilter makes the others. Filters can be
// compared with ==.
type Filter struct{ text, pattern string }

// ParseFilter checks a topic filter by the rules of MQTT 3.1.1, section 4.7, and of MQTT 5, section 4.8.2, for shared
// subscriptions. The error's text is made to stand beside a field.
func ParseFilter(s string) (Filter, error) {
	if err := checkString("a filter", s); err != nil {
		return Filter{}, err
	}
	pattern, err := unshare(s)
	if err != nil {
		return Filter{}, err
	}
	if err := checkWildcards(pattern, column(s, len(s)-len(pattern))-1); err != nil {
		return Filter{}, err
	}
	return Filter{s, pattern}, nil
}

// String is the filter as it was written, with its $share prefix.
func (f Filter) String() string { return f.text }

// Pattern is the filter without its $share prefix.
func (f Filter) Pattern() string { return f.pattern }

// Shared says whether the filter is a shared subscription, $share/NAME/FILTER.
func (f Filter) Shared() bool { return len(f.pattern) != len(f.text) }

// Subscription is a filter and the QoS asked for.
type Subscription struct {
	Filter Filter
	QoS    byte
}

// ParseSubscription reads the form of the command line: FILTER, or FILTER@Q with a Q of 0, 1 or 2. Without @Q the QoS
// is 0. A filter that itself ends in @0, @1 or @2 is written with one more @Q.
func ParseSubscription(s string) (Subscription, error) {
	var sub Subscription
	if i := strings.LastIndexByte(s, '@'); i >= 0 && len(s) == i+2 && '0' <= s[i+1] && s[i+1] <= '9' {
		if s[i+1] > '2' {
			return sub, fmt.Errorf("QoS is 0, 1 or 2: not %c", s[i+1])
		}
		s, sub.QoS = s[:i], s[i+1]-'0'
	}
	var err error
	sub.Filter, err = ParseFilter(s)
	return sub, err
}

func checkString(what, s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%s has at least one character", what)
	case len(s) > maxString:
		return fmt.Errorf("%s has at most %d bytes: this one has %d", what, maxString, len(s))
	}
	for i, r := range s {
		if r == 0 {
			return fmt.Errorf("%s has no null character: one at %d", what, column(s, i))
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return fmt.Errorf("%s is UTF-8: byte 0x%02x at %d", what, s[i], column(s, i))
			}
		}
	}
	return nil
}

// column is the place of byte i, counted in characters from 1, as an eye counts it.
func column(s string, i int) int { return utf8.RuneCountInString(s[:i]) + 1 }

func unshare(s string) (string, error) {
	rest, ok := strings.CutPrefix(s, "$share/")
	if !ok {
		if s == "$share" {
			return "", errors.New("a shared filter is $share/NAME/FILTER")
		}
		return s, nil
	}
	name, pattern, ok := strings.Cut(rest, "/")
	if !ok || name == "" || pattern == "" {
		return "", errors.New("a shared filter is $share/NAME/FILTER")
	}
	if i := strings.IndexAny(name, "#+"); i >= 0 {
		return "", fmt.Errorf("the name of a shared filter has no wildcards: %c at %d", name[i], column(s, len("$share/")+i))
	}
	return pattern, nil
}

// checkWildcards looks at each level; shift is how many characters stand before the pattern.
func checkWildcards(pattern string, shift int) error {
	from := 0
	for level := range strings.SplitSeq(pattern, "/") {
		i := strings.IndexAny(level, "#+")
		last := from+len(level) == len(pattern)
		switch {
		case i < 0:
		case len(level) > 1:
			return fmt.Errorf("a wildcard stands alone in its level: %c at %d", level[i], shift+column(pattern, from+i))
		case level == "#" && !last:
			return fmt.Errorf("# stands only at the end: not at %d", shift+column(pattern, from))
		}
		from += len(level) + 1
	}
	return nil
}
