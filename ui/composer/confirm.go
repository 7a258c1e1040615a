package composer

import (
	"errors"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// confirmDialog asks before something is done that can't be undone.
type confirmDialog struct {
	form
	question string
	verb     string
	yes      func() []any
}

func newConfirm(p *Pane, title, question, verb string, yes func() []any) *confirmDialog {
	return &confirmDialog{form: newForm(p, title, "", ""), question: question, verb: verb, yes: yes}
}

// Want is a few lines.
func (d *confirmDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 64, 5) }

// Update answers.
func (d *confirmDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok || k.Paste {
		return nil, nil
	}
	if k.String() == "y" {
		return append([]any{Close{}}, d.yes()...), nil
	}
	name, _ := d.pane.keys.Lookup(k.String(), "global")
	if name == "global.back" || k.String() == "n" {
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Do closes.
func (d *confirmDialog) Do(action string) ([]any, tea.Cmd) {
	if action == "global.back" {
		return []any{Close{}}, nil
	}
	return nil, nil
}

// Actions is to go back; y answers.
func (d *confirmDialog) Actions() []keymap.Action {
	return []keymap.Action{d.pane.keys.Action("global.back")}
}

// Refresh draws the question.
func (d *confirmDialog) Refresh(time.Time) {
	t := d.pane.theme
	lines := append(d.say(d.question, t.Text, 3), "", " "+t.Accent.Render("y")+" "+d.verb+"   "+t.Accent.Render("esc")+" back")
	box := widget.Box{W: d.W, H: d.H, Focus: d.Focus, Title: d.Title, Lines: lines}
	d.Show(box.Render(t))
}

// clearRetained asks whether to clear the retained message of the topic.
func (p *Pane) clearRetained() []any {
	d := Draft{Topic: p.topicText(), QoS: p.qos, Retain: true}
	_, err := p.message(d)
	if p.variables && strings.Contains(d.Topic, "{{") {
		err = errors.New("the topic has variables")
	}
	if err != nil {
		p.wrong = "not cleared: " + err.Error()
		return nil
	}
	question := "An empty retained message to " + d.Topic + " makes the broker forget the one that it keeps."
	return p.open(newConfirm(p, "Clear the retained message?", question, "clear", func() []any { return p.publish(d) }))
}
