package widget

import (
	"strings"

	"example.com/thingdeck/ui/theme"
)

// A Canvas is a plane of dots, two across and four down in a cell, drawn in braille; in the ASCII set a cell with dots shows the letter
// of what drew it. What is drawn later covers the colour of what was drawn before.
type Canvas struct {
	w, h  int // in cells
	cells []canvasCell
}

type canvasCell struct {
	dots uint8
	pen  uint8 // one more than the pen; 0 is none
	mark bool  // the letter of the pen stands there
}

// NewCanvas makes an empty one of w×h cells.
func NewCanvas(w, h int) *Canvas {
	return &Canvas{w: max(0, w), h: max(0, h), cells: make([]canvasCell, max(0, w)*max(0, h))}
}

// Size is the number of dots across and down.
func (c *Canvas) Size() (w, h int) { return 2 * c.w, 4 * c.h }

// dotBits are the bits of braille by column and row of the dot: Unicode, "Braille Patterns".
var dotBits = [2][4]uint8{{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}}

// Dot draws one dot; y goes up from the bottom. What is outside is left out.
func (c *Canvas) Dot(x, y, pen int) {
	if x < 0 || y < 0 || x >= 2*c.w || y >= 4*c.h {
		return
	}
	y = 4*c.h - 1 - y
	cell := &c.cells[y/4*c.w+x/2]
	cell.dots |= dotBits[x%2][y%4]
	cell.pen = uint8(pen + 1)
}

// Mark puts the letter of a pen into the cell right of a dot. It reports whether there was room: what is drawn is not covered.
func (c *Canvas) Mark(x, y, pen int) bool {
	column := x/2 + 1
	if x < 0 || y < 0 || column >= c.w || y >= 4*c.h {
		return false
	}
	cell := &c.cells[(4*c.h-1-y)/4*c.w+column]
	if cell.pen != 0 {
		return false
	}
	cell.pen, cell.mark = uint8(pen+1), true
	return true
}

// Line draws dots from one place to another.
func (c *Canvas) Line(x0, y0, x1, y1, pen int) {
	w, h := c.Size()
	clip := func(v, most int) int { return clamp(v, -1, most) }
	x0, x1, y0, y1 = clip(x0, w), clip(x1, w), clip(y0, h), clip(y1, h)
	steps := max(abs(x1-x0), abs(y1-y0))
	for i := range steps + 1 {
		at := 0.0
		if steps > 0 {
			at = float64(i) / float64(steps)
		}
		c.Dot(x0+round(at*float64(x1-x0)), y0+round(at*float64(y1-y0)), pen)
	}
}

func abs(n int) int { return max(n, -n) }

func round(f float64) int {
	if f < 0 {
		return int(f - 0.5)
	}
	return int(f + 0.5)
}

// Row draws a row of cells, the uppermost is 0. styles are the pens'; letters their marks in the ASCII set, ascii says that it is wanted.
func (c *Canvas) Row(i int, styles []theme.Style, letters string, ascii bool) string {
	var out strings.Builder
	for _, cell := range c.cells[i*c.w : (i+1)*c.w] {
		switch {
		case cell.pen == 0:
			out.WriteByte(' ')
		case ascii || cell.mark:
			out.WriteString(styles[cell.pen-1].Render(letters[cell.pen-1 : cell.pen]))
		default:
			out.WriteString(styles[cell.pen-1].Render(string(rune(0x2800 + int(cell.dots)))))
		}
	}
	return out.String()
}
