package messages

import (
	"bytes"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// A preview writes as much of a payload as one row shows. It looks at no more than it needs: a payload may be 256 MiB.
type preview struct {
	b    []byte
	room int  // cells left, the one for the ellipsis not counted
	cut  bool // something did not fit
}

// maxScan bounds the bytes looked at in payloads that are mostly blank.
const maxScan = 4096

// maxCellBytes is the most bytes of text that one cell can show: a character of four and an accent of two.
const maxCellBytes = 6

// appendPreview appends at most w cells of a payload: JSON with its blanks drawn together and its keys in their tone, other
// text as it is.
func appendPreview(b []byte, payload []byte, w int, t tones, ellipsis string) []byte {
	if w < 1 {
		return b
	}
	if len(payload) == 0 {
		b = append(b, t.dim.On...)
		b = append(b, "(empty)"[:min(w, len("(empty)"))]...)
		return append(b, t.dim.Off...)
	}
	v := preview{b: b, room: w - 1}
	head := payload[:min(len(payload), maxScan)]
	if trimmed := bytes.TrimSpace(head); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		v.json(trimmed, t.key)
	} else {
		v.write(head, theme.Style{})
	}
	if v.cut || len(head) < len(payload) {
		v.b = append(v.b, ellipsis...)
	}
	return v.b
}

// json writes the tokens of what looks like JSON; that it is JSON is not known.
func (v *preview) json(src []byte, key theme.Style) {
	for at := 0; at < len(src) && !v.cut; {
		end := at + 1
		switch c := src[at]; {
		case blank(c):
			for end < len(src) && blank(src[end]) {
				end++
			}
			v.write([]byte{' '}, theme.Style{})
		case c == '"':
			style := theme.Style{}
			if end = stringEnd(src, at); isKey(src, end) {
				style = key
			}
			v.write(src[at:end], style)
		default:
			for end < len(src) && src[end] != '"' && !blank(src[end]) {
				end++
			}
			v.write(src[at:end], theme.Style{})
		}
		at = end
	}
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// stringEnd is one past the quote that ends the string beginning at the quote at.
func stringEnd(src []byte, at int) int {
	for at++; at < len(src); at++ {
		switch src[at] {
		case '\\':
			at++
		case '"':
			return at + 1
		}
	}
	return len(src)
}

func isKey(src []byte, end int) bool {
	for end < len(src) && blank(src[end]) {
		end++
	}
	return end < len(src) && src[end] == ':'
}

// write appends text in a style, as much as there is room for.
func (v *preview) write(text []byte, s theme.Style) {
	n := 0
	for n < len(text) && n < v.room && text[n] >= ' ' && text[n] <= '~' {
		n++
	}
	if n == len(text) || n == v.room {
		v.cut = v.cut || n < len(text)
		v.room -= n
		v.append(text[:n], s)
		return
	}
	part := text[:min(len(text), v.room*maxCellBytes)]
	safe, cut := widget.Sanitize(string(part), v.room)
	v.cut = v.cut || cut || len(part) < len(text)
	v.room = max(0, v.room-widget.Width(safe))
	v.append([]byte(safe), s)
}

func (v *preview) append(text []byte, s theme.Style) {
	if len(text) == 0 {
		return
	}
	v.b = append(v.b, s.On...)
	v.b = append(v.b, text...)
	v.b = append(v.b, s.Off...)
}
