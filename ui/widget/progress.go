package widget

import (
	"strings"

	"example.com/thingdeck/ui/theme"
)

// Progress is a bar of w cells, filled as far as n is of total.
func Progress(t *theme.Theme, n, total, w int) string {
	full := 0
	if total > 0 {
		full = clamp(n*w/total, 0, w)
	}
	return strings.Repeat(t.Full, full) + strings.Repeat(t.Rest, w-full)
}
