package widget

import (
	"strings"

	"example.com/thingdeck/ui/theme"
)

// Highlight puts a style around what find tells of the visible text of a line, which may have styles of its own: these go on inside.
// find is given the text and where to begin, and returns the bytes of the next place, or false.
func Highlight(line string, s theme.Style, find func(text []byte, from int) (start, end int, ok bool)) string {
	text, places := visibleText(line)
	start, end, ok := find(text, 0)
	if !ok || s.On == "" {
		return line
	}
	var out strings.Builder
	done := 0
	for ok && end > start {
		out.WriteString(line[done:places[start]])
		out.WriteString(s.On)
		last := places[end-1] + 1
		out.WriteString(line[places[start]:last])
		out.WriteString(s.Off)
		done = last
		start, end, ok = find(text, end)
	}
	out.WriteString(line[done:])
	return out.String()
}

// visibleText is a line without its escape sequences (SGR, as themes write them), and where each byte of it stands in the line.
func visibleText(line string) (text []byte, places []int) {
	text, places = make([]byte, 0, len(line)), make([]int, 0, len(line))
	for i := 0; i < len(line); i++ {
		if line[i] == 0x1b {
			for i < len(line) && line[i] != 'm' {
				i++
			}
			continue
		}
		text, places = append(text, line[i]), append(places, i)
	}
	return text, places
}
