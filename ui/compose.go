package ui

import (
	"strings"

	"example.com/thingdeck/ui/widget"
)

// rebuild lays out, refreshes and composes the view: exactly as many lines and cells as the terminal has.
func (m *Model) rebuild() {
	if m.w <= 0 || m.h <= 0 {
		m.view = ""
		return
	}
	now := m.deps.Now()
	m.layout = arrange(layoutArgs{w: m.w, h: m.h, focus: m.focus, front: m.front, zoom: m.zoom, top: m.tabLines()})
	if m.layout.tooSmall {
		m.view = m.tooSmall()
		return
	}
	panes := m.tab().panes()
	views := [paneCount][]string{}
	for i, r := range m.layout.panes {
		panes[i].SetSize(r.w, r.h)
		if r.empty() {
			continue
		}
		panes[i].Refresh(now)
		views[i] = strings.Split(panes[i].View(), "\n")
	}
	var out strings.Builder
	out.Grow(m.w * m.h * 2)
	if m.tabLines() > 0 {
		out.WriteString(m.tabLine(now) + "\n")
	}
	for y := m.tabLines(); y < m.h-1; y++ {
		m.row(&out, views, y)
		out.WriteByte('\n')
	}
	out.WriteString(m.bar(now))
	m.view = m.withDialogs(out.String(), now)
}

// row joins the panes that cross a line of the screen, from left to right.
func (m *Model) row(out *strings.Builder, views [paneCount][]string, y int) {
	for x := 0; x < m.w; {
		i := m.under(x, y)
		if i < 0 || y-m.layout.panes[i].y >= len(views[i]) {
			out.WriteByte(' ')
			x++
			continue
		}
		r := m.layout.panes[i]
		out.WriteString(views[i][y-r.y])
		x = r.x + r.w
	}
}

func (m *Model) tooSmall() string {
	lines := make([]string, m.h)
	for i := range lines {
		lines[i] = widget.Fit("", m.w)
	}
	lines[m.h/2] = widget.Fit("too small: 40x12 needed", m.w)
	return strings.Join(lines, "\n")
}
