package shadows

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// documentDialog edits a section as JSON, here or in the user's own editor.
type documentDialog struct {
	sheet
	part   shadow.Part
	text   *text
	first  string // the text as it was opened
	asked  bool   // whether to drop a changed text: the next esc does
	failed string // why the editor's text is not here

	read   shadow.Value // what the text says
	bad    int          // the line at fault, 0 when that is not known
	err    error
	readAt int // the change that it was read after
}

// editedMsg is what the user's own editor left.
type editedMsg struct {
	text string
	err  error
}

func newDocument(p *Pane) *documentDialog {
	d := &documentDialog{part: p.part, sheet: sheet{pane: p, title: p.partTitle() + " of " + p.label(), right: "ctrl+s takes it · ctrl+e $EDITOR · esc cancels",
		actions: []string{"shadow.send", "shadow.editor"}}}
	d.text = newText(indented(p.want(p.part)))
	d.first = d.text.String()
	return d
}

// indented writes a section as JSON in lines; one that does not exist as the empty object.
func indented(v shadow.Value) string {
	if v.IsNull() {
		return "{}"
	}
	var b strings.Builder
	indent(&b, v, "")
	return b.String()
}

func indent(b *strings.Builder, v shadow.Value, lead string) {
	open, end := "{", "}"
	if v.Kind() == shadow.KindArray {
		open, end = "[", "]"
	}
	if v.Len() == 0 {
		b.WriteString(typed(v))
		return
	}
	b.WriteString(open)
	item := func(i int) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + lead + "  ")
	}
	for i, m := range v.Members() {
		item(i)
		b.WriteString(typed(shadow.String(m.Key)) + ": ")
		indent(b, m.Value, lead+"  ")
	}
	for i, e := range v.Elems() {
		item(i)
		indent(b, e, lead+"  ")
	}
	b.WriteString("\n" + lead + end)
}

// check reads the text, if it was changed since.
func (d *documentDialog) check() {
	if d.readAt != d.text.changes {
		d.readAt = d.text.changes
		d.read, d.bad, d.err = d.parse()
	}
}

// parse is the section as it was typed; bad is the line at fault, 0 when that is not known.
func (d *documentDialog) parse() (v shadow.Value, bad int, err error) {
	v, err = shadow.Parse([]byte(d.text.String()))
	var syntax *shadow.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return v, syntax.Line, err
	case err != nil:
		return v, 0, err
	case v.Kind() != shadow.KindObject:
		return v, 1, fmt.Errorf("a section must be an object, this is %s", article(v.Kind()))
	}
	return v, 0, (shadow.Edit{Part: d.part, Value: v}).Check()
}

// article names a kind of value: "a number", "an object".
func article(k shadow.Kind) string {
	if k.String()[0] == 'a' || k.String()[0] == 'o' {
		return "an " + k.String()
	}
	return "a " + k.String()
}

// Want is as large as can be, up to a limit.
func (d *documentDialog) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 100, max(16, len(d.text.lines)+4))
}

// Typing is true: letters are text.
func (d *documentDialog) Typing() bool { return true }

// Update edits, takes the text, or what the user's own editor left.
func (d *documentDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if msg.Paste {
			d.text.insert(string(msg.Runes))
			return nil, nil
		}
		action, _ := d.pane.keys.Lookup(msg.String(), "shadow", "global")
		switch {
		case msg.Type != tea.KeyRunes && (action == "shadow.send" || action == "shadow.editor" || action == "global.back"):
			return d.Do(action)
		case msg.String() == "tab":
			d.text.insert("  ")
		default:
			d.failed, d.asked = "", false
			d.text.key(msg)
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			d.text.vertical("up")
		case tea.MouseButtonWheelDown:
			d.text.vertical("down")
		}
	case editedMsg:
		if msg.err != nil {
			d.failed = msg.err.Error()
			return nil, nil
		}
		d.text.set(strings.TrimRight(msg.text, "\n"))
	}
	return nil, nil
}

// Do takes the text as edits, opens the user's editor, or closes.
func (d *documentDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		if !d.asked && d.text.String() != d.first {
			d.asked, d.failed = true, "the text was changed: esc again drops it, ctrl+s takes it"
			return nil, nil
		}
		return []any{Close{}}, nil
	case "shadow.send":
		return d.take(), nil
	case "shadow.editor":
		e, err := edited(d.text.String())
		if err != nil {
			d.failed = err.Error()
			return nil, nil
		}
		return []any{e}, nil
	}
	return nil, nil
}

// take makes an edit of each value that was changed, or goes to what is wrong.
func (d *documentDialog) take() []any {
	d.check()
	bad, err := d.bad, d.err
	if err == nil {
		err = d.pane.edit(shadow.EditsTo(d.part, d.pane.want(d.part), d.read)...)
	}
	if err != nil {
		var syntax *shadow.SyntaxError
		if errors.As(err, &syntax) && bad <= len(d.text.lines) {
			d.text.row = bad - 1
			d.text.col = min(syntax.Column-1, len(d.text.lines[d.text.row]))
		}
		return nil
	}
	return []any{Close{}}
}

// edited gives text to the user's editor.
func edited(text string) (widget.Exec, error) {
	return widget.Edit([]byte(text+"\n"), maxImport, func(after []byte, err error) tea.Msg { return editedMsg{string(after), err} })
}

// Refresh draws the dialog.
func (d *documentDialog) Refresh(time.Time) {
	t := d.pane.theme
	d.check()
	bad, err := d.bad, d.err
	height := max(1, d.h-4)
	lines := d.text.draw(t, max(1, d.inner()-1), height, bad)
	for len(lines) < height {
		lines = append(lines, "")
	}
	note, style := fmt.Sprintf("line %d, column %d", d.text.row+1, d.text.col+1), t.Dim
	switch {
	case d.failed != "":
		note, style = d.failed, t.Error
	case err != nil:
		note, style = err.Error(), t.Error
	}
	d.draw(append(lines, "", " "+style.Render(widget.Fit(safe([]byte(note), d.inner()), max(0, d.inner()-2)))), nil)
}
