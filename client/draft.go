package client

import (
	"encoding/json"
	"time"
	"unicode/utf8"
)

// Draft is a message being written: any topic, valid or not, and any bytes. As JSON it keeps both byte for byte: what is no UTF-8 is
// in topic_base64 and payload_base64.
type Draft struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	// Variables says that topic and payload are templates: {{now}} becomes the time when it is published. What came from others must
	// never have it, because a template can read the environment.
	Variables bool
}

// Publication is a message that was published, with the values of its variables.
type Publication struct {
	Draft
	Time time.Time
}

// Template is a draft kept under a name.
type Template struct {
	Draft
	Name   string
	Global bool // offered on every connection, not only on its own
}

// draftJSON is how drafts, and what was published, stand in files.
type draftJSON struct {
	Time          *time.Time `json:"time,omitempty"`
	Name          string     `json:"name,omitempty"`
	Topic         string     `json:"topic"`
	TopicBase64   []byte     `json:"topic_base64,omitempty"`
	QoS           byte       `json:"qos"`
	Retain        bool       `json:"retain"`
	Variables     bool       `json:"variables,omitempty"`
	Payload       *string    `json:"payload,omitempty"`
	PayloadBase64 []byte     `json:"payload_base64,omitempty"`
}

func (d Draft) file() draftJSON {
	f := draftJSON{QoS: d.QoS, Retain: d.Retain, Variables: d.Variables}
	if utf8.ValidString(d.Topic) {
		f.Topic = d.Topic
	} else {
		f.TopicBase64 = []byte(d.Topic)
	}
	if text := string(d.Payload); utf8.ValidString(text) {
		f.Payload = &text
	} else {
		f.PayloadBase64 = d.Payload
	}
	return f
}

func (f draftJSON) draft() Draft {
	d := Draft{Topic: f.Topic, QoS: min(f.QoS, 2), Retain: f.Retain, Variables: f.Variables, Payload: f.PayloadBase64}
	if f.TopicBase64 != nil {
		d.Topic = string(f.TopicBase64)
	}
	if f.Payload != nil {
		d.Payload = []byte(*f.Payload)
	}
	return d
}

// MarshalJSON writes an object.
func (d Draft) MarshalJSON() ([]byte, error) { return json.Marshal(d.file()) }

// UnmarshalJSON reads what MarshalJSON writes; members that it does not know are left out.
func (d *Draft) UnmarshalJSON(data []byte) error {
	var f draftJSON
	err := json.Unmarshal(data, &f)
	*d = f.draft()
	return err
}

// MarshalJSON writes the draft with its time.
func (p Publication) MarshalJSON() ([]byte, error) {
	f := p.file()
	f.Time = &p.Time
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Publication) UnmarshalJSON(data []byte) error {
	var f draftJSON
	err := json.Unmarshal(data, &f)
	*p = Publication{Draft: f.draft()}
	if f.Time != nil {
		p.Time = *f.Time
	}
	return err
}

// MarshalJSON writes the draft with its name. Where it is offered is told by the file it stands in.
func (t Template) MarshalJSON() ([]byte, error) {
	f := t.file()
	f.Name = t.Name
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Template) UnmarshalJSON(data []byte) error {
	var f draftJSON
	err := json.Unmarshal(data, &f)
	*t = Template{Draft: f.draft(), Name: f.Name}
	return err
}
