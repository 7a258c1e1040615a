package shadows

import (
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
	return form{p, widget.Form{Theme: p.theme, Keys: p.keys, Title: title, Right: right, Enter: enter, Scope: "shadow",
		Chords: []string{"shadow.send", "shadow.retype", "shadow.editor"}}}
}

// say draws a text in at most n lines.
func (f *form) say(text string, style theme.Style, n int) []string {
	lines := wrap(text, f.Inner()-2, n)
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return lines
}

// want is a size for a dialog of that many lines inside.
func want(maxW, maxH, w, lines int) (int, int) {
	return max(0, min(maxW, w)), max(0, min(maxH, lines+2))
}

var _ = []Dialog{(*chooseDialog)(nil), (*editDialog)(nil), (*addDialog)(nil), (*reviewDialog)(nil), (*deleteDialog)(nil)}
