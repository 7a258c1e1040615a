package messages

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

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
	ends := q.ends(c, plane, low, high)
	for i := range plane {
		label := ""
		if i == 0 || i == plane-1 || i == plane/2 {
			label = axisNumber(map[int]float64{0: high, plane / 2: low + (high-low)/2, plane - 1: low}[i])
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
	w, _ := c.Size()
	q.traces = q.traces[:0]
	for i := range q.series {
		q.traces = append(q.traces, q.series[i].trace(from, to, w))
	}
	low, high = q.scale()
	for i := range q.series {
		if q.series[i].on {
			q.drawSeries(c, i, low, high)
		}
	}
	return low, high
}

// scale is the range of all that is on.
func (q *plot) scale() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i := range q.series {
		if f := &q.traces[i].figures; q.series[i].on {
			low, high = min(low, f.least), max(high, f.most)
		}
	}
	if low > high {
		return 0, 1
	}
	if low == high {
		pad := max(1, math.Abs(low)/10)
		low, high = low-pad, high+pad
	}
	return nice(low, high)
}

// height is where a value stands between 0 and 1: on the common scale, or over the whole height.
func (q *plot) height(series int, v, low, high float64) float64 {
	if q.scaled {
		low, high = q.traces[series].figures.least, q.traces[series].figures.most
	}
	if high <= low {
		return 0.5
	}
	return (v - low) / (high - low)
}

// nice widens a range so that its ends and its middle are numbers that are easy to read.
func nice(low, high float64) (float64, float64) {
	const parts = 8
	wanted := (high - low) / parts
	unit := math.Pow(10, math.Floor(math.Log10(wanted)))
	for _, step := range []float64{1, 2, 2.5, 5, 10} {
		if step *= unit; step < wanted {
			continue
		}
		least := math.Floor(low/step) * step
		n := math.Ceil((high - least) / step)
		return least, least + step*(n+math.Mod(n, 2))
	}
	return low, high
}

func (q *plot) drawSeries(c *widget.Canvas, series int, low, high float64) {
	_, h := c.Size()
	y := func(v float64) int { return int(math.Round(q.height(series, v, low, high) * float64(h-1))) }
	lastX, lastY := -1, 0
	for _, col := range q.traces[series].columns {
		if lastX >= 0 {
			c.Line(lastX, lastY, col.x, y(col.first), series)
		}
		c.Line(col.x, y(col.low), col.x, y(col.high), series)
		lastX, lastY = col.x, y(col.last)
	}
}

// ends puts the letters of the series beside their newest points. For those that find no room there it returns the rows beside
// which they are to stand.
func (q *plot) ends(c *widget.Canvas, rows int, low, high float64) map[int]int {
	out := map[int]int{}
	_, dots := c.Size()
	for i := range q.series {
		columns := q.traces[i].columns
		if !q.series[i].on || len(columns) == 0 {
			continue
		}
		newest := columns[len(columns)-1]
		at := q.height(i, newest.last, low, high)
		if !c.Mark(newest.x, int(math.Round(at*float64(dots-1))), i) {
			q.seat(out, max(0, min(int(math.Round((1-at)*float64(rows-1))), rows-1)), rows, i)
		}
	}
	return out
}

// seat puts the letter of a series beside its row, or beside the nearest that is free.
func (q *plot) seat(seats map[int]int, row, rows, series int) {
	for away := range rows {
		for _, at := range []int{row + away, row - away} {
			if _, taken := seats[at]; !taken && at >= 0 && at < rows {
				seats[at] = series
				return
			}
		}
	}
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
	if s.topic != "" {
		name = p.tail(s.topic) + " " + name
	}
	f := q.traces[i].figures
	text := "nothing in sight"
	switch {
	case f.n > 0 && s.path == "":
		text = fmt.Sprintf("%s %s, %s on average", widget.Count(uint64(f.n)), map[bool]string{true: "message", false: "messages"}[f.n == 1], widget.Rate(float64(f.n)/time.Duration(to-from).Seconds()))
	case f.n > 0:
		text = fmt.Sprintf("last %s  min %s  mean %s  max %s  %s points", axisNumber(f.newest), axisNumber(f.least), axisNumber(f.mean()), axisNumber(f.most), widget.Count(uint64(f.n)))
		if f.n == 1 {
			text = strings.TrimSuffix(text, "s")
		}
	}
	box := p.theme.BoxOff
	if s.on {
		box = p.theme.BoxOn
	}
	nameWidth := max(8, min(24, (p.w-3)/4))
	if len(q.sources) > 1 {
		nameWidth = max(8, min(36, (p.w-3)/3))
	}
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

// tail is the end of a topic, in at most so many cells: what tells it from others.
func (p *Pane) tail(topic string) string {
	const most = 18
	text, _ := widget.Sanitize(topic, maxTitle)
	if widget.Width(text) <= most {
		return text
	}
	return ansi.TruncateLeft(text, widget.Width(text)-most+widget.Width(p.theme.Ellipsis), p.theme.Ellipsis)
}

// plotBorder is the title and the state of the plot.
func (p *Pane) plotBorder() (title, right string) {
	q := p.plot
	q.axis(p.now())
	topic, _ := widget.Sanitize(q.sources[0].topic, maxTitle)
	if n := len(q.sources) - 1; n > 0 {
		topic += fmt.Sprintf(" and %d more", n)
	}
	state := "following"
	if !q.end.IsZero() {
		state = "stands"
	}
	scaled, reading := "", ""
	if q.scaled {
		scaled = "each over the whole height"
	}
	if q.more(p.history) || q.job != nil {
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
