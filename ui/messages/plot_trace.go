package messages

import (
	"math"
	"time"
)

// trace is what of a series is in sight: its points by columns of dots, and figures over all of them.
type trace struct {
	columns []column
	figures figures
}

// column is the points that share a column of dots. With the least and the most of them a single spike is never lost.
type column struct {
	x                      int
	low, high, first, last float64
}

// figures are what the legend says of a series.
type figures struct {
	n                        int
	least, most, sum, newest float64
}

func (f figures) mean() float64 { return f.sum / float64(max(1, f.n)) }

// trace gathers the points in [from, to) into w columns, in one pass.
func (s *series) trace(from, to int64, w int) (t trace) {
	t.figures.least, t.figures.most = math.Inf(1), math.Inf(-1)
	if w == 0 || to <= from {
		return t
	}
	if s.path == "" {
		return s.rates(from, to, w)
	}
	f, scale := &t.figures, float64(w)/float64(to-from)
	at := column{x: -1}
	s.each(from, to, func(pt point) {
		if x := int(float64(pt.at-from) * scale); x != at.x {
			if at.x >= 0 {
				t.columns = append(t.columns, at)
			}
			at = column{x, pt.value, pt.value, pt.value, pt.value}
		}
		at.low, at.high, at.last = min(at.low, pt.value), max(at.high, pt.value), pt.value
		f.n++
		f.sum += pt.value
	})
	if at.x >= 0 {
		t.columns = append(t.columns, at)
	}
	for _, c := range t.columns {
		f.least, f.most, f.newest = min(f.least, c.low), max(f.most, c.high), c.last
	}
	return t
}

// rates are the messages a second, by columns of at least a second.
func (s *series) rates(from, to int64, w int) (t trace) {
	step := max(int64(time.Second), (to-from)/int64(w))
	counts := make([]int, (to-from)/step+1)
	s.each(from, to, func(pt point) {
		counts[(pt.at-from)/step]++
		t.figures.n++
	})
	f := &t.figures
	f.least, f.most = math.Inf(1), math.Inf(-1)
	for i, n := range counts[:len(counts)-1] {
		rate := float64(n) / (float64(step) / float64(time.Second))
		t.columns = append(t.columns, column{int(float64(i) * float64(step) / float64(to-from) * float64(w)), rate, rate, rate, rate})
		f.least, f.most, f.newest = min(f.least, rate), max(f.most, rate), rate
	}
	return t
}
