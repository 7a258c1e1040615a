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
	widget.Reader
	log     *Log
	seen    int
	started bool
}

// New makes the dialog; it starts at the newest row.
func New(t *theme.Theme, keys *keymap.Map, log *Log) *Dialog {
	return &Dialog{Reader: widget.Reader{Theme: t, Keys: keys, Opener: "global.events", Chosen: true}, log: log}
}

// Want is most of the screen.
func (d *Dialog) Want(maxW, maxH int) (w, h int) {
	return min(maxW, 110), min(maxH, max(8, len(d.log.rows)+2+1+detailLines))
}

// Update scrolls or closes.
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) { return closing(d.Take(msg)) }

// Do does an action of the dialog.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) { return closing(d.Act(action)) }

func closing(closes bool) ([]any, tea.Cmd) {
	if closes {
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Refresh draws the dialog: the list, and below it the whole text of the row under the cursor.
func (d *Dialog) Refresh(time.Time) {
	rows := d.log.rows
	list := max(0, d.H-2-detailLines-1)
	if !d.started || (d.Scroll.Cursor == d.seen-1 && len(rows) > d.seen) {
		d.started = true
		d.Scroll.Fit(len(rows), list)
		d.Scroll.Do("list.bottom")
	}
	d.seen = len(rows)
	d.Scroll.Fit(len(rows), list)
	right := fmt.Sprintf("%d", len(rows))
	if d.log.lost > 0 {
		right += fmt.Sprintf(" · %d older let go", d.log.lost)
	}
	box := widget.Box{Title: "Events", Right: right, Dividers: map[int]string{list: ""}}
	first, end := d.Scroll.Visible()
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, d.line(rows[i], i == d.Scroll.Cursor))
	}
	for len(box.Lines) < list+1 {
		box.Lines = append(box.Lines, "")
	}
	if d.Scroll.Cursor < len(rows) {
		box.Lines = append(box.Lines, widget.TextHead([]byte(rows[d.Scroll.Cursor].text), max(1, d.W-2), detailLines)...)
	}
	d.Draw(box)
}

const detailLines = 3

func (d *Dialog) line(r row, chosen bool) string {
	mark := " "
	if r.failed {
		mark = "!"
	}
	text := r.at.Format("15:04:05.000") + " " + mark + " " + r.text
	if chosen {
		return d.Theme.Selected.Render(widget.Fit(d.Theme.Cursor+text, max(0, d.W-2)))
	}
	style := theme.Style{}
	if r.failed {
		style = d.Theme.Error
	}
	at, rest, _ := strings.Cut(text, " ")
	return " " + d.Theme.Dim.Render(at) + " " + style.Render(widget.Fit(rest, max(0, d.W-2-14)))
}
