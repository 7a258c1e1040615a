package widget

import (
	"strings"
	"testing"

	"example.com/thingdeck/ui/theme"
)

func TestCanvas(t *testing.T) {
	styles := []theme.Style{{}, {}}
	c := NewCanvas(3, 2)
	c.Line(0, 0, 5, 7, 0)
	c.Dot(0, 7, 1)
	for _, outside := range [][2]int{{-1, 0}, {6, 0}, {0, -1}, {0, 8}} {
		c.Dot(outside[0], outside[1], 0)
	}
	if got := c.Row(0, styles, "ab", false) + "|" + c.Row(1, styles, "ab", false); got != "⠁⢀⠎|⡰⠁ " {
		t.Errorf("got %s", got)
	}
	if got := c.Row(0, styles, "ab", true) + "|" + c.Row(1, styles, "ab", true); got != "baa|aa " {
		t.Errorf("in ASCII: got %s", got)
	}
	c.Line(-1<<60, -1<<60, 1<<60, 1<<60, 0) // far outside costs no more than the canvas
	if got := NewCanvas(-1, 4).Row(0, nil, "", false); got != "" {
		t.Errorf("without cells: %q", got)
	}
	if w, h := NewCanvas(0, 0).Size(); w != 0 || h != 0 {
		t.Errorf("size %d, %d", w, h)
	}
	if strings.Count(c.Row(1, styles, "ab", true), "a") == 0 {
		t.Error("nothing is drawn")
	}
}

func TestCanvasMarks(t *testing.T) {
	styles := []theme.Style{{}, {}}
	c := NewCanvas(3, 2)
	c.Dot(0, 7, 0)
	if !c.Mark(0, 7, 0) || !c.Mark(2, 7, 1) {
		t.Error("a free cell takes no mark")
	}
	for _, taken := range [][2]int{{0, 7}, {2, 7}, {4, 0}, {-1, 0}, {0, -1}, {0, 8}} {
		if c.Mark(taken[0], taken[1], 1) {
			t.Errorf("a mark right of %v, where there is no room", taken)
		}
	}
	if got := c.Row(0, styles, "ab", false); got != "⠁ab" {
		t.Errorf("got %q", got)
	}
}
