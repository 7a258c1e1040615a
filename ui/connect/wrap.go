package connect

import (
	"strings"

	"example.com/thingdeck/ui/widget"
)

// wrap breaks a text from anywhere into at most n lines of w cells.
func wrap(text string, w, n int) (lines []string) {
	words := strings.Fields(safe(text, w*n+w))
	line := ""
	for _, word := range words {
		switch {
		case line == "":
			line = word
		case widget.Width(line)+1+widget.Width(word) <= w:
			line += " " + word
		default:
			lines = append(lines, widget.Fit(line, min(widget.Width(line), w)))
			line = word
		}
	}
	if line != "" {
		lines = append(lines, widget.Fit(line, min(widget.Width(line), w)))
	}
	if len(lines) > n {
		lines = lines[:n]
		lines[n-1] = widget.Fit(lines[n-1]+" …", min(widget.Width(lines[n-1])+2, w))
	}
	return lines
}
