package subs

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// addLine opens a line for another filter below the one at hand.
func (p *Pane) addLine() {
	f := p.form
	if f == nil || f.edit || len(f.filters) >= maxLines {
		return
	}
	f.field().Blur()
	f.filters = slices.Insert(f.filters, f.line+1, newFilter(p.theme))
	p.toLine(f.line + 1)
	p.toStop(onFilter)
}

func (p *Pane) toLine(line int) {
	f := p.form
	if line < 0 || line >= len(f.filters) {
		return
	}
	for _, field := range f.filters {
		field.Blur()
	}
	f.line = line
	f.field().Focus()
	f.typed, f.hint = f.field().Value(), 0
}

// paste puts text into the field; each further line is one more filter.
func (p *Pane) paste(msg tea.KeyMsg) tea.Cmd {
	var lines []string
	for line := range strings.FieldsFuncSeq(string(msg.Runes), func(r rune) bool { return r == '\r' || r == '\n' }) {
		if line = strings.Trim(line, " \t"); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	msg.Runes = []rune(lines[0])
	if p.form.at != onFilter {
		return p.textKey(msg)
	}
	cmd := p.edit(msg)
	for _, line := range lines[1:] {
		if len(p.form.filters) >= maxLines {
			break
		}
		p.addLine()
		p.form.field().SetValue(line)
		p.form.typed = line
	}
	return cmd
}
