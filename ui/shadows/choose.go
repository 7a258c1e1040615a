package shadows

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// chooseDialog chooses thing and shadow: typed, or picked from those seen in traffic.
type chooseDialog struct {
	form
	seen   []shadow.Name
	scroll widget.Scroll // over seen
	picked bool          // the fields show the row under the cursor
}

// seenAt is the line inside the border where the list of shadows seen begins.
const seenAt = 4

func newChoose(p *Pane) *chooseDialog {
	d := &chooseDialog{form: form{pane: p, title: "Thing and shadow", right: "enter chooses · esc cancels", enter: "choose"}, seen: p.seen.names()}
	thing := widget.NewField(p.theme, "thing ", func(text string) error {
		return check(shadow.Name{Thing: text})
	})
	named := widget.NewField(p.theme, "shadow", func(text string) error {
		return check(shadow.Name{Thing: "t", Shadow: text})
	})
	named.Placeholder("empty for the classic shadow")
	if p.talk.manager != nil {
		n := p.talk.manager.Name()
		thing.SetValue(n.Thing)
		named.SetValue(n.Shadow)
	}
	d.fields = []*widget.Field{thing, named}
	d.scroll.Cursor = -1
	return d
}

// Want has room for the list of what was seen.
func (d *chooseDialog) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 64, seenAt+min(12, max(1, len(d.seen))))
}

// Update types, picks, chooses or closes.
func (d *chooseDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.key(msg)
		if action == "" {
			d.picked = false
			return nil, cmd
		}
		return d.Do(action)
	case tea.MouseMsg:
		return d.mouse(msg)
	}
	return nil, nil
}

func (d *chooseDialog) mouse(msg tea.MouseMsg) ([]any, tea.Cmd) {
	first, end := d.scroll.Visible()
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		d.pick("list.up")
	case msg.Button == tea.MouseButtonWheelDown:
		d.pick("list.down")
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress && msg.Y-1 >= seenAt:
		if i := first + msg.Y - 1 - seenAt; i < end && i < len(d.seen) {
			d.scroll.Cursor = i
			d.fill()
		}
	default:
		return nil, d.click(msg)
	}
	return nil, nil
}

// Do picks from the list, moves between the fields, chooses or closes.
func (d *chooseDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next":
		return nil, d.move(1)
	case "global.previous":
		return nil, d.move(-1)
	case "list.open":
		return d.choose()
	case "list.up", "list.down", "list.pageup", "list.pagedown":
		d.pick(action)
	}
	return nil, nil
}

// pick moves in the list and puts the row into the fields.
func (d *chooseDialog) pick(action string) {
	if len(d.seen) == 0 {
		return
	}
	if d.scroll.Cursor < 0 || !d.picked {
		d.scroll.Cursor = max(0, d.scroll.Cursor)
		d.fill()
		return
	}
	if d.scroll.Do(action) {
		d.fill()
	}
}

func (d *chooseDialog) fill() {
	n := d.seen[d.scroll.Cursor]
	d.fields[0].SetValue(n.Thing)
	d.fields[1].SetValue(n.Shadow)
	d.picked = true
}

// choose shows what the fields name, or goes to the field that is wrong.
func (d *chooseDialog) choose() ([]any, tea.Cmd) {
	for i, f := range d.fields {
		if f.Err() != nil {
			return nil, d.focusOn(i)
		}
	}
	return append([]any{Close{}}, d.pane.Choose(d.fields[0].Value(), d.fields[1].Value())...), nil
}

// Refresh draws the dialog.
func (d *chooseDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := d.say(d.note(), t.Warn, 1)
	for i, f := range d.fields {
		if f.Err() != nil && (i > 0 || f.Value() != "") {
			lines = d.say(f.Err().Error(), t.Error, 1)
			break
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "")
	}
	if len(d.seen) == 0 {
		lines = append(lines, "", " "+t.Dim.Render("no shadow was seen in traffic yet"))
	} else {
		lines = append(lines, " "+t.Dim.Render("seen in traffic: the arrows pick one"))
		lines = append(lines, d.list()...)
	}
	d.draw(lines...)
}

// note says what choosing loses.
func (d *chooseDialog) note() string {
	if n := d.pane.Unsent(); n > 0 {
		return plural(n, "edit") + " to " + d.pane.label() + " would be lost"
	}
	return ""
}

func (d *chooseDialog) list() []string {
	cursor := d.scroll.Cursor
	d.scroll.Fit(len(d.seen), max(0, d.h-2-seenAt))
	first, end := d.scroll.Visible()
	d.scroll.Cursor = cursor
	var lines []string
	for i := first; i < end; i++ {
		text := " " + label(d.pane.theme, d.seen[i])
		if i == cursor && d.picked {
			lines = append(lines, d.pane.theme.Selected.Render(widget.Fit(d.pane.theme.Cursor+text, d.inner())))
			continue
		}
		lines = append(lines, " "+text)
	}
	return lines
}
