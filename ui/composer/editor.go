package composer

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textarea"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"example.com/thingdeck/ui/widget"
)

// An editor edits text without changing what it does not touch. textarea turns tabs into blanks and carriage returns into line
// ends, and does not know the width of what a terminal hides; such characters stand in it as others of one cell.
type editor struct {
	area   textarea.Model
	odd    []rune        // what stand-in i stands for
	known  map[rune]rune // odd character → its stand-in
	moved  bool          // the cursor may be out of sight
	height int
}

// firstStandIn is in a plane for private use, where nothing has a shape.
const firstStandIn = 0xf0000

// What the text area holds with a key taking no more than 10 ms: it draws every line, and a long one again for each key.
const (
	maxText  = 64 << 10
	maxLines = 500
	maxLine  = 8 << 10 // the largest shadow document
)

func newEditor() *editor {
	m := textarea.New()
	m.Prompt, m.ShowLineNumbers = "", false
	m.CharLimit, m.MaxHeight, m.MaxWidth = 0, 0, 0
	m.Cursor.SetMode(cursor.CursorStatic)
	m.KeyMap.Paste = key.NewBinding(key.WithDisabled()) // pasting comes from the terminal
	var plain lipgloss.Style
	style := textarea.Style{Base: plain, CursorLine: plain, EndOfBuffer: plain, Placeholder: plain, Prompt: plain, Text: plain}
	m.FocusedStyle, m.BlurredStyle = style, style
	m.Blur() // takes the style
	return &editor{area: m, known: map[rune]rune{}}
}

// editable reports whether a payload is text that can be edited without a key ever taking long.
func editable(payload []byte) bool {
	if len(payload) > maxText || bytes.Count(payload, []byte("\n")) >= maxLines || !isText(payload) {
		return false
	}
	for line := range bytes.SplitSeq(payload, []byte("\n")) {
		if len(line) > maxLine {
			return false
		}
	}
	return true
}

// isText reports whether a payload is UTF-8 without control characters, but for tab, line feed and carriage return.
func isText(payload []byte) bool {
	return utf8.Valid(payload) && !bytes.ContainsFunc(payload, func(r rune) bool {
		return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r'
	})
}

// encode puts stand-ins into text that is about to enter the text area.
func (e *editor) encode(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || ' ' <= r && r <= '~' {
			return r
		}
		if s, ok := e.known[r]; ok {
			return s
		}
		if safe, _ := widget.Sanitize(string(r), 0); safe == string(r) && r != utf8.RuneError {
			return r
		}
		s := rune(firstStandIn + len(e.odd))
		e.odd = append(e.odd, r)
		e.known[r] = s
		return s
	}, text)
}

// decode takes the stand-ins out again.
func (e *editor) decode(text string) string {
	return strings.Map(func(r rune) rune {
		if i := int(r) - firstStandIn; i >= 0 && i < len(e.odd) {
			return e.odd[i]
		}
		return r
	}, text)
}

// bytes is the text.
func (e *editor) bytes() []byte { return []byte(e.decode(e.area.Value())) }

// load puts text into the editor, with the cursor at its beginning, and reports whether it is there unchanged.
func (e *editor) load(payload []byte) bool {
	e.odd, e.known, e.moved = nil, map[rune]rune{}, true
	e.area.SetValue(e.encode(string(payload)))
	focused := e.area.Focused()
	e.area.Focus()
	e.area, _ = e.area.Update(tea.KeyMsg{Type: tea.KeyCtrlHome})
	if !focused {
		e.area.Blur()
	}
	return bytes.Equal(e.bytes(), payload)
}

// key gives the editor a key that is no paste.
func (e *editor) key(msg tea.KeyMsg) {
	if key.Matches(msg, e.area.KeyMap.WordBackward) {
		// The text area looks for a word for ever when there is none.
		if before, _ := e.around(); strings.TrimSpace(before) == "" {
			msg = tea.KeyMsg{Type: tea.KeyCtrlHome}
		}
	}
	if msg.Type == tea.KeyRunes {
		msg.Runes = []rune(e.encode(string(msg.Runes)))
	}
	lines, height := e.area.LineCount(), e.area.LineInfo().Height
	e.area, _ = e.area.Update(msg)
	e.moved = e.moved || lines != e.area.LineCount() || height != e.area.LineInfo().Height
}

// insert puts text at the cursor.
func (e *editor) insert(text string) {
	e.area.InsertString(e.encode(text))
	e.moved = true
}

// around is the text before and after the cursor.
func (e *editor) around() (before, after string) {
	text := e.area.Value()
	at := 0
	for range e.area.Line() {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	info := e.area.LineInfo()
	for range info.StartColumn + info.ColumnOffset {
		_, n := utf8.DecodeRuneInString(text[at:])
		at += n
	}
	return e.decode(text[:at]), e.decode(text[at:])
}

// lines draws the part of the text around the cursor, w×h cells.
func (e *editor) lines(w, h int) []string {
	if w != e.area.Width() || h != e.height {
		e.area.SetWidth(w)
		e.area.SetHeight(h)
		e.height, e.moved = h, true
	}
	view := e.area.View()
	if e.moved { // the area scrolls to the cursor within the lines of its last View
		e.moved = false
		e.area, _ = e.area.Update(nil)
		view = e.area.View()
	}
	return strings.Split(strings.Map(e.shape, view), "\n")
}

// shape is what stands on the screen for a stand-in.
func (e *editor) shape(r rune) rune {
	i := int(r) - firstStandIn
	switch {
	case i < 0 || i >= len(e.odd):
		return r
	case e.odd[i] == '\t':
		return '␉'
	case e.odd[i] == '\r':
		return '␍'
	}
	return utf8.RuneError
}
