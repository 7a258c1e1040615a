// Package events is the event log: what happened on the connection and what came of each action, newest last.
package events

import (
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// The log holds this many rows, each cut at this many cells.
const (
	keep    = 1000
	longest = 2000
)

// Log holds the newest rows. The zero Log is empty.
type Log struct {
	rows []row
	lost int
}

type row struct {
	at     time.Time
	text   string
	failed bool
}

// Add appends a row; text from outside is made safe.
func (l *Log) Add(at time.Time, text string, failed bool) {
	safe, cut := widget.Sanitize(text, longest)
	if cut {
		safe += "…"
	}
	if len(l.rows) == keep {
		l.rows = append(l.rows[:0], l.rows[1:]...)
		l.lost++
	}
	l.rows = append(l.rows, row{at, safe, failed})
}

// Dialog shows a Log.
type Dialog struct {
	theme   *theme.Theme
	keys    *keymap.Map
	log     *Log
	scroll  widget.Scroll
	seen    int
	started bool
	w, h    int
	focus   bool
	view    string
}

// New makes the dialog; it starts at the newest row.
func New(t *theme.Theme, keys *keymap.Map, log *Log) *Dialog {
	return &Dialog{theme: t, keys: keys, log: log}
}

// Want is most of the screen.
func (d *Dialog) Want(maxW, maxH int) (w, h int) {
	return min(maxW, 110), min(maxH, max(8, len(d.log.rows)+3))
}

// Update scrolls or closes.
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
	case "global.back", "global.quit", "global.events":
		return []any{Close{}}, nil
	}
	d.scroll.Do(action)
	return nil, nil
}

// Refresh draws the dialog: the list, and below it the whole text of the row under the cursor.
func (d *Dialog) Refresh(time.Time) {
	rows := d.log.rows
	list := max(0, d.h-2-detailLines-1)
	if !d.started || (d.scroll.Cursor == d.seen-1 && len(rows) > d.seen) {
		d.started = true
		d.scroll.Fit(len(rows), list)
		d.scroll.Do("list.bottom")
	}
	d.seen = len(rows)
	d.scroll.Fit(len(rows), list)
	right := fmt.Sprintf("%d", len(rows))
	if d.log.lost > 0 {
		right += fmt.Sprintf(" · %d older let go", d.log.lost)
	}
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Events", Right: right, Dividers: map[int]string{list: ""}}
	first, end := d.scroll.Visible()
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, d.line(rows[i], i == d.scroll.Cursor))
	}
	for len(box.Lines) < list+1 {
		box.Lines = append(box.Lines, "")
	}
	if d.scroll.Cursor < len(rows) {
		box.Lines = append(box.Lines, widget.TextHead([]byte(rows[d.scroll.Cursor].text), max(1, d.w-2), detailLines)...)
	}
	d.view = box.Render(d.theme)
}

const detailLines = 3

func (d *Dialog) line(r row, chosen bool) string {
	mark := " "
	if r.failed {
		mark = "!"
	}
	text := r.at.Format("15:04:05.000") + " " + mark + " " + r.text
	if chosen {
		return d.theme.Selected.Render(widget.Fit(d.theme.Cursor+text, max(0, d.w-2)))
	}
	style := theme.Style{}
	if r.failed {
		style = d.theme.Error
	}
	at, rest, _ := strings.Cut(text, " ")
	return " " + d.theme.Dim.Render(at) + " " + style.Render(widget.Fit(rest, max(0, d.w-2-14)))
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
