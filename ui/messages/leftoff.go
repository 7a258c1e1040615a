package messages

import (
	"strings"
	"time"

	"example.com/thingdeck/ui/widget"
)

// leftOff is where the user left off: a line in the list, above the first message that came after that. It is where following or a
// pause ended, or where the list stood when the pane lost the keys.
type leftOff struct {
	seq uint64    // the first message below the line
	at  time.Time // zero while there is no line
	row int       // where the line was drawn among the rows, -1 for nowhere

	followed bool // the last frame followed
	away     time.Time
	awaySeq  uint64
}

// awayTime is how long the keys have to be elsewhere for a line: less is a glance.
const awayTime = 2 * time.Second

// leave notes where the list stands when the pane loses the keys.
func (p *Pane) leave() {
	if p.Following() {
		p.left.away, p.left.awaySeq = p.now(), p.place.seen
	}
}

// back draws the line there when something came meanwhile.
func (p *Pane) back() {
	if away := p.left.away; !away.IsZero() && p.now().Sub(away) >= awayTime && p.list.count(p.left.awaySeq) > 0 {
		p.left.seq, p.left.at = p.left.awaySeq, away
	}
	p.left.away = time.Time{}
}

// settle fits the place to the list, makes room for the line where it is in sight, and returns the rows to draw.
func (p *Pane) settle(win window, rows int) (first, end int) {
	follows := p.Following()
	if p.left.followed && !follows {
		switch {
		case p.place.paused:
			p.left.seq, p.left.at = p.place.until, p.now()
		case p.left.row < 0: // a line that is in sight is what the user moves to
			p.left.seq, p.left.at = p.place.left, p.now()
		}
	}
	p.left.followed, p.left.row = follows, -1
	first, end = p.place.settle(win, rows, p.history.End())
	below := win.search(p.left.seq)
	if p.left.at.IsZero() || below <= first || below >= end {
		return first, end
	}
	first, end = p.place.settle(win, rows-1, p.history.End())
	p.left.row = below - first
	return first, end
}

// leftLine is the line as drawn.
func (p *Pane) leftLine() string {
	text := strings.Repeat(p.theme.Horizontal, 2) + " left off " + p.left.at.In(p.zone).Format("15:04:05") + " "
	w := max(0, p.w-2)
	return p.theme.Dim.Render(widget.Fit(text+strings.Repeat(p.theme.Horizontal, max(0, w-widget.Width(text))), w))
}

// rowOf is the row drawn in a line of the list; false for the line where the user left off and below the rows.
func (p *Pane) rowOf(line int) (drawn, bool) {
	line -= p.lead
	if p.turned {
		line = len(p.rows) - 1 - line
		if p.left.row >= 0 {
			line++
		}
	}
	if p.left.row >= 0 && line >= p.left.row {
		line--
		if line < p.left.row {
			return drawn{}, false
		}
	}
	if line < 0 || line >= len(p.rows) {
		return drawn{}, false
	}
	return p.rows[line], true
}
