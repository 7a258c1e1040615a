package messages

import (
	"bytes"
	"slices"
	"strings"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/payload"
	"example.com/thingdeck/ui/widget"
)

// difference is what a message changes: against the message marked beside it, else against the one before on its topic. It returns
// the number of that.
func (p *Pane) difference(m history.Message, v view) (content, uint64) {
	before, ok := p.compared(m)
	if !ok {
		return content{label: "difference", lines: []string{p.theme.Dim.Render("no message before it on this topic is held")}}, m.Seq
	}
	c := p.compare(before, m, v)
	what := "difference to the one before, "
	if _, marked := p.marks.at(before.Seq); marked && len(p.marks.list) == 2 {
		what = "difference to the other one marked, "
	}
	c.label = what + before.Time.In(p.now().Location()).Format("15:04:05.000")
	return c, before.Seq
}

// compared is the message that the difference of m is to: the other one of two that are marked, else the one before on its topic.
func (p *Pane) compared(m history.Message) (history.Message, bool) {
	if list := p.marks.list; len(list) == 2 && list[1].seq == m.Seq {
		return p.history.At(list[0].seq)
	} else if len(list) == 2 && list[0].seq == m.Seq {
		return p.history.At(list[1].seq)
	}
	seq, ok := p.history.Before(m.Seq)
	if !ok {
		return history.Message{}, false
	}
	return p.history.At(seq)
}

// compare shows what changed between two payloads: paths of JSON, else lines.
func (p *Pane) compare(a, b history.Message, v view) content {
	if bytes.Equal(a.Payload, b.Payload) {
		return content{lines: []string{p.theme.Dim.Render("the payload is the same")}}
	}
	old, okA := p.asJSON(a)
	now, okB := p.asJSON(b)
	var changes []change
	switch {
	case okA && okB:
		changes = jsonChanges(old, now)
	default:
		changes = lineChanges(p.plainLines(a, v.w), p.plainLines(b, v.w))
	}
	if len(changes) == 0 {
		return content{lines: []string{p.theme.Dim.Render("the same values, written in another way")}}
	}
	return content{lines: p.drawChanges(changes, v.w, v.n)}
}

// asJSON is the payload as values with their paths, if it is structured.
func (p *Pane) asJSON(m history.Message) (*widget.JSON, bool) {
	about := p.about(m)
	text, ok := payload.Decode(payload.Detect(m.Payload, about), m.Payload, about)
	if !ok {
		return nil, false
	}
	return widget.NewJSON(p.theme, text, maxRows)
}

func (p *Pane) plainLines(m history.Message, w int) []string {
	kind := payload.Text
	if payload.Detect(m.Payload, p.about(m)) == payload.Hex {
		kind = payload.Hex
	}
	return view{about: p.about(m), wanted: kind, w: max(1, w-2), n: maxCompared}.show(p.theme, m.Payload).lines
}

// change is a value or a line that is new, gone or another.
type change struct {
	path     string // "" for lines
	old, now string
	was, is  bool // there is an old, a new one
}

// jsonChanges are the changed paths in the order of the new text, then those that are gone.
func jsonChanges(a, b *widget.JSON) (out []change) {
	old := map[string]string{}
	for path, value := range a.Leaves {
		old[path] = string(value)
	}
	seen := map[string]bool{}
	for path, value := range b.Leaves {
		was, had := old[path]
		seen[path] = true
		if !had || was != string(value) {
			out = append(out, change{path, was, string(value), had, true})
		}
	}
	for path, value := range a.Leaves {
		if !seen[path] {
			out = append(out, change{path, string(value), "", true, false})
		}
	}
	return out
}

// Bounds of comparing by lines: no more than maxCompared are, and what differs in more than maxEdits counts as another altogether.
const (
	maxCompared = 4000
	maxEdits    = 300
)

// lineChanges are the lines that went and came, by the shortest edit (E. Myers, "An O(ND) Difference Algorithm").
func lineChanges(a, b []string) (out []change) {
	from, toA, toB := 0, len(a), len(b)
	for from < min(toA, toB) && a[from] == b[from] {
		from++
	}
	for toA > from && toB > from && a[toA-1] == b[toB-1] {
		toA, toB = toA-1, toB-1
	}
	a, b = a[from:toA], b[from:toB]
	kept := common(a, b)
	for x, y := 0, 0; x < len(a) || y < len(b); {
		switch {
		case len(kept) > 0 && kept[0] == [2]int{x, y}:
			kept, x, y = kept[1:], x+1, y+1
		case x < len(a) && (len(kept) == 0 || x < kept[0][0]):
			out = append(out, change{old: a[x], was: true})
			x++
		default:
			out = append(out, change{now: b[y], is: true})
			y++
		}
	}
	return out
}

// common is the places of lines that stay, in a and in b; none when too much differs.
func common(a, b []string) (kept [][2]int) {
	reach := map[int]int{1: 0} // by diagonal x-y: the furthest x
	var before []map[int]int
	for edits := 0; edits <= min(maxEdits, len(a)+len(b)); edits++ {
		now := make(map[int]int, len(reach)+2)
		for k := -edits; k <= edits; k += 2 {
			x := reach[k-1] + 1
			if k == -edits || k != edits && reach[k-1] < reach[k+1] {
				x = reach[k+1]
			}
			for x < len(a) && x-k < len(b) && a[x] == b[x-k] {
				x++
			}
			if now[k] = x; x >= len(a) && x-k >= len(b) {
				return backtrack(append(before, reach), a, b)
			}
		}
		before, reach = append(before, reach), now
	}
	return nil
}

// backtrack walks from the end to the start along the diagonals that led there.
func backtrack(reached []map[int]int, a, b []string) (kept [][2]int) {
	x, y := len(a), len(b)
	for edits := len(reached) - 1; edits >= 0; edits-- {
		reach, k := reached[edits], x-y
		from := k - 1
		if k == -edits || k != edits && reach[k-1] < reach[k+1] {
			from = k + 1
		}
		startX := reach[from]
		startY := startX - from
		for x > max(0, startX) && y > max(0, startY) && a[x-1] == b[y-1] {
			x, y = x-1, y-1
			kept = append(kept, [2]int{x, y})
		}
		x, y = startX, startY
	}
	slices.Reverse(kept)
	return kept
}

// drawChanges draws changes with a mark each: + new, - gone, ~ another.
func (p *Pane) drawChanges(changes []change, w, n int) (lines []string) {
	t := p.theme
	for _, c := range changes {
		if len(lines) > n {
			return lines
		}
		switch {
		case c.path != "":
			path, _ := widget.Sanitize(c.path, 0)
			old, _ := widget.Sanitize(c.old, maxValue)
			now, _ := widget.Sanitize(c.now, maxValue)
			switch {
			case c.was && c.is:
				lines = append(lines, t.Delta.Render("~ ")+t.Key.Render(path)+"  "+t.Dim.Render(old)+" "+t.Arrow+" "+now)
			case c.is:
				lines = append(lines, t.Reported.Render("+ ")+t.Key.Render(path)+"  "+now)
			default:
				lines = append(lines, t.Error.Render("- ")+t.Key.Render(path)+"  "+t.Dim.Render(old))
			}
		case c.is:
			lines = append(lines, t.Reported.Render("+ ")+strings.TrimRight(c.now, " "))
		default:
			lines = append(lines, t.Error.Render("- ")+strings.TrimRight(c.old, " "))
		}
	}
	return lines
}

// maxValue is how many cells of a changed value are drawn.
const maxValue = 400
