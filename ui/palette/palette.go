// Package palette is the dialog that finds an action by its name.
package palette

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// Run asks the root to do an action, after the dialog is gone.
type Run struct{ Action string }

// Dialog is a field and the actions that hold every word typed in it.
type Dialog struct {
	theme   *theme.Theme
	keys    *keymap.Map
	actions []keymap.Action
	found   []keymap.Action
	field   *widget.Field
	scroll  widget.Scroll
	w, h    int
	focus   bool
	view    string
}

// New makes the dialog over the actions that can be asked for now.
func New(t *theme.Theme, keys *keymap.Map, actions []keymap.Action) *Dialog {
	d := &Dialog{theme: t, keys: keys, actions: actions, found: actions, field: widget.NewField(t, "", nil)}
	d.field.Placeholder("type a part of a name")
	return d
}

// Want is as high as the whole list.
func (d *Dialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 72), min(maxH, len(d.actions)+4) }

// Update types, moves, runs or closes.
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		switch msg.Type {
		case tea.KeyUp, tea.KeyDown, tea.KeyPgUp, tea.KeyPgDown, tea.KeyEnter, tea.KeyEsc, tea.KeyCtrlP:
			if name, ok := d.keys.Lookup(msg.String(), "list", "global"); ok {
				return d.Do(name)
			}
		}
		cmd := d.field.Update(msg)
		d.search()
		return nil, cmd
	case tea.MouseMsg:
		return d.mouse(msg), nil
	}
	return nil, nil
}

func (d *Dialog) mouse(msg tea.MouseMsg) []any {
	first, end := d.scroll.Visible()
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		d.scroll.Wheel(-3)
	case msg.Button == tea.MouseButtonWheelDown:
		d.scroll.Wheel(3)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		if i := first + msg.Y - 3; i >= first && i < end {
			d.scroll.Cursor = i
			intents, _ := d.Do("list.open")
			return intents
		}
	}
	return nil
}

// search keeps the actions whose name, text or key holds every word.
func (d *Dialog) search() {
	words := strings.Fields(strings.ToLower(d.field.Value()))
	d.found = nil
	for _, a := range d.actions {
		text := strings.ToLower(a.Name + " " + a.Text + " " + a.Labels())
		hit := true
		for _, w := range words {
			hit = hit && strings.Contains(text, w)
		}
		if hit {
			d.found = append(d.found, a)
		}
	}
	d.scroll.Cursor = 0
	d.scroll.Fit(len(d.found), d.h-4)
}

// Do does an action of the dialog. What is off now is not run.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back", "global.palette":
		return []any{Close{}}, nil
	case "list.open":
		if d.scroll.Cursor < len(d.found) && d.found[d.scroll.Cursor].Off == "" {
			return []any{Close{}, Run{d.found[d.scroll.Cursor].Name}}, nil
		}
		return nil, nil
	}
	d.scroll.Do(action)
	return nil, nil
}

// Refresh draws the dialog.
func (d *Dialog) Refresh(time.Time) {
	inner := max(0, d.w-2)
	d.scroll.Fit(len(d.found), d.h-4)
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Actions", Right: "enter runs · esc closes", Dividers: map[int]string{1: ""}}
	box.Lines = append(box.Lines, " "+d.field.View(max(0, inner-2)), "")
	first, end := d.scroll.Visible()
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, d.line(d.found[i], i == d.scroll.Cursor, inner))
	}
	if len(d.found) == 0 {
		box.Lines = append(box.Lines, d.theme.Dim.Render(" no action has these words"))
	}
	d.view = box.Render(d.theme)
}

func (d *Dialog) line(a keymap.Action, chosen bool, w int) string {
	text := a.Text
	if a.Off != "" {
		text += " (" + a.Off + ")"
	}
	keys := " " + a.Key() + " "
	left := widget.Fit(text, max(0, w-2-widget.Width(keys)))
	switch {
	case chosen:
		return d.theme.Selected.Render(d.theme.Cursor + " " + left + keys)
	case a.Off != "":
		return d.theme.Dim.Render("  " + left + keys)
	}
	return "  " + left + d.theme.Accent.Render(keys)
}

// View is what Refresh drew.
func (d *Dialog) View() string { return d.view }

// SetSize sets the outer size.
func (d *Dialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *Dialog) SetFocus(on bool) tea.Cmd {
	d.focus = on
	if on {
		return d.field.Focus()
	}
	d.field.Blur()
	return nil
}

// Actions is what the dialog itself can do.
func (d *Dialog) Actions() []keymap.Action {
	return []keymap.Action{d.keys.Action("list.open"), d.keys.Action("list.up"), d.keys.Action("list.down"), d.keys.Action("global.back")}
}

// Typing is true: the field takes letters.
func (d *Dialog) Typing() bool { return true }
