package shadows

import (
	"errors"
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// editDialog changes one value of the section that is edited. Its JSON type stays what it was, unless that is asked for.
type editDialog struct {
	form
	part    shadow.Part
	path    []string
	present shadow.Value
	retype  bool // the type may change
}

func newEdit(p *Pane, r *row) *editDialog {
	d := &editDialog{form: newForm(p, p.partTitle()+"  "+pathText(r.path), "enter sets · esc cancels", "set"),
		part: p.part, path: r.path}
	d.present, _ = r.value(p.part)
	f := widget.NewField(p.theme, "value", func(text string) error {
		_, err := d.read(text)
		return err
	})
	f.SetValue(typed(d.present))
	d.Fields = []*widget.Field{f}
	return d
}

// partTitle names the section that is edited.
func (p *Pane) partTitle() string { return [...]string{"Desired", "Reported"}[p.part] }

// read is the value that was typed, if it can stand there.
func (d *editDialog) read(text string) (shadow.Value, error) {
	v, err := read(text, d.present, d.retype)
	if err != nil {
		return v, err
	}
	if err := d.pane.fits(shadow.Edit{Part: d.part, Path: d.path, Value: v}); err != nil {
		return v, err
	}
	if v.Kind() != d.present.Kind() && !d.retype && !d.present.IsNull() {
		return v, fmt.Errorf("%s in the place of %s: %s", article(v.Kind()), article(d.present.Kind()), d.pane.hint("shadow.retype", "lets the type change"))
	}
	return v, nil
}

// fits says why an edit cannot be made.
func (p *Pane) fits(e shadow.Edit) error {
	if e.Value.IsNull() && !e.Remove {
		return errors.New("null would remove the key: " + p.hint("shadow.remove", "does that"))
	}
	_, err := e.Apply(p.want(e.Part))
	return err
}

// setting is the edits that set a value. Those of an object leave alone what others may change in it meanwhile.
func (p *Pane) setting(part shadow.Part, path []string, v shadow.Value) []shadow.Edit {
	old, _ := p.want(part).At(path...)
	if old.Kind() != shadow.KindObject || v.Kind() != shadow.KindObject {
		return []shadow.Edit{{Part: part, Path: path, Value: v}}
	}
	edits := shadow.EditsTo(part, old, v)
	for i := range edits {
		edits[i].Path = slices.Concat(path, edits[i].Path)
	}
	return edits
}

// Want is a line for the field and a few for what it means.
func (d *editDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 68, 5) }

// Update types, sets or closes.
func (d *editDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Take(msg, d.Do)
}

// Do sets the value or closes.
func (d *editDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		v, err := d.read(d.Fields[0].Value())
		if err != nil || d.pane.edit(d.pane.setting(d.part, d.path, v)...) != nil {
			return nil, nil // the line below the field says why
		}
		return []any{Close{}}, nil
	case "shadow.retype":
		d.retype = !d.retype
		d.Fields[0].SetValue(d.Fields[0].Value())
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *editDialog) Refresh(time.Time) {
	lines := []string{""}
	if v, err := d.read(d.Fields[0].Value()); err != nil {
		lines = append(lines, d.say(err.Error(), d.pane.theme.Error, 3)...)
	} else {
		what := "will set "
		if v.Kind() != d.present.Kind() {
			what = "will set the " + v.Kind().String() + " "
		}
		lines = append(lines, d.say(what+full(v, 3*max(1, d.Inner())), d.pane.theme.Dim, 3)...)
	}
	d.Draw(lines...)
}
