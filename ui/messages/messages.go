// Package messages is the Messages pane: one row a message, newest at the end, and the payload of the row under the cursor.
package messages

import (
	"math"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/payload"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Copy asks the root to put text on the clipboard. Text is as it came from outside, not made safe to draw; What says what it
// is: "payload", "payload as hex" or "topic".
type Copy struct{ Text, What string }

// Republish asks the root to open a message as a draft. Payload is a copy.
type Republish struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// Export asks the root to write messages to a file.
type Export struct{}

// Record asks the root to record to a file, or to end the record.
type Record struct{}

// Clear asks the root to remove every message of the history.
type Clear struct{}

// Pane shows the messages of a History, which it reads and never changes.
type Pane struct {
	theme   *theme.Theme
	keys    *keymap.Map
	now     func() time.Time
	history *history.History
	match   func(topic string) []string
	marker  func(history.Message) string // nil highlights nothing
	tone    func(topic string) int       // nil for none

	w, h  int
	focus bool
	view  string

	title string
	rate  float64
	list  list

	place   place
	columns columns
	rows    []drawn // the rows on the screen, oldest first
	spare   []drawn // memory for the next ones
	lead    int     // lines above the first row
	turned  bool    // the newest message stands first
	buf     []byte
	zone    *time.Location

	field   *field // nil while closed
	filters []string
	find    finder
	seek    *seek
	said    string // what became of the last key; "" for nothing to say
	marks   marks
	heads   heads
	left    leftOff

	display  payload.Kind            // "" for what it is
	displays map[string]payload.Kind // by title: what was chosen there
	diff     bool                    // the detail shows what a message changes
	schemas  *payload.Schemas
	topics   *topics // the topic tree, once it was opened
	plot     *plot   // the plot, in the place of list and detail; nil while closed
	inTopics bool    // it stands in the place of the list
	inDetail bool    // the list keys go to the detail
	detail   detail
}

// New makes the pane, showing all messages of h and following. match names the filters that match a topic, as the user wrote
// them. The clock's location is the one that times are shown in.
func New(t *theme.Theme, keys *keymap.Map, now func() time.Time, h *history.History, match func(topic string) []string) *Pane {
	p := &Pane{theme: t, keys: keys, now: now, history: h, match: match, displays: map[string]payload.Kind{}}
	p.place.seen, p.left.row = h.End(), -1
	p.Show("", nil, 0)
	return p
}

// Show chooses what the pane shows: messages whose topic satisfies topics (nil: any) and whose sequence number is at least
// since. title names the choice at the top, "" for all. The pane follows again; a pause goes on, so that several choices can be
// looked at as they were at one moment. topics is asked once a topic.
func (p *Pane) Show(title string, topics func(topic string) bool, since uint64) {
	p.title, _ = widget.Sanitize(title, maxTitle)
	p.display = p.displays[p.title]
	p.list.stop()
	p.list = list{history: p.history, topics: topics, since: since, until: math.MaxUint64, filter: p.list.filter}
	p.seek = nil
	p.place.follow = true
	p.inDetail = false
	p.columns.seen = 0
	p.redraw()
}

// maxTitle is the most cells of a title that are kept: a filter may be 64 KiB long.
const maxTitle = 256

// SetRate tells the messages a second of what is shown, for the border.
func (p *Pane) SetRate(perSecond float64) { p.rate = perSecond }

// Paused reports whether the view stands still.
func (p *Pane) Paused() bool { return p.place.paused }

// Following reports whether new messages move the view along.
func (p *Pane) Following() bool { return p.place.follow && !p.place.paused }

// SetSize sets the outer size in cells.
func (p *Pane) SetSize(w, h int) {
	p.w, p.h = w, h
	p.redraw()
}

// SetFocus tells whether the pane has the keys.
func (p *Pane) SetFocus(on bool) tea.Cmd {
	switch {
	case on && !p.focus:
		p.back()
	case p.focus && !on:
		p.leave()
	}
	p.focus = on
	switch {
	case p.field == nil:
	case on:
		return p.field.Focus()
	default:
		p.field.Blur()
	}
	return nil
}

// Typing reports whether a field is open.
func (p *Pane) Typing() bool { return p.field != nil }

// View is what the last Refresh drew.
func (p *Pane) View() string { return p.view }

// redraw forgets what was drawn.
func (p *Pane) redraw() {
	p.rows = p.rows[:0]
	p.detail.built = false
}

// Refresh draws the pane from the history as it is now.
func (p *Pane) Refresh(time.Time) {
	if p.w <= 0 || p.h <= 0 {
		p.view = ""
		return
	}
	p.heads.took, p.heads.late = 0, false
	if p.list.filter != nil {
		p.list.found().follow()
	}
	p.marks.evict(p.history.First())
	p.zone = p.now().Location()
	box := widget.Box{W: p.w, H: p.h, Focus: p.focus, Lines: make([]string, 0, p.h)}
	if p.field != nil {
		box.Lines = append(box.Lines, p.fieldLine())
	}
	top := len(box.Lines)
	a := p.drawUpper(&box)
	if a.detail > 0 {
		p.openDetail(a.detail)
		for len(box.Lines) < top+a.list+1 {
			box.Lines = append(box.Lines, "")
		}
		box.Dividers = map[int]string{top + a.list: p.label()}
		box.Lines = p.drawDetail(box.Lines)
	}
	p.view = box.Render(p.theme)
}

// drawUpper draws the list, or the topic tree in its place, and returns how the height is shared.
func (p *Pane) drawUpper(box *widget.Box) areas {
	if p.topics != nil {
		p.topics.follow(p.history, p.now())
	}
	win := p.list.window(p.place.end(p.history))
	if p.plot != nil {
		p.settle(win, 1)
		p.plot.follow(p)
		box.Title, box.Right = p.plotBorder()
		box.Lines = p.drawPlot(box.Lines, max(0, p.h-2-p.fieldRows()))
		return areas{}
	}
	if p.inTopics {
		a := p.areas(len(p.topics.rows))
		p.settle(win, a.list)
		box.Title, box.Right = p.topicsBorder()
		if a.list > 0 {
			box.Lines = p.drawTopics(box.Lines, a.list)
		}
		return a
	}
	if win.len() == 0 {
		p.place.follow, p.inDetail = true, false
	}
	a := p.areas(win.len())
	first, end := p.settle(win, a.list)
	box.Title, box.Right = p.border(win.len())
	top := len(box.Lines)
	switch {
	case win.len() == 0:
		box.Lines = append(box.Lines, p.empty()...)
	case a.list > 0:
		box.Lines = p.drawRows(box.Lines, win, first, end)
		if p.left.row >= 0 {
			box.Lines = slices.Insert(box.Lines, top+p.left.row, p.leftLine())
		}
		p.lead = 0
		switch {
		case p.turned:
			slices.Reverse(box.Lines[top:])
		case p.list.filter != nil:
			p.lead = p.list.found().lead(win.len(), a.list-(len(box.Lines)-top))
			box.Lines = slices.Insert(box.Lines, top, make([]string, p.lead)...)
		}
	}
	return a
}

// areas are the heights of the two parts; a rule stands between them. Without room for both, the one in use has it all.
type areas struct{ list, detail int }

// minInner is the least height inside the border that is shared: four rows, the rule, three lines.
const minInner = 8

func (p *Pane) areas(messages int) areas {
	inner := max(0, p.h-2-p.fieldRows())
	switch {
	case messages == 0:
		return areas{list: inner}
	case inner < minInner && p.inDetail:
		return areas{detail: max(0, inner-1)}
	case inner < minInner:
		return areas{list: inner}
	}
	rows := inner * 3 / 5
	return areas{list: rows, detail: inner - rows - 1}
}

// fieldRows is how many lines the open field takes.
func (p *Pane) fieldRows() int {
	if p.field != nil {
		return 1
	}
	return 0
}

func (p *Pane) empty() []string {
	what := "no messages yet"
	if p.title != "" {
		what += " on " + p.title
	}
	action, does := "global.subscribe", " subscribes to a topic filter"
	if p.place.paused {
		what, action, does = "no messages from before the pause", "messages.pause", " resumes"
	}
	if p.list.filter != nil && !p.place.paused {
		what, action, does = "no message is selected by the filter", "global.back", " takes the filter away"
		if !p.list.found().done {
			what = p.progress()
		}
	}
	hint := ""
	if key := p.keys.Action(action).Key(); key != "" && (p.title == "" || p.place.paused || p.list.filter != nil) {
		hint = key + does
	}
	w := max(0, p.w-3)
	return []string{" " + p.theme.Dim.Render(widget.Fit(what, w)), " " + p.theme.Dim.Render(widget.Fit(hint, w))}
}
