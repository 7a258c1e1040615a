package messages

import (
	"fmt"
	"strings"
	"time"

	"example.com/thingdeck/client/history/tree"
	"example.com/thingdeck/ui/widget"
)

// topicColumns are the widths of the tree's columns; 0 for those that there is no room for.
type topicColumns struct{ name, count, rate, spark, age, value int }

func layTopics(inner int) topicColumns {
	c := topicColumns{count: 9}
	switch {
	case inner >= 100:
		c.rate, c.spark, c.age = 7, tree.Spark-1, 6
	case inner >= 60:
		c.rate, c.age = 7, 6
	case inner >= 44:
		c.rate = 7
	}
	used := 1 + 2 // the cursor, the mark of a retained message
	for _, w := range []int{c.count, c.rate, c.spark, c.age} {
		if w > 0 {
			used += w + 1
		}
	}
	room := max(0, inner-used)
	c.name = min(room, max(16, room*45/100), 60)
	c.value = max(0, room-c.name-1)
	return c
}

// drawTopics draws the tree in h lines, the first of which names the columns.
func (p *Pane) drawTopics(lines []string, h int) []string {
	t, c := p.topics, layTopics(max(0, p.w-2))
	lines = append(lines, p.theme.Dim.Render(widget.Fit(c.heads(), p.w-2)))
	t.scroll.Fit(len(t.rows), max(0, h-1))
	first, end := t.scroll.Visible()
	now := p.now()
	for _, row := range t.rows[first:end] {
		lines = append(lines, p.topicLine(row, c, now))
	}
	return lines
}

func (c topicColumns) heads() string {
	head := " " + widget.Fit("topic", c.name) + " " + widget.FitRight("messages", c.count)
	for _, part := range []struct {
		w    int
		text string
	}{{c.rate, "rate"}, {c.spark, "seconds"}, {c.age, "ago"}} {
		if part.w > 0 {
			head += " " + widget.FitRight(part.text, part.w)
		}
	}
	return head + "   newest"
}

func (p *Pane) topicLine(row topicRow, c topicColumns, now time.Time) string {
	t, th := p.topics, p.theme
	i := t.tree.Info(row.node)
	fold := " "
	if i.Children > 0 {
		fold = th.Folded
		if t.unfolded[row.node] {
			fold = th.Unfolded
		}
	}
	name, _ := widget.Sanitize(i.Name, maxTitle)
	if i.Name == "" {
		name = "(empty level)"
	}
	left := widget.Fit(strings.Repeat("  ", min(row.depth, c.name/4))+fold+" "+name, c.name) + " " + widget.FitRight(widget.Count(i.Total), c.count)
	if c.rate > 0 {
		left += " " + widget.FitRight(widget.Rate(t.tree.PerSecond(row.node, now)), c.rate)
	}
	if c.spark > 0 {
		left += " " + p.spark(t.tree.Rates(row.node, now))
	}
	if c.age > 0 {
		left += " " + widget.FitRight(widget.Age(max(0, now.Sub(i.At))), c.age)
	}
	mark := " "
	if i.Retained {
		mark = "R"
	}
	p.buf = p.buf[:0]
	if m, ok := p.history.At(i.Last); ok && i.Topic {
		tone := tones{}
		if row.node != t.cursor {
			tone = tones{dim: th.Dim, key: th.Key}
		}
		p.buf = p.appendHead(p.buf, m, c.value, tone)
	} else if i.Children > 0 {
		p.buf = fmt.Appendf(p.buf, "%s below", widget.Count(uint64(i.Children)))
	}
	value := string(p.buf)
	if row.node == t.cursor {
		style := th.SelectedBlur
		if p.focus && !p.inDetail {
			style = th.Selected
		}
		return style.Render(widget.Fit(th.Cursor+left+" "+mark+" "+value, p.w-2))
	}
	return " " + left + " " + th.Accent.Render(mark) + " " + value
}

// spark draws the messages of each second but the one that goes on.
func (p *Pane) spark(rates [tree.Spark]uint32) string {
	bars := []rune(p.theme.Spark)
	most := uint32(1)
	for _, n := range rates[:tree.Spark-1] {
		most = max(most, n)
	}
	var out strings.Builder
	for _, n := range rates[:tree.Spark-1] {
		i := int(uint64(n) * uint64(len(bars)-1) / uint64(most))
		if n > 0 {
			i = max(1, i)
		}
		out.WriteRune(bars[i])
	}
	return out.String()
}

// topicsBorder is the title and the counts of the tree.
func (p *Pane) topicsBorder() (title, right string) {
	t := p.topics
	if p.said != "" {
		return name + "  topic tree", p.said
	}
	root := t.tree.Info(tree.Root)
	parts := []string{widget.Count(uint64(t.tree.Len())) + " levels", widget.Count(root.Total)}
	if t.left > 0 {
		parts = append(parts, "counting "+widget.Count(t.left)+" more")
	}
	if t.tree.Outside > 0 {
		parts = append(parts, widget.Count(t.tree.Outside)+" on topics not in the tree")
	}
	if t.tree.Missed > 0 {
		parts = append(parts, widget.Count(t.tree.Missed)+" evicted before")
	}
	if t.order != byName {
		parts = append(parts, "by "+t.order.String())
	}
	return name + "  topic tree", p.join(parts...)
}
