package messages

import (
	"unicode/utf8"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/payload"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// maxShown is how much of a payload is shown; AWS allows 128 KiB.
const maxShown = 1 << 20

// content is the bytes of a payload as lines: JSON that folds, or lines of text or hex.
type content struct {
	kind  payload.Kind
	label string // the kind, and what led to it
	json  *widget.JSON
	lines []string
	cut   string // what is not in the lines, in words
}

// A view says how to show bytes.
type view struct {
	about  payload.About
	wanted payload.Kind // "" for what Detect tells
	w, n   int          // cells, and how many lines are needed
}

// show makes the content of bytes. What does not fit the wanted kind is shown as what it is.
func (v view) show(t *theme.Theme, data []byte) content {
	kind := v.wanted
	if kind == "" || !payload.Fits(kind, data, v.about) {
		kind = payload.Detect(data, v.about)
	}
	c := content{kind: kind, label: string(kind)}
	if v.wanted != "" && kind != v.wanted && kind != payload.Empty {
		c.label = "not " + string(v.wanted) + ": " + string(kind)
	}
	if kind.Packed() {
		inner, cut, _ := payload.Open(kind, data)
		opened := view{about: v.about, w: v.w, n: v.n}.show(t, inner)
		opened.kind = kind
		opened.label = c.label + " of " + opened.label + " " + widget.Size(int64(len(inner)))
		if cut {
			opened.cut = "only the first " + widget.Size(int64(len(inner))) + " opened"
		}
		return opened
	}
	if kind.Structured() {
		text, _ := payload.Decode(kind, data, v.about)
		if j, ok := widget.NewJSON(t, text, min(v.n, maxRows)); ok {
			j.SetWidth(v.w)
			c.json = j
			if j.More() && v.n > maxRows {
				c.cut = "only the first " + widget.Count(maxRows) + " rows"
			}
			return c
		}
	}
	head := data
	if len(head) > maxShown {
		head = whole(head[:maxShown])
		c.cut = "only the first " + widget.Size(maxShown)
	}
	switch kind {
	case payload.Empty:
	case payload.Hex:
		c.lines = hexHead(head, v.w, v.n)
	default:
		c.lines = widget.TextHead(head, v.w, v.n)
	}
	return c
}

// maxRows is how many values of JSON are shown.
const maxRows = 100_000

func (c *content) len() int {
	if c.json != nil {
		return c.json.Len()
	}
	return len(c.lines)
}

func (c *content) line(i int) string {
	if c.json != nil {
		return c.json.Line(i)
	}
	return c.lines[i]
}

// value is what stands in a line of JSON, a string without its quotes, and its path. False where lines are no values.
func (c *content) value(i int) (text, path string, ok bool) {
	if c.json == nil || i < 0 || i >= c.json.Len() {
		return "", "", false
	}
	raw := string(c.json.Value(i))
	if len(raw) > 1 && raw[0] == '"' {
		if plain, ok := unquote(raw); ok {
			raw = plain
		}
	}
	return raw, c.json.Path(i), true
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
	if n < len(data)/perLine {
		data = data[:n*perLine]
	}
	return widget.HexLines(data, w)
}

// readable is a payload as a row shows it: what is structured in bytes as JSON, what is packed opened.
func (p *Pane) readable(m history.Message) []byte { return readable(m.Payload, p.about(m)) }

// decodes says that readable may make something else of a payload.
func decodes(data []byte) bool {
	const mostTried, looked = 64 << 10, 64
	return len(data) <= mostTried && !plainText(data[:min(len(data), looked)])
}

func readable(data []byte, about payload.About) []byte {
	if !decodes(data) {
		return data
	}
	switch kind := payload.Detect(data, about); {
	case kind.Packed():
		if inner, _, ok := payload.Open(kind, data); ok {
			return inner
		}
	case kind.Structured():
		if text, ok := payload.Decode(kind, data, about); ok {
			return text
		}
	}
	return data
}

// plainText says that bytes are of a text, as far as one can see.
func plainText(data []byte) bool {
	for _, c := range data {
		if c < ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return utf8.Valid(whole(data))
}

func (p *Pane) about(m history.Message) payload.About {
	return payload.About{Topic: m.Topic, Schemas: p.schemas}
}

// SetSchemas gives the descriptions that Protobuf payloads are decoded with; they must not change any more.
func (p *Pane) SetSchemas(s *payload.Schemas) {
	p.schemas, p.heads = s, heads{}
	p.redraw()
}

func size(n int) string { return widget.Size(int64(n)) }
