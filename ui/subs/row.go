package subs

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// line draws an item: dim where it says nothing new, plain text under the cursor.
func (p *Pane) line(it item, cursor bool) string {
	first := " "
	if cursor {
		first = p.theme.Cursor
	}
	mark, tone := p.mark(it)
	name, qos := p.name(it), string('0'+rune(min(it.row.Granted, 9)))
	unread, total := p.number(it.row.Unread, p.columns.unread), p.number(it.row.Total, p.columns.total)
	spark, rate := p.spark(it.row.Recent), widget.Rate(it.row.Rate)
	switch {
	case it.isAll():
		name, qos, unread, spark, rate, total = "all messages", "", "", "", "", p.number(p.all, p.columns.total)
	case it.row.State == Asking:
		qos = ""
	case it.row.State == Offered:
		qos, spark, rate, total = "", "", "", ""
	case it.row.State == Refused && !it.isGroup():
		return p.refused(it, first, mark, cursor)
	}
	if it.row.Unread == 0 {
		unread = ""
	}
	room := p.columns.filter
	overlap := it.row.Overlap != "" && room >= minFilter
	if overlap {
		room -= 2
	}
	if it.inside && it.row.Label == "" {
		name = it.indent() + fitShort(strings.TrimPrefix(name, it.indent()), room-len(it.indent()), p.theme.Ellipsis)
	}
	if overlap {
		name = fitFilter(name, room, p.theme.Ellipsis) + " " + p.theme.Overlap
	}
	text := p.cells(first+mark+" ", name, qos, spark, rate, unread, total)
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
	switch {
	case it.isAll():
	case it.row.State == Waiting || it.row.State == Asking || it.row.State == Offered:
		body = p.theme.Dim.Render(body)
	case it.row.Tone > 0 && it.row.Tone < len(p.theme.Tones):
		body = p.theme.Tones[it.row.Tone].Render(body)
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
	case it.isGroup() && it.row.Paused:
		return p.theme.Paused, p.theme.Warn
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
	case it.row.Paused:
		return p.theme.Paused, p.theme.Warn
	case it.row.Favourite:
		return p.theme.Star, p.theme.Accent
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
	name = p.name(it)
	why, cut := widget.Sanitize(it.row.Reason, maxFilter)
	if cut || widget.Width(name)+2+widget.Width(why) > p.columns.inner-markCells {
		return name, ""
	}
	return name, why
}

// name is what the row is called: its label, what sets it apart in its group, or its filter.
func (p *Pane) name(it item) string {
	switch {
	case it.row.Label != "":
		return it.indent() + safeFilter(it.row.Label)
	case it.inside:
		return it.indent() + safeFilter(p.short(it.row))
	}
	return safeFilter(it.row.Filter)
}

func (i item) indent() string {
	if i.inside {
		return "  "
	}
	return ""
}

// spark draws the last seconds, as many as have room.
func (p *Pane) spark(recent Recent) string {
	n := min(p.columns.spark-1, len(recent))
	if n <= 0 {
		return ""
	}
	most := slices.Max(recent[:])
	bars := []rune(p.theme.Spark)
	var out strings.Builder
	for _, count := range recent[len(recent)-n:] {
		height := 0
		if most > 0 {
			height = int((uint64(count)*uint64(len(bars)-1) + uint64(most) - 1) / uint64(most))
		}
		out.WriteRune(bars[height])
	}
	return out.String()
}

// wrapped is what went wrong, in at most n lines.
func (p *Pane) wrapped(text string, n int) []string { return p.say(text, p.theme.Error, n) }

func (p *Pane) say(text string, style theme.Style, n int) []string {
	safe, _ := widget.Sanitize(text, maxFilter)
	lines := strings.Split(ansi.Wrap(safe, max(1, p.columns.inner-2), ""), "\n")
	lines = lines[:min(len(lines), n)]
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return lines
}
