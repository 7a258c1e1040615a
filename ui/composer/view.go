package composer

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// retainColumn is where the retain flag begins in its line, the border included.
const retainColumn = 9

// rows is which lines inside the border hold what: the topic before flags, the payload from body to end.
type rows struct{ flags, body, end int }

// The least heights inside the border at which more than the form is shown.
const (
	ruleHeight     = 6  // what the payload is, and the last outcome
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
	box := widget.Box{W: p.w, H: p.h, Focus: p.focus, Title: "3 Publish", Right: widget.Size(int64(len(p.payload.bytes)))}
	box.Lines = append(box.Lines, p.mark(fieldTopic)+p.topic.View(max(0, inner-1)))
	box.Lines = append(box.Lines, p.topicNote(inner)...)
	p.rows.flags = len(box.Lines)
	box.Lines = append(box.Lines, p.flags())
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
	_, err := client.ParseTopic(text)
	style, note := p.theme.Error, ""
	switch {
	case err != nil && (text != "" || p.tried):
		note = err.Error()
	case text != p.topic.Value():
		style, note = p.theme.Dim, "it has characters that the field can't show; it is published as it is"
	}
	return wrapped(style, note, inner)
}

// maxNote is the most lines that a note takes.
const maxNote = 2

// wrapped is a text in a style, in few lines with a blank before each.
func wrapped(style theme.Style, text string, inner int) []string {
	if text == "" {
		return nil
	}
	safe, _ := widget.Sanitize(text, maxShown)
	lines := strings.Split(ansi.Wrap(safe, max(1, inner-2), ""), "\n")
	lines = lines[:min(len(lines), maxNote)]
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return lines
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
	if p.focus && (p.at == fieldQoS || p.at == fieldRetain) {
		line += p.theme.Dim.Render("  space")
	}
	return line
}

// body is exactly h lines of the payload.
func (p *Pane) body(inner, h int) []string {
	if h <= 0 {
		return nil
	}
	lines := wrapped(p.theme.Dim, p.payload.note("ctrl+u"), inner)
	if h < 2*len(lines) {
		lines = nil
	}
	if len(p.payload.bytes) == 0 && !(p.typing && p.at == fieldPayload) {
		lines = append(lines, " "+p.theme.Dim.Render(p.emptyPayload()))
	} else if inner > 1 {
		for _, line := range p.payload.lines(inner-1, h-len(lines)) {
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

// label is what the payload is, for the rule below it.
func (p *Pane) label() string {
	text := p.payload.kind
	if p.payload.fault != "" {
		return text + ": " + p.payload.fault
	}
	return text
}

// status is what went wrong just now, or what became of the last publishes, the newest first.
func (p *Pane) status(inner, height int) []string {
	if p.wrong != "" {
		return wrapped(p.theme.Error, p.wrong, inner)
	}
	n := len(p.outcomes)
	if n == 0 {
		hint := ""
		if key := p.keys.Action("publish.send").Key(); key != "" {
			hint = key + " publishes"
		}
		return []string{" " + p.theme.Dim.Render(widget.Fit(hint, max(0, inner-2)))}
	}
	show := 1
	if height >= outcomesHeight {
		show = min(n, maxOutcomes)
	}
	var lines []string
	for i := range show {
		lines = append(lines, " "+p.outcome(p.outcomes[n-1-i], i == 0, inner))
	}
	return lines
}

// outcome is one publish: its outcome whole if possible, then its topic.
func (p *Pane) outcome(o outcome, newest bool, inner int) string {
	style := p.theme.Dim
	text := o.text
	switch {
	case o.failed:
		style, text = p.theme.Error, "! "+text
	case newest:
		style = p.theme.Text
	}
	room := max(0, inner-2)
	text = strings.TrimRight(widget.Fit(text, min(room, widget.Width(text))), " ")
	rest := room - widget.Width(text) - 3
	if rest < 4 {
		return style.Render(text)
	}
	topic := widget.Fit(o.topic, min(rest, widget.Width(o.topic)))
	return style.Render(text) + p.theme.Dim.Render(" "+p.theme.Bar+" "+topic)
}
