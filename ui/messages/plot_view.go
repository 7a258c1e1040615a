package messages

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// letters are the marks of the series.
const letters = "abcdefghijklmnopqrstuvwxyz"

// labelWidth is the room of the numbers at the left.
const labelWidth = 9

// drawPlot draws the plot in h lines: the plane, the axis of time, and a line a series.
func (p *Pane) drawPlot(lines []string, h int) []string {
	q, w := p.plot, max(0, p.w-3)
	from, to := q.axis(p.now())
	legend := min(len(q.series), max(1, h/3))
	plane := max(0, h-legend-1)
	c := widget.NewCanvas(max(0, w-labelWidth-3), plane)
	low, high := q.draw(c, from, to)
	styles := make([]theme.Style, len(q.series))
	for i := range styles {
		styles[i] = p.plotStyle(i)
	}
	ends := q.ends(plane, from, to, low, high)
	for i := range plane {
		label := ""
		if i == 0 || i == plane-1 || i == plane/2 {
			label = axisNumber(high - (high-low)*float64(i)/float64(max(1, plane-1)))
			if q.scaled {
				label = map[bool]string{true: "most", false: ""}[i == 0] + map[bool]string{true: "least"}[i == plane-1]
			}
		}
		end := " "
		if s, ok := ends[i]; ok {
			end = styles[s].Render(letters[s : s+1])
		}
		lines = append(lines, " "+p.theme.Dim.Render(widget.FitRight(label, labelWidth)+" "+p.theme.Vertical)+c.Row(i, styles, letters, p.theme.Full == "#")+end)
	}
	lines = append(lines, " "+p.theme.Dim.Render(p.timeAxis(from, to, w)))
	first := max(0, min(q.cursor-legend/2, len(q.series)-legend))
	for i := first; i < first+legend; i++ {
		lines = append(lines, p.legendLine(i, from, to))
	}
	return lines
}

// plotStyle is the tone of a series.
func (p *Pane) plotStyle(i int) theme.Style {
	return p.theme.Tones[1+i%(len(p.theme.Tones)-1)]
}

// draw draws every series that is on, and returns the scale.
func (q *plot) draw(c *widget.Canvas, from, to int64) (low, high float64) {
	low, high = q.scale(from, to, c)
	for i := range q.series {
		s := &q.series[i]
		if !s.on {
			continue
		}
		least, most := low, high
		if q.scaled {
			least, most = q.extent(s, from, to, c)
		}
		q.drawSeries(c, s, i, from, to, least, most)
	}
	return low, high
}

// scale is the range of all that is on.
func (q *plot) scale(from, to int64, c *widget.Canvas) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i := range q.series {
		if s := &q.series[i]; s.on {
			least, most := q.extent(s, from, to, c)
			low, high = min(low, least), max(high, most)
		}
	}
	if low > high {
		return 0, 1
	}
	if low == high {
		pad := max(1, math.Abs(low)/10)
		return low - pad, high + pad
	}
	return low, high
}

func (q *plot) extent(s *series, from, to int64, c *widget.Canvas) (least, most float64) {
	least, most = math.Inf(1), math.Inf(-1)
	q.columns(s, from, to, c, func(_ int, low, high, _, _ float64) { least, most = min(least, low), max(most, high) })
	return least, most
}

// columns yields the least, most, first and last value of each column of dots that has any. So a single spike is never lost.
func (q *plot) columns(s *series, from, to int64, c *widget.Canvas, yield func(x int, low, high, first, last float64)) {
	w, _ := c.Size()
	if w == 0 || to <= from {
		return
	}
	if s.path == "" {
		q.rates(s, from, to, w, yield)
		return
	}
	column, low, high, first, last := -1, 0.0, 0.0, 0.0, 0.0
	scale := float64(w) / float64(to-from)
	s.each(from, to, func(pt point) {
		x := int(float64(pt.at-from) * scale)
		if x != column {
			if column >= 0 {
				yield(column, low, high, first, last)
			}
			column, low, high, first = x, pt.value, pt.value, pt.value
		}
		low, high, last = min(low, pt.value), max(high, pt.value), pt.value
	})
	if column >= 0 {
		yield(column, low, high, first, last)
	}
}

// rates yields messages a second by columns of at least a second.
func (q *plot) rates(s *series, from, to int64, w int, yield func(x int, low, high, first, last float64)) {
	step := max(int64(time.Second), (to-from)/int64(w))
	counts := make([]int, (to-from)/step+1)
	s.each(from, to, func(pt point) { counts[(pt.at-from)/step]++ })
	for i, n := range counts[:len(counts)-1] {
		rate := float64(n) / (float64(step) / float64(time.Second))
		yield(int(int64(i)*step*int64(w)/(to-from)), rate, rate, rate, rate)
	}
}

func (q *plot) drawSeries(c *widget.Canvas, s *series, pen int, from, to int64, least, most float64) {
	_, h := c.Size()
	y := func(v float64) int {
		if most <= least {
			return h / 2
		}
		return int(math.Round((v - least) / (most - least) * float64(h-1)))
	}
	lastX, lastY := -1, 0
	q.columns(s, from, to, c, func(x int, low, high, first, last float64) {
		if lastX >= 0 {
			c.Line(lastX, lastY, x, y(first), pen)
		}
		c.Line(x, y(low), x, y(high), pen)
		lastX, lastY = x, y(last)
	})
}

// ends tells beside which rows the letters of the series stand: where their newest points are.
func (q *plot) ends(rows int, from, to int64, low, high float64) map[int]int {
	out := map[int]int{}
	for i := range q.series {
		s := &q.series[i]
		f := s.figures(from, to)
		if !s.on || f.n == 0 || s.path == "" {
			continue
		}
		least, most := low, high
		if q.scaled {
			least, most = f.least, f.most
		}
		row := rows / 2
		if most > least {
			row = int(math.Round((most - f.at) / (most - least) * float64(rows-1)))
		}
		out[max(0, min(row, rows-1))] = i
	}
	return out
}

// axisNumber writes a number in the room at the left.
func axisNumber(v float64) string {
	if v == 0 {
		return "0"
	}
	if a := math.Abs(v); a >= 1e6 || a < 1e-3 {
		return strconv.FormatFloat(v, 'e', 2, 64)
	}
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 3, 64), "0"), ".")
}

// timeAxis is the line below the plane: when it begins, its middle, and when it ends.
func (p *Pane) timeAxis(from, to int64, w int) string {
	layout := "15:04:05"
	switch span := time.Duration(to - from); {
	case span > 48*time.Hour:
		layout = "02 Jan 15:04"
	case span < 20*time.Second:
		layout = "15:04:05.0"
	}
	at := func(n int64) string { return time.Unix(0, n).In(p.now().Location()).Format(layout) }
	room := w - labelWidth - 3
	left, middle, right := at(from), at(from+(to-from)/2), at(to)
	if room < 3*len(left)+4 {
		middle = ""
	}
	if room < 2*len(left)+1 {
		return ""
	}
	gap := room - len(left) - len(middle) - len(right)
	return strings.Repeat(" ", labelWidth+2) + left + strings.Repeat(" ", gap/2) + middle + strings.Repeat(" ", gap-gap/2) + right
}

// legendLine is a series: its mark, its path and its figures.
func (p *Pane) legendLine(i int, from, to int64) string {
	q, s := p.plot, &p.plot.series[i]
	name, _ := widget.Sanitize(s.path, 60)
	if s.path == "" {
		name = "messages a second"
	}
	f := s.figures(from, to)
	text := "nothing in sight"
	switch {
	case f.n > 0 && s.path == "":
		text = fmt.Sprintf("%s messages, %s on average", widget.Count(uint64(f.n)), widget.Rate(float64(f.n)/time.Duration(to-from).Seconds()))
	case f.n > 0:
		text = fmt.Sprintf("last %s  min %s  mean %s  max %s  %s points", axisNumber(f.at), axisNumber(f.least), axisNumber(f.mean()), axisNumber(f.most), widget.Count(uint64(f.n)))
	}
	box := p.theme.BoxOff
	if s.on {
		box = p.theme.BoxOn
	}
	nameWidth := max(8, min(24, (p.w-3)/4))
	line := box + " " + letters[i:i+1] + " " + widget.Fit(name, nameWidth) + "  " + text
	if i == q.cursor {
		style := p.theme.SelectedBlur
		if p.focus {
			style = p.theme.Selected
		}
		return style.Render(widget.Fit(p.theme.Cursor+line, p.w-2))
	}
	style := p.theme.Dim
	if s.on {
		style = p.plotStyle(i)
	}
	return " " + style.Render(widget.Fit(line, max(0, p.w-3)))
}

// plotBorder is the title and the state of the plot.
func (p *Pane) plotBorder() (title, right string) {
	q := p.plot
	q.axis(p.now())
	topic, _ := widget.Sanitize(q.topic, maxTitle)
	state := "following"
	if !q.end.IsZero() {
		state = "stands"
	}
	scaled, reading := "", ""
	if q.scaled {
		scaled = "each over the whole height"
	}
	if q.more(p.history) {
		reading = "reading"
	}
	return name + "  plot of " + topic, p.join(spanText(q.span), state, scaled, reading)
}

func spanText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return axisNumber(d.Seconds()) + " s"
	case d < time.Hour:
		return axisNumber(math.Round(d.Minutes()*10)/10) + " min"
	case d < 48*time.Hour:
		return axisNumber(math.Round(d.Hours()*10)/10) + " h"
	}
	return axisNumber(math.Round(d.Hours()/2.4)/10) + " d"
}
