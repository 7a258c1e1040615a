package shadows

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
)

// answersDialog chooses which answers are subscribed to.
type answersDialog struct {
	sheet
	names []string
	on    []bool
}

// answerUse says what each of shadow.AnswerNames is for.
var answerUse = [...]string{
	"the shadow, when it was asked for", "why it cannot be had",
	"what an update changed", "why an update was refused", "what is desired and not reported", "the whole shadow before and after an update",
	"that the shadow was deleted", "why it was not deleted",
}

func newAnswers(p *Pane) *answersDialog {
	d := &answersDialog{names: shadow.AnswerNames(), sheet: sheet{pane: p, title: "Answer topics  " + p.label(), right: "enter subscribes · esc cancels",
		actions: []string{"choice.toggle"}}}
	for _, name := range d.names {
		d.on = append(d.on, p.answers == nil || slices.Contains(p.answers, name))
	}
	return d
}

// Want is a line for each topic, and two.
func (d *answersDialog) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 78, len(d.names)+2)
}

// Update chooses.
func (d *answersDialog) Update(msg tea.Msg) ([]any, tea.Cmd) { return d.Do(d.action(msg, "choice")) }

// Do chooses, subscribes or closes.
func (d *answersDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "choice.toggle":
		d.on[d.scroll.Cursor] = !d.on[d.scroll.Cursor]
	case "list.open":
		if slices.Contains(d.on, true) {
			return append([]any{Close{}}, d.pane.setAnswers(d.chosen())...), nil
		}
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

// chosen are the topics, nil for all.
func (d *answersDialog) chosen() []string {
	if !slices.Contains(d.on, false) {
		return nil
	}
	var names []string
	for i, name := range d.names {
		if d.on[i] {
			names = append(names, name)
		}
	}
	return names
}

// setAnswers subscribes anew. The edits stay.
func (p *Pane) setAnswers(names []string) []any {
	p.answers = names
	if p.talk.manager == nil {
		return nil
	}
	old, work := p.talk.manager.Filters(), p.work
	p.talk = talk{connected: p.talk.connected, since: p.now()}
	name := shadow.Name{}
	if t, ok := shadow.ParseTopic(old[0]); ok {
		name = t.Name
	}
	p.listen(name)
	p.work, p.stale = work, true
	wanted := p.talk.manager.Filters()
	gone := slices.DeleteFunc(slices.Clone(old), func(f string) bool { return slices.Contains(wanted, f) })
	var out []any
	if len(gone) > 0 {
		out = append(out, Unsubscribe{Filters: gone, Group: p.Group()})
	}
	return append(out, Subscribe{Filters: wanted, Group: p.Group()})
}

// Refresh draws the dialog.
func (d *answersDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := d.rows(len(d.names), max(0, d.h-4), func(i int, _ bool) string {
		box := t.BoxOff
		if d.on[i] {
			box = t.BoxOn
		}
		return box + " " + d.names[i] + "                  "[:18-len(d.names[i])] + answerUse[i]
	})
	foot := d.pane.hint("choice.toggle", "chooses") + "; a request waits until all of them are confirmed"
	if !slices.Contains(d.on, true) {
		foot = "at least one is needed"
	}
	d.draw(append(lines, "", " "+t.Dim.Render(foot)), nil)
}
