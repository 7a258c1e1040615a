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
	want  cell // desired as the edits would make it
	fold  fold
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
	v, m, ok := c.At(key)
	if !ok {
		return cell{}
	}
	return cell{shadow.Section{State: v, Metadata: m}, true}
}

type fold uint8

const (
	leaf fold = iota
	folded
	unfolded
)

func (r *row) key() string { return r.path[len(r.path)-1] }

// edited reports whether the edits change what is desired here.
func (r *row) edited() bool {
	was := r.cells[desired]
	return was.ok != r.want.ok || !shadow.Equal(was.State, r.want.State)
}

// value is what an editor begins with: what is desired, edits included, else what is reported.
func (r *row) value() (shadow.Value, bool) {
	if r.want.ok {
		return r.want.State, true
	}
	return r.cells[reported].State, r.cells[reported].ok
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
	p.follow()
	p.rebase()
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
	for _, key := range keys(a, b) {
		x, _ := a.Member(key)
		y, _ := b.Member(key)
		p.compare(x, y, rowID(id, key), now)
	}
}

// keys are the keys of all objects among the values, sorted, each once.
func keys(values ...shadow.Value) []string {
	var out []string
	n := 0
	for _, v := range values {
		if v.Len() > 0 && v.Kind() == shadow.KindObject {
			n++
		}
		for _, m := range v.Members() {
			out = append(out, m.Key)
		}
	}
	if n > 1 {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

// rebuild makes the rows and keeps the cursor on its path, or on the nearest row above that is still there.
func (p *Pane) rebuild() {
	chosen := ""
	if r := p.chosen(); r != nil {
		chosen = r.id
	}
	d, open := p.doc, p.doc.Delta()
	p.differ = 0
	if open.Exists() {
		p.differ = differences(open.State)
	}
	p.rows = p.rows[:0]
	p.branch(nil, "", row{
		cells: [columnCount]cell{{d.Desired, true}, {d.Reported, true}, {open, true}},
		want:  cell{shadow.Section{State: p.want()}, true},
	})
	if i := slices.IndexFunc(p.rows, func(r row) bool { return r.id == chosen }); i >= 0 {
		p.scroll.Cursor = i
	}
	for i := range p.rows {
		p.cols.grow(len(p.rows[i].path), p.rows[i].key())
	}
}

// branch appends the rows of an object's members.
func (p *Pane) branch(path []string, id string, in row) {
	for _, key := range keys(in.cells[desired].State, in.cells[reported].State, in.want.State) {
		r := row{path: append(path[:len(path):len(path)], key), id: rowID(id, key), want: in.want.member(key)}
		for i := range r.cells {
			r.cells[i] = in.cells[i].member(key)
		}
		if r.want.object() && r.want.State.Len() > 0 || hasMembers(r.cells[desired]) || hasMembers(r.cells[reported]) {
			r.fold = folded
			if p.open[r.id] {
				r.fold = unfolded
			}
		}
		p.rows = append(p.rows, r)
		if r.fold == unfolded {
			p.branch(r.path, r.id, r)
		}
	}
}

func hasMembers(c cell) bool { return c.object() && c.State.Len() > 0 }

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
	case r.fold != leaf && r.fold != f:
		p.open[r.id] = f == unfolded
		p.stale = true
	case f == unfolded && r.fold == unfolded:
		p.scroll.Do("list.down")
	case f == folded && len(r.path) > 1:
		up := r.path[:len(r.path)-1]
		p.scroll.Cursor = slices.IndexFunc(p.rows, func(o row) bool { return slices.Equal(o.path, up) })
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
