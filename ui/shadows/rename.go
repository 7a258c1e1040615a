package shadows

import (
	"errors"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// renameDialog gives a key of the section that is edited another name: the value goes there, and the key is removed.
type renameDialog struct {
	form
	part shadow.Part
	path []string
}

func newRename(p *Pane, r *row) *renameDialog {
	d := &renameDialog{form: newForm(p, "Rename  "+p.part.String()+"."+pathText(r.path), "enter renames · esc cancels", "rename"),
		part: p.part, path: r.path}
	f := widget.NewField(p.theme, "key", d.check)
	f.SetValue(r.key())
	d.Fields = []*widget.Field{f}
	return d
}

func (d *renameDialog) to(key string) []string {
	return append(slices.Clone(d.path[:len(d.path)-1]), key)
}

func (d *renameDialog) check(key string) error {
	if key == "" {
		return errors.New("the key is empty")
	}
	if _, taken := d.pane.want(d.part).At(d.to(key)...); taken && key != d.path[len(d.path)-1] {
		return errors.New("this key is there already")
	}
	return nil
}

// Want is a line for the field and one for what is wrong with it.
func (d *renameDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 60, 3) }

// Update types, renames or closes.
func (d *renameDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Take(msg, d.Do)
}

// Do renames or closes.
func (d *renameDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		key := d.Fields[0].Value()
		v, ok := d.pane.want(d.part).At(d.path...)
		switch {
		case d.check(key) != nil:
			return nil, nil // the line below the field says why
		case !ok || key == d.path[len(d.path)-1]:
			return []any{Close{}}, nil
		}
		err := d.pane.edit(shadow.Edit{Part: d.part, Path: d.to(key), Value: v}, shadow.Edit{Part: d.part, Path: d.path, Remove: true})
		if err != nil {
			return []any{Close{}, Toast{Text: err.Error(), Error: true}}, nil
		}
		d.pane.reveal(d.to(key))
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *renameDialog) Refresh(time.Time) {
	lines := []string{""}
	if err := d.check(d.Fields[0].Value()); err != nil {
		lines = append(lines, d.say(err.Error(), d.pane.theme.Error, 1)...)
	} else {
		lines = append(lines, d.say("the value goes there and the old key is removed", d.pane.theme.Dim, 1)...)
	}
	d.Draw(lines...)
}
