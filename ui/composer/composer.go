// Package composer is the Publish pane: topic, QoS, retain flag and payload of a message, and what became of it.
package composer

import (
	"time"

	"github.com/charmbracelet/bubbles/textarea"
	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Publish asks to publish a message. The payload is the pane's own no more.
type Publish struct {
	Topic   client.Topic
	Payload []byte
	QoS     byte
	Retain  bool
}

// Leave says that the form was left past its last field, or before its first.
type Leave struct{ Forward bool }

// Draft is a message being written. The payload is any bytes.
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

	topic  *widget.Field
	qos    byte
	maxQoS byte
	retain bool
	text   textarea.Model
	bytes  []byte // the payload while the text editor can't hold it; nil otherwise

	at       field
	typing   bool
	tried    bool // publishing was tried: an empty topic is told now
	scroll   int  // first line of a payload that is shown and not edited
	outcomes []outcome
	wrong    string // why the payload could not be formatted
	w, h     int
	focus    bool
	view     string
}

// outcome is what became of one publish.
type outcome struct {
	id     uint64
	text   string
	failed bool
}

// New makes the pane with an empty draft.
func New(t *theme.Theme, keys *keymap.Map, _ func() time.Time) *Pane {
	p := &Pane{theme: t, keys: keys, maxQoS: 1, text: newEditor()}
	p.topic = widget.NewField(t, "Topic", func(text string) error {
		_, err := client.ParseTopic(text)
		return err
	})
	return p
}

// SetMaxQoS sets the highest QoS that is offered.
func (p *Pane) SetMaxQoS(qos byte) {
	p.maxQoS = qos
	p.qos = min(p.qos, qos)
}

// SetDraft replaces what is being written; nothing of the payload is changed, whatever it holds.
func (p *Pane) SetDraft(d Draft) {
	p.topic.SetValue(d.Topic)
	p.qos, p.retain = min(d.QoS, p.maxQoS), d.Retain
	p.setPayload(d.Payload)
}

// Draft is what is being written.
func (p *Pane) Draft() Draft {
	return Draft{Topic: p.topic.Value(), Payload: p.payload(), QoS: p.qos, Retain: p.retain}
}

// Edit goes to the topic, ready to type.
func (p *Pane) Edit() tea.Cmd { return p.enter(fieldTopic) }

// Asked tells the id of the publish that was just asked for.
func (p *Pane) Asked(id uint64) {
	p.outcomes = append(p.outcomes, outcome{id: id, text: "asked"})
	if len(p.outcomes) > 3 {
		p.outcomes = p.outcomes[1:]
	}
}

// Outcome tells how far a publish has come. Text is in plain words.
func (p *Pane) Outcome(id uint64, text string, failed bool) {
	for i := range p.outcomes {
		if p.outcomes[i].id == id {
			safe, _ := widget.Sanitize(text, 0)
			p.outcomes[i].text, p.outcomes[i].failed = safe, failed
		}
	}
}

// Typing reports whether a field takes letters.
func (p *Pane) Typing() bool { return p.typing }

// SetFocus tells whether the pane takes keys.
func (p *Pane) SetFocus(on bool) tea.Cmd {
	p.focus = on
	if !on {
		p.leave()
	}
	return nil
}

// SetSize sets the outer size.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// View is what Refresh drew.
func (p *Pane) View() string { return p.view }

// enter goes to a field and lets it take keys.
func (p *Pane) enter(f field) tea.Cmd {
	p.leave()
	p.at, p.typing = f, true
	switch f {
	case fieldTopic:
		return p.topic.Focus()
	case fieldPayload:
		return p.text.Focus()
	}
	return nil
}

// leave ends typing; the field stays the chosen one.
func (p *Pane) leave() {
	p.typing = false
	p.topic.Blur()
	p.text.Blur()
}

// Actions is what can be done here, most useful first.
func (p *Pane) Actions() []keymap.Action {
	format := p.keys.Action("publish.format")
	if len(p.payload()) == 0 {
		format = format.Disabled("there is no payload")
	}
	out := []keymap.Action{p.keys.Action("publish.send"), format}
	if p.typing {
		return append(out, p.keys.Action("global.next"), p.keys.Action("global.back"))
	}
	out = append(out, p.keys.Action("list.open"), p.keys.Action("list.up"), p.keys.Action("list.down"))
	if p.at == fieldQoS || p.at == fieldRetain {
		out = append(out, p.keys.Action("publish.toggle"))
	}
	return out
}

// Do does an action of the pane.
func (p *Pane) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "publish.send":
		return p.send()
	case "publish.format":
		p.format()
	case "publish.toggle":
		p.toggle(1)
	case "list.up":
		p.at = max(0, p.at-1)
	case "list.down":
		p.at = min(fieldCount-1, p.at+1)
	case "list.top":
		p.at = fieldTopic
	case "list.bottom":
		p.at = fieldPayload
	case "list.pageup":
		p.scroll = max(0, p.scroll-5)
	case "list.pagedown":
		p.scroll += 5
	case "list.unfold":
		p.toggle(1)
	case "list.fold":
		p.toggle(-1)
	case "list.open":
		if p.at == fieldQoS || p.at == fieldRetain {
			p.toggle(1)
			return nil, nil
		}
		return nil, p.enter(p.at)
	}
	return nil, nil
}

// toggle changes the QoS or the retain flag, when one of them is chosen.
func (p *Pane) toggle(step int) {
	switch p.at {
	case fieldQoS:
		n := int(p.maxQoS) + 1
		p.qos = byte((int(p.qos) + step + n) % n)
	case fieldRetain:
		p.retain = !p.retain
	}
}

// send publishes the draft, which stays; with a topic that is none it goes to the topic instead.
func (p *Pane) send() ([]any, tea.Cmd) {
	p.tried = true
	topic, err := client.ParseTopic(p.topic.Value())
	if err != nil {
		return nil, p.enter(fieldTopic)
	}
	payload := append([]byte(nil), p.payload()...)
	return []any{Publish{Topic: topic, Payload: payload, QoS: p.qos, Retain: p.retain}}, nil
}
