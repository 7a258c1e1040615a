package policy

import (
	"strings"
	"testing"
)

func TestPatternMatchesNames(t *testing.T) {
	c := &Context{ClientID: "a*b", ThingName: "lamp", ThingAttributes: map[string]string{"Room": "hall"}}
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a/b", "a/b", true},
		{"a/b", "a/B", false},
		{"a/b", "a/b/c", false},
		{"a/*", "a/", true},
		{"a/*", "a/b/c", true},
		{"a/*", "a", false},
		{"*", "", true},
		{"**", "x", true},
		{"*/c", "a/b/c", true},
		{"*/c", "a/b/c/d", false},
		{"a*c*e", "abcde", true},
		{"a*c*e", "ace", true},
		{"a*c*e", "aec", false},
		{"*ab", "aab", true},
		{"*a*b", "xxaxab", true},
		{"a/?/c", "a/b/c", true},
		{"a/?/c", "a//c", false},
		{"a/?/c", "a/bb/c", false},
		{"a/???", "a/é日x", true},
		{"*??", "é", false},
		{"*?", "é", true},
		{"*?b", "éb", true},
		{"a/+/c", "a/+/c", true},
		{"a/+/c", "a/b/c", false},
		{"a/#", "a/#", true},
		{"a/#", "a/b", false},
		{"$aws/things/x", "$aws/things/x", true},
		{"a$", "a$", true},
		{"a/${*}", "a/*", true},
		{"a/${*}", "a/b", false},
		{"a/${?}x", "a/?x", true},
		{"a/${?}x", "a/bx", false},
		{"${$}{iot:ClientId}", "${iot:ClientId}", true},
		{"${iot:ClientId}", "a*b", true},
		{"${iot:ClientId}", "aXb", false},
		{"x/${iot:ClientId}/*", "x/a*b/c", true},
		{"x/${iot:ClientId}/*", "x/aXb/c", false},
		{"*/${iot:Connection.Thing.ThingName}/*", "lam/lamp/lamp/x", true},
		{"${IOT:connection.thing.thingname}", "lamp", true},
		{"${iot:Thing.ThingName}-${iot:ClientId}", "lamp-a*b", true},
		{"${iot:Connection.Thing.Attributes[Room]}", "hall", true},
		{"${iot:Connection.Thing.Attributes[room]}", "hall", false},
		{"${iot:Connection.Thing.IsAttached}", "false", true},
		{"${iot:Connection.Thing.ThingTypeName}", "", false},
		{"${iot:Nonsense}", "${iot:Nonsense}", false},
		{"*${iot:Nonsense}*", "x", false},
		{"${iot:ClientId}${iot:ClientId}${iot:ClientId}${iot:ClientId}${iot:ClientId}*", strings.Repeat("a*b", 5) + "!", true},
	}
	for _, tt := range tests {
		p := newPattern(tt.pattern, lex(tt.pattern, true, true))
		if got := p.match(tt.name, c); got != tt.want {
			t.Errorf("%q against %q: got %v; want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestVariablesAndWildcardsCanBeOff(t *testing.T) {
	literal := newPattern("", lex("${iot:ClientId}*", false, false))
	if !literal.match("${iot:ClientId}*", nil) || literal.match("${iot:ClientId}x", nil) {
		t.Error("without variables and wildcards the text must match only itself")
	}
	wild := newPattern("", lex("${iot:ClientId}*", false, true))
	if !wild.match("${iot:ClientId}x", nil) {
		t.Error("without variables * must still be a wildcard")
	}
}

func TestMatchingTakesNoExponentialTime(t *testing.T) {
	p := newPattern("", lex(strings.Repeat("*a", 100)+"b", true, true))
	if p.match(strings.Repeat("a", 60000), nil) {
		t.Error("got a match; want none")
	}
}

func TestResourcePatterns(t *testing.T) {
	c := &Context{ClientID: "dev"}
	tests := []struct {
		pattern string
		kind    kind
		name    string
		want    bool
	}{
		{"*", kindTopic, "a", true},
		{"*", kindNone, "", true},
		{"arn:aws:iot:us-east-1:123456789012:topic/a", kindTopic, "a", true},
		{"arn:aws:iot:us-east-1:123456789012:topic/a", kindTopicFilter, "a", false},
		{"arn:aws:iot:us-east-1:123456789012:topic/a", kindNone, "", false},
		{"arn:aws-cn:iot:cn-north-1:1:topic/a", kindTopic, "a", true},
		{"arn:aws:iot:*:*:topic/a", kindTopic, "a", true},
		{"arn:aws:iot:*:*:topic/a", kindTopic, "b", false},
		{"arn:aws:iot:eu-*-?:*:topic/a", kindTopic, "a", true},
		{"arn:*:iot:*:*:topic/a", kindTopic, "a", true},
		{"arn:aws:iot:*:*:*", kindNone, "", true},
		{"arn:aws:iot:*", kindThing, "x/y", true},
		{"arn:aws:iot:us-east-1:1:*", kindClient, "x", true},
		{"arn:aws:*", kindClient, "x", true},
		{"arn:*", kindClient, "x", true},
		{"arn:aws:iot:us-east-1:1:topic*", kindTopic, "a", true},
		{"arn:aws:iot:us-east-1:1:topic*", kindTopicFilter, "a/#", true},
		{"arn:aws:iot:us-east-1:1:topic*", kindClient, "topic", false},
		{"arn:aws:iot:us-east-1:1:topic?????*/a", kindTopicFilter, "a", true},
		{"arn:aws:iot:us-east-1:1:*/a", kindClient, "x/a", true},
		{"arn:aws:iot:us-east-1:1:*/a", kindClient, "b", false},
		{"arn:aws:iot:us-east-1:*/a", kindTopic, "a", true},
		{"arn:aws:iot:us-east-1:*/a", kindTopic, "b", false},
		{"arn:aws:iot:*:topic/a", kindTopic, "a", true},
		{"arn:aws:iot:*:topic/a", kindTopic, "b", false},
		{"arn:aws:iot:*:topic/a/*", kindTopic, "a/b", true},
		{"arn:aws:iot:*:topic/a/*", kindTopic, "b/a", false},
		{"arn:aws:iot:*:topic/a/*", kindClient, "b", false},
		{"arn:aws:iot:*:topic*", kindTopic, "b", true},
		{"arn:aws:iot:*:topic*", kindClient, "b", false},
		{"arn:aws:iot:us-*:ACCOUNT:topic/*", kindTopic, "b", true},
		{"arn:aws:iot:us-*:1234*:topic/*", kindTopic, "b", true},
		{"arn:aws:iot:us-*:1234*:topic/*", kindClient, "b", false},
		{"arn:*:topic/*", kindTopic, "b", true},
		{"arn:*:topic/*", kindClient, "b", false},
		{"arn:aws:iot:*:*:*:topic/a", kindTopic, "x:topic/a", true},
		{"arn:aws:iot:*:*:*:topic/a", kindTopic, "a", false},
		// A * may reach over colons into the last part.
		{"arn:aws:iot:us-east-1:*:topic/a", kindTopic, "x:topic/a", true},
		{"arn:aws:iot:us-east-1:1:topic/a", kindTopic, "x:topic/a", false},
		{"arn:aws:iot:us-east-1:1:thing/aa:bb", kindThing, "aa:bb", true},
		{"arn:aws:iot:${AWS::Region}:${AWS::AccountId}:topic/${iot:ClientId}", kindTopic, "dev", true},
		{"arn:aws:iot:${AWS::Region}:${AWS::AccountId}:topic/${iot:ClientId}", kindTopic, "x", false},
		{"arn:aws:iot:us-east-1:1:${iot:ClientId}/a", kindTopic, "a", false},
		{"arn:aws:iot:us-east-1:1:rolealias/r", kindTopic, "r", false},
		{"arn:aws:iot:us-east-1:1:topic/", kindTopic, "", true},
		{"arn:aws:iot:us-east-1:1:topic/", kindTopic, "a", false},
		{"arn:aws:greengrass:us-east-1:1:topic/a", kindTopic, "a", false},
		{"arn:aws:*:us-east-1:1:topic/a", kindTopic, "a", true},
	}
	for _, tt := range tests {
		r, err := compileResource(tt.pattern, true)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if got := r.match(tt.kind, tt.name, c); got != tt.want {
			t.Errorf("%s against %s: got %v; want %v", tt.pattern, resourceText(tt.kind, tt.name), got, tt.want)
		}
	}
}

func TestResourceCostIsBounded(t *testing.T) {
	// Many wildcards that all might reach into the last part.
	r, err := compileResource("arn:"+strings.Repeat("*a", 30000), true)
	if err != nil || len(r.whole) > maxRests {
		t.Errorf("got %d alternatives, %v; want at most %d", len(r.whole), err, maxRests)
	}
}

func TestResourceThatCanNeverMatchIsRefused(t *testing.T) {
	for _, s := range []string{
		"", "topic/a", "a*", "arn", "arn:", "arn:aws:iot", "arn:aws:iot:us-east-1:1", "arn:aws:iot:topic/a",
		"arn:aws:iot::1:topic/a", "arn:aws:iot:us-east-1::topic/a", "arn:aws:iot:us-east-1:topic/a", "ARN:aws:iot:r:1:topic/a",
		"arn:*" + strings.Repeat("?", 2000),
	} {
		if _, err := compileResource(s, true); err == nil {
			t.Errorf("%q: got no error", s)
		}
	}
}
