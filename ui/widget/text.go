// Package widget holds the parts that panes are built of: safe text, frames, fields, scrolling lists, JSON lines, toasts.
package widget

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Sanitize makes text from outside safe to draw on one line: control characters, escape sequences, direction marks and
// invisible characters become visible marks, tabs a blank. It keeps at most limit cells (0: all), so that a huge payload
// costs only what is shown, and reports whether the text was cut.
func Sanitize(text string, limit int) (safe string, cut bool) {
	if n := plainPrefix(text, limit); n == len(text) {
		return text, false
	} else if limit > 0 && n >= limit {
		return text[:limit], true
	}
	var b strings.Builder
	cells, last := 0, rune(0)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		mark := safeRune(r, size, text[i])
		if combining(r) && last != 0 && !combining(last) {
			mark = string(r) // one accent on a letter is text; a pile of them climbs over other rows
		}
		last = r
		w := ansi.StringWidth(mark)
		if limit > 0 && cells+w > limit {
			return b.String(), true
		}
		b.WriteString(mark)
		cells += w
		i += size
	}
	return b.String(), false
}

// plainPrefix is the number of leading bytes that are printable ASCII, looking no further than limit.
func plainPrefix(text string, limit int) int {
	n := len(text)
	if limit > 0 && limit < n {
		n = limit
	}
	for i := 0; i < n; i++ {
		if c := text[i]; c < ' ' || c > '~' {
			return i
		}
	}
	return n
}

func safeRune(r rune, size int, first byte) string {
	switch {
	case r == utf8.RuneError && size == 1:
		return `\x` + hex2(first)
	case r == '\t':
		return " "
	case r == '\n':
		return "↵"
	case r < ' ':
		return string(rune(0x2400 + r)) // the control pictures block
	case r == 0x7f:
		return "␡"
	case invisible(r):
		return "\\u" + strconv.FormatInt(int64(r), 16)
	}
	return string(r)
}

func hex2(b byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[b>>4], digits[b&15]})
}

// invisible is what moves the cursor, changes direction, joins cells or shows nothing: C1 controls, zero-width and bidi
// characters, variation selectors, tags, accents that stack, private use, and non-characters.
func invisible(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0, r == 0xad, r == 0x61c,
		combining(r),
		r >= 0x115f && r <= 0x1160, r >= 0x17b4 && r <= 0x17b5, r >= 0x180b && r <= 0x180f,
		r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r == 0xffa0, r >= 0xfff0 && r <= 0xfffb,
		r >= 0x1f3fb && r <= 0x1f3ff, r >= 0x1f1e6 && r <= 0x1f1ff,
		r >= 0xe0000 && r <= 0xe0fff, r >= 0xe000 && r <= 0xf8ff, r >= 0xf0000:
		return true
	}
	return false
}

func combining(r rune) bool { return r >= 0x300 && r <= 0x36f }

// Fit makes plain sanitised text exactly w cells wide: padded with blanks, or cut with an ellipsis.
func Fit(text string, w int) string {
	if w <= 0 {
		return ""
	}
	if len(text) <= w && plainPrefix(text, 0) == len(text) {
		return text + blanks(w-len(text))
	}
	width := ansi.StringWidth(text)
	if width > w {
		text = ansi.Truncate(text, w, "…")
		width = ansi.StringWidth(text)
	}
	return text + blanks(w-width)
}

// FitStyled makes a line that already holds styles exactly w cells wide.
func FitStyled(line string, w int) string {
	width := ansi.StringWidth(line)
	if width > w {
		line = ansi.Truncate(line, w, "")
		width = ansi.StringWidth(line)
	}
	return line + blanks(w-width)
}

// FitRight is Fit with the text at the right end.
func FitRight(text string, w int) string {
	if width := ansi.StringWidth(text); width < w {
		return blanks(w-width) + text
	}
	return Fit(text, w)
}

// Width is the number of cells that text takes.
func Width(text string) int { return ansi.StringWidth(text) }

const blankRun = "                                                                                                                                "

func blanks(n int) string {
	if n <= 0 {
		return ""
	}
	if n <= len(blankRun) {
		return blankRun[:n]
	}
	return strings.Repeat(" ", n)
}

// Count writes a number with thin grouping: 1 204.
func Count(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

// Size writes a number of bytes: 212 B, 1.4 KiB, 256 MiB.
func Size(n int64) string {
	switch {
	case n < 1<<10:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1<<20:
		return scaled(n, 1<<10) + " KiB"
	case n < 1<<30:
		return scaled(n, 1<<20) + " MiB"
	}
	return scaled(n, 1<<30) + " GiB"
}

func scaled(n, unit int64) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(n)/float64(unit), 'f', 1, 64), ".0")
}

// Age writes how long ago something was, in its largest unit: 3 s, 12 min, 5 h, 2 d.
func Age(d time.Duration) string {
	switch {
	case d < time.Second:
		return "now"
	case d < time.Minute:
		return strconv.Itoa(int(d/time.Second)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 24*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " d"
}

// Rate writes messages a second: 0/s, 0.2/s, 38/s, 12.5k/s.
func Rate(perSecond float64) string {
	switch {
	case perSecond < 0.05:
		return "0/s"
	case perSecond < 9.95:
		return strings.TrimSuffix(strconv.FormatFloat(perSecond, 'f', 1, 64), ".0") + "/s"
	case perSecond < 10000:
		return strconv.FormatFloat(perSecond, 'f', 0, 64) + "/s"
	}
	return strings.TrimSuffix(strconv.FormatFloat(perSecond/1000, 'f', 1, 64), ".0") + "k/s"
}
