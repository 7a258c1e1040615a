package ui

import (
	"strings"
	"testing"
)

// draw shows a layout as a picture: a character stands for 10×4 cells, with the number of the pane at its middle.
func draw(l layout, w, h int) string {
	const sx, sy = 10, 4
	if l.tooSmall {
		return "too small"
	}
	var out strings.Builder
	for y := sy / 2; y < h; y += sy {
		for x := sx / 2; x < w; x += sx {
			c := byte('.')
			for i, r := range l.panes {
				if r.contains(x, y) {
					c = byte('1' + i)
				}
			}
			if l.status.contains(x, min(y+sy/2, h-1)) && y+sy >= h && c == '.' {
				c = '_'
			}
			out.WriteByte(c)
		}
		out.WriteByte('\n')
	}
	return strings.TrimSpace(out.String())
}

func TestArrange(t *testing.T) {
	start := [2]int{paneSubs, paneMessages}
	tests := []struct {
		name string
		args layoutArgs
		want string
	}{
		{"too narrow", layoutArgs{w: 39, h: 24}, "too small"},
		{"too low", layoutArgs{w: 80, h: 11}, "too small"},
		{"one pane below 80 columns", layoutArgs{w: 70, h: 24, focus: paneComposer, front: start}, `
3333333
3333333
3333333
3333333
3333333
3333333`},
		{"one pane below 24 rows", layoutArgs{w: 80, h: 20, focus: paneMessages, front: start}, `
22222222
22222222
22222222
22222222
22222222`},
		{"two panes at 80×24", layoutArgs{w: 80, h: 24, focus: paneSubs, front: start}, `
11122222
11122222
11122222
11122222
11122222
11122222`},
		{"the panes in front of each side", layoutArgs{w: 80, h: 24, focus: paneShadow, front: [2]int{paneComposer, paneShadow}}, `
33344444
33344444
33344444
33344444
33344444
33344444`},
		{"four panes at 120×36", layoutArgs{w: 120, h: 36, front: start}, `
111222222222
111222222222
111222222222
111222222222
111222222222
333444444444
333444444444
333444444444
333444444444`},
		{"wide enough but low is still two", layoutArgs{w: 140, h: 30, front: start}, `
11122222222222
11122222222222
11122222222222
11122222222222
11122222222222
11122222222222
11122222222222`},
		{"the shadow in a column of its own", layoutArgs{w: 200, h: 36, front: start}, `
11112222222224444444
11112222222224444444
11112222222224444444
11112222222224444444
11112222222224444444
33332222222224444444
33332222222224444444
33332222222224444444
33332222222224444444`},
		{"zoom", layoutArgs{w: 120, h: 36, focus: paneShadow, zoom: true, front: start}, strings.TrimSpace(strings.Repeat("444444444444\n", 9))},
		{"a line above the panes", layoutArgs{w: 80, h: 24, top: 4, front: start}, `
........
11122222
11122222
11122222
11122222
11122222`},
		{"dragged ratios", layoutArgs{w: 120, h: 36, front: start, ratios: ratios{left: 500, upper: 250}}, `
111111222222
111111222222
333333444444
333333444444
333333444444
333333444444
333333444444
333333444444
333333444444`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := draw(arrange(tt.args), tt.args.w, tt.args.h)
			if got != strings.TrimSpace(tt.want) {
				t.Errorf("got\n%s\nwant\n%s", got, strings.TrimSpace(tt.want))
			}
		})
	}
}

// TestArrangeCoversTheScreen: every cell belongs to exactly one pane or bar, at every size.
func TestArrangeCoversTheScreen(t *testing.T) {
	for w := minWidth; w <= 240; w += 7 {
		for h := minHeight; h <= 80; h += 3 {
			for focus := range paneCount {
				front := [2]int{paneSubs, paneMessages}
				front[side(focus)] = focus
				l := arrange(layoutArgs{w: w, h: h, focus: focus, front: front})
				cells := l.status.w * l.status.h
				for i, a := range l.panes {
					cells += a.w * a.h
					for j, b := range l.panes {
						if i < j && !a.empty() && !b.empty() && a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h {
							t.Fatalf("%dx%d: panes %d and %d overlap", w, h, i+1, j+1)
						}
					}
				}
				if cells != w*h || l.panes[focus].empty() {
					t.Fatalf("%dx%d focus %d: %d of %d cells covered, %+v", w, h, focus, cells, w*h, l)
				}
			}
		}
	}
}
