package composer

import (
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/template"
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
	case tickMsg:
		return p.tick(msg)
	case editedMsg:
		p.dirty = true
		if msg.err != nil {
			p.wrong = msg.err.Error()
			return nil, nil
		}
		p.payload.wrong = ""
		p.payload.set(msg.data)
		p.changed()
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
		if p.payload.key(msg) {
			p.changed()
		}
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
	case (msg.Type == tea.KeyDown || msg.Type == tea.KeyUp) && len(p.complete.hints) > 0:
		by := 1
		if msg.Type == tea.KeyUp {
			by = -1
		}
		p.topic.SetValue(p.complete.cycle(by))
		p.typedTopic()
		return nil
	case msg.Type == tea.KeyDown:
		return p.enter(fieldQoS)
	}
	before := p.topic.Value()
	cmd := p.topic.Update(msg)
	if text := p.topic.Value(); text != before {
		p.typedTopic()
		p.complete.follow(text)
	}
	return cmd
}

// typedTopic makes what the field shows the topic.
func (p *Pane) typedTopic() {
	p.given, p.shown = p.topic.Value(), p.topic.Value()
	p.changed()
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
			p.changed()
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
	case "publish.history":
		return p.open(newPublished(p)), nil
	case "publish.templates":
		return p.open(newTemplates(p)), nil
	case "publish.file":
		return p.open(newLoad(p)), nil
	case "publish.editor":
		return p.external()
	case "publish.repeat":
		return p.repeatKey()
	case "publish.clearretained":
		return p.clearRetained(), nil
	case "list.open":
		if p.at != fieldQoS && p.at != fieldRetain {
			return nil, p.enter(p.at)
		}
		p.toggle(1)
	default:
		p.edit(action)
	}
	return nil, nil
}

// edit does an action that changes the draft, or how it is shown.
func (p *Pane) edit(action string) {
	switch action {
	case "publish.format":
		p.format(false)
	case "publish.minify":
		p.format(true)
	case "publish.kind":
		if err := p.payload.nextKind(); err != nil {
			p.wrong = err.Error()
		}
	case "publish.variables":
		p.variables = !p.variables
		p.changed()
	case "publish.toggle", "list.unfold":
		p.toggle(1)
	case "list.fold":
		p.toggle(-1)
	default:
		p.move(action)
	}
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
		p.changed()
	case fieldRetain:
		p.retain = !p.retain
		p.changed()
	}
}

// send publishes the draft, which stays; one with variables is shown first, as it will be sent. With a fault it goes there instead.
func (p *Pane) send() ([]any, tea.Cmd) {
	m, d, at, err := p.ready()
	p.tried = err != nil && at == fieldTopic
	switch {
	case err != nil:
		if at != fieldTopic {
			p.wrong = "not published: " + err.Error()
		}
		return nil, p.enter(at)
	case !m.Fixed():
		return p.open(newPreview(p, m)), nil
	}
	return p.publish(d), nil
}

// ready is the draft as a message, and as it will be sent when nothing in it changes; or the field that is at fault.
func (p *Pane) ready() (m *template.Message, d Draft, at field, err error) {
	if p.payload.wrong != "" {
		return nil, d, fieldPayload, errors.New("it is not base64: " + p.payload.wrong)
	}
	if p.topicFault() != "" {
		return nil, d, fieldTopic, errors.New(p.topicFault())
	}
	m, err = template.OfDraft(p.draft())
	if err == nil && m.Fixed() {
		if d, err = m.Render(p.values(0, nil)); err == nil {
			_, err = p.message(d)
		}
	}
	return m, d, fieldPayload, err
}

// publish asks for a message that was checked, and for a row of what was published.
func (p *Pane) publish(d Draft) []any {
	m, err := p.message(d)
	if err != nil {
		p.wrong = err.Error()
		return nil
	}
	return []any{Publish{Topic: m.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain}, Published{p.note(d)}}
}

// repeatKey stops the repeat, or asks for one.
func (p *Pane) repeatKey() ([]any, tea.Cmd) {
	if p.repeat.running {
		p.Stop()
		return nil, nil
	}
	m, _, at, err := p.ready()
	if err != nil {
		p.tried = at == fieldTopic
		if at != fieldTopic {
			p.wrong = "not repeated: " + err.Error()
		}
		return nil, p.enter(at)
	}
	return p.open(newRepeat(p, p.Draft(), m)), nil
}

func (p *Pane) format(compact bool) {
	if len(p.payload.bytes) == 0 {
		return
	}
	out, err := formatted(p.payload.bytes, compact)
	if err != nil {
		p.wrong = err.Error()
		return
	}
	p.payload.set(out)
	p.changed()
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
	toggle, open, repeat := p.keys.Action("publish.toggle"), p.keys.Action("list.open"), p.keys.Action("publish.repeat")
	if p.at != fieldQoS && p.at != fieldRetain {
		toggle.Off = "choose QoS or retain first"
	}
	open.Short, open.Text = "edit", "edit the field, or change the flag"
	if p.repeat.running {
		repeat.Short, repeat.Text = "stop", "stop repeating"
	}
	out := []keymap.Action{p.keys.Action("publish.send")}
	if p.repeat.running {
		out = append(out, repeat)
	}
	if p.typing {
		out = append(out, p.keys.Action("global.next"), p.keys.Action("global.back"))
	} else {
		out = append(out, open, toggle)
	}
	for _, name := range []string{"publish.history", "publish.templates", "publish.format", "publish.minify", "publish.kind", "publish.file",
		"publish.editor", "publish.variables", "publish.clearretained"} {
		a := p.keys.Action(name)
		if len(p.payload.bytes) == 0 && (name == "publish.format" || name == "publish.minify") {
			a.Off = "there is no payload"
		}
		out = append(out, a)
	}
	if !p.repeat.running {
		out = append(out, repeat)
	}
	if p.typing {
		return append(out, toggle)
	}
	return append(out, p.keys.Action("list.up"), p.keys.Action("list.down"))
}
