package subs

// maxHintLines is how many suggestions are shown below the field.
const maxHintLines = 4

// drawForm is the lines of the form, none while it is closed.
func (p *Pane) drawForm(inner int) []string {
	if p.form == nil {
		return nil
	}
	f := p.form
	if !p.focus {
		f.field.Blur()
	} else if !f.onQoS {
		f.field.Focus()
	}
	mark := func(on bool) string {
		if on && p.focus {
			return p.theme.Cursor
		}
		return " "
	}
	tone := p.theme.Dim
	if f.onQoS && p.focus {
		tone = p.theme.Accent
	}
	lines := []string{
		mark(!f.onQoS) + f.field.View(max(0, inner-1)),
		mark(f.onQoS) + tone.Render("QoS") + "    " + string('0'+rune(f.qos)) + p.theme.Dim.Render("  space changes it"),
	}
	if err := p.complaint(); err != nil {
		return append(lines, p.wrapped(err.Error(), 2)...)
	}
	for i, hint := range p.hints() {
		if i == maxHintLines {
			break
		}
		lines = append(lines, "        "+p.theme.Dim.Render(fitFilter(safeFilter(hint), max(0, inner-8), p.theme.Ellipsis)))
	}
	return lines
}
