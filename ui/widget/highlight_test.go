package widget

import (
	"bytes"
	"testing"

	"example.com/thingdeck/ui/theme"
)

func TestHighlight(t *testing.T) {
	find := func(word string) func([]byte, int) (int, int, bool) {
		return func(text []byte, from int) (int, int, bool) {
			i := bytes.Index(text[from:], []byte(word))
			return from + i, from + i + len(word), i >= 0
		}
	}
	style := theme.Style{On: "\x1b[4m", Off: "\x1b[24m"}
	for _, c := range []struct{ line, word, want string }{
		{"a warm day, warm", "warm", "a \x1b[4mwarm\x1b[24m day, \x1b[4mwarm\x1b[24m"},
		{"\x1b[2ma w\x1b[22marm day", "warm", "\x1b[2ma \x1b[4mw\x1b[22marm\x1b[24m day"},
		{"größe", "ß", "gr\u00f6\x1b[4mß\x1b[24me"},
		{"nothing", "x", "nothing"}, {"", "x", ""},
	} {
		if got := Highlight(c.line, style, find(c.word)); got != c.want {
			t.Errorf("%q in %q: got %q; want %q", c.word, c.line, got, c.want)
		}
	}
}
