package composer

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// form is what the dialogs have in common: fields one below the other from the first line on, and lines below them.
type form struct {
	pane   *Pane
	title  string
	right  string // what the keys do
	enter  string // what enter does, in a word
	fields []*widget.Field
	at     int // the field that takes the keys
	w, h   int
	focus  bool
	view   string
}

// chord is the action of a key that is no text: enter, esc, tab, the arrows up and down, and what is sent with; "" for all that goes to
// the field.
func (f *form) chord(msg tea.KeyMsg) string {
	if msg.Type == tea.KeyRunes && !msg.Alt || msg.Type == tea.KeySpace || msg.Paste {
		return ""
	}
	action, _ := f.pane.keys.Lookup(msg.String(), "list", "publish", "global")
	switch action {
	case "list.open", "list.up", "list.down", "list.pageup", "list.pagedown", "publish.send", "global.next", "global.previous", "global.back":
		return action
	}
	return ""
}

// key gives a key to the field, or is the action that it stands for.
func (f *form) key(msg tea.KeyMsg) (action string, cmd tea.Cmd) {
	if action := f.chord(msg); action != "" {
		return action, nil
	}
	if msg.Paste {
		msg.Runes = firstLine(msg.Runes)
	}
	if len(f.fields) > 0 {
		cmd = f.fields[f.at].Update(msg)
	}
	return "", cmd
}

// move goes to the next field, or the one before, round and round.
func (f *form) move(by int) tea.Cmd {
	if len(f.fields) < 2 {
		return nil
	}
	return f.focusOn((f.at + by + len(f.fields)) % len(f.fields))
}

func (f *form) focusOn(at int) tea.Cmd {
	f.fields[f.at].Blur()
	f.at = at
	if !f.focus {
		return nil
	}
	return f.fields[f.at].Focus()
}

// click goes to the field under the pointer.
func (f *form) click(msg tea.MouseMsg) tea.Cmd {
	at := msg.Y - 1
	if msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress || at < 0 || at >= len(f.fields) {
		return nil
	}
	return f.focusOn(at)
}

// SetSize sets the outer size.
func (f *form) SetSize(w, h int) { f.w, f.h = w, h }

// SetFocus tells whether the dialog takes keys.
func (f *form) SetFocus(on bool) tea.Cmd {
	f.focus = on
	if len(f.fields) == 0 {
		return nil
	}
	if on {
		return f.fields[f.at].Focus()
	}
	f.fields[f.at].Blur()
	return nil
}

// Typing is true: letters are text.
func (f *form) Typing() bool { return true }

// View is what Refresh drew.
func (f *form) View() string { return f.view }

// Actions is what every dialog can do.
func (f *form) Actions() []keymap.Action {
	enter := f.pane.keys.Action("list.open")
	enter.Short, enter.Text = f.enter, f.enter
	out := []keymap.Action{enter}
	if len(f.fields) > 1 {
		out = append(out, f.pane.keys.Action("global.next"))
	}
	return append(out, f.pane.keys.Action("global.back"))
}

func (f *form) inner() int { return max(0, f.w-2) }

// draw builds the view from the fields and the lines below them.
func (f *form) draw(lines ...string) {
	box := widget.Box{W: f.w, H: f.h, Focus: f.focus, Title: f.title, Right: f.right}
	for _, field := range f.fields {
		box.Lines = append(box.Lines, " "+field.View(max(0, f.inner()-2)))
	}
	box.Lines = append(box.Lines, lines...)
	f.view = box.Render(f.pane.theme)
}

// say draws a text in at most n lines.
func (f *form) say(text string, style theme.Style, n int) []string {
	return wrapped(style, text, f.inner(), n)
}

// want is a size for a dialog of that many lines inside.
func want(maxW, maxH, w, lines int) (int, int) {
	return max(0, min(maxW, w)), max(0, min(maxH, lines+2))
}

// wrapped is a text in a style, in at most n lines with a blank before each.
func wrapped(style theme.Style, text string, inner, n int) []string {
	if text == "" {
		return nil
	}
	safe, _ := widget.Sanitize(text, maxShown)
	lines := strings.Split(ansi.Wrap(safe, max(1, inner-2), ""), "\n")
	lines = lines[:min(len(lines), n)]
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return lines
}

// payloadLines draws a payload to be read: JSON, text or hex, at most n lines.
func payloadLines(t *theme.Theme, payload []byte, w, n int) []string {
	if n <= 0 || len(payload) == 0 {
		return nil
	}
	lines, ok := []string(nil), false
	switch {
	case !isText(payload):
		lines = widget.HexLines(payload[:min(len(payload), 16*n)], w)
	default:
		if len(payload) < maxText {
			lines, ok = widget.JSONHead(t, payload, w, n)
		}
		if !ok {
			lines = widget.TextHead(payload, w, n)
		}
	}
	return lines[:min(len(lines), n)]
}
