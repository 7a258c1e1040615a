package subs

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/widget"
)

// area is which lines inside the border hold what; the form stands above, what there is to say of the chosen row below.
type area struct{ form, head, list, rows, note int }

// columns are the widths of a row's parts. They only grow, so that numbers keep their place.
type columns struct{ inner, filter, unread, total, rate, spark int }

const (
	markCells  = 3 // the cursor, the mark, a blank
	minFilter  = 10
	rateCells  = 7
	sparkInner = 46 // from here on the last seconds are shown
	rateInner  = 54 // from here on the rate, too
	maxFilter  = 512
	numberGap  = "  " // one blank groups the digits of one number
	headHeight = 6    // from here on the columns have names
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
	p.lay()
	inner := max(0, p.w-2)
	box := widget.Box{W: p.w, H: p.h, Focus: p.focus, Title: "1 Subscriptions", Right: p.counts(), Dividers: map[int]string{}}
	box.Lines = p.drawForm(inner, max(0, p.h-2))
	p.place(max(0, p.h-2), len(box.Lines))
	if p.area.form > 0 {
		box.Dividers[p.area.form-1] = ""
		box.Lines = append(box.Lines, "")
	}
	if p.area.head > 0 {
		box.Lines = append(box.Lines, p.theme.Dim.Render(p.head()))
	}
	first, end := p.scroll.Visible()
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, p.line(p.items[i], i == p.scroll.Cursor))
	}
	if len(p.rows) == 0 {
		box.Lines = append(box.Lines, p.empty(inner)...)
	}
	for len(box.Lines) < p.area.list+p.area.rows {
		box.Lines = append(box.Lines, "")
	}
	if p.area.note > 0 {
		label, note := p.note()
		box.Dividers[len(box.Lines)] = label
		box.Lines = append(append(box.Lines, ""), note...)
	}
	p.view = box.Render(p.theme)
}

// place shares the lines inside the border.
func (p *Pane) place(height, form int) {
	a := area{}
	if form > 0 && height > form {
		a.form = form + 1
	}
	rest := height - a.form
	if rest >= headHeight && p.form == nil {
		a.head = 1
	}
	rest -= a.head
	if _, note := p.note(); len(note) > 0 && rest >= len(note)+4 {
		a.note = len(note) + 1
	}
	a.list = a.form + a.head
	if form > 0 && a.form == 0 { // the form is all there is room for
		a.list = form
		rest = max(0, height-form)
	}
	a.rows = max(0, rest-a.note)
	p.area = a
	p.scroll.Fit(len(p.items), a.rows)
}

// lay shares the width of the row: the numbers get what they want as long as the filter keeps its least.
func (p *Pane) lay() {
	c := &p.columns
	if inner := max(0, p.w-2); c.inner != inner {
		*c = columns{inner: inner, unread: 3, total: 5}
	}
	switch {
	case c.inner >= rateInner:
		c.rate, c.spark = rateCells+1, len(Recent{})+1
	case c.inner >= sparkInner:
		c.spark = len(Recent{})/2 + 1
	}
	for _, it := range p.items {
		c.unread = max(c.unread, len(widget.Count(it.row.Unread)))
		c.total = max(c.total, len(widget.Count(it.row.Total)))
	}
	c.total = max(c.total, len(widget.Count(p.all)))
	fixed := markCells + 3 + c.rate + c.spark + len(numberGap) // 3: the QoS and a blank on either side
	if over := minFilter + fixed + c.unread + c.total - c.inner; over > 0 {
		cut := min(over, max(0, c.total-5))
		c.total -= cut
		c.unread = max(0, c.unread-(over-cut))
	}
	c.filter = max(0, c.inner-fixed-c.unread-c.total)
}

func (p *Pane) counts() string {
	refused, all, filters := 0, 0, map[string]bool{}
	for _, r := range p.rows {
		if r.State != Offered {
			all++
		}
		if r.State != Offered && r.State != Refused {
			filters[r.Filter] = true
		}
		if r.State == Refused {
			refused++
		}
	}
	if all == 0 {
		return ""
	}
	text := widget.Count(uint64(all))
	if most := p.most; most > 0 && len(filters) > most*4/5 { // soon the broker refuses more
		text = widget.Count(uint64(len(filters))) + " of " + widget.Count(uint64(most))
	}
	if refused > 0 {
		text += " " + p.theme.Bar + " " + widget.Count(uint64(refused)) + " refused"
	}
	return text
}

func (p *Pane) head() string {
	rate := ""
	if p.columns.rate > 0 {
		rate = "rate"
	}
	return p.cells("   ", "filter", "Q", "", rate, fitWord(p.columns.unread, "new"), fitWord(p.columns.total, "total", "all"))
}

// fitWord is the first of the words that fits.
func fitWord(w int, words ...string) string {
	for _, word := range words {
		if len(word) <= w {
			return word
		}
	}
	return ""
}

// cells joins a row of plain text.
func (p *Pane) cells(mark, filter, qos, spark, rate, unread, total string) string {
	c := p.columns
	out := mark + fitFilter(filter, c.filter, p.theme.Ellipsis) + " " + widget.Fit(qos, 1) + " "
	if c.spark > 0 {
		out += widget.Fit(spark, c.spark-1) + " "
	}
	if c.rate > 0 {
		out += widget.FitRight(rate, c.rate-1) + " "
	}
	return out + widget.FitRight(unread, c.unread) + numberGap + widget.FitRight(total, c.total)
}

// fitFilter makes a filter exactly w cells wide. It leaves out the middle, since both ends tell filters apart.
func fitFilter(text string, w int, ellipsis string) string {
	width := widget.Width(text)
	if width <= w || w < 8 {
		return widget.Fit(text, w)
	}
	head := (w - 1) * 2 / 3
	return widget.Fit(ansi.Truncate(text, head, "")+ellipsis+ansi.TruncateLeft(text, width-(w-1-head), ""), w)
}

// fitShort is fitFilter for a row of a group, such as update/accepted: a few letters of its beginning tell it apart, its end says more.
func fitShort(text string, w int, ellipsis string) string {
	const head = 3
	width := widget.Width(text)
	if width <= w || w < 8 {
		return widget.Fit(text, w)
	}
	return widget.Fit(ansi.Truncate(text, head, "")+ellipsis+ansi.TruncateLeft(text, width-(w-1-head), ""), w)
}

// fitEnd is fitFilter for a text whose beginning was typed: the end stays.
func fitEnd(text string, w int, ellipsis string) string {
	width := widget.Width(text)
	if width <= w || w < 2 {
		return widget.Fit(text, w)
	}
	return widget.Fit(ellipsis+ansi.TruncateLeft(text, width-(w-1), ""), w)
}

// safeFilter is a filter made safe to draw; a monstrous one without its middle.
func safeFilter(text string) string {
	if len(text) > 2*maxFilter {
		text = strings.ToValidUTF8(text[:maxFilter], "") + "…" + strings.ToValidUTF8(text[len(text)-maxFilter:], "")
	}
	safe, _ := widget.Sanitize(text, 0)
	return safe
}

// number writes a count, shortened when its column is too narrow: 12k, 3.4M.
func (p *Pane) number(n uint64, w int) string {
	text := widget.Count(n)
	for _, unit := range []struct {
		size uint64
		name string
	}{{1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}, {1e15, "P"}, {1e18, "E"}} {
		if len(text) <= w || n < unit.size {
			break
		}
		text = widget.Count(n/unit.size) + unit.name
	}
	return text
}

// empty says what to do, on two lines where one is too narrow.
func (p *Pane) empty(inner int) []string {
	words := []string{"no subscriptions yet"}
	if key := p.keys.Action("global.subscribe").Key(); key != "" {
		if words = []string{words[0] + ": " + key + " adds one"}; widget.Width(words[0]) > inner-markCells {
			words = []string{"no subscriptions yet:", key + " adds one"}
		}
	}
	for i, text := range words {
		words[i] = "   " + p.theme.Dim.Render(text)
	}
	return words
}
