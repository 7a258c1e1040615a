package composer

import (
	"bytes"
	"strings"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/template"
)

// check says why the draft can't be published as it is, "" when it can. With variables it is tried with some values: those that the
// user will be asked for are left to the preview.
func (p *Pane) check() string {
	if p.checked != p.changes+1 {
		p.checked = p.changes + 1
		p.fault = p.checkNow()
	}
	return p.fault
}

func (p *Pane) checkNow() string {
	p.rendered = ""
	if p.payload.wrong != "" {
		return "not base64: " + p.payload.wrong
	}
	d := p.draft()
	m, err := template.OfDraft(d)
	if err != nil {
		return err.Error()
	}
	if len(m.Asks()) > 0 {
		return ""
	}
	if d, err = m.Render(p.values(0, nil)); err == nil {
		if !m.Fixed() {
			p.rendered = describe(kindText, d.Payload).label()
		}
		_, err = p.message(d)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// values are those of the next message; the same seed gives the same ones.
func (p *Pane) values(seed uint64, answers map[string]string) template.Values {
	return template.Values{Now: p.now(), Seq: p.seq, Rand: random(seed), Env: p.env, Answers: answers}
}

// message is a draft without variables as a message that the broker takes.
func (p *Pane) message(d Draft) (client.Message, error) {
	topic, err := client.ParseTopic(d.Topic)
	m := client.Message{Topic: topic, Payload: d.Payload, QoS: d.QoS, Retain: d.Retain}
	if err == nil {
		err = p.limits.Message(m)
	}
	return m, err
}

// topicFault is what of the fault concerns the topic alone.
func (p *Pane) topicFault() string {
	text := p.topicText()
	if p.variables && strings.Contains(text, "{{") {
		if _, err := template.Parse("topic", text); err != nil {
			return err.Error()
		}
		return ""
	}
	topic, err := client.ParseTopic(text)
	if err == nil {
		err = p.limits.Topic(topic)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// plainBraces reports whether the draft has what would be variables, while they are off.
func (p *Pane) plainBraces() bool {
	return !p.variables && (strings.Contains(p.topicText(), "{{") || bytes.Contains(p.payload.bytes[:min(len(p.payload.bytes), maxText)], []byte("{{")))
}
