package widget

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Overlay lays a box of lines over a screen of lines, its left upper corner at column x of row y. Both may hold styles; the
// screen keeps its size.
func Overlay(screen, box string, x, y int) string {
	if box == "" {
		return screen
	}
	rows := strings.Split(screen, "\n")
	for i, line := range strings.Split(box, "\n") {
		if y+i < 0 || y+i >= len(rows) {
			continue
		}
		row := rows[y+i]
		width, boxWidth := ansi.StringWidth(row), ansi.StringWidth(line)
		left := FitStyled(ansi.Truncate(row, x, ""), x)
		right := ""
		if end := x + boxWidth; end < width {
			right = ansi.TruncateLeft(row, end, "")
			if ansi.StringWidth(right) > width-end { // a wide character would be cut in half
				right = " " + ansi.TruncateLeft(row, end+1, "")
			}
		}
		rows[y+i] = left + "\x1b[m" + line + "\x1b[m" + right
	}
	return strings.Join(rows, "\n")
}
