package messages

import (
	"cmp"
	"slices"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// marks are the messages that the user has marked, with a note or without, the oldest first. They go with their messages.
type marks struct {
	list []mark
	gone int // how many went with their messages
	lost int // those that were not told yet
}

type mark struct {
	seq  uint64
	note string // as typed
}

// maxMarks bounds how many messages are marked.
const maxMarks = 1000

// at is the place of a message in the list, or where it would stand.
func (m *marks) at(seq uint64) (i int, marked bool) {
	return slices.BinarySearchFunc(m.list, seq, func(k mark, seq uint64) int { return cmp.Compare(k.seq, seq) })
}

// toggle marks a message, or takes its mark and its note away. It reports whether there was room for one more.
func (m *marks) toggle(seq uint64) bool {
	i, marked := m.at(seq)
	switch {
	case marked:
		m.list = slices.Delete(m.list, i, i+1)
	case len(m.list) >= maxMarks:
		return false
	default:
		m.list = slices.Insert(m.list, i, mark{seq: seq})
	}
	return true
}

// write gives a message a note, and marks it; "" takes the note away and leaves the mark.
func (m *marks) write(seq uint64, note string) bool {
	i, marked := m.at(seq)
	if !marked {
		if note == "" {
			return true
		}
		if !m.toggle(seq) {
			return false
		}
	}
	m.list[i].note = note
	return true
}

// note is what was written to a message.
func (m *marks) note(seq uint64) string {
	if i, marked := m.at(seq); marked {
		return m.list[i].note
	}
	return ""
}

// evict lets go of the marks of messages that are no longer held: those before first.
func (m *marks) evict(first uint64) {
	if len(m.list) == 0 || m.list[0].seq >= first {
		return
	}
	i, _ := m.at(first)
	m.gone += i
	m.lost += i
	m.list = slices.Delete(m.list, 0, i)
}

// Marked are the numbers of the marked messages, the oldest first.
func (p *Pane) Marked() []uint64 {
	p.marks.evict(p.history.First())
	out := make([]uint64, len(p.marks.list))
	for i, k := range p.marks.list {
		out[i] = k.seq
	}
	return out
}

// LostMarks is how many marks went with their messages since the last call.
func (p *Pane) LostMarks() int {
	p.marks.evict(p.history.First())
	n := p.marks.lost
	p.marks.lost = 0
	return n
}

const noMoreMarks = "no more than 1,000 marks"

// toggleMark marks the message under the cursor, or no longer.
func (p *Pane) toggleMark() {
	m, ok := p.message()
	if !ok {
		return
	}
	if !p.marks.toggle(m.Seq) {
		p.said = noMoreMarks
	}
	p.redraw()
}

// nextMark goes to the next mark in the list, or the one before; round and round.
func (p *Pane) nextMark(down bool) {
	win, n := p.drawn(), len(p.marks.list)
	if win.len() == 0 || n == 0 {
		p.said = "no marks"
		return
	}
	seq := win.seq(p.place.at(win).Cursor)
	i, marked := p.marks.at(seq)
	if down && !marked {
		i-- // the mark before, to go on from
	}
	for range n {
		i = next(i, down, n)
		to := p.marks.list[i].seq
		if at := win.search(to); to != seq && at < win.len() && win.seq(at) == to {
			p.inDetail = false
			p.place.setFollow(false)
			p.place.show(win, at)
			return
		}
	}
	p.said = "no other mark here"
}

// maxNote is the most cells of a note that a row shows.
const maxNote = 24

// appendNote appends the mark of a row and its note, and returns the cells that are left.
func (p *Pane) appendNote(b []byte, m history.Message, t tones, room int) ([]byte, int) {
	i, marked := p.marks.at(m.Seq)
	if !marked || room < 2 {
		return b, room
	}
	style := theme.Style{}
	if t.dim.On != "" {
		style = p.theme.Accent
	}
	text := p.theme.Mark
	if most := min(maxNote, room/2-2); p.marks.list[i].note != "" && most > 2 {
		note, cut := widget.Sanitize(p.marks.list[i].note, most-1)
		if cut {
			note += p.theme.Ellipsis
		}
		text += " " + note
	}
	b = append(b, style.Render(text)...)
	b = append(b, ' ')
	return b, room - widget.Width(text) - 1
}

// markText says in the rule above the detail that a message is marked, and its note.
func (p *Pane) markText(seq uint64) string {
	i, marked := p.marks.at(seq)
	if !marked {
		return ""
	}
	note, _ := widget.Sanitize(p.marks.list[i].note, maxTitle)
	if note == "" {
		return p.theme.Mark + " marked"
	}
	return p.theme.Mark + " " + note
}

// markActions are what can be done with marks, and with times.
func (p *Pane) markActions(none string) []keymap.Action {
	mark := p.keys.Action("messages.mark").Disabled(none)
	if m, ok := p.message(); ok {
		if _, marked := p.marks.at(m.Seq); marked {
			mark.Short, mark.Text = "unmark", "take the mark and its note away"
		}
	}
	noMarks := none
	if len(p.marks.list) == 0 {
		noMarks = "nothing is marked"
	}
	return []keymap.Action{p.keys.Action("messages.jump").Disabled(none), mark, p.keys.Action("messages.note").Disabled(none),
		p.keys.Action("messages.marknext").Disabled(noMarks), p.keys.Action("messages.markprevious").Disabled(noMarks)}
}
