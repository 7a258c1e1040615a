package composer

import (
	"path/filepath"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/widget"
)

// fileDialog asks for a file and does something with it.
type fileDialog struct {
	form
	path   pathField
	says   string // what it does
	work   func(path string) fileMsg
	done   func(fileMsg) ([]any, error)
	busy   bool
	failed string // why it did not work, until the path is changed
}

// fileMsg is the outcome of reading or writing.
type fileMsg struct {
	path string
	data []byte
	err  error
}

func newFile(p *Pane, title, enter, path, says string) *fileDialog {
	d := &fileDialog{says: says, form: newForm(p, title, "enter "+enter+"s · esc cancels", enter)}
	d.path = newPathField(p, "file", path)
	d.Fields = []*widget.Field{d.path.Field}
	return d
}

func newPathField(p *Pane, label, path string) pathField {
	f := pathField{Field: widget.NewField(p.theme, label, nil), dir: "\x00"}
	f.SetValue(path)
	return f
}

// newLoad reads a file as the payload.
func newLoad(p *Pane) *fileDialog {
	d := newFile(p, "Payload from a file", "read", "", "The payload becomes the bytes of the file, exactly.")
	d.work = func(path string) fileMsg {
		data, err := widget.ReadFile(path, maxFile)
		return fileMsg{path, data, err}
	}
	d.done = func(m fileMsg) ([]any, error) {
		p.payload.renew(m.data)
		p.payload.file = filepath.Base(m.path)
		p.at = fieldPayload
		p.changed()
		return []any{Close{}}, nil
	}
	return d
}

// Want is a line for the field and some for what can stand there.
func (d *fileDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 78, 14) }

// SetFocus reads the folder when the dialog opens.
func (d *fileDialog) SetFocus(on bool) tea.Cmd {
	cmd := d.form.SetFocus(on)
	if !on {
		return cmd
	}
	d.path.find()
	return tea.Batch(cmd, d.path.list())
}

// Update types, starts, or takes the outcome.
func (d *fileDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.Key(msg)
		if action == "" {
			d.failed = ""
			return nil, tea.Batch(cmd, d.path.changed())
		}
		return d.Do(action)
	case listedMsg:
		d.path.listed(msg)
	case fileMsg:
		d.busy = false
		intents, err := []any(nil), msg.err
		if err == nil {
			intents, err = d.done(msg)
		}
		if err != nil {
			d.failed = err.Error()
		}
		return intents, nil
	}
	return nil, nil
}

// Do picks a name, reads or writes the file, or closes.
func (d *fileDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.down":
		d.path.cycle(1)
	case "list.up":
		d.path.cycle(-1)
	case "global.next": // as a shell does
		if len(d.path.hints) > 0 && d.path.at == 0 {
			d.path.cycle(1)
		}
		return nil, d.path.changed()
	case "list.open", "publish.send":
		return d.start()
	}
	return nil, nil
}

func (d *fileDialog) start() ([]any, tea.Cmd) {
	path := d.path.Value()
	if strings.HasSuffix(path, "/") {
		return nil, d.path.changed() // into the folder
	}
	if d.busy || path == "" {
		return nil, nil
	}
	d.busy, d.failed = true, ""
	work := d.work
	return nil, func() tea.Msg { return work(path) }
}

// Refresh draws the dialog.
func (d *fileDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := d.say(d.says, t.Dim, 2)
	if d.failed != "" {
		lines = d.say(d.failed, t.Error, 2)
	}
	lines = append([]string{""}, append(lines, "")...)
	d.Draw(append(lines, d.path.lines(d.pane, d.Inner(), max(0, d.H-2-1-len(lines)))...)...)
}
