// Package composer is the Publish pane: topic, QoS, retain flag and payload of a message, and what became of it.
package composer

import (
	"bytes"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Publish asks the root to publish a message. The pane never changes the bytes of Payload, nor may the root. Asked answers it.
type Publish struct {
	Topic   client.Topic
	Payload []byte
	QoS     byte
	Retain  bool
}

// Leave asks the root to move the focus on: the form was left past its last field, or before its first.
type Leave struct{ Forward bool }

// Draft is a message being written: any topic, valid or not, and any bytes.
type Draft struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// field is a part of the form.
type field int

const (
	fieldTopic field = iota
	fieldQoS
	fieldRetain
	fieldPayload
	fieldCount
)

// Pane is the Publish pane.
type Pane struct {
	theme *theme.Theme
	keys  *keymap.Map

	topic   *widget.Field
	given   string // the topic of SetDraft, and what the field made of it
	shown   string
	qos     byte
	maxQoS  byte
	retain  bool
	payload payload

	at       field
	typing   bool
	tried    bool   // publishing was tried: an empty topic is told now
	wrong    string // why the last action did not do what it should; until the next key
	outcomes []outcome

	w, h  int
	focus bool
	dirty bool // what View returns is older than what it shows
	view  string
	rows  rows
}

// outcome is what became of one publish.
type outcome struct {
	id          uint64
	topic, text string
	failed      bool
}

// maxOutcomes is how many publishes are remembered.
const maxOutcomes = 3

// New makes the pane with an empty draft. QoS 0 and 1 are offered until SetMaxQoS says otherwise.
func New(t *theme.Theme, keys *keymap.Map, _ func() time.Time) *Pane {
	p := &Pane{theme: t, keys: keys, maxQoS: 1, dirty: true, topic: widget.NewField(t, "Topic", nil)}
	p.payload.editor = newEditor()
	return p
}

// SetMaxQoS tells the highest QoS that the broker knows.
func (p *Pane) SetMaxQoS(qos byte) {
	p.maxQoS = qos
	p.qos = min(p.qos, qos)
	p.dirty = true
}

// SetDraft replaces what is being written. Topic and payload are published as they are given, whatever they hold, until the user
// changes them; a QoS that the broker does not know becomes the highest that it knows. The payload is copied.
func (p *Pane) SetDraft(d Draft) {
	p.topic.SetValue(d.Topic)
	p.given, p.shown = d.Topic, p.topic.Value()
	p.qos, p.retain = min(d.QoS, p.maxQoS), d.Retain
	p.payload.set(d.Payload)
	p.tried, p.wrong, p.dirty = false, "", true
}

// Draft is what is being written. The payload is a copy.
func (p *Pane) Draft() Draft {
	return Draft{Topic: p.topicText(), Payload: bytes.Clone(p.payload.bytes), QoS: p.qos, Retain: p.retain}
}

// topicText is the topic to publish to: the field drops control characters and lines of a topic that was given, which MQTT allows.
func (p *Pane) topicText() string {
	if text := p.topic.Value(); text != p.shown {
		return text
	}
	return p.given
}

// Edit goes to the topic, ready to type.
func (p *Pane) Edit() tea.Cmd { return p.enter(fieldTopic) }

// Asked tells the id of the publish that was just asked for by Publish.
func (p *Pane) Asked(id uint64) {
	topic, _ := widget.Sanitize(p.topicText(), maxShown)
	p.outcomes = append(p.outcomes, outcome{id: id, topic: topic, text: "publishing"})
	p.outcomes = p.outcomes[max(0, len(p.outcomes)-maxOutcomes):]
	p.dirty = true
}

// maxShown bounds what is kept of texts that are only shown.
const maxShown = 256

// Outcome tells how far a publish has come, in plain words. One that is no longer shown is ignored.
func (p *Pane) Outcome(id uint64, text string, failed bool) {
	for i := range p.outcomes {
		if o := &p.outcomes[i]; o.id == id {
			o.text, _ = widget.Sanitize(text, maxShown)
			o.failed = failed
			p.dirty = true
		}
	}
}

// Typing reports whether a field has the keys.
func (p *Pane) Typing() bool { return p.typing }

// SetFocus tells whether the pane has the keys; without them it is no longer typed into.
func (p *Pane) SetFocus(on bool) tea.Cmd {
	p.dirty = p.dirty || p.focus != on
	p.focus = on
	if !on {
		p.leave()
	}
	return nil
}

// SetSize sets the outer size in cells.
func (p *Pane) SetSize(w, h int) {
	p.dirty = p.dirty || p.w != w || p.h != h
	p.w, p.h = w, h
}

// View is what the last Refresh drew.
func (p *Pane) View() string { return p.view }

// enter goes to a field and gives it the keys.
func (p *Pane) enter(f field) tea.Cmd {
	p.leave()
	p.at, p.typing = f, true
	switch f {
	case fieldTopic:
		return p.topic.Focus()
	case fieldPayload:
		return p.payload.editor.area.Focus()
	}
	return nil
}

// leave ends typing; the field stays the chosen one.
func (p *Pane) leave() {
	p.dirty = true
	p.typing = false
	p.topic.Blur()
	p.payload.editor.area.Blur()
}
