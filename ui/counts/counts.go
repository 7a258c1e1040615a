// Package counts is the dialog that tells what became of every message: each count with what it means.
package counts

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// A Line is a count. Without a name it is a title, or a gap.
type Line struct {
	Name, Value, Text string
	Alarm             bool // a count that should be 0 and is not
}

// Dialog shows lines, which it asks for at each frame.
type Dialog struct {
	theme  *theme.Theme
	keys   *keymap.Map
	lines  func() []Line
	drawn  int
	scroll widget.Scroll
	w, h   int
	focus  bool
	view   string
}

// New makes the dialog.
func New(t *theme.Theme, keys *keymap.Map, lines func() []Line) *Dialog {
	return &Dialog{theme: t, keys: keys, lines: lines, drawn: len(lines())}
}

// Want is as high as the list and wide enough for its words.
func (d *Dialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 84), min(maxH, d.drawn+2) }

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
	case "global.back", "global.quit", "global.counts":
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
	lines := d.lines()
	d.drawn = len(lines)
	d.scroll.Fit(len(lines), d.h-2)
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Counts", Right: "esc closes"}
	first, end := d.scroll.Visible()
	for _, l := range lines[first:end] {
		box.Lines = append(box.Lines, d.line(l))
	}
	d.view = box.Render(d.theme)
}

const (
	nameWidth  = 12
	valueWidth = 14
)

func (d *Dialog) line(l Line) string {
	text, _ := widget.Sanitize(l.Text, max(1, d.w))
	if l.Name == "" {
		return " " + d.theme.Bold.Render(text)
	}
	style := theme.Style{}
	if l.Alarm {
		style = d.theme.Warn
	}
	return " " + widget.Fit(l.Name, nameWidth) + style.Render(widget.FitRight(l.Value, valueWidth)) + "  " + d.theme.Dim.Render(text)
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
