// Package shadows is the Shadow pane: one row a path of a thing's shadow, with what is desired, what is reported and how they
// differ, and the edits that the user makes before they are sent.
//
// The pane does no input or output: the root tells it what happened on the connection, and does what its intents ask for.
package shadows

import (
	"crypto/rand"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Subscribe asks the root to subscribe to Filters at QoS 1 in a group of that name, which is one of the pane's Groups, now or as soon as there is a connection, and to
// keep them over reconnections. They are at most 8: as many as one SUBSCRIBE may hold on AWS.
type Subscribe struct {
	Filters []string
	Group   string
}

// Unsubscribe asks the root to let go of what Subscribe asked for in Group, which need not be the pane's Group any more.
type Unsubscribe struct {
	Filters []string
	Group   string
}

// Publish asks the root to publish a request at QoS 1, not retained.
type Publish struct {
	Topic   string
	Payload []byte
}

// Retry asks the root to connect again at once.
type Retry struct{}

// Chosen tells the root that the user looks at another shadow now, so that it can be remembered and given back by SetRecents.
type Chosen struct{ Name shadow.Name }

// Favour tells the root that a shadow is a favourite, or no longer.
type Favour struct {
	Name shadow.Name
	On   bool
}

// Toast asks the root to tell the outcome of an action.
type Toast struct {
	Text  string
	Error bool
}

// Open asks the root to put a dialog over the panes.
type Open struct{ Dialog Dialog }

// Close asks the root to take the uppermost dialog away.
type Close struct{}

// Leave asks the root to move the focus on. The pane has no form of its own, so it never does; its dialogs keep the focus.
type Leave struct{ Forward bool }

// Dialog is a pane that says how large it wants to be. The root shows it over the others until it is told to Close it.
type Dialog interface {
	Update(tea.Msg) (intents []any, cmd tea.Cmd)
	Refresh(now time.Time)
	View() string
	SetSize(w, h int)
	SetFocus(on bool) tea.Cmd
	Actions() []keymap.Action
	Do(action string) (intents []any, cmd tea.Cmd)
	Typing() bool
	Want(maxW, maxH int) (w, h int)
}

// Pane shows one shadow. It is used by one goroutine.
type Pane struct {
	theme *theme.Theme
	keys  *keymap.Map
	now   func() time.Time
	token func() string // a fresh client token

	seen     seen
	known    known
	talk     talk
	work     work
	part     shadow.Part // the section that is edited
	timeline shadow.Timeline
	play     play
	answers  []string // subscribed to; nil for all
	watch    *watch   // of all shadows of a thing, while they are listed

	stale  bool // document, edits or folds moved since the rows were made
	doc    shadow.Document
	exists bool
	rows   []row
	leaves int // rows without rows inside
	filter filter
	differ int                  // leaves desired and not reported
	open   map[string]bool      // objects and arrays unfolded, by row id
	fresh  map[string]time.Time // when the value of a row changed, by row id
	change change

	w, h   int
	focus  bool
	view   string
	scroll widget.Scroll
	cols   columns
	place  place
}

// New makes the pane without a thing.
func New(t *theme.Theme, keys *keymap.Map, now func() time.Time) *Pane {
	p := &Pane{theme: t, keys: keys, now: now, token: rand.Text, open: map[string]bool{}, fresh: map[string]time.Time{}}
	p.filter = p.newFilter()
	return p
}

// Group names the subscriptions of the shadow shown, "" without a thing. It is safe to draw.
func (p *Pane) Group() string {
	if p.talk.manager == nil {
		return ""
	}
	n := p.talk.manager.Name()
	if n.Shadow == "" {
		return "shadow " + n.Thing
	}
	return "shadow " + n.Thing + " " + p.theme.Bar + " " + n.Shadow
}

// Groups names all subscriptions of the pane: of the shadow shown, and of those that are listed.
func (p *Pane) Groups() []string {
	groups := []string{p.Group()}
	if p.watch != nil {
		groups = append(groups, p.watch.group())
	}
	return groups
}

// label names the shadow shown: "lamp · classic".
func (p *Pane) label() string { return label(p.theme, p.talk.manager.Name()) }

func label(t *theme.Theme, n shadow.Name) string {
	name := n.Shadow
	if name == "" {
		name = "classic"
	}
	safe, _ := widget.Sanitize(n.Thing+" "+t.Bar+" "+name, 0)
	return safe
}

// Unsent is how many values were edited and not accepted by the service yet.
func (p *Pane) Unsent() int { return p.work.count() }

// SetSize sets the outer size in cells.
func (p *Pane) SetSize(w, h int) { p.w, p.h = w, h }

// SetFocus tells whether the pane has the keys.
func (p *Pane) SetFocus(on bool) tea.Cmd {
	p.focus = on
	if !p.filter.typing {
		return nil
	}
	if !on {
		p.filter.field.Blur()
		return nil
	}
	return p.filter.field.Focus()
}

// Typing is true while the filter takes text; all other fields are in dialogs.
func (p *Pane) Typing() bool { return p.filter.typing }

// View is what the last Refresh drew.
func (p *Pane) View() string { return p.view }
