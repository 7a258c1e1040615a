package subs

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
)

// Update takes a key or a mouse event.
func (p *Pane) Update(msg tea.Msg) (intents []any, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if p.form != nil {
			return p.formKey(msg)
		}
		if msg.Paste {
			return nil, nil
		}
		if action, ok := p.keys.Lookup(msg.String(), "subscriptions", "list"); ok {
			return p.Do(action)
		}
	case tea.MouseMsg:
		return p.mouse(msg)
	}
	return nil, nil
}

// Do does an action of the pane; one that is off now does nothing.
func (p *Pane) Do(action string) (intents []any, cmd tea.Cmd) {
	switch action {
	case "subscriptions.add":
		return nil, p.Add()
	case "subscriptions.unsubscribe":
		return p.unsubscribe(), nil
	case "list.unfold":
		return p.fold(true), nil
	case "list.fold":
		return p.fold(false), nil
	case "list.open":
		return p.fold(!p.unfolded[p.at().name.Group]), nil
	}
	if p.scroll.Do(action) {
		return p.choose(p.at().name), nil
	}
	return nil, nil
}

// unsubscribe lets the chosen filter go and chooses the row that takes its place.
func (p *Pane) unsubscribe() []any {
	it := p.at()
	if p.held(it) != "" {
		return nil
	}
	i, _ := p.find(it.name)
	next := p.items[i-1] // there is one: all messages
	if i+1 < len(p.items) {
		next = p.items[i+1]
	}
	return append([]any{Unsubscribe{Filter: it.row.Filter}}, p.choose(next.name)...)
}

// held is why a row can't be unsubscribed.
func (p *Pane) held(it item) string {
	switch {
	case it.name != p.chosen:
		return "the chosen row is still to come"
	case it.isAll():
		return "choose a subscription first"
	case it.name.Group != "":
		return "the shadow pane holds it"
	}
	return ""
}

// wheelRows is how far one step of the wheel goes.
const wheelRows = 3

func (p *Pane) mouse(msg tea.MouseMsg) ([]any, tea.Cmd) {
	line := msg.Y - 1
	if msg.Action != tea.MouseActionPress || line < 0 || line >= p.h-2 {
		return nil, nil
	}
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		p.scroll.Wheel(-wheelRows)
		return p.choose(p.at().name), nil
	case tea.MouseButtonWheelDown:
		p.scroll.Wheel(wheelRows)
		return p.choose(p.at().name), nil
	case tea.MouseButtonLeft:
		return p.click(msg.X, line), nil
	}
	return nil, nil
}

// click chooses the row, or unfolds the group when its mark was hit; in the form it goes to the field.
func (p *Pane) click(x, line int) []any {
	first, end := p.scroll.Visible()
	i := first + line - p.area.list
	switch {
	case p.form != nil && line < 2:
		p.dirty = true
		p.toField(line == 1)
	case line >= p.area.list && i < end:
		it := p.items[i]
		intents := p.choose(it.name)
		if it.isGroup() && x <= markCells {
			intents = append(intents, p.fold(!p.unfolded[it.name.Group])...)
		}
		return intents
	}
	return nil
}

// Actions is what the pane can do now, most useful first.
func (p *Pane) Actions() []keymap.Action {
	add := p.keys.Action("subscriptions.add")
	if p.form != nil {
		submit := p.keys.Action("list.open")
		submit.Keys, submit.Short, submit.Text = []string{"enter"}, "subscribe", "subscribe to the filter"
		back := p.keys.Action("global.back")
		back.Text = "leave the form"
		return []keymap.Action{submit, p.keys.Action("global.next"), back}
	}
	it := p.at()
	out := []keymap.Action{add, p.keys.Action("subscriptions.unsubscribe").Disabled(p.held(it))}
	unfold, fold := p.keys.Action("list.unfold"), p.keys.Action("list.fold")
	switch {
	case it.name.Group == "":
		unfold.Off, fold.Off = "the row is no group", "the row is no group"
	case p.unfolded[it.name.Group]:
		unfold.Off = "the group is unfolded"
	default:
		fold.Off = "the group is folded"
	}
	out = append(out, unfold, fold)
	for _, name := range []string{"up", "down", "pageup", "pagedown", "top", "bottom"} {
		out = append(out, p.keys.Action("list."+name))
	}
	return out
}
