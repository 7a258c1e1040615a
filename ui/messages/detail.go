package messages

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/payload"
	"example.com/thingdeck/ui/widget"
)

// A detail is the payload of one message as lines. They are built once a message, width and display; only the first screenful
// while nobody scrolls, since the row under the cursor may change with each frame.
type detail struct {
	built   bool
	message history.Message
	topic   []string // the whole topic, when the row has no room for it
	content content
	matched string
	wanted  payload.Kind
	diff    bool
	against uint64 // the message compared with, or the message itself for none
	w, h    int
	whole   bool
	levels  []level // what was opened inside the payload
	scroll  widget.Scroll
}

// level is bytes that stood inside: base64 in a string.
type level struct {
	path  string
	data  []byte
	outer int // the line that it was opened at
}

// openDetail brings the detail to the row under the cursor and to a height of h lines.
func (p *Pane) openDetail(h int) {
	d := &p.detail
	m, _ := p.history.At(p.place.cursor)
	if p.inTopics {
		m, _ = p.topics.message(p.history)
	}
	if p.inDetail {
		m = d.message // even if it was evicted meanwhile
	}
	w := max(1, p.w-3)
	same := d.built && d.message.Seq == m.Seq
	whole := p.inDetail || same && d.scroll.Top > 0
	if same && d.wanted == p.display && d.diff == p.diff && d.w == w && (d.whole || !whole && d.h >= h) {
		d.h = h
		d.scroll.Fit(d.len(), h)
		return
	}
	scroll, levels := d.scroll, d.levels
	if d.message.Seq != m.Seq || d.wanted != p.display || d.diff != p.diff {
		scroll, levels = widget.Scroll{}, nil
	}
	*d = detail{built: true, message: m, wanted: p.display, diff: p.diff, w: w, h: h, whole: whole, levels: levels, scroll: scroll}
	if topic := topicText(m.Topic); widget.Width(topic) > p.columns.topic {
		for _, line := range widget.TextHead([]byte(topic), d.w, 8) {
			d.topic = append(d.topic, p.theme.Dim.Render(line))
		}
	}
	if p.match != nil {
		d.matched, _ = widget.Sanitize(strings.Join(p.match(m.Topic), " "), 0)
	}
	p.build()
	d.scroll.Fit(d.len(), h)
}

// everyLine is more lines than the widgets build.
const everyLine = 1 << 20

func (p *Pane) build() {
	d := &p.detail
	n := everyLine
	if !d.whole {
		n = d.h + 1
	}
	v := view{about: p.about(d.message), wanted: d.wanted, w: d.w, n: n}
	switch {
	case len(d.levels) > 0:
		v.about, v.wanted = payload.About{}, ""
		d.content = v.show(p.theme, d.levels[len(d.levels)-1].data)
	case d.diff:
		d.content, d.against = p.difference(d.message, v)
	default:
		d.content = v.show(p.theme, d.message.Payload)
	}
}

func (d *detail) len() int { return len(d.topic) + d.content.len() }

func (d *detail) line(i int) string {
	if i < len(d.topic) {
		return d.topic[i]
	}
	return d.content.line(i - len(d.topic))
}

// value is the JSON value under the cursor and its path.
func (d *detail) value() (text, path string, ok bool) {
	return d.content.value(d.scroll.Cursor - len(d.topic))
}

// cycle shows the payload as the next kind that it can be shown as.
func (p *Pane) cycle() {
	m, ok := p.message()
	if !ok {
		return
	}
	kinds := payload.Kinds(m.Payload, p.about(m))
	shown := p.display
	if shown == "" || !payload.Fits(shown, m.Payload, p.about(m)) {
		shown = kinds[0]
	}
	next := 0
	for i, k := range kinds {
		if k == shown {
			next = (i + 1) % len(kinds)
		}
	}
	p.display, p.diff = kinds[next], false
	if next == 0 {
		p.display = ""
	}
	if p.displays[p.title] = p.display; next == 0 {
		delete(p.displays, p.title)
	}
}

// Displays are the kinds that payloads are shown as where that is not what they are, by the titles that Show was given.
func (p *Pane) Displays() map[string]string {
	out := make(map[string]string, len(p.displays))
	for title, kind := range p.displays {
		out[title] = string(kind)
	}
	return out
}

// SetDisplays takes what Displays gave.
func (p *Pane) SetDisplays(displays map[string]string) {
	for title, kind := range displays {
		p.displays[title] = payload.Kind(kind)
	}
	p.display = p.displays[p.title]
	p.redraw()
}

// enterValue unfolds the value under the cursor, or opens the base64 in it.
func (p *Pane) enterValue() {
	d := &p.detail
	at := d.scroll.Cursor - len(d.topic)
	if d.content.json != nil && d.content.json.Foldable(at) {
		d.content.json.Toggle(at, false)
		d.scroll.Fit(d.len(), d.h)
		return
	}
	text, path, ok := d.value()
	if !ok {
		return
	}
	if data, is := payload.Base64(text); is {
		d.levels = append(d.levels, level{path, data, d.scroll.Cursor})
		p.build()
		d.scroll = widget.Scroll{}
		d.scroll.Fit(d.len(), d.h)
	}
}

// leaveValue folds what the cursor stands in, or leaves what was opened. False when there is nothing of it.
func (p *Pane) leaveValue(fold bool) bool {
	d := &p.detail
	if fold && d.content.json != nil {
		before := d.content.json.Len()
		line := d.content.json.Toggle(d.scroll.Cursor-len(d.topic), true)
		if d.content.json.Len() != before || line != d.scroll.Cursor-len(d.topic) {
			d.scroll.Cursor = line + len(d.topic)
			d.scroll.Fit(d.len(), d.h)
			return true
		}
	}
	n := len(d.levels)
	if n == 0 {
		return false
	}
	d.scroll = widget.Scroll{Cursor: d.levels[n-1].outer}
	d.levels = d.levels[:n-1]
	p.build()
	d.scroll.Fit(d.len(), d.h)
	return true
}

func (p *Pane) foldAll() {
	d := &p.detail
	if d.content.json != nil {
		d.content.json.ToggleAll()
		d.scroll.Fit(d.len(), d.h)
	}
}

// label is what stands in the rule above the detail.
func (p *Pane) label() string {
	d, m := &p.detail, &p.detail.message
	place := ""
	switch {
	case p.inDetail && d.len() > 0:
		place = "line " + widget.Count(uint64(d.scroll.Cursor+1)) + " of " + widget.Count(uint64(d.len()))
	case d.scroll.Top+d.h < d.len():
		place = "more " + p.theme.Down
	}
	shown, bytes := d.content.label, len(m.Payload)
	if n := len(d.levels); n > 0 {
		path, _ := widget.Sanitize(d.levels[n-1].path, 40)
		shown, bytes = "base64 of "+path+": "+shown, len(d.levels[n-1].data)
	}
	parts := []string{shown, size(bytes), d.content.cut, "QoS " + string(rune('0'+m.QoS))}
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
	for i := first; i < min(end, d.len()); i++ {
		line := p.marked(d.line(i))
		if !p.inDetail || i != d.scroll.Cursor {
			lines = append(lines, " "+line)
			continue
		}
		style := p.theme.SelectedBlur
		if p.focus {
			style = p.theme.Selected
		}
		lines = append(lines, style.Render(p.marked(widget.Fit(p.theme.Cursor+ansi.Strip(d.line(i)), p.w-2))))
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

func unquote(raw string) (text string, ok bool) {
	err := json.Unmarshal([]byte(raw), &text)
	return text, err == nil
}

func republish(m history.Message) Republish {
	return Republish{Topic: m.Topic, Payload: bytes.Clone(m.Payload), QoS: m.QoS, Retain: m.Retain}
}
