package messages

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// drawn is a row on the screen. The message of a sequence number never changes, so its line is good until the columns do.
type drawn struct {
	seq  uint64
	line string // "" for the row under the cursor, which is drawn anew each time
}

// columns are the widths of a row's parts.
type columns struct {
	inner   int  // the whole row
	clock   int  // the time: to the millisecond, to the second, or none
	gap     int  // between parts
	spread  bool // marks apart: "R 1 D"
	marks   int
	topic   int
	payload int
	seen    int // what the topics seen so far want, in steps; it only grows
}

const (
	clockMillis  = len("12:04:01.203")
	clockSeconds = len("12:04:01")
	topicStep    = 8
)

// lay shares the width of the row. Topics get what those seen want, and no more than half of what the fixed parts leave.
func (c *columns) lay(inner int) {
	*c = columns{inner: inner, seen: max(c.seen, topicStep), clock: clockMillis, gap: 1, marks: 3}
	switch {
	case inner >= 72:
		c.gap, c.marks, c.spread = 2, 5, true
	case inner < 20:
		c.clock, c.marks = 0, 0
	case inner < 40:
		c.clock, c.marks = clockSeconds, 0
	}
	room := inner - 1
	for _, part := range []int{c.clock, c.marks} {
		if part > 0 {
			room -= part + c.gap
		}
	}
	room = max(0, room-c.gap)
	c.topic = min(c.seen, room/2)
	c.payload = room - c.topic
}

// grow makes room for a topic of w cells and reports whether that moves the columns.
func (c *columns) grow(w int) bool {
	if w <= c.seen {
		return false
	}
	before := c.topic
	c.seen = (w + topicStep - 1) / topicStep * topicStep
	c.lay(c.inner)
	return c.topic != before
}

// drawRows appends the lines of rows first to end of the window.
func (p *Pane) drawRows(lines []string, win window, first, end int) []string {
	if inner := max(0, p.w-2); p.columns.inner != inner || p.columns.seen == 0 {
		p.columns.lay(inner)
		p.redraw()
	}
	p.widen(win, first, end)
	before, at := p.rows, 0
	p.rows = p.spare[:0]
	for i := first; i < end; i++ {
		row := drawn{seq: win.seq(i)}
		for at < len(before) && before[at].seq < row.seq {
			at++
		}
		if at < len(before) && before[at].seq == row.seq {
			row.line = before[at].line
		}
		lines = append(lines, p.line(&row))
		p.rows = append(p.rows, row)
	}
	p.spare = before
	return lines
}

// widen gives the topics about to be drawn the room they want.
func (p *Pane) widen(win window, first, end int) {
	moved := false
	for i := first; i < end; i++ {
		m, _ := p.history.At(win.seq(i))
		moved = p.columns.grow(widget.Width(topicText(m.Topic))) || moved
	}
	if moved {
		p.redraw()
	}
}

func (p *Pane) line(row *drawn) string {
	if row.seq == p.place.cursor {
		row.line = ""
		m, _ := p.history.At(row.seq)
		p.buf = p.appendRow(p.buf[:0], m, tones{})
		style := p.theme.SelectedBlur
		if p.focus && !p.inDetail {
			style = p.theme.Selected
		}
		return style.Render(p.marked(widget.Fit(p.theme.Cursor+string(p.buf), p.columns.inner)))
	}
	if row.line == "" {
		before := p.heads.late
		p.heads.late = false
		m, _ := p.history.At(row.seq)
		p.buf = append(p.buf[:0], ' ')
		p.buf = p.appendRow(p.buf, m, tones{dim: p.theme.Dim, topic: p.topicStyle(m.Topic, p.theme.Topic), key: p.theme.Key, mark: p.theme.Accent})
		line := p.marked(string(p.buf))
		if !p.heads.late { // else it is drawn anew
			row.line = line
		}
		p.heads.late = p.heads.late || before
		return line
	}
	return row.line
}

// marked is a line with what was found standing out.
func (p *Pane) marked(line string) string {
	if f := p.mark(); f != nil {
		return widget.Highlight(line, p.theme.Match, f.Find)
	}
	return line
}

// tones are the styles of a row; the zero tones are none, for the row under the cursor.
type tones struct{ dim, topic, key, mark theme.Style }

// appendRow appends a row without its first cell.
func (p *Pane) appendRow(b []byte, m history.Message, t tones) []byte {
	c := &p.columns
	if c.clock > 0 {
		b = append(b, t.dim.On...)
		b = appendClock(b, m.Time.In(p.zone), c.clock)
		b = append(b, t.dim.Off...)
		b = appendBlanks(b, c.gap)
	}
	b = append(b, t.topic.On...)
	b = append(b, fitTopic(topicText(m.Topic), c.topic, p.theme.Ellipsis)...)
	b = append(b, t.topic.Off...)
	b = appendBlanks(b, c.gap)
	if c.marks > 0 {
		b = appendMarks(b, m, p.again(m), c.spread)
		b = appendBlanks(b, c.gap)
	}
	b, room := p.appendNote(b, m, t, c.payload)
	b, room = p.appendMark(b, m, t, room)
	return p.appendHead(b, m, room, t)
}

func appendClock(b []byte, at time.Time, width int) []byte {
	if width == clockMillis {
		return at.AppendFormat(b, "15:04:05.000")
	}
	return at.AppendFormat(b, "15:04:05")
}

func appendMarks(b []byte, m history.Message, again, spread bool) []byte {
	marks := [3]byte{' ', ' ', ' '}
	if m.Retain {
		marks[0] = 'R'
	}
	if m.QoS > 0 {
		marks[1] = '0' + m.QoS
	}
	switch {
	case m.Dup:
		marks[2] = 'D'
	case again:
		marks[2] = 'A'
	}
	for i, mark := range marks {
		if i > 0 && spread {
			b = append(b, ' ')
		}
		b = append(b, mark)
	}
	return b
}

func appendBlanks(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}

// maxTopic is how much of a topic is looked at from each end: AWS allows 256 bytes, MQTT 65,535.
const maxTopic = 512

// topicText is a topic made safe to draw; a monstrous one without its middle.
func topicText(topic string) string {
	if len(topic) > 2*maxTopic {
		topic = strings.ToValidUTF8(topic[:maxTopic], "") + "…" + strings.ToValidUTF8(topic[len(topic)-maxTopic:], "")
	}
	safe, _ := widget.Sanitize(topic, 0)
	return safe
}

// fitTopic makes a topic exactly w cells wide. It leaves out the middle, since both ends tell topics apart.
func fitTopic(topic string, w int, ellipsis string) string {
	width := widget.Width(topic)
	if width <= w || w < 5 {
		return widget.Fit(topic, w)
	}
	head := (w - 1) / 2
	return widget.Fit(ansi.Truncate(topic, head, "")+ellipsis+ansi.TruncateLeft(topic, width-(w-1-head), ""), w)
}
