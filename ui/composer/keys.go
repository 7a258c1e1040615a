package composer

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
)

// Update takes a key, a paste or the mouse.
func (p *Pane) Update(msg tea.Msg) (intents []any, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		p.dirty, p.wrong = true, ""
		if p.typing {
			return p.typed(msg)
		}
		if name, ok := p.keys.Lookup(msg.String(), "publish", "list"); ok && !msg.Paste {
			return p.Do(name)
		}
	case tea.MouseMsg:
		if msg.Action == tea.MouseActionPress {
			return nil, p.mouse(msg)
		}
	}
	return nil, nil
}

// typed gives a key to the field in use: first the chords of the pane, then the moves between fields, then the field itself.
func (p *Pane) typed(msg tea.KeyMsg) ([]any, tea.Cmd) {
	name := ""
	if key := msg.String(); keymap.Chord(key) && !msg.Paste {
		name, _ = p.keys.Lookup(key, "publish", "global")
	}
	switch {
	case strings.HasPrefix(name, "publish."):
		return p.Do(name)
	case name == "global.back" || msg.Type == tea.KeyEsc && !msg.Paste:
		p.leave()
	case name == "global.next":
		return p.step(1)
	case name == "global.previous":
		return p.step(-1)
	case p.at == fieldPayload:
		p.payload.key(msg)
	case p.at == fieldTopic:
		return nil, p.topicKey(msg)
	default:
		return nil, p.flagKey(msg.String())
	}
	return nil, nil
}

func (p *Pane) topicKey(msg tea.KeyMsg) tea.Cmd {
	switch {
	case msg.Paste:
		msg.Runes = firstLine(msg.Runes)
	case msg.Type == tea.KeyEnter:
		return p.enter(fieldPayload)
	case msg.Type == tea.KeyDown:
		return p.enter(fieldQoS)
	}
	before := p.topic.Value()
	cmd := p.topic.Update(msg)
	if text := p.topic.Value(); text != before {
		p.given, p.shown = text, text
	}
	return cmd
}

// firstLine is what a paste puts into a field of one line.
func firstLine(text []rune) []rune {
	line := strings.TrimLeft(string(text), " \t\r\n")
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		line = line[:i]
	}
	return []rune(strings.TrimRight(line, " \t"))
}

// flagKey changes the QoS or the retain flag, or goes on to another field.
func (p *Pane) flagKey(key string) tea.Cmd {
	switch key {
	case " ", "right", "enter":
		p.toggle(1)
	case "left":
		p.toggle(-1)
	case "0", "1", "2":
		if qos := key[0] - '0'; p.at == fieldQoS && qos <= p.maxQoS {
			p.qos = qos
		}
	case "up":
		return p.enter(fieldTopic)
	case "down":
		return p.enter(fieldPayload)
	}
	return nil
}

// step goes to the next or previous field, or out of the form.
func (p *Pane) step(by field) ([]any, tea.Cmd) {
	to := p.at + by
	if to < 0 || to >= fieldCount {
		p.leave()
		return []any{Leave{Forward: by > 0}}, nil
	}
	return nil, p.enter(to)
}

// Do does an action of the pane; one that is off now does nothing.
func (p *Pane) Do(action string) (intents []any, cmd tea.Cmd) {
	p.dirty = true
	switch action {
	case "publish.send":
		return p.send()
	case "publish.format":
		p.format()
	case "publish.toggle", "list.unfold":
		p.toggle(1)
	case "list.fold":
		p.toggle(-1)
	case "list.open":
		if p.at == fieldQoS || p.at == fieldRetain {
			p.toggle(1)
			return nil, nil
		}
		return nil, p.enter(p.at)
	default:
		p.move(action)
	}
	return nil, nil
}

// move chooses a field, or scrolls a payload that is not edited.
func (p *Pane) move(action string) {
	switch action {
	case "list.up":
		p.choose(max(0, p.at-1))
	case "list.down":
		p.choose(min(fieldCount-1, p.at+1))
	case "list.top":
		p.choose(fieldTopic)
	case "list.bottom":
		p.choose(fieldPayload)
	case "list.pageup":
		p.scroll(-max(1, p.payload.editor.height-1))
	case "list.pagedown":
		p.scroll(max(1, p.payload.editor.height-1))
	}
}

// choose goes to a field; typing goes on in it.
func (p *Pane) choose(f field) {
	if p.typing {
		p.enter(f)
	}
	p.at = f
}

func (p *Pane) scroll(n int) {
	p.dirty = true
	p.payload.top += n // drawing keeps it in bounds
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
	topic, err := client.ParseTopic(p.topicText())
	p.tried = err != nil
	if err != nil {
		return nil, p.enter(fieldTopic)
	}
	return []any{Publish{Topic: topic, Payload: p.payload.bytes, QoS: p.qos, Retain: p.retain}}, nil
}

func (p *Pane) format() {
	if len(p.payload.bytes) == 0 {
		return
	}
	if err := p.payload.format(); err != nil {
		p.wrong = err.Error()
	}
}

// wheelRows is how far one step of the wheel goes.
const wheelRows = 3

// mouse goes to what was clicked: a text takes keys then, a flag changes.
func (p *Pane) mouse(msg tea.MouseMsg) tea.Cmd {
	line := msg.Y - 1
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		p.scroll(-wheelRows)
	case tea.MouseButtonWheelDown:
		p.scroll(wheelRows)
	case tea.MouseButtonLeft:
		switch r := p.rows; {
		case msg.X == 0 || msg.X == p.w-1 || line < 0:
		case line < r.flags:
			return p.enter(fieldTopic)
		case line == r.flags && msg.X < retainColumn:
			p.choose(fieldQoS)
			p.toggle(1)
		case line == r.flags:
			p.choose(fieldRetain)
			p.toggle(1)
		case line < r.end:
			return p.enter(fieldPayload)
		}
		p.dirty = true
	}
	return nil
}

// Actions is what the pane can do now, most useful first.
func (p *Pane) Actions() []keymap.Action {
	format, toggle := p.keys.Action("publish.format"), p.keys.Action("publish.toggle")
	if len(p.payload.bytes) == 0 {
		format.Off = "there is no payload"
	}
	if p.at != fieldQoS && p.at != fieldRetain {
		toggle.Off = "choose QoS or retain first"
	}
	out := []keymap.Action{p.keys.Action("publish.send"), format}
	if p.typing {
		return append(out, p.keys.Action("global.next"), p.keys.Action("global.back"), toggle)
	}
	open := p.keys.Action("list.open")
	open.Short, open.Text = "edit", "edit the field, or change the flag"
	return append(out, open, toggle, p.keys.Action("list.up"), p.keys.Action("list.down"))
}
