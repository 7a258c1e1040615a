package messages

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history/filter"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// Filtered tells the root that the user has settled on a filter, to be remembered.
type Filtered struct{ Text string }

// field is the line at the top in which a filter is typed, or what to find, a time to go to, a note.
type field struct {
	*widget.Field
	purpose purpose
	message uint64 // that gets the note
	before  string // the filter when the field was opened
	past    int    // how far back in the filters used before; 0 is what was typed
	typed   string
	wrong   error // of the last try, which a filter that is in use does not have
}

// purpose is what a field is for.
type purpose int

const (
	toFilter purpose = iota
	toFind
	toJump
	toNote
)

// openField goes to the field for a purpose.
func (p *Pane) openField(to purpose) tea.Cmd {
	m, ok := p.message()
	if to == toNote && !ok {
		return nil
	}
	f := &field{purpose: to, before: p.FilterText(), message: m.Seq}
	switch to {
	case toFilter:
		f.Field = widget.NewField(p.theme, "/", nil)
		f.SetValue(p.FilterText())
		f.Placeholder("words, -not, topic:FILTER, qos:1, size:>1k, .json > 1")
		p.inDetail = false
	case toFind:
		f.Field = widget.NewField(p.theme, "find", nil)
		f.SetValue(p.find.text())
		f.Placeholder("words, topic:FILTER, .json > 1; enter goes to the nearest")
	case toJump:
		f.Field = widget.NewField(p.theme, "@", nil)
		f.Placeholder(errMoment.Error())
		p.inDetail = false
	case toNote:
		f.Field = widget.NewField(p.theme, p.noteLabel(m), nil)
		f.SetValue(p.marks.note(m.Seq))
	}
	p.field = f
	return f.Focus()
}

// fieldKey gives a key to the open field.
func (p *Pane) fieldKey(msg tea.KeyMsg) ([]any, tea.Cmd) {
	f := p.field
	if msg.Type != tea.KeyRunes && msg.Type != tea.KeySpace && !msg.Paste {
		switch action, _ := p.keys.Lookup(msg.String(), "list", "messages", "global"); action {
		case "global.back", "list.open":
			return p.closeField(action == "list.open"), nil
		case "list.up", "list.down":
			if f.purpose == toFilter {
				p.recall(action == "list.up")
			}
			return nil, nil
		case "list.pageup", "list.pagedown":
			p.move(action)
			return nil, nil
		}
	}
	cmd := f.Update(msg)
	f.past, f.typed = 0, f.Value()
	p.tryField()
	return nil, cmd
}

// tryField says what is wrong with the text; a filter that can be read is used at once.
func (p *Pane) tryField() {
	f := p.field
	f.wrong = nil
	switch f.purpose {
	case toFilter, toFind:
		parsed, err := p.parse(f.Value())
		if f.wrong = err; err == nil && f.purpose == toFilter {
			p.setFilter(parsed)
		}
	case toJump:
		if strings.TrimSpace(f.Value()) != "" {
			_, f.wrong = moment(f.Value(), p.now())
		}
	}
}

// recall goes through the filters used before.
func (p *Pane) recall(back bool) {
	f := p.field
	if back {
		f.past = min(f.past+1, len(p.filters))
	} else {
		f.past = max(0, f.past-1)
	}
	text := f.typed
	if f.past > 0 {
		text = p.filters[len(p.filters)-f.past]
	}
	f.SetValue(text)
	p.tryField()
}

// closeField keeps what was typed, or goes back to what was there before.
func (p *Pane) closeField(keep bool) (intents []any) {
	f := p.field
	if keep && f.wrong != nil {
		return nil // it says why
	}
	p.field = nil
	switch {
	case f.purpose == toFilter:
		intents = p.settleFilter(f, keep)
	case !keep:
	case f.purpose == toFind:
		p.setFind(f.Value())
		if p.inDetail && p.find.filter != nil {
			p.findLine(true, true)
		} else {
			p.findNearest()
		}
	case f.purpose == toJump:
		if at, err := moment(f.Value(), p.now()); err == nil {
			p.jump(at)
		}
	case f.purpose == toNote:
		if !p.marks.write(f.message, strings.TrimSpace(f.Value())) {
			p.said = noMoreMarks
		}
	}
	p.redraw()
	return intents
}

// settleFilter keeps the filter of a field that was closed, or goes back to the one before.
func (p *Pane) settleFilter(f *field, keep bool) []any {
	switch {
	case !keep:
		_ = p.SetFilter(f.before) // was in use
	case f.Value() != f.before && f.Value() != "":
		p.remember(f.Value())
		return []any{Filtered{f.Value()}}
	}
	return nil
}

// maxFilters is how many filters used before are offered.
const maxFilters = 100

func (p *Pane) remember(text string) {
	kept := p.filters[:0:0]
	for _, old := range p.filters {
		if old != text {
			kept = append(kept, old)
		}
	}
	kept = append(kept, text)
	p.filters = kept[max(0, len(kept)-maxFilters):]
}

// SetFilters gives the filters used before, the oldest first.
func (p *Pane) SetFilters(texts []string) {
	for _, text := range texts {
		p.remember(text)
	}
}

// FilterText is the filter in use, "" for none.
func (p *Pane) FilterText() string {
	if p.list.filter == nil {
		return ""
	}
	return p.list.filter.String()
}

// SetFilter shows only what a filter selects; "" shows all. The error says what cannot be read, and then nothing changes.
func (p *Pane) SetFilter(text string) error {
	parsed, err := p.parse(text)
	if err != nil {
		return err
	}
	p.setFilter(parsed)
	return nil
}

func (p *Pane) setFilter(f *filter.Filter) {
	if f.Empty() {
		f = nil
	}
	if f == nil && p.list.filter == nil || f != nil && f.String() == p.FilterText() {
		return
	}
	p.list.stop()
	p.list.filter, p.list.index = f, nil
	p.place.follow = true
	p.inDetail = false
	p.redraw()
}

// Work is what the pane wants done in the background now, or nil. The root asks after each change.
func (p *Pane) Work() tea.Cmd {
	cmd := p.work()
	if cmd == nil && p.heads.late {
		return func() tea.Msg { return countMsg{} } // the next frame
	}
	return cmd
}

func (p *Pane) work() tea.Cmd {
	if p.seek != nil && !p.seek.busy {
		return p.seek.again()
	}
	if p.plot != nil {
		if cmd := p.plot.work(p.history); cmd != nil {
			return cmd
		}
	}
	if p.inTopics && p.topics.left > 0 {
		return p.topics.work()
	}
	if p.list.filter == nil {
		return nil
	}
	return p.list.found().work()
}

// worked takes the outcome of a Work. What was done for another filter is let go.
func (p *Pane) worked(msg tea.Msg) {
	current, _ := p.list.index.(*found)
	switch msg := msg.(type) {
	case scannedMsg:
		if msg.found == current {
			current.stepped()
		}
	case caughtMsg:
		if msg.found == current {
			current.caught(msg.scan, msg.end)
		}
	case seekMsg:
		p.sought(msg)
	case plotReadMsg:
		if p.plot == msg.job.plot {
			p.plot.came(msg.job)
		}
	}
}

// fieldActions is what can be done while the field is open.
func (p *Pane) fieldActions() []keymap.Action {
	enter, esc, up, down := p.keys.Action("list.open"), p.keys.Action("global.back"), p.keys.Action("list.up"), p.keys.Action("list.down")
	if words, other := map[purpose][2]string{
		toFind: {"find", "go to the nearest message that holds it"},
		toJump: {"go", "go to the first message at that time or later"},
		toNote: {"keep", "keep the note, and mark the message"},
	}[p.field.purpose]; other {
		enter.Short, enter.Text = words[0], words[1]
		return []keymap.Action{enter, esc}
	}
	enter.Short, enter.Text = "keep", "keep the filter"
	esc.Short, esc.Text = "undo", "go back to what was shown before"
	up.Short, up.Text = "earlier", "take a filter used before"
	down.Short, down.Text = "later", "take a filter used after that"
	return []keymap.Action{enter, esc, up, down}
}

// fieldLine draws the open field, with what is wrong or what was found at its right end.
func (p *Pane) fieldLine() string {
	w := max(0, p.w-3)
	style, text := p.theme.Dim, ""
	switch p.field.purpose {
	case toFilter:
		text = p.progress()
	case toJump:
		text = p.jumpText(p.field.Value())
	}
	if p.field.wrong != nil {
		style, text = p.theme.Error, p.field.wrong.Error()
	}
	text, _ = widget.Sanitize(text, 0)
	n := min(widget.Width(text), w*2/3)
	if text == "" {
		return " " + p.field.View(w)
	}
	return " " + p.field.View(max(0, w-n-1)) + " " + style.Render(widget.Fit(text, n))
}

// progress says what the filter has selected of what, and what is still to be looked at or was left out.
func (p *Pane) progress() string {
	if p.list.filter == nil {
		return ""
	}
	f := p.list.found()
	selected, total := p.list.count(0), p.list.total()
	parts := []string{widget.Count(uint64(selected)) + " of " + widget.Count(uint64(total))}
	if left := f.waiting(); left > 0 && (!f.done || left > liveMost) {
		parts = append(parts, "searching "+widget.Count(left)+" more")
	}
	if _, cut := f.excluded(); cut > 0 {
		parts = append(parts, widget.Count(cut)+" took too long")
	}
	return p.join(parts...)
}
