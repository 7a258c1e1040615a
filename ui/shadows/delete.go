package shadows

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/widget"
)

// deleteDialog deletes the shadow once its name was typed: the thing's for the classic shadow.
type deleteDialog struct {
	form
	name string
}

func newDelete(p *Pane) *deleteDialog {
	d := &deleteDialog{form: newForm(p, "Delete the shadow  "+p.label(), "enter deletes · esc keeps it", "delete")}
	d.name = p.talk.manager.Name().Display()
	d.Fields = []*widget.Field{widget.NewField(p.theme, "type "+d.name+":", func(text string) error {
		if text != d.name {
			return errors.New("not the name")
		}
		return nil
	})}
	return d
}

// Want is a line for the field and a few for what it does.
func (d *deleteDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 64, 4) }

// Update types, deletes or closes.
func (d *deleteDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Take(msg, d.Do)
}

// Do deletes the shadow or closes.
func (d *deleteDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		d.pane.sync(d.pane.now())
		if d.Fields[0].Err() != nil || d.pane.deleteOff() != "" {
			return nil, nil // the line below the field says why
		}
		r := d.pane.talk.manager.Delete(d.pane.now())
		return []any{Close{}, Publish{Topic: r.Topic, Payload: r.Payload}}, nil
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *deleteDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := append([]string{""}, d.say("State and metadata go for every client. The thing itself stays.", t.Dim, 2)...)
	if off := d.pane.deleteOff(); off != "" {
		lines = append([]string{""}, d.say("not now: "+off, t.Error, 2)...)
	} else if d.Fields[0].Err() == nil {
		lines = append([]string{""}, d.say("enter deletes the shadow", t.Error, 2)...)
	}
	d.Draw(lines...)
}
