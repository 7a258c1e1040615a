// Package composer is the Publish pane: topic, QoS, retain flag and payload of a message, and what became of it; and its dialogs:
// what was published, templates, files, repeating.
package composer

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
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
	// Repeated says that it is one of a repeat, whose steps the pane counts and does not list.
	Repeated bool
}

// Leave asks the root to move the focus on: the form was left past its last field, or before its first.
type Leave struct{ Forward bool }

// Open asks the root to put a dialog over the panes.
type Open struct{ Dialog Dialog }

// Close asks the root to take the uppermost dialog away.
type Close struct{}

// Tell asks the root to tell the outcome of an action.
type Tell struct {
	Text  string
	Error bool
}

// Keep asks the root to keep what changed: the templates of the connection, or those of all.
type Keep struct {
	Global    bool
	Templates []client.Template
}

// Begin asks the root to have the pane do what a dialog of its own can't: it closes it and calls Begun.
type Begin struct{}

// Dialog is a pane over the others that says how large it wants to be.
type Dialog interface {
	Update(tea.Msg) (intents []any, cmd tea.Cmd)
	Refresh(now time.Time)
	View() string
	SetSize(w, h int)
	SetFocus(on bool) tea.Cmd
	Actions() []keymap.Action
	Do(action string) (intents []any, cmd tea.Cmd)
	Typing() bool
	Want(maxW, maxH int) (w, h int)
}

// Draft is a message being written: any topic, valid or not, and any bytes.
type Draft = client.Draft

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
	now   func() time.Time
	env   func(string) (string, bool)
	seed  func() uint64 // another number each time

	topic   *widget.Field
	given   string // the topic of SetDraft, and what the field made of it
	shown   string
	qos     byte
	maxQoS  byte
	retain  bool
	payload payload
	// variables says that topic and payload are templates.
	variables bool
	limits    client.Limits
	changes   uint64 // of the draft

	at       field
	typing   bool
	resume   bool   // typing goes on when the dialog goes
	tried    bool   // publishing was tried: an empty topic is told now
	wrong    string // why the last action did not do what it should; until the next key
	fault    string // why the draft can't be published as it is; of checked
	checked  uint64 // the changes that fault is of, from 1
	rendered string // what the payload is once variables have their values, "" where that is not known
	complete completion
	outcomes outcomes

	seq       uint64 // of the next message with variables
	templates []client.Template
	published []client.Publication // oldest first
	repeat    repeat
	pending   *plan // the repeat to begin with

	w, h  int
	focus bool
	dirty bool // what View returns is older than what it shows
	view  string
	rows  rows
}

// New makes the pane with an empty draft. QoS 0 and 1 are offered until SetMaxQoS says otherwise.
func New(t *theme.Theme, keys *keymap.Map, now func() time.Time) *Pane {
	p := &Pane{theme: t, keys: keys, now: now, env: os.LookupEnv, seed: rand.Uint64, maxQoS: 1, seq: 1, dirty: true, topic: widget.NewField(t, "Topic", nil)}
	p.payload.editor = newEditor()
	return p
}

// SetMaxQoS tells the highest QoS that the broker knows.
func (p *Pane) SetMaxQoS(qos byte) {
	p.maxQoS = qos
	p.qos = min(p.qos, qos)
	p.changed()
}

// SetLimits tells what the broker takes.
func (p *Pane) SetLimits(l client.Limits) {
	p.limits = l
	p.changed()
}

// SetDraft replaces what is being written. Topic and payload are published as they are given, whatever they hold, until the user
// changes them; a QoS that the broker does not know becomes the highest that it knows. The payload is copied.
func (p *Pane) SetDraft(d Draft) {
	p.topic.SetValue(d.Topic)
	p.given, p.shown = d.Topic, p.topic.Value()
	p.qos, p.retain, p.variables = min(d.QoS, p.maxQoS), d.Retain, d.Variables
	p.payload.renew(d.Payload)
	p.complete.typed = p.topic.Value()
	p.tried, p.wrong = false, ""
	p.changed()
}

// Draft is what is being written. The payload is a copy.
func (p *Pane) Draft() Draft {
	d := p.draft()
	d.Payload = bytes.Clone(d.Payload)
	return d
}

// draft is Draft with the payload itself, which nobody changes.
func (p *Pane) draft() Draft {
	return Draft{Topic: p.topicText(), Payload: p.payload.bytes, QoS: p.qos, Retain: p.retain, Variables: p.variables}
}

// Changes grows whenever the draft changes.
func (p *Pane) Changes() uint64 { return p.changes }

func (p *Pane) changed() {
	p.changes++
	p.dirty = true
}

// topicText is the topic to publish to: the field drops control characters and lines of a topic that was given, which MQTT allows.
func (p *Pane) topicText() string {
	if text := p.topic.Value(); text != p.shown {
		return text
	}
	return p.given
}

// SetTemplates tells the named templates.
func (p *Pane) SetTemplates(all []client.Template) {
	p.templates = all
	p.dirty = true
}

// TakeTemplates takes over what another pane kept: the templates of all connections, or those of this one.
func (p *Pane) TakeTemplates(k Keep) {
	all := slices.DeleteFunc(slices.Clone(p.templates), func(t client.Template) bool { return t.Global == k.Global })
	for _, t := range k.Templates {
		if t.Global == k.Global {
			all = append(all, t)
		}
	}
	p.SetTemplates(sorted(all))
}

// SetPublished tells what was published before, oldest first.
func (p *Pane) SetPublished(all []client.Publication) {
	p.published = all
	p.dirty = true
}

// SetTopics gives the topics seen, when the topic is about to be typed.
func (p *Pane) SetTopics(seen func() []string) { p.complete.seen = seen }

// The bounds of what was published, in memory.
const (
	maxPublished      = 1000
	maxPublishedBytes = 32 << 20
)

// note remembers a message that is published now.
func (p *Pane) note(d Draft) client.Publication {
	pub := client.Publication{Draft: d, Time: p.now()}
	p.published = append(p.published, pub)
	p.published = p.published[max(0, len(p.published)-maxPublished):]
	bytes := 0
	for i, pub := range slices.Backward(p.published) {
		if bytes += len(pub.Payload); bytes > maxPublishedBytes {
			p.published = slices.Clone(p.published[min(i+1, len(p.published)-1):])
			break
		}
	}
	return pub
}

// random is a new source for one message, or for several that must be alike when it is made of the same seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// Edit goes to the topic, ready to type.
func (p *Pane) Edit() tea.Cmd { return p.enter(fieldTopic) }

// maxShown bounds what is kept of texts that are only shown.
const maxShown = 256

// Typing reports whether a field has the keys.
func (p *Pane) Typing() bool { return p.typing }

// SetFocus tells whether the pane has the keys; without them it is no longer typed into. When a dialog of its own goes, typing goes
// on where it was.
func (p *Pane) SetFocus(on bool) tea.Cmd {
	p.dirty = p.dirty || p.focus != on
	p.focus = on
	if !on {
		p.leave()
		return nil
	}
	if p.resume {
		p.resume = false
		return p.enter(p.at)
	}
	return nil
}

// open puts a dialog over the pane.
func (p *Pane) open(d Dialog) []any {
	p.resume = p.typing
	return []any{Open{d}}
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
		p.complete.begin(p)
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
