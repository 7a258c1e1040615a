package composer

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/theme"
)

// A hexEditor edits bytes as hexadecimal digits, over what is there or in between.
type hexEditor struct {
	bytes  []byte // its own
	at     int    // the byte under the cursor; len(bytes) is past the end
	half   bool   // the first digit of the byte was typed: the next one is the second
	insert bool   // digits make new bytes
	top    int    // first line shown
	per    int    // bytes a line, as last drawn
	height int
}

// maxHex is what can be edited with a key taking no more than 10 ms: each one looks at all bytes.
const maxHex = 1 << 20

func (e *hexEditor) load(b []byte) {
	*e = hexEditor{bytes: slices.Clone(b), insert: e.insert, per: e.per, height: e.height}
}

// key takes a key that is no paste and reports whether bytes changed.
func (e *hexEditor) key(msg tea.KeyMsg) bool {
	per, page := max(1, e.per), max(1, e.height-1)
	switch key := msg.String(); key {
	case "left":
		e.move(-1)
	case "right":
		e.move(1)
	case "up":
		e.move(-per)
	case "down":
		e.move(per)
	case "pgup":
		e.move(-per * page)
	case "pgdown":
		e.move(per * page)
	case "home":
		e.move(-(e.at % per))
	case "end":
		e.move(per - 1 - e.at%per)
	case "ctrl+home", "alt+<":
		e.move(-e.at)
	case "ctrl+end", "alt+>":
		e.move(len(e.bytes) - e.at)
	case "insert", "i":
		e.insert, e.half = !e.insert, false
	case "delete":
		return e.remove(e.at)
	case "backspace":
		if e.half { // the digit just typed
			return e.remove(e.at)
		}
		if e.at > 0 {
			e.move(-1)
			return e.remove(e.at)
		}
	case "ctrl+u":
		changed := len(e.bytes) > 0
		e.load(nil)
		return changed
	default:
		if digit := strings.IndexByte("0123456789abcdef", strings.ToLower(key + "\x00")[0]); len(key) == 1 && digit >= 0 {
			return e.digit(byte(digit))
		}
	}
	return false
}

func (e *hexEditor) move(by int) {
	e.at = max(0, min(e.at+by, len(e.bytes)))
	e.half = false
}

func (e *hexEditor) remove(at int) bool {
	e.half = false
	if at >= len(e.bytes) {
		return false
	}
	e.bytes = slices.Delete(e.bytes, at, at+1)
	return true
}

// digit types one: the first of a byte is its upper half.
func (e *hexEditor) digit(d byte) bool {
	switch {
	case e.half:
		e.bytes[e.at] = e.bytes[e.at]&0xf0 | d
		e.move(1)
		return true
	case e.at == len(e.bytes):
		if len(e.bytes) >= maxHex {
			return false
		}
		e.bytes = append(e.bytes, d<<4)
	case e.insert:
		if len(e.bytes) >= maxHex {
			return false
		}
		e.bytes = slices.Insert(e.bytes, e.at, d<<4)
	default:
		e.bytes[e.at] = e.bytes[e.at]&0x0f | d<<4
	}
	e.half = true
	return true
}

// paste inserts bytes: those that hexadecimal digits write, else the text itself.
func (e *hexEditor) paste(text string) {
	digits := strings.NewReplacer(" ", "", "\n", "", "\r", "", "\t", "", ":", "", ",", "", "0x", "", "0X", "", "\\x", "").Replace(text)
	b, err := hex.DecodeString(digits)
	if err != nil {
		b = []byte(text)
	}
	e.bytes = slices.Insert(e.bytes, e.at, b...)
	e.move(len(b))
}

// lines draws the part around the cursor, w×h cells.
func (e *hexEditor) lines(t *theme.Theme, w, h int, caret bool) []string {
	e.per = 16
	for e.per > 1 && 8+2+e.per*3+1+e.per > w {
		e.per /= 2
	}
	e.height = h
	row := e.at / e.per
	e.top = max(0, min(e.top, row, len(e.bytes)/e.per-h+1))
	if row >= e.top+h {
		e.top = row - h + 1
	}
	var out []string
	for at := e.top * e.per; at <= len(e.bytes) && len(out) < h; at += e.per {
		out = append(out, e.line(t, at, caret))
	}
	return out
}

// line is one line of bytes: offset, digits, characters.
func (e *hexEditor) line(t *theme.Theme, at int, caret bool) string {
	digits, text := "", ""
	for i := at; i < at+e.per; i++ {
		d, c := "  ", " "
		if i < len(e.bytes) {
			d, c = fmt.Sprintf("%02x", e.bytes[i]), "."
			if b := e.bytes[i]; b >= ' ' && b <= '~' {
				c = string(rune(b))
			}
		}
		if caret && i == e.at {
			first, second := d[:1], d[1:]
			if e.half {
				d = first + t.Caret.Render(second)
			} else {
				d = t.Caret.Render(first) + second
			}
			c = t.Caret.Render(c)
		}
		digits += d + " "
		text += c
	}
	return t.Dim.Render(fmt.Sprintf("%08x", at)) + "  " + digits + " " + text
}

// note says how digits are taken.
func (e *hexEditor) note() string {
	mode := "over the bytes"
	if e.insert {
		mode = "between the bytes"
	}
	return fmt.Sprintf("digits go %s (i)", mode)
}
