package shadows

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// timelineDialog shows the versions that were heard of, newest first, and what the chosen one changed.
type timelineDialog struct {
	sheet
	chosen  int64 // the version under the cursor, so that it stays while new ones come; 0 for the newest
	changed []shadow.Change
	of      int64 // the version that changed is of
}

func newTimeline(p *Pane) *timelineDialog {
	return &timelineDialog{of: -1, sheet: sheet{pane: p, title: "Timeline  " + p.label(), right: "enter shows it whole · b puts it back · esc closes",
		actions: []string{"list.open", "shadow.putback"}}}
}

// Want is as large as can be, up to a limit.
func (d *timelineDialog) Want(maxW, maxH int) (w, h int) { return want(maxW, maxH, 100, 28) }

// versions are newest first.
func (d *timelineDialog) at(i int) shadow.Version {
	all := d.pane.timeline.Versions()
	return all[len(all)-1-i]
}

func (d *timelineDialog) count() int { return len(d.pane.timeline.Versions()) }

// Update moves through the versions.
func (d *timelineDialog) Update(msg tea.Msg) ([]any, tea.Cmd) { return d.Do(d.action(msg, "shadow")) }

// Do shows a version as it was, desires again what it desired, moves or closes.
func (d *timelineDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back", "shadow.timeline":
		return []any{Close{}}, nil
	case "":
		return nil, nil
	}
	if d.count() == 0 {
		return nil, nil
	}
	switch v := d.at(min(d.scroll.Cursor, d.count()-1)); action {
	case "list.open", "shadow.view":
		doc := v.After
		if v.Moment == shadow.Removed {
			doc = v.Before
		}
		return []any{Open{newDocumentViewer(d.pane, fmt.Sprintf("%s  v%d", d.pane.label(), doc.Version), doc)}}, nil
	case "shadow.putback":
		return d.putBack(v), nil
	default:
		d.scroll.Do(action)
		if d.chosen = d.at(d.scroll.Cursor).Number; d.scroll.Cursor == 0 {
			d.chosen = 0
		}
	}
	return nil, nil
}

// putBack makes edits that desire what was desired after a version, or before it deleted the shadow, and shows the update.
func (d *timelineDialog) putBack(v shadow.Version) []any {
	p := d.pane
	p.sync(p.now())
	doc := v.After
	if v.Moment == shadow.Removed {
		doc = v.Before
	}
	switch {
	case p.Unsent() > 0:
		return []any{Toast{Text: "there are edits that are not sent: send them or take them back first", Error: true}}
	case p.addOff() != "":
		return []any{Toast{Text: p.addOff(), Error: true}}
	}
	if err := p.edit(shadow.EditsTo(shadow.Desired, p.doc.Desired.State, doc.Desired.State)...); err != nil {
		return []any{Toast{Text: err.Error(), Error: true}}
	}
	if p.sync(p.now()); p.work.draft.Empty() {
		return []any{Toast{Text: fmt.Sprintf("what v%d desired is desired now", doc.Version)}}
	}
	return append([]any{Close{}}, p.reviewNow(false)...)
}

// Refresh draws the dialog.
func (d *timelineDialog) Refresh(now time.Time) {
	t, n := d.pane.theme, d.count()
	if n == 0 {
		text := "no update was heard of yet: versions are kept as update/documents tells them"
		if p := d.pane; !p.talk.hears(shadow.OpUpdate, shadow.AnswerDocuments) {
			text = "update/documents is not subscribed: it tells the versions"
		}
		var lines []string
		for _, line := range wrap(text, d.inner()-2, 3) {
			lines = append(lines, " "+t.Dim.Render(line))
		}
		d.draw(lines, nil)
		return
	}
	if d.chosen != 0 {
		for i := range n {
			if d.at(i).Number == d.chosen {
				d.scroll.Cursor = i
				break
			}
		}
	}
	height := max(0, d.h-2)
	list := min(n, max(1, (height-1)/2))
	lines := d.rows(n, list, func(i int, _ bool) string { return d.line(i) })
	v := d.at(d.scroll.Cursor)
	if d.of != v.Number {
		d.of, d.changed = v.Number, v.Changes()
	}
	label := fmt.Sprintf("v%d %s", v.Number, v.Moment)
	lines = append(append(lines, ""), d.changes(height-list-1)...)
	d.draw(lines, map[int]string{list: label})
}

// line is a version: number, time, what happened, how much it changed, who did it.
func (d *timelineDialog) line(i int) string {
	v := d.at(i)
	who := "no token"
	switch {
	case v.By.Own:
		who = "this client"
	case v.By.Token != "":
		who, _ = widget.Sanitize(v.By.Token, 64)
	}
	text := fmt.Sprintf("%-6s %s  %-8s %-12s %s", fmt.Sprintf("v%d", v.Number), v.Time.In(d.pane.now().Location()).Format("2006-01-02 15:04:05"), v.Moment,
		plural(len(v.Changes()), "change"), who)
	if d.pane.timeline.Missed(d.count() - 1 - i) {
		text += "  (versions before it were not heard of)"
	}
	return widget.Fit(text, max(0, d.inner()-1))
}

// changes are what the chosen version changed, as far as there is room.
func (d *timelineDialog) changes(height int) []string {
	t := d.pane.theme
	var lines []string
	if len(d.changed) == 0 {
		return []string{" " + t.Dim.Render("it changed no value")}
	}
	for i, c := range d.changed {
		if len(lines) == height-1 && i < len(d.changed)-1 {
			lines = append(lines, " "+t.Dim.Render(fmt.Sprintf("and %s", plural(len(d.changed)-i, "more change"))))
			break
		}
		style := [...]string{shadow.Desired: t.Desired.Render("desired "), shadow.Reported: t.Reported.Render("reported")}[c.Part]
		was, is := t.Dash, t.Dash
		if c.Had {
			was = full(c.Was, d.inner()/3)
		}
		if c.Has {
			is = full(c.Is, d.inner()/3)
		}
		lines = append(lines, " "+style+" "+widget.Fit(pathText(c.Path)+"  "+was+" "+t.Arrow+" "+is, max(0, d.inner()-11)))
	}
	return lines
}
