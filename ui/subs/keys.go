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
	it := p.at()
	switch action {
	case "subscriptions.add":
		return nil, p.Add()
	case "subscriptions.line":
		p.dirty = true
		p.addLine()
		return nil, nil
	case "subscriptions.group":
		return []any{Open{newGroups(p)}}, nil
	case "list.unfold":
		return p.fold(true), nil
	case "list.fold":
		return p.fold(false), nil
	case "list.open":
		if it.row.State == Offered {
			return p.take(it), nil
		}
		return p.fold(!p.unfolded[it.name.Group]), nil
	}
	if p.scroll.Do(action) {
		return p.choose(p.at().name), nil
	}
	if p.off(action, it) != "" {
		return nil, nil
	}
	switch action {
	case "subscriptions.unsubscribe":
		return p.unsubscribe(it), nil
	case "subscriptions.edit":
		p.form, p.dirty = editForm(p.theme, it.row), true
		p.toStop(onQoS)
	case "subscriptions.favourite":
		return []any{Favour{it.row.Filter, !it.row.Favourite}}, nil
	case "subscriptions.pause":
		return []any{Pause{it.name, !it.row.Paused}}, nil
	case "subscriptions.clear":
		return []any{Clear{it.name}}, nil
	}
	return nil, nil
}

// take subscribes to a favourite.
func (p *Pane) take(it item) []any {
	sub, err := p.checked(it.row.Filter, it.row.QoS)
	if err != nil {
		return nil
	}
	return []any{Subscribe{[]Wanted{{sub.Filter, sub.QoS, it.row.Options}}}}
}

// unsubscribe lets the chosen filter or group go and chooses the row that takes its place.
func (p *Pane) unsubscribe(it item) []any {
	i, _ := p.find(it.name)
	next := p.items[i-1] // there is one: all messages
	for _, below := range p.items[i+1:] {
		if !it.isGroup() || below.name.Group != it.name.Group {
			next = below
			break
		}
	}
	return append([]any{Unsubscribe(it.name)}, p.choose(next.name)...)
}

// off is why an action can't be done to a row; "" when it can.
func (p *Pane) off(action string, it item) string {
	offered := it.row.State == Offered
	switch {
	case it.name != p.chosen:
		return "the chosen row is still to come"
	case action == "subscriptions.clear" && it.isAll():
		return ""
	case it.isAll():
		return "choose a subscription first"
	case offered && action != "subscriptions.favourite":
		return "it is not subscribed"
	}
	switch action {
	case "subscriptions.unsubscribe":
		return it.row.Held
	case "subscriptions.edit":
		if it.name.Group != "" {
			return "its group decides how it is subscribed"
		}
	case "subscriptions.favourite":
		if it.name.Group != "" {
			return "a favourite is a filter of its own"
		}
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
	case p.form != nil && line < len(p.formLines):
		p.dirty = true
		l := p.formLines[line]
		if p.toStop(l.at); l.at == onFilter && l.filter != p.form.line {
			p.toLine(l.filter)
		}
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
	if p.form != nil {
		return p.formActions()
	}
	it := p.at()
	var out []keymap.Action
	for _, name := range []string{"add", "edit", "unsubscribe", "favourite", "pause", "clear", "group"} {
		a := p.keys.Action("subscriptions." + name)
		if name != "add" && name != "group" {
			a.Off = p.off(a.Name, it)
		}
		out = append(out, a)
	}
	unfold, fold, open := p.keys.Action("list.unfold"), p.keys.Action("list.fold"), p.keys.Action("list.open")
	switch {
	case it.name.Group == "":
		unfold.Off, fold.Off = "the row is no group", "the row is no group"
	case p.unfolded[it.name.Group]:
		unfold.Off = "the group is unfolded"
	default:
		fold.Off = "the group is folded"
	}
	if it.row.State == Offered {
		open.Short, open.Text = "subscribe", "subscribe to the favourite"
		out = append([]keymap.Action{open}, out...)
	}
	out = append(out, unfold, fold)
	for _, name := range []string{"up", "down", "pageup", "pagedown", "top", "bottom"} {
		out = append(out, p.keys.Action("list."+name))
	}
	return out
}

func (p *Pane) formActions() []keymap.Action {
	submit := p.keys.Action("list.open")
	submit.Keys, submit.Short, submit.Text = []string{"enter"}, "subscribe", "subscribe to the filters"
	back := p.keys.Action("global.back")
	back.Text = "leave the form"
	line := p.keys.Action("subscriptions.line")
	if p.form.edit {
		submit.Short, submit.Text = "save", "change the subscription"
		line.Off = "one subscription is edited"
	}
	return []keymap.Action{submit, line, p.keys.Action("global.next"), back}
}
