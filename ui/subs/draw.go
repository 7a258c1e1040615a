package subs

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// area is which lines inside the border hold what; the form stands above, the reason of a refusal below.
type area struct{ form, head, list, rows, reason int }

// columns are the widths of a row's parts. They only grow, so that numbers keep their place.
type columns struct{ inner, filter, unread, total, rate int }

const (
	markCells  = 3 // the cursor, the mark, a blank
	minFilter  = 10
	rateCells  = 7
	rateInner  = 54 // from here on the rate is shown
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
	box.Lines = p.drawForm(inner)
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
	if p.area.reason > 0 {
		box.Dividers[len(box.Lines)] = "refused"
		box.Lines = append(box.Lines, "")
		box.Lines = append(box.Lines, p.reason()...)
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
	if n := len(p.reason()); n > 0 && rest >= n+3 {
		a.reason = n + 1
	}
	a.list = a.form + a.head
	if form > 0 && a.form == 0 { // the form is all there is room for
		a.list = form
		rest = max(0, height-form)
	}
	a.rows = max(0, rest-a.reason)
	p.area = a
	p.scroll.Fit(len(p.items), a.rows)
}

// lay shares the width of the row: the numbers get what they want as long as the filter keeps its least.
func (p *Pane) lay() {
	c := &p.columns
	if inner := max(0, p.w-2); c.inner != inner {
		*c = columns{inner: inner, unread: 3, total: 5}
	}
	if c.inner >= rateInner {
		c.rate = rateCells + 1
	}
	for _, it := range p.items {
		c.unread = max(c.unread, len(widget.Count(it.row.Unread)))
		c.total = max(c.total, len(widget.Count(it.row.Total)))
	}
	c.total = max(c.total, len(widget.Count(p.all)))
	fixed := markCells + 3 + c.rate + len(numberGap) // 3: the QoS and a blank on either side
	if over := minFilter + fixed + c.unread + c.total - c.inner; over > 0 {
		cut := min(over, max(0, c.total-5))
		c.total -= cut
		c.unread = max(0, c.unread-(over-cut))
	}
	c.filter = max(0, c.inner-fixed-c.unread-c.total)
}

func (p *Pane) counts() string {
	refused := 0
	for _, r := range p.rows {
		if r.State == Refused {
			refused++
		}
	}
	switch {
	case len(p.rows) == 0:
		return ""
	case refused > 0:
		return widget.Count(uint64(len(p.rows))) + " " + p.theme.Bar + " " + widget.Count(uint64(refused)) + " refused"
	}
	return widget.Count(uint64(len(p.rows)))
}

func (p *Pane) head() string {
	rate := ""
	if p.columns.rate > 0 {
		rate = "rate"
	}
	return p.cells("   ", "filter", "Q", rate, fitWord(p.columns.unread, "new"), fitWord(p.columns.total, "total", "all"))
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
func (p *Pane) cells(mark, filter, qos, rate, unread, total string) string {
	c := p.columns
	out := mark + fitFilter(filter, c.filter, p.theme.Ellipsis) + " " + widget.Fit(qos, 1) + " "
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

// safeFilter is a filter made safe to draw; a monstrous one without its middle.
func safeFilter(text string) string {
	if len(text) > 2*maxFilter {
		text = strings.ToValidUTF8(text[:maxFilter], "") + "…" + strings.ToValidUTF8(text[len(text)-maxFilter:], "")
	}
	safe, _ := widget.Sanitize(text, 0)
	return safe
}

// line draws an item: dim where it says nothing new, plain text under the cursor.
func (p *Pane) line(it item, cursor bool) string {
	first := " "
	if cursor {
		first = p.theme.Cursor
	}
	mark, tone := p.mark(it)
	name, qos := safeFilter(it.row.Filter), string('0'+rune(min(it.row.Granted, 9)))
	unread, total := p.number(it.row.Unread, p.columns.unread), p.number(it.row.Total, p.columns.total)
	rate := widget.Rate(it.row.Rate)
	switch {
	case it.isAll():
		name, qos, unread, rate, total = "all messages", "", "", "", p.number(p.all, p.columns.total)
	case it.row.State == Asking:
		qos = ""
	case it.row.State == Refused && !it.isGroup():
		return p.refused(it, first, mark, cursor)
	}
	if it.row.Unread == 0 {
		unread = ""
	}
	if it.inside {
		name = "  " + name
	}
	text := p.cells(first+mark+" ", name, qos, rate, unread, total)
	if cursor {
		return p.selected().Render(text)
	}
	return p.toned(text, mark, tone, it)
}

// toned colours the mark and the numbers of a row whose columns are in place.
func (p *Pane) toned(text, mark string, tone theme.Style, it item) string {
	c := p.columns
	tail := c.unread + len(numberGap) + c.total
	head := ansi.Truncate(text, c.inner-tail, "")
	unread := ansi.Cut(text, c.inner-tail, c.inner-c.total)
	total := ansi.Cut(text, c.inner-c.total, c.inner)
	if c.inner < tail+markCells {
		return text
	}
	body := strings.TrimPrefix(head, " "+mark)
	if !it.isAll() && (it.row.State == Waiting || it.row.State == Asking) {
		body = p.theme.Dim.Render(body)
	}
	return " " + tone.Render(mark) + body + p.theme.Bold.Render(unread) + p.theme.Dim.Render(total)
}

func (p *Pane) selected() theme.Style {
	if p.focus && p.form == nil {
		return p.theme.Selected
	}
	return p.theme.SelectedBlur
}

// mark is one cell that says how a row stands.
func (p *Pane) mark(it item) (string, theme.Style) {
	switch {
	case it.isAll():
		return " ", theme.Style{}
	case it.isGroup() && it.row.State == Refused:
		return "!", p.theme.Error
	case it.isGroup() && p.unfolded[it.name.Group]:
		return p.theme.Unfolded, p.theme.Dim
	case it.isGroup():
		return p.theme.Folded, p.theme.Dim
	case it.row.State == Refused:
		return "!", p.theme.Error
	case it.row.State == Asking:
		return p.theme.Ellipsis, p.theme.Dim
	case it.row.State == Waiting:
		return p.theme.Hollow, p.theme.Warn
	}
	return " ", theme.Style{}
}

// refused is a row with its reason in the place of the numbers, which it has none of; "refused" where the reason has no room.
func (p *Pane) refused(it item, first, mark string, cursor bool) string {
	name, why := p.refusal(it)
	room := p.columns.inner - markCells
	if why == "" {
		why = "refused"
	}
	nameCells := max(0, min(widget.Width(name), room-2-widget.Width(why)))
	name = fitFilter(name, nameCells, p.theme.Ellipsis)
	why = widget.Fit(why, max(0, room-2-nameCells))
	if cursor {
		return p.selected().Render(widget.Fit(first+mark+" "+name+"  "+why, p.columns.inner))
	}
	return first + p.theme.Error.Render(mark) + " " + name + "  " + p.theme.Error.Render(why)
}

// refusal is the name of a refused row and its reason, which is "" when both do not fit into the row.
func (p *Pane) refusal(it item) (name, why string) {
	name = safeFilter(it.row.Filter)
	if it.inside {
		name = "  " + name
	}
	why, cut := widget.Sanitize(it.row.Reason, maxFilter)
	if cut || widget.Width(name)+2+widget.Width(why) > p.columns.inner-markCells {
		return name, ""
	}
	return name, why
}

// maxReason is the most lines that the reason of a refusal gets.
const maxReason = 3

// reason is why the chosen row was refused, when the row itself has no room for it.
func (p *Pane) reason() []string {
	it := p.at()
	if it.row.State != Refused || it.row.Reason == "" || p.columns.inner < minFilter {
		return nil
	}
	if _, why := p.refusal(it); why != "" && !it.isGroup() {
		return nil
	}
	return p.wrapped(it.row.Reason, maxReason)
}

// wrapped is what went wrong, in at most n lines.
func (p *Pane) wrapped(text string, n int) []string {
	safe, _ := widget.Sanitize(text, maxFilter)
	lines := strings.Split(ansi.Wrap(safe, max(1, p.columns.inner-2), ""), "\n")
	lines = lines[:min(len(lines), n)]
	for i, line := range lines {
		lines[i] = " " + p.theme.Error.Render(line)
	}
	return lines
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
