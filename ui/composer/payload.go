package composer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textarea"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// The text editor holds a payload only while typing in it stays quick.
const (
	editorLines = 200
	editorBytes = 64 << 10
)

func newEditor() textarea.Model {
	m := textarea.New()
	m.Prompt = ""
	m.ShowLineNumbers = false
	m.CharLimit = 0
	m.MaxHeight = 0
	m.MaxWidth = 0
	m.Cursor.SetMode(cursor.CursorStatic)
	m.KeyMap.Paste = key.NewBinding(key.WithDisabled()) // pasting comes from the terminal
	plain := lipgloss.NewStyle()
	style := textarea.Style{Base: plain, CursorLine: plain, CursorLineNumber: plain, EndOfBuffer: plain, LineNumber: plain, Placeholder: plain.Faint(true), Prompt: plain, Text: plain}
	m.FocusedStyle, m.BlurredStyle = style, style
	m.EndOfBufferCharacter = ' '
	return m
}

// payload is the bytes that would be published.
func (p *Pane) payload() []byte {
	if p.bytes != nil {
		return p.bytes
	}
	return []byte(p.text.Value())
}

// setPayload puts a payload in the text editor when the editor gives it back unchanged, and else keeps the bytes beside it: the
// editor turns tabs into blanks and drops control characters.
func (p *Pane) setPayload(payload []byte) {
	p.scroll, p.wrong = 0, ""
	if len(payload) <= editorBytes && bytes.Count(payload, []byte("\n")) < editorLines && utf8.Valid(payload) {
		p.text.SetValue(string(payload))
		if p.text.Value() == string(payload) {
			p.bytes = nil
			return
		}
	}
	p.text.SetValue("")
	p.bytes = append(make([]byte, 0, len(payload)), payload...)
}

// edit gives the text editor a key. What it could not keep as it came in a paste is kept as bytes; of bytes shown and not edited
// the keys that remove text take all away.
func (p *Pane) edit(msg tea.KeyMsg) tea.Cmd {
	p.wrong = ""
	if p.bytes != nil {
		switch msg.String() {
		case "ctrl+u", "delete", "backspace":
			p.setPayload(nil)
		case "up":
			p.scroll = max(0, p.scroll-1)
		case "down":
			p.scroll++
		case "pgup":
			p.scroll = max(0, p.scroll-5)
		case "pgdown":
			p.scroll += 5
		}
		return nil
	}
	if msg.Paste {
		return p.paste(string(msg.Runes))
	}
	var cmd tea.Cmd
	p.text, cmd = p.text.Update(msg)
	return cmd
}

// paste inserts text at the cursor, or makes an empty payload of it byte for byte.
func (p *Pane) paste(text string) tea.Cmd {
	if p.text.Value() == "" {
		p.setPayload([]byte(text))
		return nil
	}
	if len(text)+p.text.Length() > editorBytes {
		p.wrong = fmt.Sprintf("the paste is too large for the editor (%d KiB in all): clear the payload first", editorBytes>>10)
		return nil
	}
	p.text.InsertString(text)
	return nil
}

// format indents the payload as JSON; every number and string keeps its text.
func (p *Pane) format() {
	var out bytes.Buffer
	if err := json.Indent(&out, p.payload(), "", "  "); err != nil {
		p.wrong = "not formatted: " + jsonFault(p.payload())
		return
	}
	p.setPayload(out.Bytes())
}

// jsonFault says what is wrong with JSON and where; "" for valid JSON.
func jsonFault(payload []byte) string {
	if json.Valid(payload) {
		return ""
	}
	var v any
	err := json.Unmarshal(payload, &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return "not JSON"
	}
	before := payload[:max(0, min(len(payload), int(syntax.Offset)-1))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Sprintf("not JSON at line %d, column %d: %s", line, column, syntax)
}
