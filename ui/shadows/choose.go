package shadows

import (
	"context"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// chooseDialog chooses thing and shadow: typed, or picked from those that complete what was typed.
type chooseDialog struct {
	form
	things  []string      // of the account
	named   []shadow.Name // of the account
	asked   string        // the thing whose named shadows the account was asked for
	listing string        // what the account says
	typed   [2]string     // thing and shadow, as far as they were typed
	offered []candidate
	scroll  widget.Scroll // over offered
	picked  bool          // the fields show the row under the cursor
}

// listedMsg is what the account has.
type listedMsg struct {
	thing string // whose shadows these are, "" for things
	names []string
	err   error
}

// listTime is how long the account may take.
const listTime = 15 * time.Second

// offeredAt is the line inside the border where the list begins.
const offeredAt = 4

func newChoose(p *Pane) *chooseDialog {
	d := &chooseDialog{form: newForm(p, "Thing and shadow", "enter chooses · esc cancels", "choose")}
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
	d.Fields = []*widget.Field{thing, named}
	d.offer()
	return d
}

// SetFocus asks the account what there is, once.
func (d *chooseDialog) SetFocus(on bool) tea.Cmd {
	cmd := d.form.SetFocus(on)
	if l := d.pane.known.lister; on && l != nil && d.listing == "" {
		d.listing = "asking the account"
		return tea.Batch(cmd, listNames("", l))
	}
	return cmd
}

// listNames asks for things, or for the named shadows of a thing.
func listNames(thing string, l Lister) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), listTime)
		defer cancel()
		names, err := []string(nil), error(nil)
		if thing == "" {
			names, err = l.Things(ctx)
		} else {
			names, err = l.Shadows(ctx, thing)
		}
		return listedMsg{thing, names, err}
	}
}

// listed takes what the account has.
func (d *chooseDialog) listed(m listedMsg) {
	d.listing = plural(len(m.names), "thing") + " in the account"
	switch {
	case m.err != nil:
		d.listing = "the account cannot be listed: " + m.err.Error()
	case m.thing == "":
		d.things = slices.Sorted(slices.Values(m.names))
	default:
		d.listing = plural(len(m.names), "named shadow") + " of " + m.thing + " in the account"
		for _, name := range slices.Sorted(slices.Values(m.names)) {
			d.named = append(d.named, shadow.Name{Thing: m.thing, Shadow: name})
		}
	}
	d.offer()
}

// askShadows asks the account for the named shadows of the thing that is typed.
func (d *chooseDialog) askShadows() tea.Cmd {
	l, thing := d.pane.known.lister, d.Fields[0].Value()
	if l == nil || thing == d.asked || d.Fields[0].Err() != nil {
		return nil
	}
	d.asked = thing
	return listNames(thing, l)
}

// offer finds what completes what was typed.
func (d *chooseDialog) offer() {
	d.offered = nil
	for _, c := range d.pane.candidates(d.things, d.named) {
		if c.fits(d.typed[0], d.typed[1]) {
			d.offered = append(d.offered, c)
		}
	}
	d.scroll.Cursor, d.scroll.Top, d.picked = 0, 0, false
}

// Want has room for the list of what was seen.
func (d *chooseDialog) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 64, offeredAt+max(8, min(12, len(d.pane.candidates(d.things, d.named)))))
}

// Update types, picks, chooses or closes.
func (d *chooseDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.Key(msg)
		if action == "" {
			d.typed = [2]string{d.Fields[0].Value(), d.Fields[1].Value()}
			if p := d.pane.talk.manager; p != nil && d.typed[1] == p.Name().Shadow && d.At == 0 {
				d.typed[1] = "" // nobody typed it
			}
			d.offer()
			return nil, cmd
		}
		return d.Do(action)
	case listedMsg:
		d.listed(msg)
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
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress && msg.Y-1 >= offeredAt:
		if i := first + msg.Y - 1 - offeredAt; i < end && i < len(d.offered) {
			d.scroll.Cursor = i
			d.fill()
		}
	default:
		return nil, d.Click(msg)
	}
	return nil, nil
}

// Do picks from the list, moves between the fields, chooses or closes.
func (d *chooseDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next":
		return nil, tea.Batch(d.askShadows(), d.Move(1))
	case "global.previous":
		return nil, d.Move(-1)
	case "list.open":
		return d.choose()
	case "list.up", "list.down", "list.pageup", "list.pagedown":
		d.pick(action)
	}
	return nil, nil
}

// pick moves in the list and puts the row into the fields; the first one is taken first.
func (d *chooseDialog) pick(action string) {
	if len(d.offered) == 0 || d.picked && !d.scroll.Do(action) {
		return
	}
	d.fill()
}

func (d *chooseDialog) fill() {
	n := d.offered[d.scroll.Cursor].name
	d.Fields[0].SetValue(n.Thing)
	d.Fields[1].SetValue(n.Shadow)
	d.picked = true
}

// choose shows what the fields name, or goes to the field that is wrong.
func (d *chooseDialog) choose() ([]any, tea.Cmd) {
	for i, f := range d.Fields {
		if f.Err() != nil {
			return nil, d.FocusOn(i)
		}
	}
	return append([]any{Close{}}, d.pane.Choose(d.Fields[0].Value(), d.Fields[1].Value())...), nil
}

// Refresh draws the dialog.
func (d *chooseDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := d.say(d.note(), t.Warn, 1)
	for i, f := range d.Fields {
		if f.Err() != nil && (i > 0 || f.Value() != "") {
			lines = d.say(f.Err().Error(), t.Error, 1)
			break
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "")
	}
	if len(d.offered) == 0 {
		note := "nothing known completes this"
		if d.typed == [2]string{} {
			note = "no shadow was seen in traffic yet"
		}
		lines = append(lines, "", " "+t.Dim.Render(note))
	} else {
		head := "the arrows pick one"
		if d.listing != "" {
			head, _ = widget.Sanitize(head+" "+t.Bar+" "+d.listing, maxText)
		}
		lines = append(lines, " "+t.Dim.Render(widget.Fit(head, max(0, d.Inner()-2))))
		lines = append(lines, d.list()...)
	}
	d.Draw(lines...)
}

// note says what choosing loses.
func (d *chooseDialog) note() string {
	if n := d.pane.Unsent(); n > 0 {
		return plural(n, "edit") + " to " + d.pane.label() + " would be lost"
	}
	return ""
}

func (d *chooseDialog) list() []string {
	t := d.pane.theme
	d.scroll.Fit(len(d.offered), max(0, d.H-2-offeredAt))
	first, end := d.scroll.Visible()
	var lines []string
	for i := first; i < end; i++ {
		c := d.offered[i]
		room := max(0, d.Inner()-3-widget.Width(c.why))
		text := " " + widget.Fit(label(t, c.name), room) + " "
		if i == d.scroll.Cursor && d.picked {
			lines = append(lines, t.Selected.Render(widget.Fit(t.Cursor+text+c.why, d.Inner())))
			continue
		}
		lines = append(lines, " "+text+t.Dim.Render(c.why))
	}
	return lines
}
