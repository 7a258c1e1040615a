package widget

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
)

// Reader is what dialogs that are only read have in common: rows that scroll, and keys that close.
type Reader struct {
	Theme  *theme.Theme
	Keys   *keymap.Map
	Opener string // the action that opened the dialog closes it too
	Chosen bool   // a row is chosen; else the arrows move the view
	Scroll Scroll
	W, H   int
	Focus  bool

	view string
}

// Take does what a key or the wheel says, and reports whether the dialog is to close.
func (r *Reader) Take(msg tea.Msg) (closes bool) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if name, ok := r.Keys.Lookup(msg.String(), "list", "global"); ok {
			return r.Act(name)
		}
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			r.Scroll.Wheel(-3)
		case tea.MouseButtonWheelDown:
			r.Scroll.Wheel(3)
		}
	}
	return false
}

// Act does an action, and reports whether the dialog is to close.
func (r *Reader) Act(action string) (closes bool) {
	switch {
	case action == "global.back" || action == "global.quit" || action == r.Opener:
		return true
	case action == "list.up" && !r.Chosen:
		r.Scroll.Wheel(-1)
	case action == "list.down" && !r.Chosen:
		r.Scroll.Wheel(1)
	default:
		r.Scroll.Do(action)
	}
	return false
}

// Draw builds the view of a box; its size and focus are the reader's.
func (r *Reader) Draw(box Box) {
	box.W, box.H, box.Focus = r.W, r.H, r.Focus
	r.view = box.Render(r.Theme)
}

// View is what Draw drew.
func (r *Reader) View() string { return r.view }

// SetSize sets the outer size.
func (r *Reader) SetSize(w, h int) { r.W, r.H = w, h }

// SetFocus tells whether the dialog takes keys.
func (r *Reader) SetFocus(on bool) tea.Cmd { r.Focus = on; return nil }

// Actions is what the dialog itself can do.
func (r *Reader) Actions() []keymap.Action {
	return []keymap.Action{r.Keys.Action("list.up"), r.Keys.Action("list.down"), r.Keys.Action("global.back")}
}

// Typing is false: the dialog has no field.
func (r *Reader) Typing() bool { return false }
