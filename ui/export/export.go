// Package export is the dialogs that write messages to files: an export of what is there, and a record of what comes.
package export

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// Done tells the root what was written: "12 messages written to FILE".
type Done struct{ Text string }

// Choice is messages that can be written: "all messages", "the chosen message".
type Choice struct {
	Name     string
	Count    int // how many there are; less than 0 when that is not known
	Messages iter.Seq[history.Message]
}

// Write writes messages to a new file or folder, as ctx allows. format is one of Formats; overwrite lets a file of that name be
// replaced, else the error wraps fs.ErrExist. progress may be called by the goroutine that calls Write. It returns how many it wrote.
type Write func(ctx context.Context, path, format string, overwrite bool, messages iter.Seq[history.Message], progress func(n int)) (int, error)

// Formats are the names of what can be written, with what a user calls them, what they hold, and how their names end.
var Formats = []struct{ Name, Label, Holds, Ending string }{
	{"jsonl", "JSON Lines", "Every field and the exact bytes, for replay too", ".jsonl"},
	{"csv", "CSV", "A row a message; bytes that are not text in base64", ".csv"},
	{"files", "payload files", "A new folder: a file a payload, and index.jsonl", ""},
}

// The rows of the dialog.
const (
	rowWhat = iota
	rowFormat
	rowFile
	rowCount
)

// Dialog asks what to write, how and where, and writes it.
type Dialog struct {
	theme   *theme.Theme
	keys    *keymap.Map
	choices []Choice
	write   Write

	at, what, format int
	file             *widget.Field
	failed           string // why it did not work, until something is changed
	replace          string // a file that enter replaces: its name was refused once
	job              *job   // nil while nothing is written

	w, h  int
	focus bool
	view  string
}

// job is a write under way.
type job struct {
	ctx    context.Context
	cancel context.CancelFunc
	n      atomic.Int64
	path   string
}

type (
	doneMsg struct {
		job *job
		n   int
		err error
	}
	tickMsg struct{ job *job }
)

// tickEvery is the time between two looks at the progress.
const tickEvery = 100 * time.Millisecond

// New makes the dialog; there is at least one choice, and the first is chosen. name is the suggested file name, without its ending.
func New(t *theme.Theme, keys *keymap.Map, choices []Choice, name string, write Write) *Dialog {
	d := &Dialog{theme: t, keys: keys, choices: choices, write: write, at: rowFile, file: fileField(t)}
	d.file.SetValue(name + Formats[0].Ending)
	return d
}

func fileField(t *theme.Theme) *widget.Field {
	return widget.NewField(t, "", func(text string) error {
		if strings.TrimSpace(text) == "" {
			return errors.New("no file is named")
		}
		return nil
	})
}

// Want is three rows, a blank one and what is to be said.
func (d *Dialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 78), min(maxH, 8) }

// Update types, chooses, starts, or takes what became of it.
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return d.key(msg)
	case tea.MouseMsg:
		if row := msg.Y - 1; msg.Action == tea.MouseActionPress && msg.Button == tea.MouseButtonLeft && row >= 0 && row < rowCount && d.job == nil {
			again := row == d.at
			cmd := d.move(row - d.at)
			if again {
				d.change(1)
			}
			return nil, cmd
		}
	case tickMsg:
		if d.job != nil && msg.job == d.job {
			return nil, d.tick()
		}
	case doneMsg:
		if d.job == nil || msg.job != d.job {
			return nil, nil
		}
		return d.done(msg), nil
	}
	return nil, nil
}

func (d *Dialog) key(msg tea.KeyMsg) ([]any, tea.Cmd) {
	action, _ := d.keys.Lookup(msg.String(), "list", "global")
	text := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace || msg.Paste
	switch {
	case !text && (action == "list.open" || action == "global.back" || action == "list.up" || action == "list.down" ||
		action == "global.next" || action == "global.previous"):
		return d.Do(action)
	case d.job != nil:
	case d.at != rowFile && (action == "list.unfold" || msg.Type == tea.KeySpace):
		d.change(1)
	case d.at != rowFile && action == "list.fold":
		d.change(-1)
	case d.at == rowFile:
		before := d.file.Value()
		cmd := d.file.Update(msg)
		if d.file.Value() != before {
			d.failed, d.replace = "", ""
		}
		return nil, cmd
	}
	return nil, nil
}

// Do moves, starts, stops or closes.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		if d.job != nil {
			d.job.cancel()
			return nil, nil
		}
		return []any{Close{}}, nil
	case "list.open":
		return nil, d.start()
	case "list.up", "global.previous":
		return nil, d.move(-1)
	case "list.down", "global.next":
		return nil, d.move(1)
	case "list.unfold":
		d.change(1)
	case "list.fold":
		d.change(-1)
	}
	return nil, nil
}

func (d *Dialog) move(by int) tea.Cmd {
	if d.job != nil {
		return nil
	}
	d.at = (d.at + by + rowCount) % rowCount
	return d.SetFocus(d.focus)
}

// change takes the next choice of the row, or the one before. The ending of the file's name follows the format.
func (d *Dialog) change(by int) {
	if d.job != nil {
		return
	}
	d.failed, d.replace = "", ""
	switch d.at {
	case rowWhat:
		d.what = (d.what + by + len(d.choices)) % len(d.choices)
	case rowFormat:
		before := Formats[d.format].Ending
		d.format = (d.format + by + len(Formats)) % len(Formats)
		if name := d.file.Value(); strings.HasSuffix(name, before) && (before != "" || filepath.Ext(name) == "") {
			d.file.SetValue(strings.TrimSuffix(name, before) + Formats[d.format].Ending)
		}
	}
}

func (d *Dialog) start() tea.Cmd {
	if d.job != nil || d.file.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	j := &job{ctx: ctx, cancel: cancel, path: d.file.Value()}
	d.job, d.failed = j, ""
	format, messages, overwrite := Formats[d.format].Name, d.choices[d.what].Messages, d.replace == j.path
	work := func() tea.Msg {
		defer cancel()
		n, err := d.write(j.ctx, j.path, format, overwrite, messages, func(n int) { j.n.Store(int64(n)) })
		return doneMsg{j, n, err}
	}
	return tea.Batch(work, d.tick())
}

func (d *Dialog) tick() tea.Cmd {
	j := d.job
	return tea.Tick(tickEvery, func(time.Time) tea.Msg { return tickMsg{j} })
}

func (d *Dialog) done(m doneMsg) []any {
	path := d.job.path
	d.job = nil
	switch {
	case m.err == nil:
		return []any{Close{}, Done{fmt.Sprintf("%s written to %s", counted(m.n), path)}}
	case errors.Is(m.err, context.Canceled):
		d.failed = "stopped: nothing was written"
	case errors.Is(m.err, fs.ErrExist) && Formats[d.format].Name != "files":
		d.failed, d.replace = path+" is there already: enter again replaces it", path
	case errors.Is(m.err, fs.ErrExist):
		d.failed = path + " is there already: choose another name"
	default:
		d.failed = m.err.Error()
	}
	return nil
}

func counted(n int) string {
	if n == 1 {
		return "1 message"
	}
	return widget.Count(uint64(n)) + " messages"
}

// SetSize sets the outer size.
func (d *Dialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *Dialog) SetFocus(on bool) tea.Cmd {
	d.focus = on
	if on && d.at == rowFile {
		return d.file.Focus()
	}
	d.file.Blur()
	return nil
}

// Typing is true: letters are text.
func (d *Dialog) Typing() bool { return true }

// View is what Refresh drew.
func (d *Dialog) View() string { return d.view }

// Actions is what can be done now.
func (d *Dialog) Actions() []keymap.Action {
	back := d.keys.Action("global.back")
	if d.job != nil {
		back.Short, back.Text = "stop", "stop writing; nothing is left behind"
		return []keymap.Action{back}
	}
	enter, change := d.keys.Action("list.open"), d.keys.Action("list.unfold")
	enter.Short, enter.Text = "write", "write the file"
	change.Short, change.Text = "change", "take the next choice"
	if d.at == rowFile {
		change.Off = "the file is a text"
	}
	next := d.keys.Action("global.next")
	next.Short, next.Text = "next", "next row"
	return []keymap.Action{enter, change, next, back}
}

// Refresh draws the dialog.
func (d *Dialog) Refresh(time.Time) {
	f, c := Formats[d.format], d.choices[d.what]
	name := c.Name
	if c.Count >= 0 {
		name += ": " + counted(c.Count)
	}
	room := max(0, d.w-4)
	lines := []string{
		d.choice(rowWhat, "what  ", name, len(d.choices) > 1, room),
		d.choice(rowFormat, "format", f.Label, true, room),
		" " + d.label(rowFile, "file  ") + "   " + d.file.View(max(0, room-9)),
		"",
	}
	lines = append(lines, d.below(c, room)...)
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Export", Right: "enter writes · esc closes", Lines: lines}
	if d.job != nil {
		box.Right = "esc stops"
	}
	d.view = box.Render(d.theme)
}

// label is the name of a row, in the accent when the keys are its.
func (d *Dialog) label(row int, text string) string {
	if d.focus && d.at == row {
		return d.theme.Accent.Render(text)
	}
	return d.theme.Dim.Render(text)
}

// choice draws a row of which one of several is chosen.
func (d *Dialog) choice(row int, label, value string, more bool, w int) string {
	arrows := [2]string{"  ", "  "}
	if more {
		arrows = [2]string{"< ", " >"}
	}
	value, _ = widget.Sanitize(value, w)
	return " " + d.label(row, label) + d.label(row, " "+arrows[0]) + value + d.label(row, arrows[1])
}

func (d *Dialog) below(c Choice, w int) []string {
	style, text := d.theme.Dim, Formats[d.format].Holds+"; only you can read it"
	switch {
	case d.job != nil && c.Count > 0:
		n := int(d.job.n.Load())
		style, text = d.theme.Text, fmt.Sprintf("%s of %s", widget.Count(uint64(n)), counted(c.Count))
		return []string{" " + style.Render(text), " " + d.theme.Accent.Render(widget.Progress(d.theme, n, c.Count, w))}
	case d.job != nil:
		text = widget.Count(uint64(d.job.n.Load())) + " messages"
	case d.failed != "":
		style, text = d.theme.Error, d.failed
	case d.file.Err() != nil:
		style, text = d.theme.Error, d.file.Err().Error()
	}
	text, _ = widget.Sanitize(text, 0)
	const most = 2
	lines := strings.Split(ansi.Hardwrap(text, max(1, w), true), "\n")
	if len(lines) > most {
		lines[most-1] = strings.Join(lines[most-1:], " ")
	}
	for i, line := range lines {
		lines[i] = " " + style.Render(widget.Fit(line, w))
	}
	return lines[:min(len(lines), most)]
}
