package messages

import (
	"bytes"
	"time"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// SetMarker gives what names the messages to highlight: "" for none. It is asked for rows in sight, and again after each call of
// SetMarker.
func (p *Pane) SetMarker(name func(history.Message) string) {
	p.marker = name
	p.redraw()
}

// SetTone gives the tone of a topic, an index of theme.ToneNames; 0 for none. It is asked as the marker is.
func (p *Pane) SetTone(tone func(topic string) int) {
	p.tone = tone
	p.redraw()
}

// maxMark is the most cells of a marker's name.
const maxMark = 16

// appendMark appends the name that a row is highlighted with, and returns the cells that are left.
func (p *Pane) appendMark(b []byte, m history.Message, t tones, room int) ([]byte, int) {
	if p.marker == nil {
		return b, room
	}
	name, _ := widget.Sanitize(p.marker(m), maxMark)
	if w := widget.Width(name) + 3; name != "" && w <= room {
		style := theme.Style{}
		if t.dim.On != "" {
			style = p.theme.Fresh
		}
		b = append(b, t.mark.On...)
		b = append(b, style.Render("["+name+"]")...)
		b = append(b, t.mark.Off...)
		b = append(b, ' ')
		room -= w
	}
	return b, room
}

// topicStyle is the tone of the row's subscription.
func (p *Pane) topicStyle(topic string, otherwise theme.Style) theme.Style {
	if p.tone == nil {
		return otherwise
	}
	if i := p.tone(topic); i > 0 && i < len(p.theme.Tones) {
		return p.theme.Tones[i]
	}
	return otherwise
}

// What is looked at to tell a second copy of a message.
const (
	againTime = 500 * time.Millisecond
	againRows = 64
)

// again reports whether a message may be another copy of one shortly before: a broker may send a message once for each filter that
// selects it. It has the same bytes, and there are not more copies than filters. Whether somebody published the same twice can't be told.
func (p *Pane) again(m history.Message) bool {
	if m.Retain || m.Out {
		return false
	}
	copies := 0
	for seq := m.Seq; seq > p.history.First() && m.Seq-seq < againRows; {
		seq--
		before, _ := p.history.At(seq)
		if m.Time.Sub(before.Time) > againTime {
			break
		}
		if before.Topic == m.Topic && before.QoS == m.QoS && !before.Out && !before.Retain && bytes.Equal(before.Payload, m.Payload) {
			copies++
		}
	}
	return copies > 0 && copies < len(p.match(m.Topic))
}
