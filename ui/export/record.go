package export

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Record asks the root to begin a record in a new file. The root takes the dialog away, or says with Failed why it could not.
type Record struct{ Path string }

// RecordDialog asks for the file of a record.
type RecordDialog struct {
	theme  *theme.Theme
	keys   *keymap.Map
	file   *widget.Field
	failed string
	w, h   int
	focus  bool
	view   string
}

// NewRecord makes the dialog. name is the suggested file name.
func NewRecord(t *theme.Theme, keys *keymap.Map, name string) *RecordDialog {
	d := &RecordDialog{theme: t, keys: keys, file: fileField(t)}
	d.file.SetValue(name)
	return d
}

// Failed says why the record could not be begun.
func (d *RecordDialog) Failed(err error) { d.failed = err.Error() }

// Want is a row and what is to be said.
func (d *RecordDialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 78), min(maxH, 5) }

// Update types, begins or closes.
func (d *RecordDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, nil
	}
	if k.Type != tea.KeyRunes && k.Type != tea.KeySpace && !k.Paste {
		if action, _ := d.keys.Lookup(k.String(), "list", "global"); action == "list.open" || action == "global.back" {
			return d.Do(action)
		}
	}
	d.failed = ""
	return nil, d.file.Update(msg)
}

// Do begins or closes.
func (d *RecordDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		if d.file.Err() == nil {
			return []any{Record{d.file.Value()}}, nil
		}
	}
	return nil, nil
}

// SetSize sets the outer size.
func (d *RecordDialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *RecordDialog) SetFocus(on bool) tea.Cmd {
	if d.focus = on; on {
		return d.file.Focus()
	}
	d.file.Blur()
	return nil
}

// Typing is true: letters are text.
func (d *RecordDialog) Typing() bool { return true }

// View is what Refresh drew.
func (d *RecordDialog) View() string { return d.view }

// Actions is what can be done.
func (d *RecordDialog) Actions() []keymap.Action {
	enter := d.keys.Action("list.open")
	enter.Short, enter.Text = "record", "begin to record"
	return []keymap.Action{enter, d.keys.Action("global.back")}
}

// Refresh draws the dialog.
func (d *RecordDialog) Refresh(time.Time) {
	room := max(0, d.w-4)
	style, text := d.theme.Dim, "Everything received and published from now on, until R is pressed again."
	if d.failed != "" {
		style, text = d.theme.Error, d.failed
	} else if err := d.file.Err(); err != nil {
		style, text = d.theme.Error, err.Error()
	}
	text, _ = widget.Sanitize(text, 0)
	lines := []string{" " + d.theme.Accent.Render("file") + "  " + d.file.View(max(0, room-6)), "", " " + style.Render(widget.Fit(text, room))}
	d.view = widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Record", Right: "enter records · esc closes", Lines: lines}.Render(d.theme)
}
