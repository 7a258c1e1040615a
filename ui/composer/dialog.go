package composer

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// form is what the dialogs have in common.
type form struct {
	pane *Pane
	widget.Form
}

// newForm is one with what the keys do, and what enter does, in a word.
func newForm(p *Pane, title, right, enter string) form {
	return form{p, widget.Form{Theme: p.theme, Keys: p.keys, Title: title, Right: right, Enter: enter, Scope: "publish",
		Chords: []string{"publish.send"}, Pasted: firstLine}}
}

// say draws a text in at most n lines.
func (f *form) say(text string, style theme.Style, n int) []string {
	return wrapped(style, text, f.Inner(), n)
}

// want is a size for a dialog of that many lines inside.
func want(maxW, maxH, w, lines int) (int, int) {
	return max(0, min(maxW, w)), max(0, min(maxH, lines+2))
}

// wrapped is a text in a style, in at most n lines with a blank before each.
func wrapped(style theme.Style, text string, inner, n int) []string {
	if text == "" {
		return nil
	}
	safe, _ := widget.Sanitize(text, maxShown)
	lines := strings.Split(ansi.Wrap(safe, max(1, inner-2), ""), "\n")
	lines = lines[:min(len(lines), n)]
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return lines
}

// payloadLines draws a payload to be read: JSON, text or hex, at most n lines.
func payloadLines(t *theme.Theme, payload []byte, w, n int) []string {
	if n <= 0 || len(payload) == 0 {
		return nil
	}
	lines, ok := []string(nil), false
	switch {
	case !isText(payload):
		lines = widget.HexLines(payload[:min(len(payload), 16*n)], w)
	default:
		if len(payload) < maxText {
			lines, ok = widget.JSONHead(t, payload, w, n)
		}
		if !ok {
			lines = widget.TextHead(payload, w, n)
		}
	}
	return lines[:min(len(lines), n)]
}
