package shadows

import (
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// createDialog creates a classic or named shadow. The shadow is got first, so that one that exists is never overwritten.
type createDialog struct{ form }

// defaultState is what the AWS console creates a shadow with.
const defaultState = `{"desired":{"welcome":"aws-iot"},"reported":{"welcome":"aws-iot"}}`

func newCreate(p *Pane) *createDialog {
	d := &createDialog{newForm(p, "Create a shadow", "enter creates · esc cancels", "create")}
	thing := widget.NewField(p.theme, "thing ", func(text string) error { return shadow.Name{Thing: text}.Check() })
	named := widget.NewField(p.theme, "shadow", func(text string) error { return shadow.Name{Thing: "t", Shadow: text}.Check() })
	state := widget.NewField(p.theme, "state ", func(text string) error {
		_, err := firstState(text)
		return err
	})
	named.Placeholder("empty for the classic shadow")
	state.Placeholder(defaultState)
	if p.talk.manager != nil {
		thing.SetValue(p.talk.manager.Name().Thing)
		d.At = 1
	} else if check(shadow.Name{Thing: p.known.clientID}) == nil {
		thing.SetValue(p.known.clientID)
	}
	d.Fields = []*widget.Field{thing, named, state}
	return d
}

// firstState reads the state of a new shadow: desired, reported or both, or what is desired.
func firstState(text string) (shadow.Value, error) {
	if text == "" {
		text = defaultState
	}
	v, err := read(text, shadow.Value{}, true)
	if err != nil {
		return v, err
	}
	if v.Kind() != shadow.KindObject {
		return v, errors.New("the state must be an object")
	}
	_, desired := v.Member("desired")
	_, reported := v.Member("reported")
	if !desired && !reported {
		v = shadow.ObjectOf(shadow.Member{Key: "desired", Value: v})
	}
	for _, m := range v.Members() {
		if m.Key != "desired" && m.Key != "reported" {
			return v, fmt.Errorf("%q is neither desired nor reported", m.Key)
		}
		if err := (shadow.Edit{Value: m.Value}).Check(); err != nil {
			return v, err
		}
	}
	return v, nil
}

// Want is a line for each field and a few for what they mean.
func (d *createDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 78, 7) }

// Update types, moves, creates or closes.
func (d *createDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Take(msg, d.Do)
}

// Do creates, moves between the fields or closes.
func (d *createDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next", "list.down":
		return nil, d.Move(1)
	case "global.previous", "list.up":
		return nil, d.Move(-1)
	case "list.open":
		for i, f := range d.Fields {
			if f.Err() != nil {
				return nil, d.FocusOn(i)
			}
		}
		state, err := firstState(d.Fields[2].Value())
		if err != nil {
			return nil, d.FocusOn(2)
		}
		return append([]any{Close{}}, d.pane.create(d.Fields[0].Value(), d.Fields[1].Value(), state)...), nil
	}
	return nil, nil
}

// create shows a shadow and creates it as soon as it is known not to exist.
func (p *Pane) create(thing, name string, state shadow.Value) []any {
	same := p.talk.manager != nil && p.talk.manager.Name() == shadow.Name{Thing: thing, Shadow: name}
	if same {
		p.talk.create = &state
	}
	out := p.Choose(thing, name)
	if !same {
		p.talk.create = &state
	}
	return out
}

// Refresh draws the dialog.
func (d *createDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := d.say("The shadow is asked for first: one that exists is shown and left as it is.", t.Dim, 2)
	if n := d.pane.Unsent(); n > 0 {
		lines = d.say(plural(n, "edit")+" to "+d.pane.label()+" would be lost", t.Warn, 2)
	}
	for i, f := range d.Fields {
		if f.Err() != nil && (i > 0 || f.Value() != "") {
			lines = d.say(f.Err().Error(), t.Error, 2)
			break
		}
	}
	d.Draw(append([]string{""}, lines...)...)
}
