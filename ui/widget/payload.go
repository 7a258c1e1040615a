package widget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/theme"
)

// maxLines bounds what the lines of one payload may cost to build; a last line says what was left out.
const maxLines = 20000

// JSONLines draws a payload as indented JSON in the theme's tones, lines wrapped at w cells. It reports false, and no lines, when
// the payload is not JSON (or nested deeper than 10,000 levels).
func JSONLines(t *theme.Theme, payload []byte, w int) ([]string, bool) {
	return JSONHead(t, payload, w, maxLines)
}

// JSONHead is JSONLines for the first n lines and one that says that there is more: a large payload costs the check that it is
// JSON, and what is shown.
func JSONHead(t *theme.Theme, payload []byte, w, n int) ([]string, bool) {
	if w < 1 || len(bytes.TrimSpace(payload)) == 0 || !json.Valid(payload) {
		return nil, false
	}
	p := jsonPrinter{lines: lines{w: w, max: min(n, maxLines)}, theme: t, src: payload}
	p.value()
	p.flush()
	return p.out, true
}

// TextLines draws a payload as text, made safe, broken at its line ends and at w cells.
func TextLines(payload []byte, w int) []string { return TextHead(payload, w, maxLines) }

// TextHead is TextLines for the first n lines and one that says that there is more: a large payload costs what is shown.
func TextHead(payload []byte, w, n int) []string {
	l := lines{w: max(1, w), max: min(n, maxLines)}
	for rest := payload; ; {
		line, after, more := bytes.Cut(rest, []byte("\n"))
		room := l.room()
		line = line[:min(len(line), room*maxCellBytes)]
		safe, _ := Sanitize(string(bytes.TrimSuffix(line, []byte("\r"))), room)
		l.write(theme.Style{}, safe)
		l.flush()
		rest = after
		if !more || len(after) == 0 {
			return l.out
		}
		if l.full() {
			l.flush() // says so
			return l.out
		}
	}
}

// maxCellBytes is the most bytes of text that one cell can show: a character of four and an accent of two.
const maxCellBytes = 6

// HexLines draws a payload as offsets, bytes and ASCII, as many bytes to a line as w has room for.
func HexLines(payload []byte, w int) []string {
	per := 16
	for per > 1 && 8+2+per*3+2+per > w {
		per /= 2
	}
	var out []string
	for at := 0; at < len(payload); at += per {
		if len(out) == maxLines {
			return append(out, fmt.Sprintf("… %d more bytes", len(payload)-at))
		}
		part := payload[at:min(at+per, len(payload))]
		text := make([]byte, len(part))
		for i, c := range part {
			text[i] = '.'
			if c >= ' ' && c <= '~' {
				text[i] = c
			}
		}
		out = append(out, fmt.Sprintf("%08x  %-*s %s", at, per*3, fmt.Sprintf("% x", part), text))
	}
	return out
}

// lines gathers styled text into lines of at most w cells.
type lines struct {
	w, max int
	out    []string
	line   strings.Builder
	cells  int
	indent int
}

func (l *lines) full() bool { return len(l.out) >= l.max }

// room is no less than the cells that can still be written before the lines are full.
func (l *lines) room() int { return max(1, (l.max-len(l.out)+1)*l.w) }

func (l *lines) flush() {
	if l.full() {
		if len(l.out) == l.max {
			l.out = append(l.out, "… the rest is not shown here")
		}
		l.line.Reset()
		return
	}
	l.out = append(l.out, l.line.String())
	l.line.Reset()
	l.cells = 0
}

// write adds text in one style, wrapping under the indent.
func (l *lines) write(s theme.Style, text string) {
	for text != "" && !l.full() {
		room := l.w - l.cells
		if room <= 0 {
			l.flush()
			l.line.WriteString(blanks(min(l.indent, l.w/2)))
			l.cells = min(l.indent, l.w/2)
			continue
		}
		part := text
		if len(text) > room {
			part = head(text, room)
			if part == "" { // a wide character in the last cell
				l.cells = l.w
				continue
			}
		}
		l.line.WriteString(s.Render(part))
		l.cells += Width(part)
		text = text[len(part):]
	}
}

// head is the longest beginning of text in w cells, found without measuring all of a long text.
func head(text string, w int) string {
	if plainPrefix(text, w) >= w {
		return text[:w]
	}
	limit := min(len(text), w*4)
	for limit < len(text) && !utf8.RuneStart(text[limit]) {
		limit++
	}
	part := ansi.Truncate(text[:limit], w, "")
	if part == "" && w > 1 { // one character wider than all the room: let it through rather than loop
		_, size := utf8.DecodeRuneInString(text)
		return text[:size]
	}
	return part
}

// jsonPrinter walks JSON that is known to be valid.
type jsonPrinter struct {
	lines
	theme *theme.Theme
	src   []byte
	at    int
	depth int
}

func (p *jsonPrinter) skip() {
	for p.at < len(p.src) {
		switch p.src[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// maxIndent keeps deep nesting from pushing everything out of sight.
const maxIndent = 24

func (p *jsonPrinter) newline() {
	p.flush()
	p.indent = 2 * p.depth
	p.cells = min(p.indent, maxIndent, p.w/2)
	p.line.WriteString(blanks(p.cells))
}

// value prints one value. It keeps the open brackets in a slice and not on the call stack.
func (p *jsonPrinter) value() {
	var open []byte
	first := false // the next thing is the first in its container
	for p.skip(); p.at < len(p.src) && !p.full(); p.skip() {
		switch c := p.src[p.at]; c {
		case '{', '[':
			p.at++
			p.skip()
			if closing := p.src[p.at]; closing == '}' || closing == ']' {
				p.at++
				p.write(p.theme.Dim, string([]byte{c, closing}))
				break
			}
			p.write(p.theme.Dim, string(c))
			open = append(open, c)
			p.depth++
			first = true
		case '}', ']':
			p.at++
			p.depth--
			open = open[:len(open)-1]
			p.newline()
			p.write(p.theme.Dim, string(c))
		case ',':
			p.at++
			p.write(p.theme.Dim, ",")
			p.skip()
			p.entry(open)
		default:
			p.scalar()
		}
		if first {
			first = false
			p.skip()
			p.entry(open)
		}
	}
}

// entry starts the line of a member or element: its key, when the container is an object.
func (p *jsonPrinter) entry(open []byte) {
	p.newline()
	if len(open) == 0 || open[len(open)-1] != '{' {
		return
	}
	p.write(p.theme.Key, p.literal())
	p.skip()
	p.at++ // the colon
	p.write(p.theme.Dim, ": ")
}

func (p *jsonPrinter) scalar() {
	style := p.theme.Number
	switch p.src[p.at] {
	case '"':
		style = p.theme.String
	case 't', 'f', 'n':
		style = p.theme.Literal
	}
	p.write(style, p.literal())
}

// literal takes one string, number or name and makes it safe to draw.
func (p *jsonPrinter) literal() string {
	start := p.at
	if p.src[p.at] == '"' {
		for p.at++; p.src[p.at] != '"'; p.at++ {
			if p.src[p.at] == '\\' {
				p.at++
			}
		}
		p.at++
	} else {
		for p.at < len(p.src) && !strings.ContainsRune(",:]} \t\r\n", rune(p.src[p.at])) {
			p.at++
		}
	}
	room := p.room()
	safe, _ := Sanitize(string(p.src[start:min(p.at, start+room*maxCellBytes)]), room)
	return safe
}
