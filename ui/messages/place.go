package messages

import (
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/widget"
)

// A place is where in the list the pane stands, by the names of messages and not by row numbers: so it holds still while older
// messages are evicted and newer ones come.
type place struct {
	cursor, top uint64
	follow      bool   // the cursor is on the newest message
	paused      bool   // nothing newer than until is shown
	until       uint64 // one past the newest that a pause shows
	left        uint64 // one past the newest that was shown when following ended
	seen        uint64 // one past the newest that was drawn: what a key means by "the end"
	rows        int    // height of the list as drawn
}

// end is one past the newest message to show.
func (p *place) end(h *history.History) uint64 {
	if p.paused {
		return p.until
	}
	return h.End()
}

// settle fits the place to what the list has become, and returns the rows to draw.
func (p *place) settle(win window, rows int, end uint64) (first, to int) {
	p.rows, p.seen = rows, end
	if p.paused {
		p.seen = p.until
	}
	var s widget.Scroll
	if p.follow {
		s.Cursor, s.Top = win.len()-1, win.len()-rows
	} else {
		s = p.at(win)
	}
	s.Fit(win.len(), rows)
	p.hold(win, s)
	return s.Visible()
}

func (p *place) at(win window) widget.Scroll {
	s := widget.Scroll{Cursor: win.search(p.cursor), Top: win.search(p.top)}
	s.Fit(win.len(), p.rows)
	return s
}

func (p *place) hold(win window, s widget.Scroll) {
	if win.len() > 0 {
		p.cursor, p.top = win.seq(s.Cursor), win.seq(min(s.Top, win.len()-1))
	}
}

// do moves as a list action says. Going down to the last row follows; leaving it ends that.
func (p *place) do(win window, action string) bool {
	s := p.at(win)
	if !s.Do(action) {
		return false
	}
	p.hold(win, s)
	down := action == "list.down" || action == "list.pagedown" || action == "list.bottom"
	p.setFollow(s.Cursor >= win.len()-1 && (p.follow || down))
	return true
}

// wheel scrolls by n rows; the cursor stays unless it would leave the screen. The end of the list follows.
func (p *place) wheel(win window, n int) {
	s := p.at(win)
	top := s.Top
	s.Wheel(n)
	if s.Top == top && (n < 0 || p.follow) {
		return
	}
	p.hold(win, s)
	p.setFollow(n > 0 && s.Top+p.rows >= win.len())
}

// show puts the cursor on a row and, when that is out of sight, the row a third down the screen.
func (p *place) show(win window, row int) {
	s := p.at(win)
	if first, end := s.Visible(); row < first || row >= end {
		s.Top = max(0, row-p.rows/3)
	}
	s.Cursor = row
	s.Fit(win.len(), p.rows)
	p.hold(win, s)
}

// choose puts the cursor on a message that is on the screen.
func (p *place) choose(seq uint64) {
	p.setFollow(p.follow && seq == p.cursor)
	p.cursor = seq
}

func (p *place) setFollow(on bool) {
	if p.follow && !on {
		p.left = p.seen
	}
	p.follow = on
}

// pause freezes the view at what was drawn, or lets it go on.
func (p *place) pause() {
	p.paused = !p.paused
	p.until = p.seen
}
