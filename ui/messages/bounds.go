package messages

import "math"

// Bounds are which of the chosen messages are shown: those of a subscription that was cleared, stands still or keeps only some.
type Bounds struct {
	Since uint64 // the first message
	Keep  int    // the newest so many; 0 for all
	Still bool   // messages from Until on are not shown
	Until uint64
}

// SetBounds bounds what Show chose. The place in the list stays where it can.
func (p *Pane) SetBounds(b Bounds) {
	if !b.Still {
		b.Until = math.MaxUint64
	}
	p.list.since, p.list.until, p.list.keep, p.list.still = b.Since, b.Until, b.Keep, b.Still
	p.redraw()
}
