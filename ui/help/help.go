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
	widget.Reader
	lines []line
}

type line struct {
	keys, text, off string
	title           bool
}

// New makes the dialog. Groups without actions are left out.
func New(t *theme.Theme, keys *keymap.Map, groups []Group) *Dialog {
	d := &Dialog{Reader: widget.Reader{Theme: t, Keys: keys, Opener: "global.help"}}
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
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) { return closing(d.Take(msg)) }

// Do does an action of the dialog.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) { return closing(d.Act(action)) }

func closing(closes bool) ([]any, tea.Cmd) {
	if closes {
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *Dialog) Refresh(time.Time) {
	d.Scroll.Fit(len(d.lines), d.H-2)
	box := widget.Box{Title: "Keys", Right: "esc closes"}
	first, end := d.Scroll.Visible()
	for _, l := range d.lines[first:end] {
		box.Lines = append(box.Lines, d.line(l))
	}
	d.Draw(box)
}

const keyWidth = 20

func (d *Dialog) line(l line) string {
	if l.title {
		return " " + d.Theme.Bold.Render(l.text)
	}
	keys := " " + widget.FitRight(l.keys, keyWidth) + "  "
	if l.off != "" {
		return d.Theme.Dim.Render(keys + l.text + " (" + l.off + ")")
	}
	return d.Theme.Accent.Render(keys) + l.text
}
