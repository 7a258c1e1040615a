// Package triggers is the dialog that shows what is done when messages come: each trigger with its counts and its switch, the switch
// before all of them, and what they did.
package triggers

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// Engine is what runs the triggers.
type Engine interface {
	List() []trigger.Status
	Log() []trigger.Line
	On() bool
	Set(name string, on bool)
	SetAll(on bool)
	Add(trigger.Trigger) error
	Remove(name string)
}

// Dialog shows the triggers of one connection.
type Dialog struct {
	theme  *theme.Theme
	keys   *keymap.Map
	engine Engine
	limits client.Limits

	list   []trigger.Status
	log    []trigger.Line
	scroll widget.Scroll
	form   *form // nil while none is added
	w, h   int
	focus  bool
	view   string
}

// New makes the dialog. What is added is checked against the limits of the broker.
func New(t *theme.Theme, keys *keymap.Map, e Engine, limits client.Limits) *Dialog {
	return &Dialog{theme: t, keys: keys, engine: e, limits: limits, list: e.List()}
}

// Want has room for the triggers and some lines of the log.
func (d *Dialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 96), min(maxH, len(d.list)+18) }

// Update moves, switches, types or closes.
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if d.form != nil {
			return d.formKey(msg)
		}
		if action, ok := d.keys.Lookup(msg.String(), "trigger", "list", "global"); ok && !msg.Paste {
			return d.Do(action)
		}
	case tea.MouseMsg:
		d.mouse(msg)
	}
	return nil, nil
}

// firstRow is the line inside the border where the list begins.
const firstRow = 1

func (d *Dialog) mouse(msg tea.MouseMsg) {
	first, end := d.scroll.Visible()
	switch i := first + msg.Y - 1 - firstRow; {
	case d.form != nil || msg.Action != tea.MouseActionPress:
	case msg.Button == tea.MouseButtonWheelUp:
		d.scroll.Wheel(-1)
	case msg.Button == tea.MouseButtonWheelDown:
		d.scroll.Wheel(1)
	case msg.Button == tea.MouseButtonLeft && msg.Y > firstRow && i < end:
		d.scroll.Cursor = i
	}
}

func (d *Dialog) at() (trigger.Status, bool) {
	if d.scroll.Cursor < len(d.list) {
		return d.list[d.scroll.Cursor], true
	}
	return trigger.Status{}, false
}

// Do does an action of the dialog.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) {
	s, there := d.at()
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "trigger.toggle":
		if there {
			d.engine.Set(s.Name, !s.On)
		}
	case "trigger.all":
		d.engine.SetAll(!d.engine.On())
	case "trigger.add":
		d.form = newForm(d.theme, d.limits)
		return nil, d.form.to(0)
	case "trigger.remove":
		if there && s.Session {
			d.engine.Remove(s.Name)
		}
	default:
		d.scroll.Do(action)
	}
	d.list = d.engine.List()
	return nil, nil
}

// View is what Refresh drew.
func (d *Dialog) View() string { return d.view }

// SetSize sets the outer size.
func (d *Dialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *Dialog) SetFocus(on bool) tea.Cmd {
	d.focus = on
	if d.form != nil && on {
		return d.form.to(d.form.at)
	}
	return nil
}

// Typing reports whether letters are text.
func (d *Dialog) Typing() bool { return d.form != nil }

// Actions is what the dialog can do now.
func (d *Dialog) Actions() []keymap.Action {
	back := d.keys.Action("global.back")
	if d.form != nil {
		add := d.keys.Action("list.open")
		add.Short, add.Text = "add", "add the trigger for this session"
		return []keymap.Action{add, d.keys.Action("global.next"), back}
	}
	s, there := d.at()
	toggle, remove := d.keys.Action("trigger.toggle"), d.keys.Action("trigger.remove")
	switch {
	case !there:
		toggle.Off, remove.Off = "there is no trigger", "there is no trigger"
	case !s.Session:
		remove.Off = "it stands in the configuration"
	}
	return []keymap.Action{toggle, d.keys.Action("trigger.all"), d.keys.Action("trigger.add"), remove, d.keys.Action("list.up"), d.keys.Action("list.down"), back}
}

// Refresh draws the dialog.
func (d *Dialog) Refresh(time.Time) {
	d.list, d.log = d.engine.List(), d.engine.Log()
	if d.form != nil {
		d.view = d.drawForm()
		return
	}
	d.view = d.drawList()
}
