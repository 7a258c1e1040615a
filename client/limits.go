package client

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits are what a broker accepts beyond MQTT's own rules. The zero Limits are MQTT's. Their errors are one line, made to stand
// beside a field: they name the figure and whose it is.
type Limits struct {
	// AWS says that the figures are AWS IoT Core's, and that its reserved topics are known.
	AWS bool
}

// AWSLimits are those of AWS IoT Core ("AWS IoT Core endpoints and quotas", message broker and protocol limits; "MQTT"). Some can be
// raised for an account; these are what an account begins with.
func AWSLimits() Limits { return Limits{AWS: true} }

// Figures of AWS IoT Core.
const (
	awsTopicBytes    = 256
	awsSlashes       = 7
	awsPayload       = 128 << 10
	awsClientID      = 128
	awsShareName     = 128
	awsSubscriptions = 50
	awsPublishes     = 100
	awsThroughput    = 512 << 10
	awsKeepAliveMin  = 30 * time.Second
	awsKeepAliveMax  = 1200 * time.Second
)

// MaxQoS is the highest QoS that the broker knows: AWS IoT Core closes the connection on QoS 2.
func (l Limits) MaxQoS() byte {
	if l.AWS {
		return 1
	}
	return 2
}

// MaxPayload is the most bytes of a payload, or 0 where only MQTT bounds it.
func (l Limits) MaxPayload() int {
	if l.AWS {
		return awsPayload
	}
	return 0
}

// MaxSubscriptions is how many subscriptions a connection may hold, or 0. AWS IoT Core refuses or closes beyond it.
func (l Limits) MaxSubscriptions() int {
	if l.AWS {
		return awsSubscriptions
	}
	return 0
}

// PublishesPerSecond is how many messages a second a connection may carry, sent and received together, or 0. What is beyond it AWS IoT
// Core discards without a word.
func (l Limits) PublishesPerSecond() int {
	if l.AWS {
		return awsPublishes
	}
	return 0
}

// BytesPerSecond is how much a connection may carry in a second, or 0. AWS IoT Core delays what is beyond it.
func (l Limits) BytesPerSecond() int {
	if l.AWS {
		return awsThroughput
	}
	return 0
}

// KeepAlive is the value that the broker works with where another is asked for: AWS IoT Core takes 30 to 1200 seconds.
func (l Limits) KeepAlive(asked time.Duration) time.Duration {
	switch {
	case !l.AWS:
		return asked
	case asked == 0:
		return awsKeepAliveMax
	}
	return min(max(asked, awsKeepAliveMin), awsKeepAliveMax)
}

func (l Limits) maxClientID() int {
	if l.AWS {
		return awsClientID
	}
	return 0
}

// KeepAliveNotice is what to tell of a keep-alive that the broker takes for another, or "". A Session works with that other one.
func (l Limits) KeepAliveNotice(asked time.Duration) string {
	works := l.KeepAlive(asked)
	if asked == 0 || works == asked {
		return ""
	}
	return fmt.Sprintf("keep-alive %d s: AWS IoT Core takes %d to %d s and works with %d", asked/time.Second,
		awsKeepAliveMin/time.Second, awsKeepAliveMax/time.Second, works/time.Second)
}

// ClientID says why a client ID cannot be used; the empty one is made up by the Session.
func (l Limits) ClientID(id string) error {
	switch {
	case !l.AWS:
	case len(id) > awsClientID:
		return fmt.Errorf("%d bytes: AWS IoT Core takes client IDs of at most %d", len(id), awsClientID)
	case strings.HasPrefix(id, "$"):
		return errors.New("AWS IoT Core takes no client ID that begins with $")
	}
	return nil
}

// Topic says why nothing can be published to a topic.
func (l Limits) Topic(t Topic) error {
	if !l.AWS {
		return nil
	}
	if err := awsLength(t.name); err != nil {
		return err
	}
	if strings.HasPrefix(t.name, "$") && !MayPublishReserved(t.name) {
		return errors.New("AWS IoT Core reserves topics that begin with $ and closes the connection on a publish to this one")
	}
	return nil
}

// Filter says why a filter cannot be subscribed to.
func (l Limits) Filter(f Filter) error {
	if !l.AWS {
		return nil
	}
	if f.Shared() {
		name, _, _ := strings.Cut(strings.TrimPrefix(f.text, "$share/"), "/")
		if n := utf8.RuneCountInString(name); n > awsShareName {
			return fmt.Errorf("the name of the shared subscription has %d characters: AWS IoT Core takes %d", n, awsShareName)
		}
	}
	if err := awsLength(f.pattern); err != nil {
		return err
	}
	if strings.HasPrefix(f.pattern, "$") && !MaySubscribeReserved(f.pattern) {
		return errors.New("AWS IoT Core reserves topics that begin with $ and closes the connection on a subscription to these")
	}
	return nil
}

// Subscription says why a filter cannot be subscribed to with its QoS.
func (l Limits) Subscription(s Subscription) error {
	if l.AWS && s.QoS > 1 {
		return fmt.Errorf("QoS %d: AWS IoT Core knows 0 and 1, and answers 2 with nothing", s.QoS)
	}
	return l.Filter(s.Filter)
}

// Message says why a message cannot be published.
func (l Limits) Message(m Message) error {
	switch {
	case !l.AWS:
		return nil
	case m.QoS > 1:
		return fmt.Errorf("QoS %d: AWS IoT Core knows 0 and 1 and closes the connection on 2", m.QoS)
	case len(m.Payload) > awsPayload:
		return fmt.Errorf("the payload has %d bytes: AWS IoT Core takes %d and closes the connection on more", len(m.Payload), awsPayload)
	case m.Retain && strings.HasPrefix(m.Topic.name, "$"):
		return errors.New("AWS IoT Core retains no messages on topics that begin with $")
	}
	return l.Topic(m.Topic)
}

// awsLength checks length and levels. The first three levels of Basic Ingest do not count, and reserved topics may have more levels:
// some of AWS's own have.
func awsLength(name string) error {
	counted := name
	if rest, ok := strings.CutPrefix(name, "$aws/rules/"); ok {
		_, counted, _ = strings.Cut(rest, "/")
	}
	if len(counted) > awsTopicBytes {
		return fmt.Errorf("%d bytes: AWS IoT Core takes at most %d", len(counted), awsTopicBytes)
	}
	reserved := strings.HasPrefix(name, "$aws/") && counted == name
	if n := strings.Count(counted, "/"); n > awsSlashes && !reserved {
		return fmt.Errorf("%d levels: AWS IoT Core takes at most %d", n+1, awsSlashes+1)
	}
	return nil
}

// MayPublishReserved says whether AWS IoT lets clients publish to a topic that begins with $.
func MayPublishReserved(topic string) bool {
	answer := !strings.HasPrefix(topic, "$aws/rules/") && (strings.HasSuffix(topic, "/accepted") || strings.HasSuffix(topic, "/rejected"))
	for _, r := range catalogue {
		if _, is := r.Names(topic); is && r.Publish {
			return !answer // the last name of a request may read like the last level of an answer
		}
	}
	return false
}

// MaySubscribeReserved says whether AWS IoT lets clients subscribe to a filter that begins with $: whether it can match one of the
// reserved topics that may be subscribed to. In the topics of commands only the execution may be a wildcard.
func MaySubscribeReserved(filter string) bool {
	command := strings.HasPrefix(filter, "$aws/commands/")
	for _, r := range catalogue {
		if r.Subscribe && r.overlaps(filter) && (!command || r.wildAsAllowed(filter)) {
			return true
		}
	}
	return false
}

// overlaps says whether some topic of the family is selected by the filter.
func (r Reserved) overlaps(filter string) bool {
	a, b := filter, r.Pattern
	for {
		x, restA, moreA := strings.Cut(a, "/")
		y, restB, moreB := strings.Cut(b, "/")
		name, open := placeholder(y)
		if x == "#" || open && takesRest(name) {
			return true
		}
		if x != y && x != "+" && !open {
			return false
		}
		if !moreA || !moreB {
			return moreA == moreB
		}
		a, b = restA, restB
	}
}

// wildAsAllowed says whether a filter has wildcards only in the place of names that may have them.
func (r Reserved) wildAsAllowed(filter string) bool {
	levels := strings.Split(r.Pattern, "/")
	for i, level := range strings.Split(filter, "/") {
		if level == "#" {
			return false
		}
		if level != "+" {
			continue
		}
		if name, open := placeholder(levels[i]); !open || !r.MayWild(name) {
			return false
		}
	}
	return true
}
