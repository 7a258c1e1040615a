package subs

import (
	"strings"

	"example.com/thingdeck/client"
)

// A hint is a text that completes the filter.
type hint struct {
	text string
	of   string // what it belongs to: "favourite", "jobs"; "" for a topic seen
	open bool   // a name has to follow
}

// maxHints bounds the hints for one text.
const maxHints = 20

// hinted are the hints for one text, so that a frame does not look for them anew.
type hinted struct {
	known bool
	typed string
	hints []hint
}

// hints complete what was typed: favourites, topics seen and all below them, reserved topics.
func (p *Pane) hints() []hint {
	if !p.hinted.known || p.hinted.typed != p.form.typed {
		p.hinted = hinted{true, p.form.typed, p.complete()}
	}
	return p.hinted.hints
}

func (p *Pane) complete() []hint {
	var out []hint
	typed, seen := p.form.typed, map[string]bool{p.form.typed: true}
	add := func(h hint) bool {
		if !seen[h.text] && strings.HasPrefix(h.text, typed) {
			seen[h.text] = true
			out = append(out, h)
		}
		return len(out) < maxHints
	}
	for _, r := range p.rows {
		if r.State == Offered && !add(hint{text: r.Filter, of: "favourite"}) {
			return out
		}
	}
	for _, topic := range p.suggestions {
		if !strings.HasPrefix(topic, typed) {
			continue
		}
		if wide := below(topic, typed); wide != "" && !add(hint{text: wide}) || !add(hint{text: topic}) {
			return out
		}
	}
	for _, c := range client.CompleteReserved(typed, client.ToSubscribe, p.known, maxHints) {
		of := c.Of
		if c.Open {
			of = c.Next
		}
		if !add(hint{text: c.Text, of: of, open: c.Open}) {
			break
		}
	}
	return out
}

// below is the filter of all topics below the level that was begun, or "". Of reserved topics AWS takes few wildcards.
func below(topic, typed string) string {
	if typed == "" || topic[0] == '$' {
		return ""
	}
	i := strings.IndexByte(topic[len(typed):], '/')
	if typed[len(typed)-1] == '/' {
		return typed + "#"
	}
	if i < 0 {
		return ""
	}
	return topic[:len(typed)+i] + "/#"
}

// cycle puts the next hint into the field, and after the last one what was typed; without any it goes to the next field or line.
func (p *Pane) cycle(down bool) {
	f, hints := p.form, p.hints()
	if len(hints) == 0 {
		switch {
		case down && f.line == len(f.filters)-1:
			p.toStop(onQoS)
		case down:
			p.toLine(f.line + 1)
		default:
			p.toLine(f.line - 1)
		}
		return
	}
	n := len(hints) + 1
	f.hint = (f.hint + 1) % n
	if !down {
		f.hint = (f.hint + n - 2) % n
	}
	if f.hint == 0 {
		f.field().SetValue(f.typed)
		return
	}
	f.field().SetValue(hints[f.hint-1].text)
}
