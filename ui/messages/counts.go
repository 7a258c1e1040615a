package messages

// Counts is what became of messages in the view. Excluded and Cut are counted since the filter was set, LostMarks since the start.
type Counts struct {
	Filter        string // "" for none, and then Excluded, Cut and Waiting are 0
	Shown         uint64
	Excluded, Cut uint64 // not selected; not selected because the expression took too long
	Waiting       uint64 // not looked at yet
	Marked        int
	LostMarks     int // marks that went with their messages
}

// Counts counts what the view shows and leaves out.
func (p *Pane) Counts() Counts {
	c := Counts{Filter: p.FilterText(), Shown: uint64(p.list.window(p.place.end(p.history)).len()), Marked: len(p.marks.list), LostMarks: p.marks.gone}
	if p.list.filter != nil {
		f := p.list.found()
		c.Excluded, c.Cut = f.excluded()
		c.Waiting = f.waiting()
	}
	return c
}
