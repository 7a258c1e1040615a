package shadows

import (
	"errors"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// addDialog adds a key to the section that is edited: beside the chosen row, or in it when it is
// an object or array that is unfolded.
type addDialog struct {
	form
	part shadow.Part
	in   []string
}

func newAdd(p *Pane) *addDialog {
	d := &addDialog{form: newForm(p, "Add a "+p.part.String()+" key", "enter adds · esc cancels", "add"), part: p.part}
	if r := p.chosen(); r != nil {
		d.in = r.path[:len(r.path)-1]
		if r.fold == unfolded || r.want[p.part].object() && r.fold == leaf {
			d.in = r.path
		}
	}
	if len(d.in) > 0 {
		d.Title += "  in " + pathText(d.in)
	}
	d.Fields = []*widget.Field{
		widget.NewField(p.theme, "key  ", d.checkKey),
		widget.NewField(p.theme, "value", func(text string) error {
			_, err := d.value(text)
			return err
		}),
	}
	if in, ok := p.want(p.part).At(d.in...); ok && in.Kind() == shadow.KindArray {
		d.Fields[0].SetValue(strconv.Itoa(in.Len())) // behind the last element
	}
	d.Fields[1].Placeholder(`as JSON: true, 3, "red", {"a":1}`)
	return d
}

func (d *addDialog) checkKey(key string) error {
	if key == "" {
		return errors.New("the key is empty")
	}
	if _, taken := d.pane.want(d.part).At(d.path(key)...); taken {
		return errors.New("this key is there already: " + d.pane.hint("shadow.edit", "edits it"))
	}
	return nil
}

func (d *addDialog) path(key string) []string { return append(d.in[:len(d.in):len(d.in)], key) }

func (d *addDialog) value(text string) (shadow.Value, error) {
	v, err := read(text, shadow.Value{}, true)
	if err != nil {
		return v, err
	}
	return v, d.pane.fits(shadow.Edit{Part: d.part, Path: d.path(d.keyText()), Value: v})
}

// keyText is the key as far as it is typed.
func (d *addDialog) keyText() string {
	if len(d.Fields) == 0 || d.Fields[0].Value() == "" {
		return "key"
	}
	return d.Fields[0].Value()
}

// Want is a line for each field and a few for what they mean.
func (d *addDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 68, 6) }

// Update types, moves, adds or closes.
func (d *addDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Take(msg, d.Do)
}

// Do adds the key, moves between the fields or closes.
func (d *addDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next", "list.down":
		return nil, d.Move(1)
	case "global.previous", "list.up":
		return nil, d.Move(-1)
	case "list.open":
		return d.add()
	}
	return nil, nil
}

// add makes the edit, or goes to the field that keeps it from being made.
func (d *addDialog) add() ([]any, tea.Cmd) {
	key := d.Fields[0].Value()
	if d.checkKey(key) != nil {
		return nil, d.FocusOn(0)
	}
	v, err := d.value(d.Fields[1].Value())
	if err != nil || d.pane.edit(shadow.Edit{Part: d.part, Path: d.path(key), Value: v}) != nil {
		return nil, d.FocusOn(1)
	}
	d.pane.reveal(d.path(key))
	return []any{Close{}}, nil
}

// Refresh draws the dialog.
func (d *addDialog) Refresh(time.Time) {
	lines := []string{""}
	key, text := d.Fields[0].Value(), d.Fields[1].Value()
	v, err := d.value(text)
	switch {
	case key != "" && d.checkKey(key) != nil:
		lines = append(lines, d.say(d.checkKey(key).Error(), d.pane.theme.Error, 3)...)
	case text != "" && err != nil:
		lines = append(lines, d.say(err.Error(), d.pane.theme.Error, 3)...)
	case key != "" && text != "":
		what := "will set " + pathText(d.path(key)) + " to "
		lines = append(lines, d.say(what+full(v, 3*max(1, d.Inner())), d.pane.theme.Dim, 3)...)
	}
	d.Draw(lines...)
}

// reveal puts the cursor on a path and unfolds what it is in.
func (p *Pane) reveal(path []string) {
	id := ""
	for _, key := range path {
		if id != "" {
			p.open[id] = true
		}
		id = rowID(id, key)
	}
	p.stale = true
	p.sync(p.now())
	for i := range p.rows {
		if p.rows[i].id == id {
			p.scroll.Cursor = i
		}
	}
}
