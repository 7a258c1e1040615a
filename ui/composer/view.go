package composer

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"example.com/thingdeck/ui/widget"
)

// retainColumn is where the retain flag begins in its line, the border included.
const retainColumn = 9

// rows is which lines inside the border hold what: the topic before flags, the payload from body to end.
type rows struct{ flags, body, end int }

// narrow is the width below which the place of a fault would not fit in words.
const narrow = 40

// The least heights inside the border at which more than the form is shown.
const (
	ruleHeight     = 6  // what the payload is, and the last outcome
	notesHeight    = 9  // what the flags mean
	outcomesHeight = 12 // the outcomes before it
)

// Refresh draws the pane when something moved.
func (p *Pane) Refresh(time.Time) {
	if !p.dirty {
		return
	}
	p.dirty = false
	if p.w <= 0 || p.h <= 0 {
		p.view = ""
		return
	}
	inner, height := max(0, p.w-2), max(0, p.h-2)
	box := widget.Box{W: p.w, H: p.h, Focus: p.focus, Title: "3 Publish", Right: p.size()}
	box.Lines = append(box.Lines, p.mark(fieldTopic)+p.topic.View(max(0, inner-1)))
	box.Lines = append(box.Lines, p.topicNote(inner)...)
	box.Lines = append(box.Lines, p.hintLines(inner, height-len(box.Lines)-3)...)
	p.rows.flags = len(box.Lines)
	box.Lines = append(box.Lines, p.flags())
	if height >= notesHeight {
		box.Lines = append(box.Lines, p.flagNotes(inner)...)
	}
	var below []string
	if height >= ruleHeight {
		below = p.status(inner, height)
	}
	p.rows.body = len(box.Lines)
	p.rows.end = max(p.rows.body, height-len(below))
	if len(below) > 0 {
		p.rows.end--
	}
	box.Lines = append(box.Lines, p.body(inner, p.rows.end-p.rows.body)...)
	if len(below) > 0 {
		box.Dividers = map[int]string{p.rows.end: p.label()}
		box.Lines = append(append(box.Lines, ""), below...)
	}
	p.view = box.Render(p.theme)
}

// size is that of the payload, against what the broker takes where there is room for it.
func (p *Pane) size() string {
	size := widget.Size(int64(len(p.payload.bytes)))
	most := p.limits.MaxPayload()
	if most == 0 {
		return size
	}
	room := p.w - len("3 Publish") - 8 // with the border, and a gap
	for _, of := range []string{" of ", "/"} {
		if both := size + of + widget.Size(int64(most)); len(both) <= room {
			return both
		}
	}
	return size
}

// mark is the first cell of a field.
func (p *Pane) mark(f field) string {
	if p.focus && p.at == f {
		return p.theme.Accent.Render(p.theme.Cursor)
	}
	return " "
}

// topicNote is what to say of the topic below it: nothing before the user wrote one or tried to publish.
func (p *Pane) topicNote(inner int) []string {
	text := p.topicText()
	style, note := p.theme.Error, ""
	switch fault := p.topicFault(); {
	case fault != "" && (text != "" || p.tried):
		note = fault
	case text != p.topic.Value():
		style, note = p.theme.Dim, "it has characters that the field can't show; it is published as it is"
	}
	return wrapped(style, note, inner, maxNote)
}

// maxNote is the most lines that a note takes.
const maxNote = 2

// flagNotes says what the flags mean.
func (p *Pane) flagNotes(inner int) (out []string) {
	if p.retain && len(p.payload.bytes) > 0 {
		out = append(out, wrapped(p.theme.Warn, "kept for new subscribers", inner, maxNote)...)
	}
	if key := p.keys.Action("publish.variables").Key(); key != "" && p.plainBraces() {
		out = append(out, wrapped(p.theme.Dim, "{{ }} is sent as it is; "+key+" makes variables", inner, maxNote)...)
	}
	return out
}

// flags is the line of the QoS and the retain flag.
func (p *Pane) flags() string {
	box := p.theme.BoxOff
	if p.retain {
		box = p.theme.BoxOn
	}
	tone := func(f field, text string) string {
		if p.focus && p.at == f {
			return p.mark(f) + p.theme.Accent.Render(text)
		}
		return " " + text
	}
	line := tone(fieldQoS, fmt.Sprintf("QoS %d", p.qos)) + " " + tone(fieldRetain, box+" retain")
	switch {
	case p.variables:
		line += "  " + p.theme.Accent.Render("{{ }}")
	case p.focus && (p.at == fieldQoS || p.at == fieldRetain):
		line += p.theme.Dim.Render("  space")
	}
	return line
}

// body is exactly h lines of the payload.
func (p *Pane) body(inner, h int) []string {
	if h <= 0 {
		return nil
	}
	lines := p.payloadNote(inner)
	if h < 2*len(lines) {
		lines = nil
	}
	if len(p.payload.bytes) == 0 && !(p.typing && p.at == fieldPayload) {
		lines = append(lines, " "+p.theme.Dim.Render(p.emptyPayload()))
	} else if inner > 1 {
		for _, line := range p.payload.lines(p.theme, inner-1, h-len(lines), p.typing && p.at == fieldPayload) {
			lines = append(lines, " "+line)
		}
	}
	for len(lines) < h {
		lines = append(lines, "")
	}
	lines[0] = p.mark(fieldPayload) + strings.TrimPrefix(lines[0], " ")
	return lines[:h]
}

func (p *Pane) emptyPayload() string {
	if p.retain {
		return "no payload: clears the retained message"
	}
	return "no payload"
}

// payloadNote says why the payload can't be edited, or how digits are taken while they are.
func (p *Pane) payloadNote(inner int) []string {
	if p.payload.kind == kindHex && !p.payload.held && !(p.typing && p.at == fieldPayload) {
		return nil
	}
	return wrapped(p.theme.Dim, p.payload.note(p.keys.Action("publish.editor").Key()), inner, maxNote)
}

// label is what the payload is, for the rule below it, and how many publishes wait.
func (p *Pane) label() string {
	text := p.payload.label(p.theme.Bar)
	if p.payload.description.fault != "" && p.w < narrow {
		text = strings.Replace(text, "line ", "", 1)
		text = strings.Replace(text, " column ", ":", 1)
	}
	if p.variables && bytes.Contains(p.payload.bytes, []byte("{{")) {
		p.check()
		text = "template"
		if p.rendered != "" {
			text += " " + p.theme.Bar + " " + p.rendered
		}
	}
	if n := p.outcomes.waiting(); n > 1 {
		if text != "" {
			text += " " + p.theme.Bar + " "
		}
		text += fmt.Sprintf("%d waiting", n)
	}
	return text
}

// status is what goes wrong, how far a repeat is, and what became of the last publishes, the newest first.
func (p *Pane) status(inner, height int) []string {
	if p.wrong != "" {
		return wrapped(p.theme.Error, p.wrong, inner, maxNote)
	}
	var lines []string
	if fault := p.check(); fault != "" && p.topicText() != "" && p.topicFault() == "" {
		lines = wrapped(p.theme.Error, fault, inner, maxNote)
	}
	if text, fault := p.repeatLine(); text != "" {
		style := p.theme.Text
		if fault {
			style = p.theme.Error
		}
		lines = append(lines, wrapped(style, text, inner, maxNote)...)
	}
	show := 1
	if height >= outcomesHeight {
		show = max(3, height/5)
	}
	lines = append(lines, p.outcomes.lines(p.theme, inner, show)...)
	if len(lines) > 0 {
		return lines
	}
	hint := ""
	if key := p.keys.Action("publish.send").Key(); key != "" {
		hint = key + " publishes"
	}
	return []string{" " + p.theme.Dim.Render(widget.Fit(hint, max(0, inner-2)))}
}
