package broker

import "time"

// Message is one application message. Once given to a Broker it is shared between its receivers and must not change.
type Message struct {
	Topic      string
	Payload    []byte
	QoS        byte // 0 or 1
	Retain     bool
	Expires    time.Time   // zero: never
	Properties *Properties // nil without any
	Publisher  string      // client ID, "" for the broker itself and for HTTP
	// Answer marks a message of the service itself, which is not offered to Intercept.
	Answer bool
}

// Properties are the MQTT 5 properties that travel with a message.
type Properties struct {
	PayloadFormat   byte // 0 unspecified bytes, 1 UTF-8
	HasFormat       bool // PayloadFormat was given
	ContentType     string
	ResponseTopic   string
	CorrelationData []byte
	User            []UserProperty // in order; a name may repeat
}

// UserProperty is one user property.
type UserProperty struct{ Key, Value string }

func (p *Properties) empty() bool {
	return p == nil || !p.HasFormat && p.ContentType == "" && p.ResponseTopic == "" && len(p.CorrelationData) == 0 && len(p.User) == 0
}

// expired tells whether the message must no longer be delivered.
func (m *Message) expired(now time.Time) bool { return !m.Expires.IsZero() && now.After(m.Expires) }

// size is what the message costs in a queue.
func (m *Message) size() int { return len(m.Topic) + len(m.Payload) + 64 }
