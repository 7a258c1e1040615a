package messages

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// display is how the payload is shown.
type display int

const (
	auto display = iota // JSON, else text, else hex
	asJSON
	asText
	asHex
	displays
)

// maxShown is how much of a payload is shown; AWS allows 128 KiB.
const maxShown = 1 << 20

// A detail is the payload of one message as lines. They are built once a message, width and display; only the first screenful
// while nobody scrolls, since the row under the cursor may change with each frame.
type detail struct {
	built   bool
	message history.Message
	topic   string // the whole topic, when the row has no room for it
	kind    string // JSON, text, hex
	cut     bool   // not all of the payload is in the lines
	matched string
	display display
	w, h    int
	whole   bool
	lines   []string
	scroll  widget.Scroll
}

// openDetail brings the detail to the row under the cursor and to a height of h lines.
func (p *Pane) openDetail(h int) {
	d := &p.detail
	m, _ := p.history.At(p.place.cursor)
	if p.inDetail {
		m = d.message // even if it was evicted meanwhile
	}
	w := max(1, p.w-3)
	same := d.built && d.message.Seq == m.Seq
	whole := p.inDetail || same && d.scroll.Top > 0
	if same && d.display == p.display && d.w == w && (d.whole || !whole && d.h >= h) {
		d.h = h
		d.scroll.Fit(len(d.lines), h)
		return
	}
	scroll := d.scroll
	if d.message.Seq != m.Seq || d.display != p.display {
		scroll = widget.Scroll{}
	}
	*d = detail{built: true, message: m, display: p.display, w: w, h: h, whole: whole, scroll: scroll}
	if topic := topicText(m.Topic); widget.Width(topic) > p.columns.topic {
		d.topic = topic
	}
	if p.match != nil {
		d.matched, _ = widget.Sanitize(strings.Join(p.match(m.Topic), " "), 0)
	}
	d.build(p.theme)
	d.scroll.Fit(len(d.lines), h)
}

// everyLine is more lines than the widgets build.
const everyLine = 1 << 20

func (d *detail) build(t *theme.Theme) {
	n := everyLine
	if !d.whole {
		n = d.h + 1
	}
	if d.topic != "" {
		for _, line := range widget.TextHead([]byte(d.topic), d.w, 8) {
			d.lines = append(d.lines, t.Dim.Render(line))
		}
	}
	data := d.message.Payload
	if len(data) > maxShown {
		data = whole(data[:maxShown])
	}
	var lines []string
	switch {
	case len(data) == 0:
		d.kind = "empty"
		return
	case d.display == asHex:
		lines, d.kind = hexHead(data, d.w, n), "hex"
	default:
		lines, d.kind = d.decoded(t, data, n)
	}
	if len(data) < len(d.message.Payload) {
		d.cut = true
	}
	d.lines = append(d.lines, lines...)
}

func (d *detail) decoded(t *theme.Theme, data []byte, n int) (lines []string, kind string) {
	if d.display != asText && len(data) == len(d.message.Payload) {
		if lines, ok := widget.JSONHead(t, data, d.w, n); ok {
			return lines, "JSON"
		}
	}
	if d.display == auto && !utf8.Valid(data) {
		return hexHead(data, d.w, n), "hex"
	}
	kind = "text"
	if d.display == asJSON {
		kind = "not JSON: text"
	}
	return widget.TextHead(data, d.w, n), kind
}

// whole is data without a character that was cut at its end.
func whole(data []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(data); i++ {
		if c := data[len(data)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(data[len(data)-i:]) {
				return data[:len(data)-i]
			}
			break
		}
	}
	return data
}

func hexHead(data []byte, w, n int) []string {
	const perLine = 16 // at most
	return widget.HexLines(data[:min(len(data), n*perLine)], w)
}

// label is what stands in the rule above the detail.
func (p *Pane) label() string {
	d, m := &p.detail, &p.detail.message
	place := ""
	switch {
	case p.inDetail && len(d.lines) > 0:
		place = "line " + widget.Count(uint64(d.scroll.Cursor+1)) + " of " + widget.Count(uint64(len(d.lines)))
	case d.scroll.Top+d.h < len(d.lines):
		place = "more " + p.theme.Down
	}
	cut := ""
	if d.cut {
		cut = "only the first " + widget.Size(maxShown)
	}
	parts := []string{d.kind, widget.Size(int64(len(m.Payload))), cut, "QoS " + string(rune('0'+m.QoS))}
	_, held := p.history.At(m.Seq)
	for _, f := range []struct {
		on   bool
		word string
	}{{true, p.markText(m.Seq)}, {m.Retain, "retained"}, {m.Dup, "duplicate"}, {!m.Dup && p.again(*m), "again, perhaps for another filter"}, {m.Out, "published from here"}, {!held, "evicted"}, {place != "", place}, {d.matched != "", "matched " + d.matched}} {
		if f.on {
			parts = append(parts, f.word)
		}
	}
	return p.join(parts...)
}

// drawDetail appends the lines of the detail that are in sight.
func (p *Pane) drawDetail(lines []string) []string {
	d := &p.detail
	first, end := d.scroll.Visible()
	for i := first; i < min(end, len(d.lines)); i++ {
		if !p.inDetail || i != d.scroll.Cursor {
			lines = append(lines, " "+p.marked(d.lines[i]))
			continue
		}
		style := p.theme.SelectedBlur
		if p.focus {
			style = p.theme.Selected
		}
		lines = append(lines, style.Render(p.marked(widget.Fit(p.theme.Cursor+ansi.Strip(d.lines[i]), p.w-2))))
	}
	return lines
}

// copied is the payload as text for the clipboard, in hex when it is not text.
func copied(m history.Message) Copy {
	if utf8.Valid(m.Payload) {
		return Copy{Text: string(m.Payload), What: "payload"}
	}
	return Copy{Text: hexText(m.Payload), What: "payload as hex"}
}

func hexText(data []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(data))
	for _, c := range data {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

func republish(m history.Message) Republish {
	return Republish{Topic: m.Topic, Payload: bytes.Clone(m.Payload), QoS: m.QoS, Retain: m.Retain}
}
