package shadows

import (
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// fileDialog writes the shadow to a file, or makes edits of what is in one.
type fileDialog struct {
	form
	imports bool
	busy    bool
	failed  string // why it did not work, until the path is changed
}

// fileMsg is the outcome of reading or writing.
type fileMsg struct {
	path string
	data []byte
	err  error
}

// maxImport is how large a file may be, in bytes: more than any shadow.
const maxImport = 1 << 20

func newExport(p *Pane) *fileDialog {
	d := &fileDialog{form: newForm(p, "Export  "+p.label(), "enter writes · esc cancels", "write")}
	n := p.talk.manager.Name()
	file := n.Thing
	if n.Shadow != "" {
		file += "-" + n.Shadow
	}
	d.ask(file + ".json")
	return d
}

func newImport(p *Pane) *fileDialog {
	d := &fileDialog{imports: true, form: newForm(p, "Import into  "+p.label(), "enter reads · esc cancels", "read")}
	d.ask("")
	return d
}

func (d *fileDialog) ask(path string) {
	f := widget.NewField(d.pane.theme, "file", func(text string) error {
		if text == "" {
			return errors.New("no file is named")
		}
		return nil
	})
	f.SetValue(path)
	d.Fields = []*widget.Field{f}
}

// Want is a line for the field and a few for what it does.
func (d *fileDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 78, 5) }

// Update types, starts, or takes the outcome.
func (d *fileDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.Key(msg)
		if action == "" {
			d.failed = ""
			return nil, cmd
		}
		return d.Do(action)
	case fileMsg:
		return d.done(msg), nil
	}
	return nil, nil
}

// Do reads or writes the file, or closes.
func (d *fileDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		path := d.Fields[0].Value()
		if d.busy || d.Fields[0].Err() != nil {
			return nil, nil
		}
		d.busy, d.failed = true, ""
		if d.imports {
			return nil, func() tea.Msg { return readFile(path) }
		}
		data := exported(d.pane.doc)
		return nil, func() tea.Msg { return fileMsg{path: path, err: widget.WriteFile(path, data)} }
	}
	return nil, nil
}

func (d *fileDialog) done(m fileMsg) []any {
	d.busy = false
	if m.err != nil {
		d.failed = m.err.Error()
		return nil
	}
	if !d.imports {
		return []any{Close{}, Toast{Text: fmt.Sprintf("v%d written to %s", d.pane.doc.Version, m.path)}}
	}
	edits, err := d.pane.imported(m.data)
	if err == nil {
		err = d.pane.edit(edits...)
	}
	if err != nil {
		d.failed = m.path + ": " + err.Error()
		return nil
	}
	d.pane.sync(d.pane.now())
	if d.pane.work.draft.Empty() {
		return []any{Close{}, Toast{Text: "the shadow is what the file holds already"}}
	}
	return append([]any{Close{}}, d.pane.reviewNow(false)...)
}

// exported is the document as get answers it, without what only holds for the moment.
func exported(d shadow.Document) []byte {
	b := d.AppendState([]byte(`{"state":`))
	b = d.AppendMetadata(append(b, `,"metadata":`...))
	return fmt.Appendf(b, ",\"version\":%d}\n", d.Version)
}

// imported is the edits that merge a file into the shadow: an exported one, an answer to get, an update, or just the sections.
func (p *Pane) imported(data []byte) ([]shadow.Edit, error) {
	v, err := shadow.Parse(data)
	if err != nil {
		return nil, err
	}
	if state, ok := v.Member("state"); ok {
		v = state
	}
	var edits []shadow.Edit
	found := false
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		patch, ok := v.Member(part.String())
		if !ok {
			continue
		}
		if found = true; patch.Kind() != shadow.KindObject && !patch.IsNull() {
			return nil, fmt.Errorf("%s is no object", part)
		}
		have := p.want(part)
		edits = append(edits, shadow.EditsTo(part, have, shadow.Merge(shadow.Section{State: have}, patch, 0).State)...)
	}
	if !found {
		return nil, errors.New("it holds neither desired nor reported")
	}
	return edits, nil
}

func readFile(path string) fileMsg {
	data, err := widget.ReadFile(path, maxImport)
	return fileMsg{path, data, err}
}

// Refresh draws the dialog.
func (d *fileDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := []string{""}
	switch {
	case d.failed != "":
		lines = append(lines, d.say(d.failed, t.Error, 3)...)
	case d.imports:
		lines = append(lines, d.say("What it holds is merged into the shadow as an update, which is shown before it is sent.", t.Dim, 3)...)
	default:
		lines = append(lines, d.say(fmt.Sprintf("v%d with state and metadata, as JSON. A file of that name is replaced.", d.pane.doc.Version), t.Dim, 3)...)
	}
	d.Draw(lines...)
}
