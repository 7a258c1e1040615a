package composer

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// picker is what the lists of drafts have in common: rows that can be searched, and below them the one under the cursor.
type picker struct {
	form
	rows    []pickerRow // all
	shown   []int       // those that fit what is searched for
	scroll  widget.Scroll
	search  bool // the field has the keys, so that letters are text
	scope   string
	actions []string
	empty   string // what to say without rows
	note    string // above the rows
	wrong   bool   // the note is a fault
	lookup  map[int]string
}

// pickerRow is a draft in a list.
type pickerRow struct {
	left  string // in front of the topic: a time, or a name
	draft Draft
	right string
}

func newPicker(p *Pane, title, label string) picker {
	f := widget.NewField(p.theme, label, nil)
	f.Placeholder("words of topic or payload")
	d := picker{form: newForm(p, title, "", "use"), lookup: map[int]string{}}
	d.Fields = []*widget.Field{f}
	return d
}

// SetFocus tells whether the dialog takes keys.
func (d *picker) SetFocus(on bool) tea.Cmd {
	d.Focus = on
	return d.field(on && d.search)
}

func (d *picker) field(on bool) tea.Cmd {
	if on {
		return d.Fields[0].Focus()
	}
	d.Fields[0].Blur()
	return nil
}

// Typing reports whether letters are text.
func (d *picker) Typing() bool { return d.search }

// Want is large: the list and what is in the row.
func (d *picker) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 100, max(12, min(30, len(d.rows)+12)))
}

// maxSearched bounds the bytes of one payload that are searched.
const maxSearched = 16 << 10

// find keeps the rows that hold every word.
func (d *picker) find() {
	words := strings.Fields(strings.ToLower(d.Fields[0].Value()))
	d.shown = d.shown[:0]
	for i, row := range d.rows {
		text, known := d.lookup[i]
		if !known && len(words) > 0 {
			payload := row.draft.Payload
			text = strings.ToLower(row.left + " " + row.draft.Topic + " " + string(payload[:min(len(payload), maxSearched)]))
			d.lookup[i] = text
		}
		fits := true
		for _, word := range words {
			fits = fits && strings.Contains(text, word)
		}
		if fits {
			d.shown = append(d.shown, i)
		}
	}
	d.scroll.Cursor, d.scroll.Top = 0, 0
}

// chosen is the number of the row under the cursor, -1 for none.
func (d *picker) chosen() int {
	if d.scroll.Cursor >= 0 && d.scroll.Cursor < len(d.shown) {
		return d.shown[d.scroll.Cursor]
	}
	return -1
}

// action is what a key does; keys of the search field are taken.
func (d *picker) action(msg tea.KeyMsg) (string, tea.Cmd) {
	d.wrong = false
	if !d.search {
		if msg.Paste {
			return "", nil
		}
		action, _ := d.pane.keys.Lookup(msg.String(), d.scope, "list", "global")
		return action, nil
	}
	if action := d.Chord(msg); action != "" && action != "global.next" && action != "global.previous" {
		return action, nil
	}
	before := d.Fields[0].Value()
	cmd := d.Fields[0].Update(msg)
	if d.Fields[0].Value() != before {
		d.find()
	}
	return "", cmd
}

// move scrolls, searches, or ends the search, and reports whether the action was one of these.
func (d *picker) move(action string) (done bool, cmd tea.Cmd) {
	switch {
	case action == "list.filter":
		d.search = true
		return true, d.field(d.Focus)
	case d.scroll.Do(action):
		return true, nil
	}
	return false, nil
}

func (d *picker) mouse(msg tea.MouseMsg) {
	switch line := d.scroll.Top + msg.Y - 1 - d.head(); {
	case msg.Button == tea.MouseButtonWheelUp:
		d.scroll.Wheel(-wheelRows)
	case msg.Button == tea.MouseButtonWheelDown:
		d.scroll.Wheel(wheelRows)
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress && msg.Y-1 >= d.head():
		if _, end := d.scroll.Visible(); line < end {
			d.scroll.Cursor = line
		}
	}
}

// head is how many lines stand above the rows.
func (d *picker) head() int {
	if d.note != "" {
		return 2
	}
	return 1
}

// Actions is what the dialog can do.
func (d *picker) Actions() []keymap.Action {
	open := d.pane.keys.Action("list.open")
	open.Short, open.Text = "use", "write this message"
	out := []keymap.Action{open}
	for _, name := range d.actions {
		out = append(out, d.pane.keys.Action(name))
	}
	if !d.search {
		out = append(out, d.pane.keys.Action("list.filter"))
	}
	return append(out, d.pane.keys.Action("list.up"), d.pane.keys.Action("list.down"), d.pane.keys.Action("global.back"))
}

// Refresh draws the field, the rows, and the payload of the row under the cursor.
func (d *picker) Refresh(time.Time) {
	t := d.pane.theme
	height := max(0, d.H-2)
	below := 0
	if height >= 10 {
		below = height / 3
	}
	box := widget.Box{W: d.W, H: d.H, Focus: d.Focus, Title: d.Title, Right: d.Right}
	box.Lines = append(box.Lines, " "+d.Fields[0].View(max(0, d.Inner()-2)))
	if d.note != "" {
		style := t.Dim
		if d.wrong {
			style = t.Error
		}
		box.Lines = append(box.Lines, append(wrapped(style, d.note, d.Inner(), 1), "")[0])
	}
	room := max(0, height-len(box.Lines)-below)
	d.scroll.Fit(len(d.shown), room)
	first, end := d.scroll.Visible()
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, d.row(i))
	}
	if len(d.shown) == 0 {
		text := d.empty
		if len(d.rows) > 0 {
			text = "nothing has these words"
		}
		box.Lines = append(box.Lines, " "+t.Dim.Render(widget.Fit(text, max(0, d.Inner()-2))))
	}
	if i := d.chosen(); i >= 0 && below > 1 {
		for len(box.Lines) < height-below {
			box.Lines = append(box.Lines, "")
		}
		box.Dividers = map[int]string{len(box.Lines): d.pane.flagWords(d.rows[i].draft)}
		box.Lines = append(box.Lines, "")
		for _, line := range payloadLines(t, d.rows[i].draft.Payload, max(1, d.Inner()-2), below-1) {
			box.Lines = append(box.Lines, " "+line)
		}
	}
	d.Show(box.Render(t))
}

// row is one line of the list.
func (d *picker) row(i int) string {
	t, row := d.pane.theme, d.rows[d.shown[i]]
	room := max(0, d.Inner()-2)
	left, _ := widget.Sanitize(row.left, room)
	topic := min(max(12, room/3), max(0, room-widget.Width(left)-1))
	preview := string(row.draft.Payload[:min(len(row.draft.Payload), 4*room+1)])
	rest := max(0, room-widget.Width(left)-1-topic-1-widget.Width(row.right))
	text := left + " " + cut(row.draft.Topic, topic) + " " + cut(preview, rest) + row.right
	if i == d.scroll.Cursor {
		return t.Selected.Render(widget.Fit(t.Cursor+text, d.Inner()))
	}
	return " " + text
}
