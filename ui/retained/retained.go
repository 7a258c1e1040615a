// Package retained is the dialog that clears retained messages, after it has shown which.
package retained

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Close asks the root to take the dialog away.
type Close struct{}

// Publish asks the root to publish an empty retained message, which clears the one that is there.
type Publish struct{ Topic string }

// Done tells the root what was done: "12 retained messages cleared".
type Done struct{ Text string }

// Dialog shows the topics and clears them one after the other.
type Dialog struct {
	theme  *theme.Theme
	keys   *keymap.Map
	below  string
	topics []string
	more   bool // there are others below
	sent   int
	begun  bool
	scroll widget.Scroll
	w, h   int
	focus  bool
	view   string
}

type tickMsg struct{ dialog *Dialog }

// pace is the time between two messages: 50 a second, half of what AWS IoT takes on a connection.
const pace = 20 * time.Millisecond

// New makes the dialog for topics below one; more says that there are others, for another time.
func New(t *theme.Theme, keys *keymap.Map, below string, topics []string, more bool) *Dialog {
	return &Dialog{theme: t, keys: keys, below: below, topics: topics, more: more}
}

// Want is as high as the list, and what is said.
func (d *Dialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 78), min(maxH, len(d.topics)+7) }

// Update moves in the list, begins, goes on, stops or closes.
func (d *Dialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if msg.Paste {
			return nil, nil
		}
		if msg.String() == "y" && !d.begun {
			d.begun = true
			return d.next()
		}
		if action, ok := d.keys.Lookup(msg.String(), "list", "global"); ok {
			return d.Do(action)
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			d.scroll.Wheel(-3)
		case tea.MouseButtonWheelDown:
			d.scroll.Wheel(3)
		}
	case tickMsg:
		if msg.dialog == d && d.begun {
			return d.next()
		}
	}
	return nil, nil
}

// next clears one more.
func (d *Dialog) next() ([]any, tea.Cmd) {
	if d.sent == len(d.topics) {
		d.begun = false
		return []any{Close{}, Done{cleared(d.sent)}}, nil
	}
	topic := d.topics[d.sent]
	d.sent++
	return []any{Publish{topic}}, tea.Tick(pace, func(time.Time) tea.Msg { return tickMsg{d} })
}

func cleared(n int) string {
	if n == 1 {
		return "1 retained message cleared"
	}
	return widget.Count(uint64(n)) + " retained messages cleared"
}

// Do moves, stops or closes.
func (d *Dialog) Do(action string) ([]any, tea.Cmd) {
	if action != "global.back" {
		d.scroll.Do(action)
		return nil, nil
	}
	if d.begun {
		d.begun = false
		return []any{Close{}, Done{fmt.Sprintf("stopped: %s, %s left", cleared(d.sent), widget.Count(uint64(len(d.topics)-d.sent)))}}, nil
	}
	return []any{Close{}}, nil
}

// SetSize sets the outer size.
func (d *Dialog) SetSize(w, h int) { d.w, d.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (d *Dialog) SetFocus(on bool) tea.Cmd {
	d.focus = on
	return nil
}

// Typing is true: y answers, and no other letter does anything.
func (d *Dialog) Typing() bool { return true }

// View is what Refresh drew.
func (d *Dialog) View() string { return d.view }

// Actions is what can be done.
func (d *Dialog) Actions() []keymap.Action {
	back := d.keys.Action("global.back")
	if d.begun {
		back.Short, back.Text = "stop", "stop clearing"
	}
	return []keymap.Action{back, d.keys.Action("list.up"), d.keys.Action("list.down")}
}

// Refresh draws the dialog.
func (d *Dialog) Refresh(time.Time) {
	room := max(0, d.w-4)
	list := max(0, d.h-2-4)
	d.scroll.Fit(len(d.topics), list)
	first, end := d.scroll.Visible()
	var lines []string
	for i, topic := range d.topics[first:end] {
		safe, _ := widget.Sanitize(topic, room)
		mark := "  "
		if first+i < d.sent {
			mark = d.theme.Check + " "
		}
		lines = append(lines, " "+mark+safe)
	}
	for len(lines) < list {
		lines = append(lines, "")
	}
	said := fmt.Sprintf("%s are cleared on the broker, for everybody. There is no way back.", widget.Count(uint64(len(d.topics))))
	if len(d.topics) == 1 {
		said = "It is cleared on the broker, for everybody. There is no way back."
	}
	if d.more {
		said += " More are below."
	}
	lines = append(lines, "", " "+d.theme.Warn.Render(widget.Fit(said, room)), "")
	if d.begun {
		lines = append(lines, " "+d.theme.Accent.Render(widget.Progress(d.theme, d.sent, len(d.topics), room)))
	} else {
		lines = append(lines, " "+d.theme.Accent.Render("y")+" clear   "+d.theme.Accent.Render("esc")+" leave them")
	}
	below, _ := widget.Sanitize(d.below, 40)
	d.view = widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Clear retained messages  " + below, Right: widget.Count(uint64(len(d.topics))), Lines: lines}.Render(d.theme)
}
