package filter

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"
)

// decoder makes the values that gojq works on: nil, bool, int, float64, string, []any and map[string]any.
type decoder struct{ reader }

func (d *decoder) value(payload []byte) (any, bool) {
	d.reset(payload)
	v, ok := d.next(0)
	return v, ok && d.end()
}

func (d *decoder) next(depth int) (any, bool) {
	if depth > maxNesting {
		return nil, false
	}
	switch c := d.blanks(); {
	case c == '{':
		return d.object(depth)
	case c == '[':
		return d.array(depth)
	case c == '"':
		return d.text()
	case c == '-' || c >= '0' && c <= '9':
		text, ok := d.num()
		if !ok {
			return nil, false
		}
		if n, err := strconv.Atoi(string(text)); err == nil {
			return n, true
		}
		return number(text)
	case c == 0:
		return nil, false
	}
	switch kind, ok := d.name(); kind {
	case isTrue:
		return true, ok
	case isFalse:
		return false, ok
	default:
		return nil, ok
	}
}

func (d *decoder) text() (string, bool) {
	raw, escaped, ok := d.str()
	if !ok {
		return "", false
	}
	if escaped {
		raw = unescape(nil, raw)
	}
	return string(raw), true
}

func (d *decoder) object(depth int) (any, bool) {
	out := map[string]any{}
	d.at++
	if d.blanks() == '}' {
		d.at++
		return out, true
	}
	for {
		if d.blanks() != '"' {
			return nil, false
		}
		key, ok := d.text()
		if !ok || d.blanks() != ':' {
			return nil, false
		}
		d.at++
		if out[key], ok = d.next(depth + 1); !ok {
			return nil, false
		}
		c := d.blanks()
		d.at++
		if c == '}' {
			return out, true
		}
		if c != ',' {
			return nil, false
		}
	}
}

func (d *decoder) array(depth int) (any, bool) {
	out := []any{}
	d.at++
	if d.blanks() == ']' {
		d.at++
		return out, true
	}
	for {
		v, ok := d.next(depth + 1)
		if !ok {
			return nil, false
		}
		out = append(out, v)
		c := d.blanks()
		d.at++
		if c == ']' {
			return out, true
		}
		if c != ',' {
			return nil, false
		}
	}
}

// budget is the context of one run of gojq, which looks at it at every step. It can be used again.
type budget struct {
	done  chan struct{}
	timer *time.Timer
	over  atomic.Bool
}

// begin gives a run its time.
func (b *budget) begin(most time.Duration) {
	if b.done == nil || b.over.Load() {
		done := make(chan struct{})
		b.done = done
		b.over.Store(false)
		b.timer = time.AfterFunc(most, func() {
			b.over.Store(true)
			close(done)
		})
		return
	}
	b.timer.Reset(most)
}

// end stops the clock. When it has just run out the next run begins with a new one.
func (b *budget) end() {
	if !b.timer.Stop() {
		<-b.done
	}
}

// Deadline is none that anyone could plan by.
func (b *budget) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done is closed when the time is over.
func (b *budget) Done() <-chan struct{} { return b.done }

// Err says whether it is.
func (b *budget) Err() error {
	if b.over.Load() {
		return context.DeadlineExceeded
	}
	return nil
}

// Value is none.
func (b *budget) Value(any) any { return nil }
