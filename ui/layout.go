package ui

// A pane's place in the tab: the number that the user types to go there, less one.
const (
	paneSubs = iota
	paneMessages
	paneComposer
	paneShadow
	paneCount
)

// A rect is a place on the screen in cells; the zero rect is not shown.
type rect struct{ x, y, w, h int }

func (r rect) empty() bool { return r.w == 0 || r.h == 0 }

func (r rect) contains(x, y int) bool {
	return x >= r.x && x < r.x+r.w && y >= r.y && y < r.y+r.h
}

// layoutArgs is all that the layout depends on.
type layoutArgs struct {
	w, h   int
	focus  int
	front  [2]int // the pane last in focus on the left and on the right side
	zoom   bool
	top    int // lines taken above the panes
	ratios ratios
}

// ratios are the user's shares of the screen in per mille; zero means the default.
type ratios struct{ left, upper, shadow int }

// layout is where everything stands on the screen.
type layout struct {
	panes    [paneCount]rect
	status   rect
	tooSmall bool
}

// The sizes at which the screen changes its shape, in cells.
const (
	minWidth, minHeight   = 40, 12
	twoWidth, twoHeight   = 80, 24  // two panes side by side
	fourWidth, fourHeight = 120, 36 // all four
	wideWidth             = 160     // the shadow in a column of its own
	leftWidth             = 30
)

// arrange says where the panes and the status bar stand: a pure function of its arguments.
func arrange(a layoutArgs) layout {
	var l layout
	if a.w < minWidth || a.h < minHeight {
		l.tooSmall = true
		return l
	}
	l.status = rect{0, a.h - 1, a.w, 1}
	area := rect{0, a.top, a.w, a.h - 1 - a.top}
	switch {
	case a.zoom || a.w < twoWidth || a.h < twoHeight:
		l.panes[a.focus] = area
	case a.w >= wideWidth:
		l.wide(area, a.ratios)
	case a.w >= fourWidth && a.h >= fourHeight:
		l.four(area, a.ratios)
	default:
		left, right := split(area, share(area.w, a.ratios.left, leftWidth*1000/area.w, 20))
		l.panes[a.front[0]], l.panes[a.front[1]] = left, right
	}
	return l
}

// wide: subscriptions over publish, the messages, the shadow, each in a column.
func (l *layout) wide(area rect, r ratios) {
	left, rest := split(area, share(area.w, r.left, 210, 24))
	l.panes[paneSubs], l.panes[paneComposer] = stack(left, share(left.h, r.upper, 550, 6))
	shadow := share(rest.w, r.shadow, 420, 40)
	l.panes[paneMessages], l.panes[paneShadow] = split(rest, rest.w-shadow)
}

// four: subscriptions and messages above, publish and the shadow below.
func (l *layout) four(area rect, r ratios) {
	left, right := split(area, share(area.w, r.left, 290, 24))
	upper := share(area.h, r.upper, 580, 8)
	l.panes[paneSubs], l.panes[paneComposer] = stack(left, upper)
	l.panes[paneMessages], l.panes[paneShadow] = stack(right, upper)
}

// share is a part of a length: the user's per mille if set, else the default's, and at least low on either side.
func share(length, perMille, preset, low int) int {
	if perMille == 0 {
		perMille = preset
	}
	return max(low, min(length*perMille/1000, length-low))
}

func split(r rect, w int) (left, right rect) {
	return rect{r.x, r.y, w, r.h}, rect{r.x + w, r.y, r.w - w, r.h}
}

func stack(r rect, h int) (upper, lower rect) {
	return rect{r.x, r.y, r.w, h}, rect{r.x, r.y + h, r.w, r.h - h}
}

// side is the half of the screen that a pane belongs to: 0 left, 1 right.
func side(pane int) int {
	if pane == paneMessages || pane == paneShadow {
		return 1
	}
	return 0
}
