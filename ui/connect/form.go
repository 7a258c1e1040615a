package connect

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Form is the dialog that edits a profile. What is typed goes into the draft at once; nothing is kept before it is saved.
type Form struct {
	base
	profiles Profiles
	draft    Draft
	was      string            // the name it was saved under when the form was opened
	adopts   bool              // it is of a connection that no profile says
	saved    func(name string) // told of a profile that was saved; nil for nobody

	rows      []*row
	template  string // the broker of a new profile, without a host
	at        int
	scroll    widget.Scroll
	unfolded  bool
	typed     map[string]string // secrets
	forgotten map[string]bool
	problems  map[string]error
	advice    map[string]string
	touched   map[string]bool // fields that were left: a text that is missing is told then
	tried     bool            // saving was tried: then all of them

	kept    map[string]string // where secrets are
	keyring error             // why they go nowhere but into memory
	asked   bool              // that is known

	paths    []string // that the text of the file field begins
	pathsFor string
	busy     string // what is being done
	failed   string
}

type (
	keptMsg struct {
		kept map[string]string
		why  error
	}
	savedMsg struct {
		notice string
		err    error
	}
	pathsMsg struct {
		text  string
		paths []string
	}
)

// NewForm makes the dialog of a draft.
func NewForm(t *theme.Theme, keys *keymap.Map, p Profiles, draft Draft) *Form {
	d := &Form{base: base{theme: t, keys: keys}, profiles: p, draft: draft, was: draft.Was(),
		typed: map[string]string{}, forgotten: map[string]bool{}, touched: map[string]bool{}}
	if text := draft.Text("broker"); strings.Contains(text, "://:") {
		d.template = text
	}
	d.problems, d.advice = draft.Problems(), draft.Advice()
	d.layout()
	return d
}

// Want is as many lines as there are.
func (d *Form) Want(maxW, maxH int) (w, h int) { return min(maxW, 90), min(maxH, len(d.rows)+6) }

// SetFocus gives the field in use the cursor. The first time it asks where the secrets are.
func (d *Form) SetFocus(on bool) tea.Cmd {
	d.focus = on
	cmd := d.moveTo(d.at)
	if !on || d.asked {
		return cmd
	}
	d.asked = true
	return tea.Batch(cmd, func() tea.Msg {
		ctx, cancel := waiting()
		defer cancel()
		kept, why := d.draft.Kept(ctx)
		return keptMsg{kept, why}
	})
}

func (d *Form) row() *row { return d.rows[d.at] }

// moveTo gives another row the keys.
func (d *Form) moveTo(at int) tea.Cmd {
	if f := d.row().field; f != nil {
		f.Blur()
	}
	if r := d.row(); at != d.at {
		d.touched[r.name] = true
		if text := d.get(r.name); r.name == "broker" && text != d.template {
			r.field.SetValue(text)
		}
	}
	d.at = min(max(0, at), len(d.rows)-1)
	if f := d.row().field; f != nil && d.focus {
		return tea.Batch(f.Focus(), d.complete())
	}
	return nil
}

// Update types, moves, and takes what became of what was begun.
func (d *Form) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return d.key(msg)
	case tea.MouseMsg:
		return d.mouse(msg)
	case keptMsg:
		d.kept, d.keyring = msg.kept, msg.why
	case pathsMsg:
		d.paths, d.pathsFor = msg.paths, msg.text
	case savedMsg:
		d.busy = ""
		if msg.err != nil {
			d.failed = msg.err.Error()
			return nil, nil
		}
		if d.saved != nil {
			d.saved(d.draft.Name())
		}
		text := d.draft.Name() + " is saved"
		if msg.notice != "" {
			text += "; " + msg.notice
		}
		intents := []any{Close{}, Tell{text, false}}
		if d.was != "" && d.was != d.draft.Name() {
			intents = append(intents, Renamed{d.was, d.draft.Name()})
		}
		return append(intents, Saved{d.draft.Name(), d.adopts}), nil
	}
	return nil, nil
}

func (d *Form) mouse(msg tea.MouseMsg) ([]any, tea.Cmd) {
	switch msg.Button {
	case tea.MouseButtonWheelDown:
		return nil, d.moveTo(d.at + 1)
	case tea.MouseButtonWheelUp:
		return nil, d.moveTo(d.at - 1)
	}
	if line := click(msg); line >= 0 && line < d.visible() && d.scroll.Top+line < len(d.rows) {
		again := d.scroll.Top+line == d.at
		cmd := d.moveTo(d.scroll.Top + line)
		if again || d.row().more {
			return nil, tea.Batch(cmd, d.press())
		}
		return nil, cmd
	}
	return nil, nil
}

// key goes to the field, but for what moves, saves and changes.
func (d *Form) key(msg tea.KeyMsg) ([]any, tea.Cmd) {
	if d.busy != "" {
		return nil, nil
	}
	r := d.row()
	if !isText(msg) {
		switch action := d.name(msg, "connections", "list", "global"); action {
		case "global.next":
			return nil, d.tab()
		case "list.up", "list.down", "list.pageup", "list.pagedown", "list.open", "global.previous", "global.back", "connections.save", "connections.test":
			return d.Do(action)
		case "list.fold", "list.unfold":
			if r.field == nil {
				return d.Do(action)
			}
		}
	}
	switch {
	case r.field == nil && msg.Type == tea.KeySpace:
		return nil, d.press()
	case r.field == nil:
		return nil, nil
	case r.secret && r.field.Value() == "" && (msg.Type == tea.KeyBackspace || msg.Type == tea.KeyDelete):
		r.forget = !r.forget && d.kept[r.name] != "" && !strings.HasPrefix(d.kept[r.name], "environment")
	}
	before := r.field.Value()
	cmd := r.field.Update(msg)
	if r.field.Value() != before {
		d.failed, r.forget = "", false
	}
	d.put(r)
	return nil, tea.Batch(cmd, d.complete())
}

// complete looks for what the path in the field begins.
func (d *Form) complete() tea.Cmd {
	r := d.row()
	if !r.file || r.field.Value() == d.pathsFor {
		return nil
	}
	text := r.field.Value()
	return func() tea.Msg { return pathsMsg{text, d.profiles.Complete(text)} }
}

// tab completes a path as far as it is certain, or goes to the next row.
func (d *Form) tab() tea.Cmd {
	r := d.row()
	if r.file && r.field.Value() == d.pathsFor && r.field.Value() != "" {
		if more := common(d.paths); len(more) > len(d.pathsFor) {
			r.field.SetValue(more)
			d.put(r)
			return d.complete()
		}
	}
	return d.moveTo((d.at + 1) % len(d.rows))
}

// common is what all the texts begin with.
func common(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	out := texts[0]
	for _, t := range texts {
		for !strings.HasPrefix(t, out) {
			out = out[:len(out)-1]
		}
	}
	return strings.ToValidUTF8(out, "")
}

// press changes a choice or unfolds the rest.
func (d *Form) press() tea.Cmd {
	r := d.row()
	if !r.more {
		d.change(r, 1)
		return nil
	}
	d.unfolded = !d.unfolded
	d.layout()
	return nil
}

// Do moves, changes, tests, saves or closes.
func (d *Form) Do(action string) ([]any, tea.Cmd) {
	if d.busy != "" {
		return nil, nil
	}
	switch action {
	case "list.up", "global.previous":
		return nil, d.moveTo((d.at + len(d.rows) - 1) % len(d.rows))
	case "list.down", "global.next":
		return nil, d.moveTo((d.at + 1) % len(d.rows))
	case "list.pageup":
		return nil, d.moveTo(0)
	case "list.pagedown":
		return nil, d.moveTo(len(d.rows) - 1)
	case "list.unfold":
		d.change(d.row(), 1)
	case "list.fold":
		d.change(d.row(), -1)
	case "list.open":
		if d.row().more {
			return nil, d.press()
		}
		return nil, d.save()
	case "connections.save":
		return nil, d.save()
	case "connections.test":
		if why := d.cannotTest(); why != "" {
			d.failed = why
			return nil, nil
		}
		return []any{Show{newTrial(d.theme, d.keys, d.draft)}}, nil
	case "global.back":
		if !d.draft.Changed() {
			return []any{Close{}}, nil
		}
		return []any{Show{&question{base: base{theme: d.theme, keys: d.keys}, title: "Drop the changes?", yes: "drop them",
			text: "What was changed in this profile is not saved: enter in the form saves it.", intents: []any{Close{}, Close{}}}}}, nil
	}
	return nil, nil
}

// cannotTest says why there is nothing to test; "" when there is.
func (d *Form) cannotTest() string {
	if d.draft.Kind() == "Local" {
		return "the local AWS IoT is in this program: there is nothing to test"
	}
	for _, r := range d.rows {
		if err := d.problems[r.name]; err != nil && r.name != "name" {
			return fmt.Sprintf("%s: %v", r.label, err)
		}
	}
	return ""
}

// save writes the profile, or goes to the first field that is wrong.
func (d *Form) save() tea.Cmd {
	d.tried, d.failed = true, ""
	for field := range d.problems {
		if !slices.ContainsFunc(d.rows, func(r *row) bool { return r.name == field }) && !d.unfolded {
			d.unfolded = true
			d.layout()
		}
	}
	for i, r := range d.rows {
		if d.problems[r.name] != nil {
			return d.moveTo(i)
		}
	}
	for field, err := range d.problems { // of a field that has no row
		d.failed = fmt.Sprintf("%s: %v", field, err)
		return nil
	}
	d.busy = "saving"
	return func() tea.Msg {
		ctx, cancel := waiting()
		defer cancel()
		notice, err := d.draft.Save(ctx)
		return savedMsg{notice, err}
	}
}

// Actions is what can be done now.
func (d *Form) Actions() []keymap.Action {
	change := d.action("list.unfold", "change", "take the next choice")
	if len(d.row().choices) == 0 {
		change = change.Disabled("the field is a text")
	}
	test := d.action("connections.test", "test", "try to connect, without saving")
	test.Keys = slices.DeleteFunc(slices.Clone(test.Keys), func(k string) bool { return !keymap.Chord(k) })
	return []keymap.Action{
		d.action("list.open", "save", "save the profile"), test.Disabled(d.cannotTest()), change,
		d.action("global.next", "next", "complete the path, or go to the next field"), d.keys.Action("global.back"),
	}
}
