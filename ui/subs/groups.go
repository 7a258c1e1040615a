package subs

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// Dialog is what Open asks the root to put over the panes.
type Dialog interface {
	Update(tea.Msg) (intents []any, cmd tea.Cmd)
	Refresh(now time.Time)
	View() string
	SetSize(w, h int)
	SetFocus(on bool) tea.Cmd
	Actions() []keymap.Action
	Do(action string) (intents []any, cmd tea.Cmd)
	Typing() bool
	Want(maxW, maxH int) (w, h int)
}

// Open asks the root to show a dialog, Close to take it away.
type (
	Open  struct{ Dialog Dialog }
	Close struct{}
)

// groupsDialog chooses a group of reserved topics, then asks for the names in it.
type groupsDialog struct {
	pane   *Pane
	groups []client.Group
	scroll widget.Scroll

	named  bool // a group is chosen; its names are asked for
	needs  []string
	fields []*widget.Field
	typed  []string // of the fields, as far as the user typed them
	hint   int      // the known name taken, from 1
	at     int

	w, h  int
	focus bool
	view  string
}

// groupQoS is that of all filters of a group: answers are not to be lost.
const groupQoS = 1

func newGroups(p *Pane) *groupsDialog { return &groupsDialog{pane: p, groups: client.Groups()} }

func (d *groupsDialog) group() client.Group { return d.groups[d.scroll.Cursor] }

// Want has room for all groups.
func (d *groupsDialog) Want(maxW, maxH int) (w, h int) {
	return min(maxW, 76), min(maxH, len(d.groups)+2)
}

// Update chooses, types or closes.
func (d *groupsDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if text := msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace || msg.Paste; !text || !d.named {
			action, ok := d.pane.keys.Lookup(msg.String(), "list", "global")
			if ok && d.takes(action) {
				return d.Do(action)
			}
		}
		if d.named {
			cmd := d.fields[d.at].Update(msg)
			d.typed[d.at], d.hint = d.fields[d.at].Value(), 0
			return nil, cmd
		}
	case tea.MouseMsg:
		return d.mouse(msg)
	}
	return nil, nil
}

// takes reports whether an action is the dialog's; the others' keys go to the field.
func (d *groupsDialog) takes(action string) bool {
	switch action {
	case "list.top", "list.bottom":
		return !d.named
	case "global.back", "global.next", "global.previous":
		return true
	}
	return strings.HasPrefix(action, "list.")
}

func (d *groupsDialog) mouse(msg tea.MouseMsg) ([]any, tea.Cmd) {
	first, end := d.scroll.Visible()
	switch i := first + msg.Y - 1; {
	case msg.Action != tea.MouseActionPress:
	case msg.Button == tea.MouseButtonWheelUp && !d.named:
		d.scroll.Wheel(-wheelRows)
	case msg.Button == tea.MouseButtonWheelDown && !d.named:
		d.scroll.Wheel(wheelRows)
	case msg.Button == tea.MouseButtonLeft && d.named && msg.Y >= 1 && msg.Y <= len(d.fields):
		return nil, d.to(msg.Y - 1)
	case msg.Button == tea.MouseButtonLeft && !d.named && i >= first && i < end:
		d.scroll.Cursor = i
		return nil, d.name()
	}
	return nil, nil
}

// Do moves, chooses, picks a name, or goes back.
func (d *groupsDialog) Do(action string) ([]any, tea.Cmd) {
	if !d.named {
		switch action {
		case "global.back":
			return []any{Close{}}, nil
		case "list.open", "list.unfold":
			return nil, d.name()
		}
		d.scroll.Do(action)
		return nil, nil
	}
	switch action {
	case "global.back":
		d.named = false
	case "global.next":
		return nil, d.to((d.at + 1) % len(d.fields))
	case "global.previous":
		return nil, d.to((d.at + len(d.fields) - 1) % len(d.fields))
	case "list.down":
		d.pick(1)
	case "list.up":
		d.pick(-1)
	case "list.open":
		return d.submit()
	}
	return nil, nil
}

// name asks for the names of the group, each as last seen.
func (d *groupsDialog) name() tea.Cmd {
	g := d.group()
	d.named, d.needs, d.fields, d.typed = true, g.Needs(), nil, nil
	for _, need := range d.needs {
		f := widget.NewField(d.pane.theme, need, func(text string) error { return g.CheckName(need, text) })
		if known := d.pane.known[need]; len(known) > 0 {
			f.SetValue(known[0])
		}
		d.fields, d.typed = append(d.fields, f), append(d.typed, "")
	}
	d.at = 0
	return d.to(0)
}

func (d *groupsDialog) to(i int) tea.Cmd {
	d.fields[d.at].Blur()
	d.at = i
	d.hint = slices.Index(d.known(), d.fields[i].Value()) + 1
	if !d.focus {
		return nil
	}
	return d.fields[i].Focus()
}

// pick puts the next known name into the field, and after the last one what was typed.
func (d *groupsDialog) pick(by int) {
	names := d.known()
	if len(names) == 0 {
		return
	}
	n := len(names) + 1
	d.hint = (d.hint + by + n) % n
	if d.hint == 0 {
		d.fields[d.at].SetValue(d.typed[d.at])
	} else {
		d.fields[d.at].SetValue(names[d.hint-1])
	}
}

// known are the names that complete what was typed.
func (d *groupsDialog) known() (out []string) {
	for _, name := range d.pane.known[d.needs[d.at]] {
		if strings.HasPrefix(name, d.typed[d.at]) {
			out = append(out, name)
		}
	}
	return out
}

func (d *groupsDialog) names() map[string]string {
	names := map[string]string{}
	for i, need := range d.needs {
		names[need] = d.fields[i].Value()
	}
	return names
}

// filters are those of the group with the names as they stand, or what is wrong with them.
func (d *groupsDialog) filters() ([]client.Filter, error) {
	filters, err := d.group().Filters(d.names())
	if err != nil || d.pane.limits == nil {
		return filters, err
	}
	for _, f := range filters {
		if err := d.pane.limits(f); err != nil {
			return nil, err
		}
	}
	return filters, nil
}

// submit subscribes, or goes to the name that is wrong.
func (d *groupsDialog) submit() ([]any, tea.Cmd) {
	filters, err := d.filters()
	if err != nil {
		for i, f := range d.fields {
			if f.Err() != nil {
				return nil, d.to(i)
			}
		}
		return nil, nil
	}
	title := d.group().Title(d.names())
	intents := append([]any{Close{}, SubscribeGroup{Group: title, Filters: filters, QoS: groupQoS}}, d.pane.choose(Choose{Group: title})...)
	d.pane.fresh = true
	return intents, nil
}

// Refresh draws the dialog.
func (d *groupsDialog) Refresh(time.Time) {
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Groups of reserved topics", Right: "enter chooses · esc cancels"}
	inner := max(0, d.w-2)
	if d.named {
		box.Title, box.Right = d.group().Name, "enter subscribes · esc goes back"
		box.Lines = d.drawNames(inner)
	} else {
		d.scroll.Fit(len(d.groups), d.h-2)
		first, end := d.scroll.Visible()
		for i := first; i < end; i++ {
			box.Lines = append(box.Lines, d.line(d.groups[i], i == d.scroll.Cursor, inner))
		}
	}
	d.view = box.Render(d.pane.theme)
}

const groupName = 22

func (d *groupsDialog) line(g client.Group, cursor bool, inner int) string {
	t, name := d.pane.theme, widget.Fit(g.Name, groupName)
	if text := widget.Fit(g.Text, max(0, inner-groupName-3)); !cursor {
		return "  " + name + t.Dim.Render(text)
	} else {
		return t.Selected.Render(widget.Fit(t.Cursor+" "+name+text, inner))
	}
}

func (d *groupsDialog) drawNames(inner int) []string {
	t := d.pane.theme
	var lines []string
	for _, f := range d.fields {
		lines = append(lines, " "+f.View(max(0, inner-2)))
	}
	say := func(text string) {
		safe, _ := widget.Sanitize(text, maxFilter)
		lines = append(lines, " "+t.Dim.Render(widget.Fit(safe, max(0, inner-2))))
	}
	if names := d.known(); len(names) > 0 {
		say("known: " + strings.Join(names[:min(len(names), 8)], ", ") + "; the arrows pick one")
	} else {
		say("+ stands for every " + d.needs[d.at] + ", where the broker takes it")
	}
	filters, err := d.filters()
	if err != nil {
		return append(lines, " "+t.Error.Render(widget.Fit(err.Error(), max(0, inner-2))))
	}
	if d.group().Enable {
		say("AWS sends these once event-based messages are switched on in the account")
	}
	say(fmt.Sprintf("%d filters at QoS %d, in one row:", len(filters), groupQoS))
	for _, f := range filters {
		lines = append(lines, "   "+fitFilter(safeFilter(f.String()), max(0, inner-4), t.Ellipsis))
	}
	return lines
}

// View is what Refresh drew.
func (d *groupsDialog) View() string { return d.view }

// SetSize sets the outer size.
func (d *groupsDialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *groupsDialog) SetFocus(on bool) tea.Cmd {
	d.focus = on
	switch {
	case !d.named:
		return nil
	case on:
		return d.fields[d.at].Focus()
	}
	d.fields[d.at].Blur()
	return nil
}

// Typing reports whether letters are text.
func (d *groupsDialog) Typing() bool { return d.named }

// Actions is what the dialog can do now.
func (d *groupsDialog) Actions() []keymap.Action {
	open, back := d.pane.keys.Action("list.open"), d.pane.keys.Action("global.back")
	open.Short, open.Text = "choose", "choose the group"
	if d.named {
		open.Short, open.Text = "subscribe", "subscribe to the group"
		back.Text = "back to the groups"
	}
	return []keymap.Action{open, d.pane.keys.Action("list.up"), d.pane.keys.Action("list.down"), d.pane.keys.Action("global.next"), back}
}
