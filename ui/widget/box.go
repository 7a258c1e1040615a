package widget

import (
	"strings"

	"example.com/thingdeck/ui/theme"
)

// A Box is the frame of a pane: a border with a title at the left and counts at the right end, and lines inside.
type Box struct {
	W, H  int
	Focus bool
	Title string   // sanitised, without style
	Right string   // counts, sanitised, without style
	Lines []string // inside the border, styled; missing ones are blank, surplus ones are left out
	// Dividers are rules across the box, by the line they stand in for, with a label in each.
	Dividers map[int]string
}

// Render draws the box: exactly H lines of exactly W cells, whatever the lines hold; "" when W or H is 0.
// Below 2×2 there is no room for a border and the result is blank.
func (b Box) Render(t *theme.Theme) string {
	if b.W <= 0 || b.H <= 0 {
		return ""
	}
	if b.W < 2 || b.H < 2 {
		return strings.TrimSuffix(strings.Repeat(blanks(b.W)+"\n", b.H), "\n")
	}
	frame, title := t.Frame, t.Title
	if b.Focus {
		frame, title = t.FrameFocus, t.TitleFocus
	}
	side := frame.Render(t.Vertical)
	var out strings.Builder
	out.Grow(b.H * (b.W + 24))
	out.WriteString(b.edge(t, frame, title))
	for i := range b.H - 2 {
		out.WriteByte('\n')
		if label, ok := b.Dividers[i]; ok {
			out.WriteString(b.rule(t, frame, label))
			continue
		}
		out.WriteString(side)
		if i < len(b.Lines) {
			out.WriteString(FitStyled(b.Lines[i], b.W-2))
		} else {
			out.WriteString(blanks(b.W - 2))
		}
		out.WriteString(side)
	}
	out.WriteByte('\n')
	out.WriteString(frame.Render(t.BottomLeft + strings.Repeat(t.Horizontal, b.W-2) + t.BottomRight))
	return out.String()
}

// edge is the top border. The title gives way to nothing; the counts stand only where both fit with a gap.
func (b Box) edge(t *theme.Theme, frame, title theme.Style) string {
	room := b.W - 2
	left, right := "", ""
	if b.Title != "" && room >= 4 {
		left = " " + strings.TrimRight(Fit(b.Title, min(Width(b.Title), room-2)), " ") + " "
	}
	if b.Right != "" && Width(left)+Width(b.Right)+4 <= room {
		right = " " + b.Right + " "
	}
	fill := max(0, room-Width(left)-Width(right))
	tail := 0
	if right != "" {
		tail = 1
	}
	return frame.Render(t.TopLeft) + title.Render(left) + frame.Render(strings.Repeat(t.Horizontal, fill-tail)) +
		t.Dim.Render(right) + frame.Render(strings.Repeat(t.Horizontal, tail)+t.TopRight)
}

func (b Box) rule(t *theme.Theme, frame theme.Style, label string) string {
	room := b.W - 2
	if label != "" && room >= 6 {
		label = " " + strings.TrimRight(Fit(label, min(Width(label), room-3)), " ") + " "
	} else {
		label = ""
	}
	lead := min(1, room)
	return frame.Render(t.TeeLeft+strings.Repeat(t.Horizontal, lead)) + t.Dim.Render(label) +
		frame.Render(strings.Repeat(t.Horizontal, max(0, room-lead-Width(label)))+t.TeeRight)
}
