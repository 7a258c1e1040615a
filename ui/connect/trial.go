package connect

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
)

// trial connects once as a draft says, and shows what became of it.
type trial struct {
	base
	draft  Draft
	cancel context.CancelFunc // nil before it began
	began  time.Time
	result *client.Trial
}

type triedMsg struct{ result client.Trial }

func newTrial(t *theme.Theme, keys *keymap.Map, draft Draft) *trial {
	return &trial{base: base{theme: t, keys: keys}, draft: draft}
}

// Want is room for a reason and its causes.
func (d *trial) Want(maxW, maxH int) (w, h int) { return min(maxW, 76), min(maxH, 13) }

// SetFocus begins the trial, once.
func (d *trial) SetFocus(on bool) tea.Cmd {
	d.focus = on
	if !on || d.cancel != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), forSecrets)
	d.cancel = cancel
	return func() tea.Msg {
		defer cancel()
		return triedMsg{d.draft.Test(ctx)}
	}
}

// Update takes the outcome, or stops.
func (d *trial) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		return d.Do(d.name(msg, "list", "global"))
	case triedMsg:
		d.result = &msg.result
	}
	return nil, nil
}

// Do stops the trial, or closes when it has ended.
func (d *trial) Do(action string) ([]any, tea.Cmd) {
	switch {
	case action != "global.back" && action != "list.open":
	case d.result != nil:
		return []any{Close{}}, nil
	case action == "global.back" && d.cancel != nil:
		d.cancel()
	}
	return nil, nil
}

// Actions is what can be done.
func (d *trial) Actions() []keymap.Action {
	back := d.keys.Action("global.back")
	if d.result == nil {
		back.Short, back.Text = "stop", "stop trying"
	}
	return []keymap.Action{back}
}

// Refresh draws how far it is.
func (d *trial) Refresh(now time.Time) {
	if d.began.IsZero() {
		d.began = now
	}
	room := max(1, d.w-4)
	var lines []string
	add := func(style theme.Style, indent, text string, n int) {
		for _, line := range wrap(text, max(1, room-len(indent)), n) {
			lines = append(lines, " "+indent+style.Render(line))
		}
	}
	add(d.theme.Dim, "", d.draft.Text("broker"), 1)
	right := "esc closes"
	switch r := d.result; {
	case r == nil:
		right = "esc stops"
		add(d.theme.Text, "", fmt.Sprintf("connecting for %d s", int(now.Sub(d.began).Seconds())), 1)
	case r.OK():
		add(d.theme.OK, "", fmt.Sprintf("%s connected as %s in %d ms, and left again", d.theme.Check, r.ClientID, r.Took.Milliseconds()), 2)
	default:
		add(d.theme.Error, "", "not connected: "+r.Why.Text, 3)
		if len(r.Why.Causes) > 0 {
			add(d.theme.Dim, "", "likely causes, the likeliest first:", 1)
		}
		for _, c := range r.Why.Causes {
			add(d.theme.Text, "  ", c, 2)
		}
	}
	d.draw("Test "+safe(d.draft.Name(), 40), right, lines, nil)
}
