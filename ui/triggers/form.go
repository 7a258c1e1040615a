package triggers

import (
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// The fields of the form, in order; then the switches.
const (
	nameField = iota
	filterField
	whereField
	commandField
	topicField
	payloadField
	fieldCount
)

var (
	fieldNames   = [fieldCount]string{"Name", "Filter", "Where", "Command", "Publish on", "Payload"}
	placeholders = [fieldCount]string{"hot", "sensors/+/temp", `.temp > 30 and .unit == "C"; empty for every message`,
		"/usr/bin/logger -t lamp; the payload is its input", "lamp/cmd; empty to publish nothing", `{"at":"{{now}}"}`}
	switchNames = []string{"highlight", "bell", "notify"}
)

// form asks for a trigger.
type form struct {
	theme    *theme.Theme
	limits   client.Limits
	fields   [fieldCount]*widget.Field
	switches [3]bool
	at       int // a field, or fieldCount plus a switch
	err      error
}

func newForm(t *theme.Theme, limits client.Limits) *form {
	f := &form{theme: t, limits: limits}
	for i := range f.fields {
		f.fields[i] = widget.NewField(t, "", nil)
		f.fields[i].Placeholder(placeholders[i])
	}
	return f
}

func (f *form) stops() int { return fieldCount + len(f.switches) }

func (f *form) to(at int) tea.Cmd {
	if f.at < fieldCount {
		f.fields[f.at].Blur()
	}
	f.at = (at + f.stops()) % f.stops()
	if f.at < fieldCount {
		return f.fields[f.at].Focus()
	}
	return nil
}

// trigger is what the fields say; the error names the field at fault.
func (f *form) trigger() (t trigger.Trigger, err error) {
	t.Name, t.Where = f.fields[nameField].Value(), f.fields[whereField].Value()
	t.Highlight, t.Bell, t.Notify = f.switches[0], f.switches[1], f.switches[2]
	sub, err := client.ParseSubscription(f.fields[filterField].Value())
	if err == nil {
		err = f.limits.Subscription(sub)
	}
	if err != nil {
		return t, errors.New("filter: " + err.Error())
	}
	t.Filter, t.QoS = sub.Filter, sub.QoS
	if t.Command, err = trigger.SplitCommand(f.fields[commandField].Value()); err != nil {
		return t, errors.New("command: " + err.Error())
	}
	if topic := f.fields[topicField].Value(); topic != "" {
		t.Answer = &client.Draft{Topic: topic, Payload: []byte(f.fields[payloadField].Value())}
	}
	return t, t.Check()
}

func (d *Dialog) formKey(msg tea.KeyMsg) ([]any, tea.Cmd) {
	f := d.form
	text := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace || msg.Paste
	action := ""
	if !text {
		action, _ = d.keys.Lookup(msg.String(), "list", "global")
	}
	switch {
	case action == "global.back":
		d.form = nil
	case action == "global.next" || action == "list.down":
		return nil, f.to(f.at + 1)
	case action == "global.previous" || action == "list.up":
		return nil, f.to(f.at - 1)
	case action == "list.open":
		d.submit()
	case f.at >= fieldCount:
		if msg.String() == " " {
			f.switches[f.at-fieldCount] = !f.switches[f.at-fieldCount]
			f.err = nil
		}
	default:
		f.err = nil
		return nil, f.fields[f.at].Update(msg)
	}
	return nil, nil
}

// submit adds the trigger, or shows what is wrong with it.
func (d *Dialog) submit() {
	t, err := d.form.trigger()
	if err == nil {
		err = d.engine.Add(t)
	}
	if d.form.err = err; err == nil {
		d.form = nil
		d.list = d.engine.List()
		d.scroll.Fit(len(d.list), max(1, d.h))
		d.scroll.Cursor = len(d.list) - 1
	}
}

const labelCells = len("Publish on ")

func (d *Dialog) drawForm() string {
	t, f, inner := d.theme, d.form, max(0, d.w-2)
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Add a trigger", Right: "enter adds · esc goes back"}
	label := func(i int, text string) string {
		style, mark := t.Dim, " "
		if i == f.at {
			style, mark = t.Accent, t.Cursor
		}
		return mark + style.Render(widget.Fit(text, labelCells))
	}
	for i, field := range f.fields {
		box.Lines = append(box.Lines, label(i, fieldNames[i])+field.View(max(0, inner-labelCells-2)))
	}
	for i, name := range switchNames {
		on := t.BoxOff
		if f.switches[i] {
			on = t.BoxOn
		}
		hint := ""
		if f.at == fieldCount+i {
			hint = t.Dim.Render("  space changes it")
		}
		box.Lines = append(box.Lines, label(fieldCount+i, name)+on+hint)
	}
	box.Lines = append(box.Lines, "")
	if f.err != nil {
		safe, _ := widget.Sanitize(f.err.Error(), 500)
		return d.finish(box, " "+t.Error.Render(widget.Fit(safe, max(0, inner-2))))
	}
	return d.finish(box, " "+t.Dim.Render(widget.Fit("it lasts until the program ends; [[trigger]] in config.toml keeps one", max(0, inner-2))))
}

// finish keeps the field at hand in sight.
func (d *Dialog) finish(box widget.Box, last string) string {
	box.Lines = append(box.Lines, last)
	if over := d.form.at + 2 - (d.h - 2); over > 0 && over < len(box.Lines) {
		box.Lines = box.Lines[over:]
	}
	return box.Render(d.theme)
}
