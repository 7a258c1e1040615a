// Package help is the dialog that lists every key that works now.
package help

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// A Group is a titled part of the list.
type Group struct {
	Title   string
	Actions []keymap.Action
}

// Dialog lists groups of actions with their keys; what is off now says why.
type Dialog struct {
	theme  *theme.Theme
	keys   *keymap.Map
	lines  []line
	scroll widget.Scroll
	w, h   int
	focus  bool
	view   string
}

type line struct {
	keys, text, off string
	title           bool
}

// New makes the dialog. Groups without actions are left out.
func New(t *theme.Theme, keys *keymap.Map, groups []Group) *Dialog {
	d := &Dialog{theme: t, keys: keys}
	for _, g := range groups {
		if len(g.Actions) == 0 {
			continue
		}
		if len(d.lines) > 0 {
			d.lines = append(d.lines, line{})
		}
		d.lines = append(d.lines, line{text: g.Title, title: true})
		for _, a := range g.Actions {
			if len(a.Keys) > 0 {
				d.lines = append(d.lines, line{keys: a.Labels(), text: a.Text, off: a.Off})
			}
		}
	}
	return d
}

// Want is as high as the list and wide enough for its words.
func (d *Dialog) Want(maxW, maxH int) (w, h int) {
	return min(maxW, 84), min(maxH, len(d.lines)+2)
}

// Update scrolls, or closes on esc, q and the key that opened it.
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if name, ok := d.keys.Lookup(msg.String(), "list", "global"); ok {
			return d.Do(name)
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			d.scroll.Wheel(-3)
		case tea.MouseButtonWheelDown:
			d.scroll.Wheel(3)
		}
	}
	return nil, nil
}

// Do does an action of the dialog.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back", "global.quit", "global.help":
		return []any{Close{}}, nil
	case "list.up": // no row is chosen here: the arrows move the view
		d.scroll.Wheel(-1)
	case "list.down":
		d.scroll.Wheel(1)
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *Dialog) Refresh(time.Time) {
	d.scroll.Fit(len(d.lines), d.h-2)
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Keys", Right: "esc closes"}
	first, end := d.scroll.Visible()
	for _, l := range d.lines[first:end] {
		box.Lines = append(box.Lines, d.line(l))
	}
	d.view = box.Render(d.theme)
}

const keyWidth = 20

func (d *Dialog) line(l line) string {
	if l.title {
		return " " + d.theme.Bold.Render(l.text)
	}
	keys := " " + widget.FitRight(l.keys, keyWidth) + "  "
	if l.off != "" {
		return d.theme.Dim.Render(keys + l.text + " (" + l.off + ")")
	}
	return d.theme.Accent.Render(keys) + l.text
}

// View is what Refresh drew.
func (d *Dialog) View() string { return d.view }

// SetSize sets the outer size.
func (d *Dialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *Dialog) SetFocus(on bool) tea.Cmd { d.focus = on; return nil }

// Actions is what the dialog itself can do.
func (d *Dialog) Actions() []keymap.Action {
	return []keymap.Action{d.keys.Action("list.up"), d.keys.Action("list.down"), d.keys.Action("global.back")}
}

// Typing is false: the dialog has no field.
func (d *Dialog) Typing() bool { return false }
