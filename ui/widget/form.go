package widget

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
)

// Form is what small dialogs have in common: fields one below the other from the first line on, and lines below them.
type Form struct {
	Theme *theme.Theme
	Keys  *keymap.Map
	Title string
	Right string // what the keys do
	Enter string // what enter does, in a word
	// Scope is that of the pane's actions, and Chords those of its actions that keys stand for here, beside enter, esc, tab and the
	// arrows up and down. All other keys go to the field.
	Scope  string
	Chords []string
	// Pasted is what a field gets of a paste; nil gives all of it.
	Pasted func([]rune) []rune

	Fields []*Field
	At     int // the field that takes the keys
	W, H   int
	Focus  bool

	view string
}

// common are the actions that every form takes from its fields.
var common = []string{"list.open", "list.up", "list.down", "list.pageup", "list.pagedown", "global.next", "global.previous", "global.back"}

// Chord is the action of a key that is not for the field; "" for all others.
func (f *Form) Chord(msg tea.KeyMsg) string {
	if msg.Type == tea.KeyRunes && !msg.Alt || msg.Type == tea.KeySpace || msg.Paste {
		return ""
	}
	action, _ := f.Keys.Lookup(msg.String(), "list", f.Scope, "global")
	if slices.Contains(common, action) || slices.Contains(f.Chords, action) {
		return action
	}
	return ""
}

// Key gives a key to the field, or is the action that it stands for.
func (f *Form) Key(msg tea.KeyMsg) (action string, cmd tea.Cmd) {
	if action := f.Chord(msg); action != "" {
		return action, nil
	}
	if msg.Paste && f.Pasted != nil {
		msg.Runes = f.Pasted(msg.Runes)
	}
	if len(f.Fields) > 0 {
		cmd = f.Fields[f.At].Update(msg)
	}
	return "", cmd
}

// Take gives a message to the field that it is for, or has its action done.
func (f *Form) Take(msg tea.Msg, do func(action string) ([]any, tea.Cmd)) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := f.Key(msg)
		if action == "" {
			return nil, cmd
		}
		return do(action)
	case tea.MouseMsg:
		return nil, f.Click(msg)
	}
	return nil, nil
}

// Move goes to the next field, or the one before, round and round.
func (f *Form) Move(by int) tea.Cmd {
	if len(f.Fields) < 2 {
		return nil
	}
	return f.FocusOn((f.At + by + len(f.Fields)) % len(f.Fields))
}

// FocusOn gives a field the keys.
func (f *Form) FocusOn(at int) tea.Cmd {
	f.Fields[f.At].Blur()
	f.At = at
	if !f.Focus {
		return nil
	}
	return f.Fields[f.At].Focus()
}

// Click goes to the field under the pointer.
func (f *Form) Click(msg tea.MouseMsg) tea.Cmd {
	at := msg.Y - 1
	if msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress || at < 0 || at >= len(f.Fields) {
		return nil
	}
	return f.FocusOn(at)
}

// SetSize sets the outer size.
func (f *Form) SetSize(w, h int) { f.W, f.H = w, h }

// SetFocus tells whether the dialog takes keys.
func (f *Form) SetFocus(on bool) tea.Cmd {
	f.Focus = on
	if len(f.Fields) == 0 {
		return nil
	}
	if on {
		return f.Fields[f.At].Focus()
	}
	f.Fields[f.At].Blur()
	return nil
}

// Typing is true: letters are text.
func (f *Form) Typing() bool { return true }

// View is what Draw drew.
func (f *Form) View() string { return f.view }

// Show takes a drawing that Draw did not make.
func (f *Form) Show(view string) { f.view = view }

// Actions is what every form can do.
func (f *Form) Actions() []keymap.Action {
	enter := f.Keys.Action("list.open")
	enter.Short, enter.Text = f.Enter, f.Enter
	out := []keymap.Action{enter}
	if len(f.Fields) > 1 {
		out = append(out, f.Keys.Action("global.next"))
	}
	return append(out, f.Keys.Action("global.back"))
}

// Inner is the width inside the border.
func (f *Form) Inner() int { return max(0, f.W-2) }

// Draw builds the view from the fields and the lines below them.
func (f *Form) Draw(lines ...string) {
	box := Box{W: f.W, H: f.H, Focus: f.Focus, Title: f.Title, Right: f.Right}
	for _, field := range f.Fields {
		box.Lines = append(box.Lines, " "+field.View(max(0, f.Inner()-2)))
	}
	box.Lines = append(box.Lines, lines...)
	f.view = box.Render(f.Theme)
}
