package composer

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
)

// Update takes a key, a paste or the mouse.
func (p *Pane) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		name, bound := p.keys.Lookup(msg.String(), "publish", "list")
		if msg.Paste {
			bound = false
		}
		if p.typing {
			return p.typed(msg, name, bound)
		}
		if bound {
			return p.Do(name)
		}
	case tea.MouseMsg:
		return nil, p.mouse(msg)
	}
	return nil, nil
}

// typed gives a key to the field: first the pane's chords, then the moves between fields, then the text.
func (p *Pane) typed(msg tea.KeyMsg, name string, bound bool) ([]any, tea.Cmd) {
	if !msg.Paste {
		switch key := msg.String(); {
		case bound && keymap.Chord(key):
			return p.Do(name)
		case key == "esc":
			p.leave()
			return nil, nil
		case key == "tab":
			return p.step(1)
		case key == "shift+tab":
			return p.step(-1)
		case key == "enter" && p.at != fieldPayload:
			return p.step(1)
		}
	}
	switch p.at {
	case fieldTopic:
		return nil, p.topic.Update(msg)
	case fieldPayload:
		return nil, p.edit(msg)
	}
	if bound {
		return p.Do(name)
	}
	return nil, nil
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

// mouse enters the field that was clicked.
func (p *Pane) mouse(msg tea.MouseMsg) tea.Cmd {
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		p.scroll = max(0, p.scroll-3)
	case msg.Button == tea.MouseButtonWheelDown:
		p.scroll += 3
	case msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress:
	case msg.Y == 1:
		return p.enter(fieldTopic)
	case msg.Y == 2 && msg.X < retainColumn:
		p.at = fieldQoS
		p.toggle(1)
	case msg.Y == 2:
		p.at = fieldRetain
		p.toggle(1)
	case msg.Y > 2:
		return p.enter(fieldPayload)
	}
	return nil
}
