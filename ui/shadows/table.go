package shadows

import (
	"strconv"
	"strings"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// columns are the widths of a row's parts in cells.
type columns struct {
	inner int
	gap   int
	key   int
	value int
	seen  int // what the keys seen so far want; it only grows, so that columns keep their place
}

const (
	markWidth  = 3  // cursor, mark of the state, mark of a change
	maxValue   = 40 // a value column is no wider, so that rows can be read across
	keyStep    = 4
	wideEnough = 60 // from here on columns stand two cells apart
)

// grow makes room for a key at a depth (1 is the outermost).
func (c *columns) grow(depth int, key string) {
	text, _ := widget.Sanitize(key, maxValue)
	if w := keyIndent(depth) + widget.Width(text); w > c.seen {
		c.seen = (w + keyStep - 1) / keyStep * keyStep
	}
}

// keyIndent is where a key's text begins: after the indents and the fold mark.
func keyIndent(depth int) int { return 2 * depth }

// lay shares the width: a third of it at most for the keys, the rest in three.
func (c *columns) lay(inner int) {
	c.inner, c.gap = inner, 1
	if inner >= wideEnough {
		c.gap = 2
	}
	room := max(0, inner-markWidth-columnCount*c.gap)
	c.key = min(max(c.seen, 8), room/3)
	c.value = min(maxValue, (room-c.key)/columnCount)
	if room-c.key-columnCount*c.value < columnCount {
		c.key = room - columnCount*c.value
	}
}

// line puts the parts of a row together.
func (c *columns) line(mark, key string, values [columnCount]string) string {
	var b strings.Builder
	b.WriteString(mark)
	b.WriteString(key)
	for _, v := range values {
		b.WriteString("  "[:c.gap])
		b.WriteString(v)
	}
	return b.String()
}

func (p *Pane) header() string {
	t, c := p.theme, &p.cols
	var values [columnCount]string
	for i, style := range [columnCount]theme.Style{t.Desired, t.Reported, t.Delta} {
		values[i] = style.Render(widget.Fit([columnCount]string{"DESIRED", "REPORTED", "DELTA"}[i], c.value))
	}
	return c.line(widget.Fit("", markWidth), t.Dim.Render(widget.Fit("key", c.key)), values)
}

// tones are the styles of a row; the zero tones are none, for the row under the cursor.
type tones struct {
	key, value, summary, absent, edit, delta, fresh theme.Style
	states                                          [onlyReported + 1]theme.Style
}

func (p *Pane) tones(fresh bool) tones {
	t := p.theme
	out := tones{summary: t.Dim, absent: t.Dim, edit: t.Accent, delta: t.Delta, fresh: t.Fresh}
	out.states = [...]theme.Style{inSync: t.Dim, pending: t.Delta, onlyDesired: t.Desired, onlyReported: t.Reported}
	if fresh {
		out.key, out.value, out.summary = t.Fresh, t.Fresh, t.Fresh
	}
	return out
}

// line draws a row.
func (p *Pane) line(r *row, chosen bool) string {
	if chosen {
		style := p.theme.SelectedBlur
		if p.focus {
			style = p.theme.Selected
		}
		return style.Render(widget.Fit(p.draw(r, p.theme.Cursor, tones{}), p.cols.inner))
	}
	return p.draw(r, " ", p.tones(p.changed(r) && r.fold != unfolded))
}

// stateMark is the mark of a state: it can be told without colour.
func (p *Pane) stateMark(s state) string {
	switch s {
	case inSync:
		return "="
	case pending:
		return p.theme.Pending
	case onlyDesired:
		return "+"
	case onlyReported:
		return p.theme.Hollow
	}
	return " "
}

func (p *Pane) draw(r *row, cursor string, t tones) string {
	c := &p.cols
	changed := " "
	if p.changed(r) && r.fold != unfolded {
		changed = t.fresh.Render(p.theme.Dot)
	}
	var values [columnCount]string
	for i := range r.cells {
		style := t.value
		if i == delta {
			style = t.delta
		}
		values[i] = p.value(r, i, style, t)
	}
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		if r.edited(part) {
			values[part] = t.edit.Render(widget.Fit(p.theme.Arrow+" "+p.brief(r.want[part], r.fold), c.value))
		}
	}
	if !r.cells[delta].ok {
		values[delta] = widget.Fit("", c.value)
	}
	mark := t.states[r.state].Render(p.stateMark(r.state))
	return c.line(cursor+mark+changed, t.key.Render(widget.Fit(p.keyText(r), c.key)), values)
}

// value draws what a section has in a row.
func (p *Pane) value(r *row, column int, style theme.Style, t tones) string {
	v := r.cells[column]
	switch {
	case !v.ok:
		style = t.absent
	case v.object(), r.fold == unfolded:
		style = t.summary
	}
	return style.Render(widget.Fit(p.brief(v, r.fold), p.cols.value))
}

// brief writes a cell; what stands in rows of its own is only counted.
func (p *Pane) brief(v cell, f fold) string {
	switch {
	case !v.ok:
		return p.theme.Dash
	case f == unfolded && v.State.Kind() == shadow.KindArray:
		return "[" + p.theme.Ellipsis + strconv.Itoa(v.State.Len()) + "]"
	}
	return brief(v.State, p.cols.value, p.theme.Ellipsis)
}

func (p *Pane) keyText(r *row) string {
	indent := min(keyIndent(len(r.path)-1), p.cols.key/2)
	key, _ := widget.Sanitize(r.key(), p.cols.key+1)
	mark := ""
	switch r.fold {
	case folded:
		mark = p.theme.Folded + " "
	case unfolded:
		mark = p.theme.Unfolded + " "
	}
	return strings.Repeat(" ", indent) + mark + key
}
