package shadows

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// editDialog changes one desired value.
type editDialog struct {
	form
	path    []string
	present shadow.Value
}

func newEdit(p *Pane, r *row) *editDialog {
	d := &editDialog{form: form{pane: p, title: "Desired  " + pathText(r.path), right: "enter sets · esc cancels", enter: "set"}, path: r.path}
	d.present, _ = r.value()
	f := widget.NewField(p.theme, "value", func(text string) error {
		_, err := d.read(text)
		return err
	})
	f.SetValue(typed(d.present))
	d.fields = []*widget.Field{f}
	return d
}

// read is the value that was typed, if it can be desired there.
func (d *editDialog) read(text string) (shadow.Value, error) {
	v, err := read(text, d.present)
	if err != nil {
		return v, err
	}
	return v, d.pane.fits(shadow.Edit{Path: d.path, Value: v})
}

// fits says why an edit cannot be made.
func (p *Pane) fits(e shadow.Edit) error {
	if e.Value.IsNull() && !e.Remove {
		return errors.New("null would remove the key: " + p.hint("shadow.remove", "does that"))
	}
	_, err := e.Apply(p.want())
	return err
}

// Want is a line for the field and a few for what it means.
func (d *editDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 68, 5) }

// Update types, sets or closes.
func (d *editDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, nil
	}
	action, cmd := d.key(k)
	if action == "" {
		return nil, cmd
	}
	return d.Do(action)
}

// Do sets the value or closes.
func (d *editDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		v, err := d.read(d.fields[0].Value())
		if err != nil || d.pane.edit(shadow.Edit{Path: d.path, Value: v}) != nil {
			return nil, nil // the line below the field says why
		}
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *editDialog) Refresh(time.Time) {
	lines := []string{""}
	if v, err := d.read(d.fields[0].Value()); err != nil {
		lines = append(lines, d.say(err.Error(), d.pane.theme.Error, 3)...)
	} else {
		lines = append(lines, d.say("will set "+full(v, 3*max(1, d.inner())), d.pane.theme.Dim, 3)...)
	}
	d.draw(lines...)
}
