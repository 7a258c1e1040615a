// Package subs is the Subscriptions pane: one row a topic filter, and the form that adds one.
package subs

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Options are what a user keeps with a subscription.
type Options struct {
	Label string // shown in the place of the filter; "" for none
	Tone  int    // an index of theme.ToneNames; 0 for none
	Keep  int    // how many messages the row shows, the newest; 0 for all
}

// Wanted is a subscription that the user wants.
type Wanted struct {
	Filter client.Filter
	QoS    byte
	Options
}

// Subscribe asks the root for subscriptions, all in one go. Of a filter that is there the QoS and the options change. The Choose of
// the first row follows it.
type Subscribe struct{ Wanted []Wanted }

// SubscribeGroup asks the root for the filters of a group of reserved topics, which become one row.
type SubscribeGroup struct {
	Group   string
	Filters []client.Filter
	QoS     byte
}

// Edit asks the root to change the QoS and the options of a subscription in place.
type Edit struct {
	Filter string
	QoS    byte
	Options
}

// Unsubscribe asks the root to let a filter go, or all of a group (Filter empty), and to take the row away. The Choose of another
// row follows.
type Unsubscribe struct{ Filter, Group string }

// Pause asks the root to stop what a row shows, or to let it go on. Messages are received all the same.
type Pause struct {
	Choose
	On bool
}

// Clear asks the root to show of a row only what comes from now on; of all messages, to remove them.
type Clear struct{ Choose }

// Favour asks the root to make the filter of a row a favourite, or no longer.
type Favour struct {
	Filter string
	On     bool
}

// Choose tells the root whose messages to show: those of a filter, of a whole group (Filter empty), of one filter of a group, or
// all (both empty).
type Choose struct{ Filter, Group string }

// Leave asks the root to move the focus on: the form was left past its last field, or before its first.
type Leave struct{ Forward bool }

// State is how a subscription stands.
type State int

// The states of a subscription.
const (
	Asking  State = iota // the broker has not answered yet
	Live                 // granted
	Refused              // the broker refused it; Reason says why
	Waiting              // for a connection
	Offered              // a favourite that is not subscribed
)

// Recent are the messages of the last seconds, the newest last.
type Recent [12]uint32

// Row is a subscription. Texts are as they came from outside.
type Row struct {
	Filter        string
	QoS, Granted  byte // asked for, and what the broker granted (while Live or Waiting)
	State         State
	Reason        string // why it was refused
	Unread, Total uint64 // messages, since the row was last the chosen one and in all
	Rate          float64
	Recent        Recent
	Group         string // rows of one group are folded into one, "shadow lamp · classic"; "" for the user's own
	Held          string // why the user cannot unsubscribe; "" when that can be done
	Overlap       string // another filter that selects some of the same topics; "" when there is none
	Paused        bool
	Favourite     bool
	Options
}

// Pane shows the subscriptions, which the root owns.
type Pane struct {
	theme *theme.Theme
	keys  *keymap.Map
	now   func() time.Time

	w, h  int
	focus bool
	dirty bool // what View returns is older than what it shows
	view  string

	rows     []Row
	all      uint64
	unfolded map[string]bool
	items    []item
	chosen   Choose
	fresh    bool           // chosen was just asked for: its row may still be to come
	prefixes map[string]int // what the filters of a group have in common
	scroll   widget.Scroll
	columns  columns
	area     area

	maxQoS      byte
	limits      func(client.Filter) error // nil for none
	most        int                       // filters that the broker lets a connection have; 0 for any number
	form        *form                     // nil while closed
	formLines   []formLine                // as drawn
	suggestions []string
	known       client.Known
	hinted      hinted
}

// New makes the pane without subscriptions, with all messages chosen. QoS 0 and 1 are offered until SetMaxQoS says otherwise.
func New(t *theme.Theme, keys *keymap.Map, now func() time.Time) *Pane {
	p := &Pane{theme: t, keys: keys, now: now, maxQoS: 1, unfolded: map[string]bool{}, prefixes: map[string]int{}, dirty: true}
	p.items = p.arrange()
	return p
}

// SetMaxQoS tells the highest QoS that the broker knows.
func (p *Pane) SetMaxQoS(qos byte) { p.maxQoS, p.dirty = qos, true }

// SetSuggestions tells what the filter field completes to, the best first. The slice must not be changed afterwards.
func (p *Pane) SetSuggestions(filters []string) {
	p.suggestions, p.hinted, p.dirty = filters, hinted{}, true
}

// SetLimits gives the check of a broker that takes less than MQTT allows; nil for none.
func (p *Pane) SetLimits(check func(client.Filter) error) { p.limits, p.dirty = check, true }

// SetMost tells how many filters the broker lets a connection have; 0 for any number.
func (p *Pane) SetMost(filters int) { p.most, p.dirty = filters, true }

// SetKnown tells the names that reserved topics are completed with. It must not be changed afterwards.
func (p *Pane) SetKnown(known client.Known) {
	p.known, p.hinted, p.dirty = known, hinted{}, true
}

// SetAll tells the number of all messages.
func (p *Pane) SetAll(total uint64) {
	p.dirty = p.dirty || p.all != total
	p.all = total
}

// SetRows replaces the subscriptions. When the chosen row went away, all messages are chosen and the intents say so; else there
// are none.
func (p *Pane) SetRows(rows []Row) (intents []any) {
	if slices.Equal(p.rows, rows) {
		return nil
	}
	p.rows = slices.Clone(rows)
	p.rearrange()
	if _, there := p.find(p.chosen); there {
		p.fresh = false
		return nil
	}
	if p.fresh {
		return nil
	}
	return p.choose(Choose{})
}

// Chosen is the row under the cursor.
func (p *Pane) Chosen() Choose { return p.chosen }

// Add opens the form, or goes back to its filter when it is open.
func (p *Pane) Add() tea.Cmd {
	p.dirty = true
	if p.form == nil || p.form.edit {
		p.form, p.hinted = newForm(p.theme), hinted{}
	}
	p.toStop(onFilter)
	return nil
}

// SetSize sets the outer size in cells.
func (p *Pane) SetSize(w, h int) {
	p.dirty = p.dirty || p.w != w || p.h != h
	p.w, p.h = w, h
}

// SetFocus tells whether the pane has the keys.
func (p *Pane) SetFocus(on bool) tea.Cmd {
	p.dirty = p.dirty || p.focus != on
	p.focus = on
	return nil
}

// Typing reports whether the form is open.
func (p *Pane) Typing() bool { return p.form != nil }

// View is what the last Refresh drew.
func (p *Pane) View() string { return p.view }
