package shadows

import (
	"strings"
	"time"

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
	markWidth  = 3  // cursor, mark of a difference, blank
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
type tones struct{ key, value, summary, absent, mark, edit, delta theme.Style }

func (p *Pane) tones(fresh bool) tones {
	t := p.theme
	out := tones{summary: t.Dim, absent: t.Dim, mark: t.Delta, edit: t.Accent, delta: t.Delta}
	if fresh {
		out.key, out.value, out.summary = t.Fresh, t.Fresh, t.Fresh
	}
	return out
}

// line draws a row.
func (p *Pane) line(r *row, chosen bool, now time.Time) string {
	if chosen {
		style := p.theme.SelectedBlur
		if p.focus {
			style = p.theme.Selected
		}
		return style.Render(widget.Fit(p.draw(r, p.theme.Cursor, tones{}), p.cols.inner))
	}
	at, changed := p.fresh[r.id]
	return p.draw(r, " ", p.tones(changed && r.fold != unfolded && now.Sub(at) < freshTime))
}

func (p *Pane) draw(r *row, cursor string, t tones) string {
	c, mark := &p.cols, " "
	if r.cells[delta].ok {
		mark = p.theme.Pending
	}
	var values [columnCount]string
	for i := range r.cells {
		style := t.value
		if i == delta {
			style = t.delta
		}
		values[i] = p.value(r.cells[i], style, t)
	}
	switch {
	case r.edited():
		text := p.theme.Dash
		if r.want.ok {
			text = brief(r.want.State, c.value, p.theme.Ellipsis)
		}
		values[desired] = t.edit.Render(widget.Fit(p.theme.Arrow+" "+text, c.value))
	case !r.cells[delta].ok:
		values[delta] = widget.Fit("", c.value)
	}
	if !r.cells[delta].ok {
		values[delta] = widget.Fit("", c.value)
	}
	return c.line(cursor+t.mark.Render(mark)+" ", t.key.Render(widget.Fit(p.keyText(r), c.key)), values)
}

// value draws what a section has in a row.
func (p *Pane) value(v cell, style theme.Style, t tones) string {
	w := p.cols.value
	if !v.ok {
		return t.absent.Render(widget.Fit(p.theme.Dash, w))
	}
	if v.object() {
		style = t.summary
	}
	return style.Render(widget.Fit(brief(v.State, w, p.theme.Ellipsis), w))
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
