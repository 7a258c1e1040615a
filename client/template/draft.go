package template

import (
	"example.com/thingdeck/client"
)

// Message is a draft ready to be rendered.
type Message struct {
	draft          client.Draft
	topic, payload *Template // nil without variables
}

// OfDraft reads topic and payload of a draft. Those of a draft without variables stay as they are. The error, an *Error, names the
// topic or the payload.
func OfDraft(d client.Draft) (*Message, error) {
	m := &Message{draft: d}
	if !d.Variables {
		return m, nil
	}
	var err error
	if m.topic, err = Parse("topic", d.Topic); err != nil {
		return nil, err
	}
	m.payload, err = Parse("payload", string(d.Payload))
	return m, err
}

// Fixed reports whether every message will be the same.
func (m *Message) Fixed() bool { return m.topic == nil || m.topic.Fixed() && m.payload.Fixed() }

// Asks are the questions of topic and payload.
func (m *Message) Asks() []Ask {
	if m.topic == nil {
		return nil
	}
	both := Template{parts: append(append([]part(nil), m.topic.parts...), m.payload.parts...)}
	return both.Asks()
}

// Render is the draft to publish, without variables: topic and payload share the time and the number. Whether the topic is one is for
// client.ParseTopic to say.
func (m *Message) Render(v Values) (client.Draft, error) {
	out := m.draft
	if m.topic == nil {
		return out, nil
	}
	out.Variables = false
	topic, err := m.topic.Render(v)
	if err != nil {
		return client.Draft{}, err
	}
	out.Topic = string(topic)
	out.Payload, err = m.payload.Render(v)
	return out, err
}
