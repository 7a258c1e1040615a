package shadows

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
)

// Update takes a key or a mouse event.
func (p *Pane) Update(msg tea.Msg) (intents []any, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if msg.Paste {
			return nil, nil
		}
		if action, ok := p.keys.Lookup(msg.String(), "shadow", "list", "global"); ok {
			return p.Do(action)
		}
	case tea.MouseMsg:
		p.mouse(msg)
	}
	return nil, nil
}

// Do does an action of the pane; one that is off now does nothing.
func (p *Pane) Do(action string) (intents []any, cmd tea.Cmd) {
	p.sync(p.now())
	if p.off(action) != "" {
		return nil, nil
	}
	switch action {
	case "shadow.choose":
		return []any{Open{newChoose(p)}}, nil
	case "shadow.get":
		return p.get(), nil
	case "shadow.edit":
		return []any{Open{newEdit(p, p.chosen())}}, nil
	case "shadow.add":
		return []any{Open{newAdd(p)}}, nil
	case "shadow.remove":
		return p.remove(), nil
	case "shadow.undo":
		p.undo()
	case "shadow.send":
		return p.review(), nil
	case "shadow.delete":
		return []any{Open{newDelete(p)}}, nil
	case "global.back":
		p.work.notice = notice{}
	default:
		return p.list(action), nil
	}
	return nil, nil
}

// list does what all lists do.
func (p *Pane) list(action string) []any {
	r := p.chosen()
	if r == nil || !p.tabled() {
		return nil
	}
	switch {
	case action == "list.unfold":
		p.setFold(r, unfolded)
	case action == "list.fold":
		p.setFold(r, folded)
	case action == "list.open" && r.fold != leaf:
		p.toggle(r)
	case action == "list.open" && p.off("shadow.edit") == "":
		return []any{Open{newEdit(p, r)}}
	default:
		p.scroll.Do(action)
	}
	return nil
}

// remove makes the edit that removes what is desired in the chosen row.
func (p *Pane) remove() []any {
	if err := p.edit(shadow.Edit{Path: p.chosen().path, Remove: true}); err != nil {
		return []any{Toast{Text: err.Error(), Error: true}}
	}
	return nil
}

// review opens the dialog that shows the update.
func (p *Pane) review() []any {
	d, err := newReview(p)
	if err != nil {
		return []any{Toast{Text: err.Error(), Error: true}}
	}
	return []any{Open{d}}
}

// off is why an action cannot be done now, "" when it can.
func (p *Pane) off(action string) string {
	r := p.chosen()
	switch action {
	case "shadow.get":
		return p.getOff()
	case "shadow.edit", "shadow.remove":
		switch {
		case p.talk.manager == nil:
			return "no thing is chosen"
		case r == nil:
			return "no row is chosen"
		case action == "shadow.remove" && !r.want.ok:
			return "nothing is desired here"
		case action == "shadow.edit" && tooLong(r):
			return "the value is too long for one line"
		}
	case "shadow.add":
		return p.addOff()
	case "shadow.undo":
		if len(p.work.edits) == 0 {
			return "there are no edits"
		}
	case "shadow.send":
		return p.sendOff()
	case "shadow.delete":
		return p.deleteOff()
	}
	return ""
}

// maxEdit is how long a value may be that is edited in a field, in bytes.
const maxEdit = 16 << 10

func tooLong(r *row) bool {
	v, _ := r.value()
	return len(appendBrief(nil, v, maxEdit, "")) >= maxEdit
}

// addOff keeps keys from being added to what is not known.
func (p *Pane) addOff() string {
	if p.talk.manager == nil {
		return "no thing is chosen"
	}
	if _, known := p.talk.manager.Exists(); !known {
		return "the shadow is not known yet"
	}
	return ""
}

func (p *Pane) deleteOff() string {
	if off := p.getOff(); off != "" {
		return off
	}
	if !p.exists {
		return "no shadow exists"
	}
	return ""
}

// Actions is what the pane can do, with why one is off now.
func (p *Pane) Actions() []keymap.Action {
	names := []string{"edit", "send", "undo", "add", "remove", "get", "choose", "delete"}
	switch {
	case p.talk.manager == nil:
		names = []string{"choose", "get", "edit", "send", "undo", "add", "remove", "delete"}
	case len(p.work.edits) > 0:
		names = []string{"send", "undo", "edit", "add", "remove", "get", "choose", "delete"}
	}
	var out []keymap.Action
	for _, name := range names {
		a := p.keys.Action("shadow." + name)
		out = append(out, a.Disabled(p.off(a.Name)))
	}
	none := ""
	if p.chosen() == nil {
		none = "there are no rows"
	}
	for _, name := range []string{"open", "unfold", "fold", "up", "down", "pageup", "pagedown", "top", "bottom"} {
		out = append(out, p.keys.Action("list."+name).Disabled(none))
	}
	return out
}

// wheelRows is how far one step of the wheel goes.
const wheelRows = 3

func (p *Pane) mouse(msg tea.MouseMsg) {
	line := msg.Y - 1
	if msg.Action != tea.MouseActionPress || p.place.end == 0 {
		return
	}
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		p.scroll.Wheel(-wheelRows)
	case tea.MouseButtonWheelDown:
		p.scroll.Wheel(wheelRows)
	case tea.MouseButtonLeft:
		if line < p.place.rows || line >= p.place.end || msg.X < 1 || msg.X > p.inner() {
			return
		}
		p.scroll.Cursor = p.scroll.Top + line - p.place.rows
		if r := p.chosen(); r != nil && msg.X <= markWidth+p.cols.key {
			p.toggle(r)
		}
	}
}

// toggle folds an object or unfolds it.
func (p *Pane) toggle(r *row) {
	switch r.fold {
	case folded:
		p.setFold(r, unfolded)
	case unfolded:
		p.setFold(r, folded)
	}
}
