// Package panetest holds the contract that every pane and dialog keeps, as a test.
package panetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/keymap"
)

// Pane is what the root asks of a pane; ui declares the same.
type Pane interface {
	Update(tea.Msg) (intents []any, cmd tea.Cmd)
	Refresh(now time.Time)
	View() string
	SetSize(w, h int)
	SetFocus(on bool) tea.Cmd
	Actions() []keymap.Action
	Do(action string) (intents []any, cmd tea.Cmd)
	Typing() bool
}

// Dialog is a pane that says how large it wants to be.
type Dialog interface {
	Pane
	Want(maxW, maxH int) (w, h int)
}

// Now is the clock that panes are given in tests.
var Now = time.Date(2026, 11, 22, 12, 4, 1, 203e6, time.UTC)

// Sizes are the outer sizes that every pane must fill exactly.
var Sizes = [][2]int{{0, 0}, {1, 1}, {7, 3}, {30, 10}, {80, 24}, {200, 60}}

// Hostile is content that must stay inside a pane and reach the terminal only as visible marks.
var Hostile = []string{
	"\x1b[2J\x1b[H\x1b]52;c;ZXZpbA==\x07", "\x1b]0;title\x07\x9b31m", "a\rb\bc\x00d\x7fe", "\u202egnp.exe\u2066", "\xff\xfe\xc3(",
	"\u200b\u200d\ufeff", "\U0001F468\u200d\U0001F469\u200d\U0001F467 \U0001F1E9\U0001F1EA \u2764\ufe0f", "Z\u0300\u0301\u0302\u0303\u0304\u0305", "\t\ttabs\tand\nlines\r\n",
	"漢字かな交じり文" + strings.Repeat("宽", 300), strings.Repeat("x", 128<<10), strings.Repeat("[", 20000), `{"\u001b[31m":"\u202e\u0007"}`,
}

// Contract checks that the pane, as fill leaves it, keeps every promise at every size. fill gets a new pane each time and brings
// it into the state to test, content included.
func Contract(t *testing.T, fill func() Pane) {
	t.Helper()
	for _, size := range Sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			for _, focus := range []bool{false, true} {
				p := fill()
				p.SetSize(size[0], size[1])
				p.SetFocus(focus)
				p.Refresh(Now)
				Exact(t, p.View(), size[0], size[1])
				Safe(t, p.View())
			}
			keys(t, fill, size[0], size[1])
		})
	}
	actions(t, fill())
}

// keys presses every key that some action has, and some that none has, and expects the size to hold.
func keys(t *testing.T, fill func() Pane, w, h int) {
	t.Helper()
	p := fill()
	p.SetSize(w, h)
	p.SetFocus(true)
	for _, k := range everyKey() {
		p.Update(Key(k))
		p.Refresh(Now)
		if !Exact(t, p.View(), w, h) {
			t.Fatalf("after key %q", k)
		}
		if k == "x" {
			p.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("pasted\x1b[31m \u202e漢字\nline"), Paste: true})
		}
	}
	for _, button := range []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelDown, tea.MouseButtonWheelUp} {
		for _, at := range [][2]int{{0, 0}, {w / 2, h / 2}, {w - 1, h - 1}} {
			p.Update(tea.MouseMsg{X: at[0], Y: at[1], Button: button, Action: tea.MouseActionPress})
			p.Refresh(Now)
			Exact(t, p.View(), w, h)
		}
	}
	Safe(t, p.View())
}

func everyKey() []string {
	out := []string{"x", "0", "backspace", "delete", "é", "漢", "pgup", "pgdown", "home", "end"}
	m := keymap.Default()
	for _, scope := range m.Scopes() {
		for _, a := range m.Actions(scope) {
			out = append(out, a.Keys...)
		}
	}
	return append(out, "esc", "enter", "tab", "shift+tab", "up", "down", "left", "right", "esc")
}

// actions expects every action that the pane offers to be known and to have words.
func actions(t *testing.T, p Pane) {
	t.Helper()
	p.SetSize(80, 24)
	m := keymap.Default()
	for _, a := range p.Actions() {
		if m.Action(a.Name).Text == "" {
			t.Errorf("action %s has no words", a.Name)
		}
	}
}

// Golden compares a view with testdata/NAME.golden of the package under test, which it writes first when update is set.
func Golden(t *testing.T, update bool, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got+"\n" != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

// Exact expects exactly h lines of exactly w cells, or "" when either is 0, and reports whether it was so.
func Exact(t *testing.T, view string, w, h int) bool {
	t.Helper()
	if w == 0 || h == 0 {
		if view != "" {
			t.Errorf("%dx%d drew %q; want nothing", w, h, view)
		}
		return view == ""
	}
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Errorf("%d lines; want %d\n%s", len(lines), h, view)
		return false
	}
	for i, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			t.Errorf("line %d is %d cells wide; want %d: %q", i, got, w, line)
			return false
		}
	}
	return true
}

// Safe expects nothing in the view that a terminal would obey, but for colours and attributes.
func Safe(t *testing.T, view string) {
	t.Helper()
	for i, r := range view {
		if r == 0x1b {
			if !colour(view[i:]) {
				t.Errorf("an escape sequence reached the terminal: %q", view[i:min(len(view), i+20)])
				return
			}
			continue
		}
		if r == '\n' {
			continue
		}
		if r < ' ' || (r >= 0x7f && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) || (r >= 0x200b && r <= 0x200f) || r == 0xfeff {
			t.Errorf("%U reached the terminal in %q", r, view[max(0, i-20):min(len(view), i+20)])
			return
		}
	}
}

// colour reports whether s begins with an SGR sequence.
func colour(s string) bool {
	if !strings.HasPrefix(s, "\x1b[") {
		return false
	}
	for i := 2; i < len(s); i++ {
		switch c := s[i]; {
		case c == 'm':
			return true
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return false
		}
	}
	return false
}

// Key makes the message of a key as Bubble Tea names it.
func Key(name string) tea.KeyMsg {
	if rest, ok := strings.CutPrefix(name, "alt+"); ok {
		k := Key(rest)
		k.Alt = true
		return k
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	for t := tea.KeyType(-200); t <= 200; t++ {
		if t != tea.KeyRunes && t.String() == name {
			return tea.KeyMsg{Type: t}
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// Type gives the pane a text, key by key.
func Type(p Pane, text string) (intents []any) {
	for _, r := range text {
		got, _ := p.Update(Key(string(r)))
		intents = append(intents, got...)
	}
	return intents
}

// Press gives the pane keys by name and gathers the intents.
func Press(p Pane, names ...string) (intents []any) {
	for _, name := range names {
		got, _ := p.Update(Key(name))
		intents = append(intents, got...)
	}
	return intents
}
