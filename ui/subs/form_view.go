package subs

import (
	"fmt"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// How many lines parts of the form get.
const (
	maxHintLines   = 4
	maxFilterLines = 6
)

// formLine is a line of the form and the field that it belongs to.
type formLine struct {
	text   string
	at     stop
	filter int // of the filters, when at is onFilter
	keys   bool
}

// drawForm is the lines of the form in at most that many, none while it is closed; the field with the keys is among them.
func (p *Pane) drawForm(inner, height int) []string {
	p.formLines = p.formLines[:0]
	if p.form == nil || height <= 0 {
		return nil
	}
	all := p.buildForm(inner)
	first := 0
	for i, l := range all {
		if l.keys && i >= height {
			first = i - height + 1
		}
	}
	all = all[first:min(len(all), first+height)]
	var lines []string
	for _, l := range all {
		lines = append(lines, l.text)
	}
	p.formLines = append(p.formLines, all...)
	return lines
}

func (p *Pane) buildForm(inner int) []formLine {
	f := p.form
	p.focusField()
	lines := p.filterLines(inner)
	add := func(at stop, text string) {
		lines = append(lines, formLine{p.formMark(f.at == at) + text, at, 0, f.at == at})
	}
	add(onQoS, p.choice("QoS", string('0'+rune(f.qos)), f.at == onQoS, theme.Style{}))
	if len(f.filters) == 1 {
		add(onLabel, p.text("Label", f.label, f.at == onLabel, inner-1))
		lines = p.complain(lines, f.label.Err(), onLabel)
	}
	add(onKeep, p.text("Keep", f.keep, f.at == onKeep, inner-1))
	lines = p.complain(lines, f.keep.Err(), onKeep)
	add(onTone, p.choice("Colour", theme.ToneNames[f.tone], f.at == onTone, p.theme.Tones[f.tone]))
	return lines
}

// focusField shows the caret in the field at hand while the pane has the keys.
func (p *Pane) focusField() {
	f := p.form
	field := map[stop]*widget.Field{onFilter: f.field(), onLabel: f.label, onKeep: f.keep}[f.at]
	switch {
	case field == nil:
	case p.focus:
		field.Focus()
	default:
		field.Blur()
	}
}

func (p *Pane) formMark(on bool) string {
	if on && p.focus {
		return p.theme.Cursor
	}
	return " "
}

// labelCells is the width of the labels.
const labelCells = len("Filter ")

func (p *Pane) label(text string, on bool) string {
	style := p.theme.Dim
	if on && p.focus {
		style = p.theme.Accent
	}
	return style.Render(widget.Fit(text, labelCells))
}

// text is a field of text in w cells.
func (p *Pane) text(label string, f *widget.Field, on bool, w int) string {
	return p.label(label, on) + f.View(max(0, w-labelCells))
}

// choice is a field that goes round among few values.
func (p *Pane) choice(label, value string, on bool, tone theme.Style) string {
	text := p.label(label, on) + tone.Render(value)
	if on {
		text += p.theme.Dim.Render("  space changes it")
	}
	return text
}

func (p *Pane) complain(lines []formLine, err error, at stop) []formLine {
	if err == nil {
		return lines
	}
	for _, text := range p.wrapped(err.Error(), 2) {
		lines = append(lines, formLine{text: text, at: at})
	}
	return lines
}

// filterLines are the filters around the one at hand, what is wrong with each, and how it can be completed.
func (p *Pane) filterLines(inner int) []formLine {
	f := p.form
	if f.edit {
		return []formLine{{text: " " + p.theme.Dim.Render("Filter ") + fitFilter(safeFilter(f.field().Value()), max(0, inner-8), p.theme.Ellipsis), at: onQoS}}
	}
	first := max(0, min(f.line-maxFilterLines/2, len(f.filters)-maxFilterLines))
	var lines []formLine
	if first > 0 {
		lines = append(lines, formLine{text: p.theme.Dim.Render(fmt.Sprintf("        %d above", first)), at: onFilter, filter: first - 1})
	}
	last := min(len(f.filters), first+maxFilterLines)
	for i := first; i < last; i++ {
		on, label := f.at == onFilter && i == f.line, ""
		if i == 0 {
			label = "Filter"
		}
		lines = append(lines, formLine{p.formMark(on) + p.text(label, f.filters[i], on, inner-1), onFilter, i, on})
		here := i == f.line && f.at == onFilter
		switch err := p.complaint(i); {
		case here && len(p.hints()) > 0 && (err == nil || !f.tried): // what can be completed is not wrong yet
			lines = p.hintLines(lines, inner)
		case err != nil:
			lines = p.complain(lines, err, onFilter)
		}
	}
	if n := len(f.filters) - last; n > 0 {
		lines = append(lines, formLine{text: p.theme.Dim.Render(fmt.Sprintf("        %d below", n)), at: onFilter, filter: last})
	}
	return lines
}

// hintLines shows the hints around the one that was taken.
func (p *Pane) hintLines(lines []formLine, inner int) []formLine {
	hints := p.hints()
	taken := p.form.hint - 1
	first := max(0, min(taken-maxHintLines+1, len(hints)-maxHintLines))
	room := max(0, inner-8)
	for i := first; i < len(hints) && i < first+maxHintLines; i++ {
		h := hints[i]
		text := safeFilter(h.text)
		if h.open {
			text += p.theme.Ellipsis
		}
		if w := widget.Width(text) + 2 + len(h.of); h.of != "" && w <= room {
			text = widget.Fit(text, room-len(h.of)) + h.of
		}
		mark, style := "        ", p.theme.Dim
		if i == taken {
			mark, style = "      "+p.theme.Arrow+" ", theme.Style{}
		}
		lines = append(lines, formLine{text: widget.Fit(mark, 8) + style.Render(fitEnd(text, room, p.theme.Ellipsis)), at: onFilter, filter: p.form.line})
	}
	return lines
}
