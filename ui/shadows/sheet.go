package shadows

import (
	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// sheet is what the dialogs without fields have in common: lines to scroll or choose from.
type sheet struct {
	pane    *Pane
	title   string
	right   string // what the keys do
	actions []string
	scroll  widget.Scroll
	first   int // the line inside the border where the rows begin
	w, h    int
	focus   bool
	view    string
}

// SetSize sets the outer size.
func (s *sheet) SetSize(w, h int) { s.w, s.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (s *sheet) SetFocus(on bool) tea.Cmd {
	s.focus = on
	return nil
}

// Typing is false: letters command.
func (s *sheet) Typing() bool { return false }

// View is what Refresh drew.
func (s *sheet) View() string { return s.view }

// Actions is what the dialog can do.
func (s *sheet) Actions() []keymap.Action {
	var out []keymap.Action
	for _, name := range append(s.actions, "list.up", "list.down", "global.back") {
		out = append(out, s.pane.keys.Action(name))
	}
	return out
}

func (s *sheet) inner() int { return max(0, s.w-2) }

// action is what a key or the mouse does, "" for nothing; clicks move the cursor.
func (s *sheet) action(msg tea.Msg, scopes ...string) string {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if msg.Paste {
			return ""
		}
		name, _ := s.pane.keys.Lookup(msg.String(), append(scopes, "list", "global")...)
		return name
	case tea.MouseMsg:
		line := s.scroll.Top + msg.Y - 1 - s.first
		switch {
		case msg.Button == tea.MouseButtonWheelUp:
			s.scroll.Wheel(-wheelRows)
		case msg.Button == tea.MouseButtonWheelDown:
			s.scroll.Wheel(wheelRows)
		case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress && msg.Y > s.first && line >= s.scroll.Top:
			if _, end := s.scroll.Visible(); line < end {
				s.scroll.Cursor = line
			}
		}
	}
	return ""
}

// rows draws the rows in sight, each by line, which gets whether the cursor is on it.
func (s *sheet) rows(n, height int, line func(i int, chosen bool) string) []string {
	s.scroll.Fit(n, height)
	first, end := s.scroll.Visible()
	var out []string
	for i := first; i < end; i++ {
		text := line(i, i == s.scroll.Cursor)
		if i == s.scroll.Cursor {
			text = s.pane.theme.Selected.Render(widget.Fit(s.pane.theme.Cursor+text, s.inner()))
		} else {
			text = " " + text
		}
		out = append(out, text)
	}
	return out
}

func (s *sheet) draw(lines []string, dividers map[int]string) {
	box := widget.Box{W: s.w, H: s.h, Focus: s.focus, Title: s.title, Right: s.right, Lines: lines, Dividers: dividers}
	s.view = box.Render(s.pane.theme)
}
