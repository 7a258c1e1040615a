package messages

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
	"example.com/thingdeck/client/payload"
)

// finder is what n and N look for.
type finder struct {
	filter  *filter.Filter // nil: nothing yet
	matcher *filter.Matcher
}

func (f *finder) text() string {
	if f.filter == nil {
		return ""
	}
	return f.filter.String()
}

// setFind takes what to look for, which can be read; "" is nothing.
func (p *Pane) setFind(text string) {
	p.find = finder{}
	if parsed, err := p.parse(text); err == nil && !parsed.Empty() {
		p.find.filter, p.find.matcher = parsed, parsed.Matcher()
	}
}

// parse reads a filter, which sees payloads as rows show them: CBOR, for one, as JSON.
func (p *Pane) parse(text string) (*filter.Filter, error) {
	f, err := filter.Parse(text)
	if err != nil {
		return nil, err
	}
	schemas := p.schemas
	f.Decoding(func(topic string, data []byte) []byte {
		return readable(data, payload.About{Topic: topic, Schemas: schemas})
	})
	return f, nil
}

// seek is a search for the next match that takes more than a moment.
type seek struct {
	at   uint64 // the message to test next
	down bool
	from uint64 // where it began: all round is enough
	left int    // rows not tested yet
	busy bool   // asked to go on
}

type seekMsg struct{ seek *seek }

// again goes on after what else is to be done.
func (s *seek) again() tea.Cmd {
	s.busy = true
	return func() tea.Msg { return seekMsg{s} }
}

// seekTime is how long Update searches at once.
const seekTime = 15 * time.Millisecond

// findNearest goes to the match nearest to the cursor: at it or before it, else after it.
func (p *Pane) findNearest() { p.findFrom(false, true) }

// findNext goes to the next match or the one before, round and round. Without anything to look for it asks.
func (p *Pane) findNext(down bool) tea.Cmd {
	if p.inDetail && p.mark() != nil {
		p.findLine(down, false)
		return nil
	}
	if p.find.filter == nil {
		return p.openField(toFind)
	}
	p.findFrom(down, false)
	return nil
}

func (p *Pane) findFrom(down, here bool) {
	win := p.drawn()
	if p.find.filter == nil || win.len() == 0 {
		p.seek = nil
		return
	}
	i := p.place.at(win).Cursor
	if !here {
		i = next(i, down, win.len())
	}
	p.seek = &seek{at: win.seq(i), down: down, from: win.seq(i), left: win.len()}
	p.sought(seekMsg{p.seek})
}

func next(i int, down bool, n int) int {
	if down {
		return (i + 1) % n
	}
	return (i - 1 + n) % n
}

// sought searches on, for a moment.
func (p *Pane) sought(msg seekMsg) {
	s := p.seek
	if s == nil || msg.seek != s {
		return
	}
	s.busy = false
	win := p.drawn()
	if win.len() == 0 {
		p.seek = nil
		return
	}
	began := time.Now()
	var rec history.Record
	i := min(win.search(s.at), win.len()-1)
	for n := 0; s.left > 0; n++ {
		if (n%liveClock == liveClock-1 || len(rec.Payload) > liveLarge) && time.Since(began) > seekTime {
			s.at = win.seq(i)
			return
		}
		seq := win.seq(i)
		p.history.Record(seq, &rec)
		if p.find.matcher.Match(p.history, &rec) {
			p.seek = nil
			p.place.choose(seq)
			p.place.setFollow(false)
			return
		}
		i = next(i, s.down, win.len())
		s.left--
	}
	p.seek, p.said = nil, "not found"
}

// findLine goes to the next line of the payload that holds what is looked for, or the one before; round and round. What is folded is
// unfolded when no other line does.
func (p *Pane) findLine(down, here bool) {
	d := &p.detail
	if p.lineFound(down, here) {
		return
	}
	if d.content.json != nil && d.content.json.UnfoldAll() {
		d.scroll.Fit(d.len(), d.h)
		if p.lineFound(down, here) {
			return
		}
	}
	p.said = "not found"
}

func (p *Pane) lineFound(down, here bool) bool {
	f, d := p.mark(), &p.detail
	n, i := d.len(), d.scroll.Cursor
	for range n {
		if !here {
			i = next(i, down, n)
		}
		here = false
		if _, _, ok := f.Find([]byte(ansi.Strip(d.line(i))), 0); ok {
			d.scroll.Cursor = i
			d.scroll.Fit(n, d.h)
			return true
		}
	}
	return false
}

// mark is what to draw as found: what is looked for, else the words of the filter.
func (p *Pane) mark() *filter.Filter {
	if p.find.filter != nil {
		return p.find.filter
	}
	return p.list.filter
}
