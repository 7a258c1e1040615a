package widget

import (
	"strings"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"example.com/thingdeck/ui/theme"
)

// A Field is one line of text with a label and a check. Its text is always what the user typed, valid or not; Err says what
// the check makes of it.
type Field struct {
	Label string
	Check func(string) error // nil accepts everything

	theme *theme.Theme
	input textinput.Model
	err   error
}

// NewField makes an empty field without the focus.
func NewField(t *theme.Theme, label string, check func(string) error) *Field {
	in := textinput.New()
	in.Prompt = ""
	in.CharLimit = 0
	in.Cursor.SetMode(cursor.CursorStatic)
	// Pasting comes from the terminal; the widget's own paste would run a clipboard program.
	in.KeyMap.Paste = key.NewBinding(key.WithDisabled())
	in.Cursor.Style = lipgloss.NewStyle()
	in.PlaceholderStyle = lipgloss.NewStyle().Faint(true)
	f := &Field{Label: label, Check: check, theme: t, input: in}
	f.check()
	return f
}

// Mask shows a mark in place of every character.
func (f *Field) Mask() { f.input.EchoMode, f.input.EchoCharacter = textinput.EchoPassword, '*' }

// Placeholder sets the text shown while the field is empty.
func (f *Field) Placeholder(text string) { f.input.Placeholder = text }

// Value is the text as typed.
func (f *Field) Value() string { return f.input.Value() }

// SetValue replaces the text and puts the cursor at its end.
func (f *Field) SetValue(text string) {
	f.input.SetValue(text)
	f.input.CursorEnd()
	f.check()
}

// Err is what the check says of the text now.
func (f *Field) Err() error { return f.err }

// Focus lets the field take keys.
func (f *Field) Focus() tea.Cmd { return f.input.Focus() }

// Blur ends that.
func (f *Field) Blur() { f.input.Blur() }

// Focused reports whether the field takes keys.
func (f *Field) Focused() bool { return f.input.Focused() }

// Update gives the field a key or a paste.
func (f *Field) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	f.input, cmd = f.input.Update(msg)
	f.check()
	return cmd
}

func (f *Field) check() {
	f.err = nil
	if f.Check != nil {
		f.err = f.Check(f.input.Value())
	}
}

// View is the label and the text in exactly w cells; the text scrolls under the cursor.
func (f *Field) View(w int) string {
	if w <= 0 {
		return ""
	}
	label := f.Label
	if label != "" {
		label += " "
	}
	style := f.theme.Dim
	if f.Focused() {
		style = f.theme.Accent
	}
	label = strings.TrimRight(Fit(label, min(Width(label), w)), " ")
	room := w - Width(label)
	if label != "" && room > 0 {
		label += " "
		room--
	}
	if w := max(0, room-1); w != f.input.Width { // the cursor may stand one cell past the text
		f.input.Width = w
		f.input.SetCursor(f.input.Position()) // it shows another part of the text now
	}
	text := ""
	if room > 0 {
		text = FitStyled(strings.Map(visible, f.input.View()), room)
	}
	return FitStyled(style.Render(label)+text, w)
}

// visible replaces what a terminal would hide or obey in text that was pasted; the text itself stays as it is.
func visible(r rune) rune {
	if r != 0x1b && invisible(r) {
		return '\ufffd'
	}
	return r
}
