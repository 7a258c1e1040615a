package shadows

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
)

// Update takes a key or a mouse event.
func (p *Pane) Update(msg tea.Msg) (intents []any, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if p.filter.typing {
			return p.filterKey(msg)
		}
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
	case "shadow.get":
		return p.get(), nil
	case "shadow.remove":
		return p.remove(), nil
	case "shadow.undo":
		p.undo()
	case "shadow.send":
		return p.review(), nil
	case "shadow.part":
		p.part = 1 - p.part
	case "shadow.favourite":
		return p.favour(), nil
	case "shadow.list":
		return p.openList()
	case "shadow.editor":
		d := newDocument(p)
		intents, cmd := d.Do(action)
		return append([]any{Open{d}}, intents...), cmd
	case "shadow.differences":
		p.toggleDifferences()
	case "list.filter":
		p.filter.typing = true
		return nil, p.filter.field.Focus()
	case "global.back":
		p.back()
	default:
		if d := p.dialog(action); d != nil {
			return []any{Open{d}}, nil
		}
		return p.list(action), nil
	}
	return nil, nil
}

// dialog makes the dialog of an action, nil if it has none.
func (p *Pane) dialog(action string) Dialog {
	switch action {
	case "shadow.choose":
		return newChoose(p)
	case "shadow.edit":
		return newEdit(p, p.chosen())
	case "shadow.add":
		return newAdd(p)
	case "shadow.rename":
		return newRename(p, p.chosen())
	case "shadow.document":
		return newDocument(p)
	case "shadow.view":
		return newViewer(p, p.chosen())
	case "shadow.timeline", "shadow.putback":
		return newTimeline(p)
	case "shadow.play":
		return newPlay(p)
	case "shadow.create":
		return newCreate(p)
	case "shadow.delete":
		return newDelete(p)
	case "shadow.export":
		return newExport(p)
	case "shadow.import":
		return newImport(p)
	case "shadow.answers":
		return newAnswers(p)
	}
	return nil
}

// back takes away what was said last, or else the filter.
func (p *Pane) back() {
	if p.work.notice.text == "" {
		p.setFilter("")
	}
	p.work.notice = notice{}
}

func (p *Pane) toggleDifferences() {
	if p.filter.field.Value() == onlyDifferences {
		p.setFilter("")
		return
	}
	p.setFilter(onlyDifferences)
}

// list does what all lists do.
func (p *Pane) list(action string) []any {
	r := p.chosen()
	if r == nil || !p.tabled() {
		return nil
	}
	switch {
	case action == "list.foldall" && p.filter.empty():
		p.foldAll()
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

// remove makes the edit that removes the key or element of the chosen row.
func (p *Pane) remove() []any {
	if err := p.edit(shadow.Edit{Part: p.part, Path: p.chosen().path, Remove: true}); err != nil {
		return []any{Toast{Text: err.Error(), Error: true}}
	}
	return nil
}

// review opens the dialog that shows the update, or what others changed when it was refused for that.
func (p *Pane) review() []any {
	if p.work.notice.conflict {
		return []any{Open{newConflict(p)}}
	}
	return p.reviewNow(false)
}

// reviewNow shows the update; forced it will not say which version the shadow must have.
func (p *Pane) reviewNow(force bool) []any {
	d, err := newReview(p, force)
	if err != nil {
		return []any{Toast{Text: err.Error(), Error: true}}
	}
	return []any{Open{d}}
}

// off is why an action cannot be done now, "" when it can.
func (p *Pane) off(action string) string {
	if p.talk.manager == nil && strings.HasPrefix(action, "shadow.") && action != "shadow.choose" && action != "shadow.create" {
		return "no thing is chosen"
	}
	switch action {
	case "shadow.get":
		return p.getOff()
	case "shadow.edit", "shadow.remove", "shadow.rename", "shadow.view":
		return p.rowOff(action)
	case "shadow.add", "shadow.document", "shadow.editor", "shadow.import":
		return p.addOff()
	case "shadow.undo":
		if p.work.draft.Empty() {
			return "there are no edits"
		}
	case "shadow.send":
		return p.sendOff()
	case "shadow.delete":
		return p.deleteOff()
	case "shadow.export":
		if !p.exists {
			return "no shadow exists"
		}
	case "shadow.create":
		if !p.talk.connected {
			return "not connected"
		}
	case "shadow.answers":
		if len(p.talk.manager.Pending()) > 0 {
			return "a request waits for its answer"
		}
	case "list.filter", "shadow.differences":
		if !p.tabled() {
			return "there are no rows"
		}
	}
	return ""
}

// rowOff is why nothing can be done with the chosen row.
func (p *Pane) rowOff(action string) string {
	r := p.chosen()
	switch {
	case r == nil:
		return "no row is chosen"
	case action == "shadow.remove" && !r.want[p.part].ok, action == "shadow.rename" && !r.want[p.part].ok:
		return "nothing is " + p.part.String() + " here"
	case action == "shadow.rename" && p.inArray(r):
		return "elements of an array have no names"
	case action == "shadow.edit" && tooLong(r, p.part):
		return "the value is too long for one line"
	}
	return ""
}

// inArray reports whether a row is an element of an array of the section that is edited.
func (p *Pane) inArray(r *row) bool {
	in, ok := p.want(p.part).At(r.path[:len(r.path)-1]...)
	return ok && in.Kind() == shadow.KindArray
}

// maxEdit is how long a value may be that is edited in a field, in bytes.
const maxEdit = 16 << 10

func tooLong(r *row, part shadow.Part) bool {
	v, _ := r.value(part)
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
	if off := p.askOff(); off != "" {
		return off
	}
	if !p.exists {
		return "no shadow exists"
	}
	return ""
}

// Actions is what the pane can do, with why one is off now.
func (p *Pane) Actions() []keymap.Action {
	names := []string{"edit", "send", "undo", "add", "remove", "get", "choose"}
	switch {
	case p.filter.typing:
		return []keymap.Action{p.keys.Action("list.open"), p.keys.Action("global.back")}
	case p.talk.manager == nil:
		names = []string{"choose", "create", "get", "edit", "send", "undo", "add", "remove"}
	case p.play.waits():
		names = append([]string{"play"}, names...)
	case !p.work.draft.Empty():
		names = []string{"send", "undo", "edit", "add", "remove", "get", "choose"}
	}
	for _, more := range []string{"rename", "document", "editor", "part", "view", "differences", "timeline", "putback", "play", "create", "delete",
		"list", "favourite", "export", "import", "answers"} {
		if !slices.Contains(names, more) {
			names = append(names, more)
		}
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
	for _, name := range []string{"open", "unfold", "fold", "foldall", "filter", "up", "down", "pageup", "pagedown", "top", "bottom"} {
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
