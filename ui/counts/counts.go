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
	widget.Reader
	lines func() []Line
	drawn int
}

// New makes the dialog.
func New(t *theme.Theme, keys *keymap.Map, lines func() []Line) *Dialog {
	return &Dialog{Reader: widget.Reader{Theme: t, Keys: keys, Opener: "global.counts"}, lines: lines, drawn: len(lines())}
}

// Want is as high as the list and wide enough for its words.
func (d *Dialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 84), min(maxH, d.drawn+2) }

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
	lines := d.lines()
	d.drawn = len(lines)
	d.Scroll.Fit(len(lines), d.H-2)
	box := widget.Box{Title: "Counts", Right: "esc closes"}
	first, end := d.Scroll.Visible()
	for _, l := range lines[first:end] {
		box.Lines = append(box.Lines, d.line(l))
	}
	d.Draw(box)
}

const (
	nameWidth  = 12
	valueWidth = 14
)

func (d *Dialog) line(l Line) string {
	text, _ := widget.Sanitize(l.Text, max(1, d.W))
	if l.Name == "" {
		return " " + d.Theme.Bold.Render(text)
	}
	style := theme.Style{}
	if l.Alarm {
		style = d.Theme.Warn
	}
	return " " + widget.Fit(l.Name, nameWidth) + style.Render(widget.FitRight(l.Value, valueWidth)) + "  " + d.Theme.Dim.Render(text)
}
