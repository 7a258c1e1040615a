package shadows

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// row is one path of the shadow.
type row struct {
	path  []string
	id    string // the path as one string, no two alike
	cells [columnCount]cell
	want  [2]cell // desired and reported as the edits would make them
	fold  fold
	state state
}

// state is how desired and reported stand to each other in a row.
type state uint8

const (
	unknown state = iota // only edits have it
	inSync
	pending
	onlyDesired
	onlyReported
)

func (r *row) compare() state {
	switch d, p := r.cells[desired].ok, r.cells[reported].ok; {
	case d && !p:
		return onlyDesired
	case p && !d:
		return onlyReported
	case r.cells[delta].ok:
		return pending
	case d:
		return inSync
	}
	return unknown
}

// The columns of a row.
const (
	desired = iota
	reported
	delta
	columnCount
)

// cell is a value of a section, if there is one.
type cell struct {
	shadow.Section
	ok bool
}

func (c cell) object() bool { return c.ok && c.State.Kind() == shadow.KindObject }

func (c cell) member(key string) cell {
	v, ok := c.State.At(key)
	if !ok || !c.ok {
		return cell{}
	}
	_, m, _ := c.At(key)
	return cell{shadow.Section{State: v, Metadata: m}, true}
}

type fold uint8

const (
	leaf fold = iota
	folded
	unfolded
)

func (r *row) key() string { return r.path[len(r.path)-1] }

// edited reports whether the edits change what is desired or reported here.
func (r *row) edited(part shadow.Part) bool {
	was, want := r.cells[part], r.want[part]
	return was.ok != want.ok || !shadow.Equal(was.State, want.State)
}

// value is what an editor of a section begins with: what is there, edits included, else what the other section has.
func (r *row) value(part shadow.Part) (shadow.Value, bool) {
	if r.want[part].ok {
		return r.want[part].State, true
	}
	other := r.cells[1-part]
	return other.State, other.ok
}

// rowID is the id of a member of the row parent.
func rowID(parent, key string) string { return parent + strconv.Itoa(len(key)) + ":" + key }

// sync makes the rows anew when something moved since they were made. Without a manager there are none.
func (p *Pane) sync(now time.Time) {
	if !p.stale {
		return
	}
	p.stale = false
	if p.talk.manager == nil {
		return
	}
	before, existed := p.doc, p.exists
	p.doc = p.talk.manager.Document()
	p.exists, _ = p.talk.manager.Exists()
	if p.exists {
		p.talk.deleted, p.talk.missing = nil, ""
	}
	if p.exists && existed && before.Version != p.doc.Version {
		p.brighten(before, now)
	}
	p.play.device.Notice(p.doc.Delta().State, p.doc.Version, now)
	p.follow()
	if _, known := p.talk.manager.Exists(); known {
		p.rebase()
	}
	p.rebuild()
}

// follow notes who brought the version about. A get tells neither who nor when.
func (p *Pane) follow() {
	by, known := p.talk.manager.Author()
	if p.exists && p.change.version == p.doc.Version && (p.change.known || !known) {
		return
	}
	p.change = change{version: p.doc.Version, by: by, known: known, at: p.doc.Time()}
	if !known {
		p.change.at = time.Time{}
		if s := p.doc.Newest(); s != 0 {
			p.change.at = time.Unix(s, 0)
		}
	}
}

// freshTime is how long a changed row is brighter.
const freshTime = time.Second

// brighten notes which rows have another value than before.
func (p *Pane) brighten(before shadow.Document, now time.Time) {
	for id, at := range p.fresh {
		if now.Sub(at) >= freshTime {
			delete(p.fresh, id)
		}
	}
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		p.compare(before.Section(part).State, p.doc.Section(part).State, "", now)
	}
}

// compare notes the rows whose value differs, and the objects that they are in.
func (p *Pane) compare(a, b shadow.Value, id string, now time.Time) {
	if shadow.Equal(a, b) {
		return
	}
	p.fresh[id] = now
	for _, key := range children(a, b) {
		x, _ := a.At(key)
		y, _ := b.At(key)
		p.compare(x, y, rowID(id, key), now)
	}
}

// children are the keys of all objects among the values, sorted, each once, or else the indexes of all arrays.
func children(values ...shadow.Value) []string {
	var out []string
	objects, longest := 0, 0
	for _, v := range values {
		switch {
		case v.Kind() == shadow.KindObject && v.Len() > 0:
			objects++
		case v.Kind() == shadow.KindArray:
			longest = max(longest, v.Len())
		}
		for _, m := range v.Members() {
			out = append(out, m.Key)
		}
	}
	switch {
	case objects == 0:
		for i := range longest {
			out = append(out, strconv.Itoa(i))
		}
	case longest > 0:
		return nil // an object beside an array: they have nothing in common
	case objects > 1:
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

// rebuild makes the rows. The cursor stays on its path.
func (p *Pane) rebuild() {
	chosen := ""
	if r := p.chosen(); r != nil {
		chosen = r.id
	}
	open := p.doc.Delta()
	p.differ = 0
	if open.Exists() {
		p.differ = differences(open.State)
	}
	p.rows, p.leaves = p.rows[:0], 0
	p.branch(row{
		cells: [columnCount]cell{{p.doc.Desired, true}, {p.doc.Reported, true}, {open, true}},
		want:  [2]cell{{shadow.Section{State: p.want(shadow.Desired)}, true}, {shadow.Section{State: p.want(shadow.Reported)}, true}},
	})
	if i := slices.IndexFunc(p.rows, func(r row) bool { return r.id == chosen }); i >= 0 {
		p.scroll.Cursor = i
	}
	p.scroll.Cursor = max(0, min(p.scroll.Cursor, len(p.rows)-1))
	for i := range p.rows {
		p.cols.grow(len(p.rows[i].path), p.rows[i].key())
	}
}

// branch appends the rows of what is in a row, if it is unfolded. While rows are filtered, they are only those that match and what
// they are in.
func (p *Pane) branch(in row) {
	all := p.filter.empty()
	for _, key := range in.children() {
		r := in.child(key)
		if len(r.children()) > 0 {
			r.fold = folded
			if !all || p.open[r.id] {
				r.fold = unfolded
			}
		}
		n := len(p.rows)
		p.rows = append(p.rows, r)
		if r.fold == unfolded {
			p.branch(r)
		}
		if !all && len(p.rows) == n+1 && (r.fold != leaf || !p.filter.matches(&r, p.changed(&r))) {
			p.rows = p.rows[:n]
		} else if r.fold == leaf {
			p.leaves++
		}
	}
}

// children names what is in a row; cells that hold nothing have no say.
func (r *row) children() []string {
	return children(r.cells[desired].State, r.cells[reported].State, r.want[shadow.Desired].State, r.want[shadow.Reported].State)
}

// child is the row of what is in a row under a key or index.
func (r *row) child(key string) row {
	c := row{path: append(slices.Clip(r.path), key), id: rowID(r.id, key)}
	for i := range c.cells {
		c.cells[i] = r.cells[i].member(key)
	}
	for i := range c.want {
		c.want[i] = r.want[i].member(key)
	}
	if d := &c.cells[delta]; d.ok && r.cells[delta].State.Kind() == shadow.KindArray && c.cells[reported].ok &&
		shadow.Equal(d.State, c.cells[reported].State) {
		*d = cell{} // the array differs, but not here
	}
	c.state = c.compare()
	return c
}

// changed reports whether the value of a row was changed just now.
func (p *Pane) changed(r *row) bool {
	at, ok := p.fresh[r.id]
	return ok && p.now().Sub(at) < freshTime
}

// chosen is the row under the cursor, or nil.
func (p *Pane) chosen() *row {
	if i := p.scroll.Cursor; i >= 0 && i < len(p.rows) {
		return &p.rows[i]
	}
	return nil
}

// setFold folds or unfolds a row. Folding a row that cannot goes to the row it is in.
func (p *Pane) setFold(r *row, f fold) {
	switch {
	case p.filter.empty() && r.fold != leaf && r.fold != f:
		p.open[r.id] = f == unfolded
		p.stale = true
	case f == unfolded && r.fold == unfolded:
		p.scroll.Do("list.down")
	case f == folded && len(r.path) > 1:
		up := r.path[:len(r.path)-1]
		p.scroll.Cursor = slices.IndexFunc(p.rows, func(o row) bool { return slices.Equal(o.path, up) })
	}
}

// foldAll folds everything, or unfolds everything where nothing is.
func (p *Pane) foldAll() {
	unfolds := !slices.ContainsFunc(p.rows, func(r row) bool { return r.fold == unfolded })
	clear(p.open)
	if unfolds {
		p.unfoldAll(row{
			cells: [columnCount]cell{{p.doc.Desired, true}, {p.doc.Reported, true}, {}},
			want:  [2]cell{{shadow.Section{State: p.want(shadow.Desired)}, true}, {shadow.Section{State: p.want(shadow.Reported)}, true}},
		})
	} else if r := p.chosen(); r != nil { // the cursor goes to what the row was in
		top := r.path[:1]
		p.scroll.Cursor = slices.IndexFunc(p.rows, func(o row) bool { return slices.Equal(o.path, top) })
	}
	p.stale = true
}

func (p *Pane) unfoldAll(in row) {
	for _, key := range in.children() {
		if r := in.child(key); len(r.children()) > 0 {
			p.open[r.id] = true
			p.unfoldAll(r)
		}
	}
}

// differences counts the leaves that are desired and not reported.
func differences(v shadow.Value) int {
	if v.Kind() != shadow.KindObject {
		return 1
	}
	n := 0
	for _, m := range v.Members() {
		n += differences(m.Value)
	}
	return max(1, n)
}

// pathText writes a path for a person: wifi.rssi.
func pathText(path []string) string {
	safe, _ := widget.Sanitize(strings.Join(path, "."), maxText)
	return safe
}
