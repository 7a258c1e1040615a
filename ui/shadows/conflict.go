package shadows

import (
	"fmt"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// conflictDialog shows, after a 409, what others changed since the version that the edits were made on, beside the edits.
type conflictDialog struct {
	sheet
	version int64 // of the shadow, when clashes were found
	clashes []shadow.Clash
	theirs  map[string]bool // by id of the path: what others made of it is to stay
}

func newConflict(p *Pane) *conflictDialog {
	d := &conflictDialog{theirs: map[string]bool{}, sheet: sheet{pane: p, title: "Version conflict  " + p.label(), right: "esc keeps the edits",
		actions: []string{"conflict.rebase", "conflict.overwrite", "conflict.drop", "conflict.theirs"}, first: 3}}
	d.take()
	return d
}

// take finds what clashes with the shadow as it is now.
func (d *conflictDialog) take() {
	p := d.pane
	p.sync(p.now())
	d.version = p.doc.Version
	d.clashes = shadow.Clashes(p.work.base, p.doc, p.work.draft)
}

func clashID(c shadow.Clash) string {
	id := c.Part.String()
	for _, key := range c.Path {
		id = rowID(id, key)
	}
	return id
}

// Want is a line for each change, and a few around them.
func (d *conflictDialog) Want(maxW, maxH int) (w, h int) {
	return want(maxW, maxH, 100, min(20, len(d.clashes))+conflictLines)
}

// conflictLines are those besides the changes: what happened, the header, and below a blank and what the keys do.
const conflictLines = 8

// Update chooses what to do with the edits.
func (d *conflictDialog) Update(msg tea.Msg) ([]any, tea.Cmd) { return d.Do(d.action(msg, "conflict")) }

// Do does it.
func (d *conflictDialog) Do(action string) ([]any, tea.Cmd) {
	p := d.pane
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "conflict.rebase":
		return d.settle(false), nil
	case "conflict.overwrite":
		return d.settle(true), nil
	case "conflict.drop":
		n := p.Unsent()
		p.work.draft, p.work.notice, p.stale = shadow.Draft{}, notice{}, true
		return []any{Close{}, Toast{Text: plural(n, "edit") + " dropped"}}, nil
	case "conflict.theirs":
		if i := d.scroll.Cursor; i < len(d.clashes) && d.clashes[i].Both() {
			id := clashID(d.clashes[i])
			d.theirs[id] = !d.theirs[id]
		}
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

// settle makes the edits ready to be reviewed again: on top of what there is now, or whatever there is.
func (d *conflictDialog) settle(force bool) []any {
	p := d.pane
	p.sync(p.now())
	if p.doc.Version != d.version { // it moved on again: to be looked at first
		d.take()
		return nil
	}
	for _, c := range d.clashes {
		if !d.theirs[clashID(c)] {
			continue
		}
		if err := p.edit(c.Theirs()); err != nil {
			return []any{Toast{Text: err.Error(), Error: true}}
		}
	}
	p.work.notice = notice{}
	p.sync(p.now())
	if p.work.draft.Empty() {
		return []any{Close{}, Toast{Text: "no edit is left to send"}}
	}
	return append([]any{Close{}}, p.reviewNow(force)...)
}

// Refresh draws the dialog.
func (d *conflictDialog) Refresh(now time.Time) {
	p, t := d.pane, d.pane.theme
	p.sync(now)
	if p.doc.Version != d.version {
		d.take()
	}
	w := max(4, (d.inner()-1-3)/4)
	key := max(0, d.inner()-3-3*(w+1))
	head := fmt.Sprintf("v%d was edited, the shadow has v%d by now", p.work.notice.expected, d.version)
	if !p.exists {
		head = fmt.Sprintf("v%d was edited, the shadow is gone by now", p.work.notice.expected)
	}
	lines := []string{" " + t.Error.Render(widget.Fit(head, max(0, d.inner()-1))), "",
		"   " + t.Dim.Render(widget.Fit("key", key)+" "+widget.Fit("WAS", w)+" ") + t.Warn.Render(widget.Fit("THEIRS", w)) + " " + t.Accent.Render(widget.Fit("YOURS", w))}
	lines = append(lines, d.rows(len(d.clashes), max(0, d.h-2-conflictLines), func(i int, _ bool) string { return d.line(d.clashes[i], key, w) })...)
	lines = append(lines, "")
	keys := fmt.Sprintf("%s (yours go on top of theirs) %s %s (sent whatever the version) %s %s %s %s takes theirs in a row marked %s",
		p.hint("conflict.rebase", "rebases"), t.Bar, p.hint("conflict.overwrite", "overwrites"), t.Bar, p.hint("conflict.drop", "drops yours"), t.Bar,
		p.keys.Action("conflict.theirs").Key(), t.Pending)
	for _, line := range wrap(keys, d.inner()-2, 3) {
		lines = append(lines, " "+t.Dim.Render(line))
	}
	d.draw(lines, nil)
}

// line is a change: marked where both changed it, and of the two the one that will stay.
func (d *conflictDialog) line(c shadow.Clash, key, w int) string {
	t := d.pane.theme
	mark, theirs := " ", d.theirs[clashID(c)]
	if c.Both() {
		mark = t.Pending
	}
	cell := func(v shadow.Section, ok bool) string {
		if !ok {
			return t.Dash
		}
		return brief(v.State, w, t.Ellipsis)
	}
	was, now, own := cell(c.Was, c.Had), cell(c.Now, c.Has), cell(c.Own, c.Will)
	switch {
	case c.Both() && theirs:
		now += " " + t.Check
	case c.Both():
		own += " " + t.Check
	default:
		if was == own {
			own = ""
		}
		if was == now {
			now = ""
		}
	}
	path := c.Path
	if c.Part == shadow.Reported {
		path = slices.Concat([]string{"reported"}, path)
	}
	return mark + " " + widget.Fit(pathText(path), key) + " " + widget.Fit(was, w) + " " + widget.Fit(now, w) + " " + widget.Fit(own, w)
}
