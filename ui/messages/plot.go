package messages

import (
	"slices"
	"sort"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// plot is the numbers in the messages of one topic over time, or of several, in the place of list and detail. What was there when it
// was opened is read from the newest back, a little each frame.
type plot struct {
	sources []source
	series  []series // those of the first source, the rate of its messages, and those of the others
	traces  []trace  // of series, as drawn last
	cursor  int
	back    uint64 // one past the next older one to read
	next    uint64
	full    bool        // there are as many points as are kept
	job     *plotJob    // payloads that are read in the background, nil for none
	values  []plotValue // memory for those of a message

	auto   bool          // all points are in sight
	span   time.Duration // of the axis
	end    time.Time     // of the axis; zero follows the newest
	scaled bool          // each series over the whole height
}

// source is a topic, and what is read of its messages.
type source struct {
	topic   string
	memo    topicMemo
	numbers *filter.Numbers
	first   int // of its series
	paths   int
	rate    int // the series that counts its messages; -1 for none
}

// series are the points of one path, in the order of their messages: the time of a clock that was set back stands still until it has
// caught up. Of the rate the values mean nothing.
type series struct {
	path  string // "" for the rate
	topic string // "" for the first one, and where there is only that
	on    bool
	older []point // before the plot was opened, from the newest to the oldest
	newer []point
}

type point struct {
	at    int64 // nanoseconds since 1970
	value float64
}

// Bounds of a plot: points of a series, paths that are offered, and how long reading may take in a frame.
const (
	maxPoints  = 100_000
	maxPaths   = 25 // of all topics together
	maxSources = 6
	plotTime   = 5 * time.Millisecond
	firstOn    = 4
)

// togglePlot opens the plot of the chosen message's topic, or closes it. The topics of marked messages are offered beside it.
func (p *Pane) togglePlot() {
	if p.plot != nil {
		p.plot = nil
		p.redraw()
		return
	}
	m, ok := p.message()
	if !ok {
		return
	}
	chosen := ""
	if p.inDetail {
		_, chosen, _ = p.detail.value()
	}
	others := p.markedTopics(m.Topic)
	q := &plot{auto: true, back: p.history.End(), next: p.history.End()}
	paths := p.numeric(m, maxPaths-len(others)*(maxPaths/(2*maxSources)))
	if i := slices.Index(paths, chosen); i > 0 {
		paths = slices.Insert(slices.Delete(paths, i, i+1), 0, chosen)
	}
	shown := map[string]bool{}
	err := q.source(p, m, paths, func(path string, v float64) bool {
		on := path == chosen || paths[0] != chosen && len(shown) < firstOn && !clock(v)
		if on {
			shown[path] = true
		}
		return on
	})
	q.sources[0].rate = len(q.series)
	q.series = append(q.series, series{on: len(shown) == 0})
	for i, other := range others {
		more := p.numeric(other, maxPaths)
		slices.SortStableFunc(more, func(a, b string) int { return rank(shown, a) - rank(shown, b) })
		room := (maxPaths + 1 - len(q.series)) / (len(others) - i)
		if err == nil {
			err = q.source(p, other, more[:min(len(more), room)], func(path string, _ float64) bool { return shown[path] })
		}
	}
	if err != nil {
		p.said = err.Error()
		return
	}
	p.plot, p.inDetail = q, false
	p.redraw()
}

// rank puts what is shown first.
func rank(shown map[string]bool, path string) int {
	if shown[path] {
		return 0
	}
	return 1
}

// markedTopics are the newest marked messages of further topics, as far as they have numbers.
func (p *Pane) markedTopics(but string) (out []history.Message) {
	seen := map[string]bool{but: true}
	for _, k := range slices.Backward(p.marks.list) {
		if m, ok := p.history.At(k.seq); ok && !seen[m.Topic] && len(p.numeric(m, 1)) > 0 {
			seen[m.Topic] = true
			if out = append(out, m); len(out) == maxSources-1 {
				break
			}
		}
	}
	slices.Reverse(out)
	return out
}

// source adds the paths of a message as series.
func (q *plot) source(p *Pane, m history.Message, paths []string, on func(path string, v float64) bool) error {
	numbers, err := filter.NewNumbers(paths)
	if err != nil {
		return err
	}
	numbers.Read(p.readable(m))
	from := source{topic: m.Topic, numbers: numbers, first: len(q.series), paths: len(paths), rate: -1}
	from.memo.keep = func(topic string) bool { return topic == m.Topic }
	for i, path := range paths {
		v, _ := numbers.At(i)
		s := series{path: path, on: on(path, v)}
		if len(q.sources) > 0 {
			s.topic = m.Topic
		}
		q.series = append(q.series, s)
	}
	q.sources = append(q.sources, from)
	return nil
}

// clock says that a number looks like a time, in seconds, milliseconds or finer since 1970: on one scale with others it hides them.
func clock(v float64) bool {
	for _, unit := range []float64{1, 1e3, 1e6, 1e9} {
		if v > 1e9*unit && v < 3e9*unit {
			return true
		}
	}
	return false
}

// numeric are the paths of the numbers in a message, at most so many.
func (p *Pane) numeric(m history.Message, most int) (paths []string) {
	j, ok := widget.NewJSON(p.theme, p.readable(m), maxRows)
	if !ok {
		return nil
	}
	for path, value := range j.Leaves {
		if c := value[0]; (c == '-' || c >= '0' && c <= '9') && !slices.Contains(paths, path) {
			if paths = append(paths, path); len(paths) == most {
				break
			}
		}
	}
	return paths
}

// maxNumber bounds what is plotted, so that sums and differences stay numbers.
const maxNumber = 1e300

// before adds a point older than all others.
func (s *series) before(pt point) {
	if n := len(s.older); n > 0 {
		pt.at = min(pt.at, s.older[n-1].at)
	} else if len(s.newer) > 0 {
		pt.at = min(pt.at, s.newer[0].at)
	}
	s.older = append(s.older, pt)
}

// after adds a point newer than all others, and lets the oldest go when there are too many.
func (s *series) after(pt point) {
	if n := len(s.newer); n > 0 {
		pt.at = max(pt.at, s.newer[n-1].at)
	} else if len(s.older) > 0 {
		pt.at = max(pt.at, s.older[0].at)
	}
	s.newer = append(s.newer, pt)
	const spare = maxPoints / 4
	switch {
	case len(s.older)+len(s.newer) <= maxPoints:
	case len(s.older) > 0:
		s.older = s.older[:len(s.older)-1]
	case len(s.newer) >= maxPoints+spare:
		s.newer = slices.Clone(s.newer[spare:])
	}
}

// each yields the points in [from, to), oldest first.
func (s *series) each(from, to int64, yield func(point)) {
	n := sort.Search(len(s.older), func(i int) bool { return s.older[i].at < from })
	for i := n - 1; i >= 0 && s.older[i].at < to; i-- {
		yield(s.older[i])
	}
	i := sort.Search(len(s.newer), func(i int) bool { return s.newer[i].at >= from })
	for ; i < len(s.newer) && s.newer[i].at < to; i++ {
		yield(s.newer[i])
	}
}

// axis is the time that is in sight.
func (q *plot) axis(now time.Time) (from, to int64) {
	to = q.end.UnixNano()
	if q.end.IsZero() { // the clock may have been set back since the newest point
		to = now.UnixNano()
		for i := range q.series {
			if s := &q.series[i]; len(s.newer) > 0 {
				to = max(to, s.newer[len(s.newer)-1].at+1)
			} else if len(s.older) > 0 {
				to = max(to, s.older[0].at+1)
			}
		}
	}
	if !q.auto {
		return to - int64(q.span), to
	}
	first := to
	for i := range q.series {
		if s := &q.series[i]; len(s.older) > 0 {
			first = min(first, s.older[len(s.older)-1].at)
		} else if len(s.newer) > 0 {
			first = min(first, s.newer[0].at)
		}
	}
	const shortest = int64(10 * time.Second)
	q.span = time.Duration(max(shortest, to-first))
	return to - int64(q.span), to
}

// plotDo does an action of the plot, and reports whether it was one.
func (p *Pane) plotDo(action string) bool {
	q := p.plot
	now := p.now()
	switch action {
	case "plot.zoomin", "plot.zoomout":
		q.zoom(action == "plot.zoomin")
	case "plot.left", "plot.right":
		q.pan(action == "plot.right", now)
	case "plot.follow":
		q.end = time.Time{}
	case "plot.fit":
		q.auto, q.end = true, time.Time{}
	case "plot.scale":
		q.scaled = !q.scaled
	case "plot.toggle":
		q.series[q.cursor].on = !q.series[q.cursor].on
	case "list.up":
		q.cursor = max(0, q.cursor-1)
	case "list.down":
		q.cursor = min(len(q.series)-1, q.cursor+1)
	case "list.top":
		q.cursor = 0
	case "list.bottom":
		q.cursor = len(q.series) - 1
	case "global.back", "messages.plot":
		p.togglePlot()
	default:
		return false
	}
	return true
}

// plotMouse zooms with the wheel.
func (p *Pane) plotMouse(msg tea.MouseMsg) {
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		p.plot.zoom(true)
	case tea.MouseButtonWheelDown:
		p.plot.zoom(false)
	}
}

// Shortest and longest span of the axis.
const (
	minSpan = 100 * time.Millisecond
	maxSpan = 30 * 24 * time.Hour
)

func (q *plot) zoom(in bool) {
	q.auto = false
	if in {
		q.span = max(minSpan, q.span/2)
	} else {
		q.span = min(maxSpan, q.span*2)
	}
}

// pan moves by a quarter of the span. Moving past the newest follows again.
func (q *plot) pan(later bool, now time.Time) {
	q.auto = false
	if q.end.IsZero() {
		q.end = now
	}
	step := q.span / 4
	if !later {
		step = -step
	}
	if q.end = q.end.Add(step); q.end.After(now) {
		q.end = time.Time{}
	}
}

// plotActions is what can be done with the plot.
func (p *Pane) plotActions() []keymap.Action {
	close := p.keys.Action("messages.plot")
	close.Short, close.Text = "close", "back to the log"
	toggle := p.keys.Action("plot.toggle")
	if p.plot.series[p.plot.cursor].on {
		toggle.Short, toggle.Text = "hide", "leave the series out"
	}
	out := []keymap.Action{close, toggle}
	for _, name := range []string{"zoomin", "zoomout", "left", "right", "follow", "fit", "scale"} {
		out = append(out, p.keys.Action("plot."+name))
	}
	return append(out, p.keys.Action("list.up"), p.keys.Action("list.down"))
}
