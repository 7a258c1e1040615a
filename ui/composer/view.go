package composer

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// retainColumn is where the retain flag begins in its line, the border included.
const retainColumn = 9

// Refresh draws the pane.
func (p *Pane) Refresh(time.Time) {
	inner := max(0, p.w-2)
	box := widget.Box{W: p.w, H: p.h, Focus: p.focus, Title: "3 Publish", Right: widget.Size(int64(len(p.payload())))}
	top := []string{p.mark(fieldTopic) + p.topic.View(max(0, inner-2)), p.mark(fieldQoS) + p.flags()}
	if wrong := p.topicWrong(); wrong != "" {
		for _, l := range widget.TextHead([]byte(wrong), max(1, inner-2), 2) {
			top = append(top, " "+p.theme.Error.Render(l))
		}
	}
	bottom := p.status(inner)
	room := p.h - 2 - len(top) - len(bottom)
	for room < 1 && len(bottom) > 0 {
		bottom = bottom[:len(bottom)-1]
		room++
	}
	box.Lines = append(box.Lines, top...)
	body := p.body(max(1, inner-1), max(1, room))
	for i := range max(0, room) {
		line := ""
		if i < len(body) {
			line = body[i]
		}
		mark := " "
		if i == 0 {
			mark = p.mark(fieldPayload)
		}
		box.Lines = append(box.Lines, mark+line)
	}
	box.Lines = append(box.Lines, bottom...)
	p.view = box.Render(p.theme)
}

// mark shows which field is chosen.
func (p *Pane) mark(f field) string {
	if p.focus && p.at == f {
		return p.theme.Accent.Render(p.theme.Cursor)
	}
	return " "
}

// flags is the line of the QoS and the retain flag.
func (p *Pane) flags() string {
	box := p.theme.BoxOff
	if p.retain {
		box = p.theme.BoxOn
	}
	pick := func(f field, text string) string {
		if p.focus && p.at == f {
			return p.theme.Accent.Render(text)
		}
		return text
	}
	line := pick(fieldQoS, fmt.Sprintf("QoS %d", p.qos)) + "   " + pick(fieldRetain, box+" retain")
	if p.focus && (p.at == fieldQoS || p.at == fieldRetain) {
		line += p.theme.Dim.Render("  space changes it")
	}
	return line
}

// topicWrong is what to say below the topic: nothing before the user wrote one or tried to publish.
func (p *Pane) topicWrong() string {
	if p.topic.Err() == nil || (p.topic.Value() == "" && !p.tried) {
		return ""
	}
	return p.topic.Err().Error()
}

// body is the payload in w×h cells: the editor, or the bytes as hex or text.
func (p *Pane) body(w, h int) []string {
	if p.bytes == nil {
		p.text.SetWidth(w)
		p.text.SetHeight(h)
		if p.text.Value() == "" && !p.text.Focused() {
			return []string{p.theme.Dim.Render("payload")}
		}
		return strings.Split(strings.Map(drawable, p.text.View()), "\n")
	}
	lines := p.shown(w, p.scroll+h)
	p.scroll = max(0, min(p.scroll, len(lines)-h))
	return lines[p.scroll:]
}

// shown is bytes that are not edited, as text where they are text.
func (p *Pane) shown(w, n int) []string {
	if utf8.Valid(p.bytes) && !bytes.ContainsFunc(p.bytes, control) {
		return widget.TextHead(p.bytes, w, n)
	}
	return widget.HexLines(p.bytes[:min(len(p.bytes), 16*n)], w)
}

func control(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }

// drawable replaces what would move the terminal's cursor in text that was typed or pasted; the payload stays as it is.
func drawable(r rune) rune {
	switch {
	case r == 0x1b || r == '\n':
		return r
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return utf8.RuneError
	}
	return r
}

// status is what became of the last publishes and what is to say of the payload, most important first.
func (p *Pane) status(w int) []string {
	var out []string
	add := func(style theme.Style, text string) {
		out = append(out, " "+style.Render(widget.Fit(text, max(0, w-2))))
	}
	if p.wrong != "" {
		add(p.theme.Error, p.wrong)
	}
	if n := len(p.outcomes); n > 0 {
		o := p.outcomes[n-1]
		style, mark := p.theme.OK, p.theme.Check
		if o.failed {
			style, mark = p.theme.Error, "!"
		}
		text := mark + " " + o.text
		if n > 1 {
			text += fmt.Sprintf(" · before: %s", p.outcomes[n-2].text)
		}
		add(style, text)
	}
	if note := p.payloadNote(); note != "" && p.wrong == "" {
		add(p.theme.Dim, note)
	}
	return out
}

// payloadNote is what the payload is. A payload that is not JSON is no error: it may be anything.
func (p *Pane) payloadNote() string {
	payload := p.payload()
	switch {
	case len(payload) == 0 && p.retain:
		return "an empty retained message clears the topic"
	case len(payload) == 0:
		return "ctrl+s publishes"
	case p.bytes != nil:
		return "published as it is; ctrl+u clears it"
	}
	if fault := jsonFault(payload); fault != "" {
		return fault
	}
	return "JSON"
}
