package shadows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// text is a small editor of JSON. Only the lines in sight are drawn, so that a large document costs no more than a small one.
// What cannot be seen is kept out: it comes in as JSON's escape for it.
type text struct {
	lines    [][]rune
	row, col int // the cursor
	top      int // the first line shown
	left     int // the first column shown
	height   int
	changes  int // counts them
}

// maxTextLines bounds what can be edited here.
const maxTextLines = 20000

func newText(s string) *text {
	t := &text{}
	t.set(s)
	return t
}

func (t *text) set(s string) {
	*t = text{height: t.height, lines: [][]rune{nil}, changes: t.changes}
	t.insert(s)
	t.row, t.col = 0, 0
}

// String is the text, lines joined by line feeds.
func (t *text) String() string {
	var b strings.Builder
	for i, line := range t.lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(string(line))
	}
	return b.String()
}

// insert puts text at the cursor.
func (t *text) insert(s string) {
	t.changes++
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\t", "  ")
	for i, part := range strings.Split(strings.ReplaceAll(s, "\r", "\n"), "\n") {
		if i > 0 && len(t.lines) < maxTextLines {
			rest := slices.Clone(t.lines[t.row][t.col:])
			t.lines[t.row] = t.lines[t.row][:t.col:t.col]
			t.lines = slices.Insert(t.lines, t.row+1, rest)
			t.row, t.col = t.row+1, 0
		}
		runes := []rune(escaped(part))
		t.lines[t.row] = slices.Insert(t.lines[t.row], t.col, runes...)
		t.col += len(runes)
	}
}

// key takes a key and reports whether it was one of an editor's.
func (t *text) key(msg tea.KeyMsg) bool {
	line := t.lines[t.row]
	switch msg.String() {
	case "enter":
		n := 0
		for n < t.col && line[n] == ' ' {
			n++
		}
		t.insert("\n" + string(line[:n]))
	case "backspace", "ctrl+h":
		t.backspace()
	case "delete", "ctrl+d":
		if t.move(1) {
			t.backspace()
		}
	case "ctrl+k":
		t.lines[t.row] = line[:t.col]
		t.changes++
	case "ctrl+u":
		t.lines[t.row], t.col = slices.Clone(line[t.col:]), 0
		t.changes++
	case "left":
		t.move(-1)
	case "right":
		t.move(1)
	case "up", "down", "pgup", "pgdown", "ctrl+home", "ctrl+end":
		t.vertical(msg.String())
	case "home", "ctrl+a":
		t.col = 0
	case "end":
		t.col = len(line)
	default:
		if msg.Type != tea.KeyRunes && msg.Type != tea.KeySpace || msg.Alt {
			return false
		}
		t.insert(string(msg.Runes))
	}
	return true
}

func (t *text) vertical(key string) {
	page := max(1, t.height-1)
	t.row += map[string]int{"up": -1, "down": 1, "pgup": -page, "pgdown": page, "ctrl+home": -len(t.lines), "ctrl+end": len(t.lines)}[key]
	t.row = max(0, min(t.row, len(t.lines)-1))
	switch key {
	case "ctrl+home":
		t.col = 0
	case "ctrl+end":
		t.col = len(t.lines[t.row])
	default:
		t.col = min(t.col, len(t.lines[t.row]))
	}
}

// move goes one character on, or back; it reports whether there was one.
func (t *text) move(by int) bool {
	switch {
	case t.col+by < 0 && t.row > 0:
		t.row--
		t.col = len(t.lines[t.row])
	case t.col+by > len(t.lines[t.row]) && t.row < len(t.lines)-1:
		t.row, t.col = t.row+1, 0
	case t.col+by >= 0 && t.col+by <= len(t.lines[t.row]):
		t.col += by
	default:
		return false
	}
	return true
}

func (t *text) backspace() {
	switch {
	case t.col > 0:
		t.lines[t.row] = slices.Delete(t.lines[t.row], t.col-1, t.col)
		t.col--
	case t.row > 0:
		above := t.lines[t.row-1]
		t.col = len(above)
		t.lines[t.row-1] = slices.Concat(above, t.lines[t.row])
		t.lines = slices.Delete(t.lines, t.row, t.row+1)
		t.row--
	default:
		return
	}
	t.changes++
}

// draw shows w×h cells around the cursor, with line numbers; the line bad (from 1) is marked.
func (t *text) draw(th *theme.Theme, w, h, bad int) []string {
	t.height = h
	number := len(strconv.Itoa(len(t.lines)))
	room := max(1, w-number-2)
	t.top = max(0, min(t.top, t.row, len(t.lines)-h))
	t.top = max(t.top, t.row-h+1)
	if at := widget.Width(string(t.lines[t.row][:t.col])); at < t.left || at >= t.left+room {
		t.left = max(0, at-room/2)
	}
	var out []string
	for i := t.top; i < min(t.top+h, len(t.lines)); i++ {
		style, mark := th.Dim, " "
		if i+1 == bad {
			style, mark = th.Error, "!"
		}
		head := style.Render(fmt.Sprintf("%*d%s", number, i+1, mark))
		out = append(out, head+" "+t.drawLine(th, i, room))
	}
	return out
}

// drawLine is the part of a line in sight, with the cursor.
func (t *text) drawLine(th *theme.Theme, i, room int) string {
	var b strings.Builder
	at, used := 0, 0
	for c := range len(t.lines[i]) + 1 {
		r := ' ' // the cursor may stand behind the line
		if c < len(t.lines[i]) {
			r = t.lines[i][c]
		}
		width := widget.Width(string(r))
		if at >= t.left && used+width <= room {
			if i == t.row && c == t.col {
				b.WriteString(th.Caret.Render(string(r)))
			} else {
				b.WriteRune(r)
			}
			used += width
		}
		if at += width; at > t.left+room {
			break
		}
	}
	return b.String()
}
