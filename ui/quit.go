package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// quit leaves: at once when the user insists, else asking while something would be lost.
func (m *Model) quit(atOnce bool) tea.Cmd {
	if !atOnce {
		for _, t := range m.tabs {
			if why := t.atStake("leaving"); why != "" {
				return m.open(&quitDialog{theme: m.theme, keys: m.keys, title: "Leave?", why: why, yes: "leave", answer: quitAnswer{true}})
			}
		}
	}
	return tea.Quit
}

// atStake is what would be lost or ended by doing something to the tab; "" for nothing.
func (t *tab) atStake(by string) string {
	if t.recording != nil {
		return "A recording runs; " + by + " ends it."
	}
	if t.composer.Repeating() {
		return "A repeat runs; " + by + " ends it."
	}
	if n := t.shadows.Unsent(); n > 0 {
		return unsent(n)
	}
	return ""
}

func unsent(n int) string {
	if n == 1 {
		return "A shadow edit is not sent."
	}
	return widget.Count(uint64(n)) + " shadow edits are not sent."
}

// quitAnswer is what the user says to the question.
type quitAnswer struct{ leave bool }

func (m *Model) answered(a quitAnswer) tea.Cmd {
	if a.leave {
		return tea.Quit
	}
	return m.close()
}

// quitDialog asks whether to go on although something would be lost.
type quitDialog struct {
	theme           *theme.Theme
	keys            *keymap.Map
	title, why, yes string
	answer          any // the intent of y
	w, h            int
	view            string
}

func (d *quitDialog) Want(maxW, maxH int) (w, h int) { return min(maxW, 52), min(maxH, 5) }

func (d *quitDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil, nil
	}
	switch k.String() {
	case "y":
		return []any{d.answer}, nil
	case "n", "esc":
		return []any{quitAnswer{false}}, nil
	}
	return nil, nil
}

func (d *quitDialog) Refresh(time.Time) {
	d.view = widget.Box{W: d.w, H: d.h, Focus: true, Title: d.title, Lines: []string{
		" " + d.why, "", " " + d.theme.Accent.Render("y") + " " + d.yes + "   " + d.theme.Accent.Render("esc") + " stay"}}.Render(d.theme)
}

func (d *quitDialog) View() string               { return d.view }
func (d *quitDialog) SetSize(w, h int)           { d.w, d.h = w, h }
func (d *quitDialog) SetFocus(bool) tea.Cmd      { return nil }
func (d *quitDialog) Actions() []keymap.Action   { return []keymap.Action{d.keys.Action("global.back")} }
func (d *quitDialog) Do(string) ([]any, tea.Cmd) { return nil, nil }
func (d *quitDialog) Typing() bool               { return true }
