package shadows

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// viewerDialog shows JSON in full: what is desired and reported in a row, or a document as it was.
type viewerDialog struct {
	sheet
	parts []viewed
	lines []string
	width int // of lines
}

// viewed is one value with a heading.
type viewed struct {
	label string
	value shadow.Value
	ok    bool
}

func newViewer(p *Pane, r *row) *viewerDialog {
	d := &viewerDialog{sheet: sheet{pane: p, title: pathText(r.path), right: "esc closes"}}
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		d.parts = append(d.parts, viewed{part.String(), r.cells[part].State, r.cells[part].ok})
	}
	return d
}

// newDocumentViewer shows a whole document.
func newDocumentViewer(p *Pane, title string, doc shadow.Document) *viewerDialog {
	d := &viewerDialog{sheet: sheet{pane: p, title: title, right: "esc closes"}}
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		s := doc.Section(part)
		d.parts = append(d.parts, viewed{part.String(), s.State, s.Exists()})
	}
	return d
}

// Want is as high as the values.
func (d *viewerDialog) Want(maxW, maxH int) (w, h int) {
	w, _ = want(maxW, maxH, 90, 0)
	d.lay(w - 4)
	return want(maxW, maxH, 90, len(d.lines))
}

func (d *viewerDialog) lay(w int) {
	if d.lines != nil && d.width == w {
		return
	}
	t := d.pane.theme
	d.lines, d.width = nil, w
	styles := [...]func(string) string{t.Desired.Render, t.Reported.Render}
	for i, part := range d.parts {
		d.lines = append(d.lines, styles[i](part.label))
		lines := []string{t.Dim.Render(t.Dash)}
		if part.ok {
			lines, _ = widget.JSONLines(t, part.value.Append(nil), max(1, w))
		}
		d.lines = append(d.lines, lines...)
	}
}

// Update scrolls or closes.
func (d *viewerDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	return d.Do(d.action(msg, "shadow"))
}

// Do scrolls or closes.
func (d *viewerDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back", "list.open", "shadow.view":
		return []any{Close{}}, nil
	case "list.up":
		d.scroll.Wheel(-1)
	case "list.down":
		d.scroll.Wheel(1)
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

// Refresh draws the dialog.
func (d *viewerDialog) Refresh(time.Time) {
	d.lay(max(1, d.inner()-2))
	d.scroll.Fit(len(d.lines), max(0, d.h-2))
	first, end := d.scroll.Visible()
	var lines []string
	for _, line := range d.lines[first:end] {
		lines = append(lines, " "+line)
	}
	d.draw(lines, nil)
}
