package subs

import "strings"

// An item is a line of the list: all messages, a subscription, a group, or a subscription of an unfolded group.
type item struct {
	name    Choose
	row     Row // of a group: the sums
	members int // of a group
	inside  bool
}

func (i item) isAll() bool   { return i.name == Choose{} }
func (i item) isGroup() bool { return i.members > 0 }

// arrange makes the list of the rows: a group stands where its first row is.
func (p *Pane) arrange() []item {
	items := []item{{}}
	seen := map[string]bool{}
	clear(p.prefixes)
	for _, r := range p.rows {
		switch {
		case r.Group == "":
			items = append(items, item{name: Choose{Filter: r.Filter}, row: r})
		case !seen[r.Group]:
			seen[r.Group] = true
			items = append(items, p.group(r.Group)...)
		}
	}
	return items
}

// group is the line of a group, and those of its rows when it is unfolded.
func (p *Pane) group(name string) []item {
	sum := item{name: Choose{Group: name}, row: Row{Filter: name, Group: name, State: Live}}
	items := []item{sum}
	for _, r := range p.rows {
		if r.Group != name {
			continue
		}
		sum.add(r)
		if p.unfolded[name] {
			items = append(items, item{name: Choose{Filter: r.Filter, Group: name}, row: r, inside: true})
		}
	}
	items[0] = sum
	return items
}

// add counts a row in its group. The group is as bad as its worst row and grants as little as its least.
func (i *item) add(r Row) {
	g := &i.row
	if i.members == 0 || r.Granted < g.Granted {
		g.Granted = r.Granted
	}
	if worse(r.State, g.State) {
		g.State, g.Reason = r.State, r.Reason
	}
	g.Unread += r.Unread
	g.Total += r.Total
	g.Rate += r.Rate
	for k, n := range r.Recent {
		g.Recent[k] += n
	}
	g.Paused = r.Paused && (g.Paused || i.members == 0)
	g.Held = r.Held
	if g.Overlap == "" {
		g.Overlap = r.Overlap
	}
	i.members++
}

func worse(a, b State) bool {
	rank := map[State]int{Live: 0, Asking: 1, Waiting: 2, Refused: 3, Offered: 0}
	return rank[a] > rank[b]
}

func (p *Pane) find(name Choose) (int, bool) {
	for i, it := range p.items {
		if it.name == name {
			return i, true
		}
	}
	return 0, false
}

// rearrange makes the list anew and keeps the cursor on the chosen row.
func (p *Pane) rearrange() {
	p.dirty = true
	p.items = p.arrange()
	i, there := p.find(p.chosen)
	if !there {
		i = min(p.scroll.Cursor, len(p.items)-1)
	}
	p.scroll.Cursor = i
}

// at is the item under the cursor.
func (p *Pane) at() item { return p.items[max(0, min(p.scroll.Cursor, len(p.items)-1))] }

// choose puts the cursor on a row, which may still be to come, and tells the root when it is another one.
func (p *Pane) choose(name Choose) []any {
	p.dirty = true
	if i, there := p.find(name); there {
		p.scroll.Cursor = i
	}
	if name == p.chosen {
		return nil
	}
	p.chosen, p.fresh = name, false
	return []any{name}
}

// fold opens or closes the group of the row under the cursor.
func (p *Pane) fold(open bool) []any {
	group := p.at().name.Group
	if group == "" || p.unfolded[group] == open {
		return nil
	}
	p.unfolded[group] = open
	var intents []any
	if !open {
		intents = p.choose(Choose{Group: group})
	}
	p.rearrange()
	return intents
}

// short is the name of a row of a group: what follows the name of the shadow, or what all rows of the group begin with.
func (p *Pane) short(r Row) string {
	if rest, ok := strings.CutPrefix(r.Filter, "$aws/things/"); ok {
		if _, rest, ok := strings.Cut(rest, "/shadow/"); ok {
			if named, ok := strings.CutPrefix(rest, "name/"); ok {
				_, rest, _ = strings.Cut(named, "/")
			}
			return rest
		}
	}
	n, known := p.prefixes[r.Group]
	if !known {
		n = p.prefix(r.Group)
		p.prefixes[r.Group] = n
	}
	return r.Filter[min(n, len(r.Filter)):]
}

// prefix is the length of the levels that all filters of a group begin with.
func (p *Pane) prefix(group string) int {
	common, first := "", true
	for _, r := range p.rows {
		switch {
		case r.Group != group:
		case first:
			common, first = r.Filter, false
		default:
			n := 0
			for n < len(common) && n < len(r.Filter) && common[n] == r.Filter[n] {
				n++
			}
			common = common[:n]
		}
	}
	return strings.LastIndexByte(common, '/') + 1
}
