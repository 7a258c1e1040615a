package shadows

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// askDialog shows what is desired and not reported, to be answered in the place of the device: as desired, in part, or otherwise.
type askDialog struct {
	sheet
	open    shadow.Value
	changes []shadow.Change
	on      []bool
	other   []shadow.Value // what to report instead, null for what is desired
	field   *widget.Field  // the value that is typed, nil while none is
}

func newAsk(p *Pane) *askDialog {
	d := &askDialog{open: p.play.device.Open(), sheet: sheet{pane: p, title: "Answer as the device  " + p.label(), right: "enter reports · esc later",
		actions: []string{"choice.toggle", "choice.edit"}, first: 1}}
	d.changes = shadow.Changes(shadow.Document{}, shadow.Document{Desired: shadow.Section{State: d.open}})
	d.on, d.other = make([]bool, len(d.changes)), make([]shadow.Value, len(d.changes))
	for i := range d.on {
		d.on[i] = true
	}
	return d
}

// Want is a line for each difference, and a few around them.
func (d *askDialog) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 78, min(16, len(d.changes))+5)
}

// Typing is true while a value is typed.
func (d *askDialog) Typing() bool { return d.field != nil }

// Update chooses, types, reports or closes.
func (d *askDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	if k, ok := msg.(tea.KeyMsg); ok && d.field != nil {
		return nil, d.fieldKey(k)
	}
	return d.Do(d.action(msg, "choice"))
}

// fieldKey types the value to report instead: enter takes it, esc leaves what was.
func (d *askDialog) fieldKey(k tea.KeyMsg) tea.Cmd {
	switch {
	case k.Type == tea.KeyEsc && !k.Paste:
		d.field = nil
	case k.Type == tea.KeyEnter && !k.Paste:
		if v, err := d.read(d.field.Value()); err == nil {
			d.other[d.scroll.Cursor], d.on[d.scroll.Cursor], d.field = v, true, nil
		}
	default:
		return d.field.Update(k)
	}
	return nil
}

func (d *askDialog) read(text string) (shadow.Value, error) {
	v, err := read(text, d.changes[d.scroll.Cursor].Is, false)
	if err == nil && v.IsNull() {
		err = errors.New("null would remove the key")
	}
	return v, err
}

// Do chooses, begins to type, reports or closes.
func (d *askDialog) Do(action string) ([]any, tea.Cmd) {
	i := d.scroll.Cursor
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "choice.toggle":
		d.on[i] = !d.on[i]
	case "choice.edit":
		v := d.changes[i].Is
		if !d.other[i].IsNull() {
			v = d.other[i]
		}
		d.field = widget.NewField(d.pane.theme, pathText(d.changes[i].Path), func(text string) error {
			_, err := d.read(text)
			return err
		})
		d.field.SetValue(typed(v))
		return nil, d.field.Focus()
	case "list.open":
		return append([]any{Close{}}, d.answer()...), nil
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

// answer reports what was chosen; the rest is let stand.
func (d *askDialog) answer() []any {
	p := d.pane
	if off := p.askOff(); off != "" {
		return []any{Toast{Text: "not reported: " + off, Error: true}}
	}
	if !shadow.Equal(p.play.device.Open(), d.open) {
		return []any{Toast{Text: "what is desired has changed meanwhile: nothing was reported", Error: true}}
	}
	report, granted := shadow.ObjectOf(), shadow.ObjectOf()
	for i, c := range d.changes {
		if !d.on[i] {
			continue
		}
		v := c.Is
		if !d.other[i].IsNull() {
			v = d.other[i]
		} else if g, err := (shadow.Edit{Path: c.Path, Value: v}).Apply(granted); err == nil {
			granted = g
		}
		next, err := (shadow.Edit{Path: c.Path, Value: v}).Apply(report)
		if err != nil {
			return []any{Toast{Text: err.Error(), Error: true}}
		}
		report = next
	}
	p.play.device.Answered(granted)
	if report.Len() == 0 {
		return []any{Toast{Text: "nothing is reported; the differences stand"}}
	}
	return p.report(report)
}

// Refresh draws the dialog.
func (d *askDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := []string{" " + t.Dim.Render(widget.Fit("desired and not reported; report it?", max(0, d.inner()-1)))}
	lines = append(lines, d.rows(len(d.changes), max(0, d.h-2-4), func(i int, _ bool) string {
		box := t.BoxOff
		if d.on[i] {
			box = t.BoxOn
		}
		text := full(d.changes[i].Is, d.inner()/3)
		if !d.other[i].IsNull() {
			text += " " + t.Arrow + " " + full(d.other[i], d.inner()/3)
		}
		return widget.Fit(box+" "+pathText(d.changes[i].Path)+"  "+text, max(0, d.inner()-1))
	})...)
	lines = append(lines, "")
	if d.field != nil {
		lines = append(lines, " "+d.field.View(max(0, d.inner()-2)))
		if err := d.field.Err(); err != nil {
			lines = append(lines, " "+t.Error.Render(widget.Fit(safe([]byte(err.Error()), d.inner()), max(0, d.inner()-2))))
		}
	} else {
		lines = append(lines, " "+t.Dim.Render(d.pane.hint("choice.toggle", "chooses what is reported")+" "+t.Bar+" "+
			d.pane.hint("choice.edit", "answers with another value")))
	}
	d.draw(lines, nil)
}
