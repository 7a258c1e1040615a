// Package ui is the screen: the root model that routes keys, messages and intents, the layout, and the frames in which what came
// from the network is shown.
package ui

import (
	"context"
	"fmt"
	"os"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/payload"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/connect"
	"example.com/thingdeck/ui/events"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// pane is what the root asks of a pane. View is exactly as large as SetSize said, and Refresh alone rebuilds it.
type pane interface {
	Update(tea.Msg) (intents []any, cmd tea.Cmd) // keys arrive only while focused; mouse in own coordinates
	Refresh(now time.Time)
	View() string
	SetSize(w, h int)
	SetFocus(on bool) tea.Cmd
	Actions() []keymap.Action // most useful first, with why one is off now
	Do(action string) (intents []any, cmd tea.Cmd)
	Typing() bool // letters are text: only chords command
}

// dialog is a pane over the others that says how large it wants to be.
type dialog interface {
	pane
	Want(maxW, maxH int) (w, h int)
}

// Deps is all that the screen needs from the rest of the program.
type Deps struct {
	Theme   *theme.Theme
	Keys    *keymap.Map
	NoMouse bool // the mouse is left to the terminal
	Now     func() time.Time
	Wake    <-chan struct{}   // signalled by every Session that has something
	Notices func() []string   // what the local AWS IoT has to tell since the last call; nil without one
	Copy    func(text string) // puts text on the terminal's clipboard; called from Update

	Schemas *payload.Schemas // what Protobuf payloads are decoded with; nil for none
	Filters Filters          // keeps the filters used before; nil forgets them
	Files   Files            // writes exports and records; nil offers none
	Memory  Memory           // keeps recent and favourite shadows; nil forgets them

	Triggers func(*client.Session) *trigger.Engine // starts those of a connection; nil for none
	Alert    func(trigger.Signal)                  // rings and notifies; called from Update

	Subscriptions SubscriptionStore // keeps subscriptions and favourites; nil forgets them
	Drafts        DraftStore        // keeps drafts, templates and what was published; nil forgets them

	Connections Connections            // the saved ones; nil offers none
	NewSession  func() *client.Session // one without a connection, which signals Wake; the Model closes it
	Connection  Connection             // of the first tab
}

// Connection is what a tab starts with.
type Connection struct {
	Session     *client.Session // nil for one of Deps.NewSession
	Profile     client.Profile
	Name        string // of the profile; "" is the local AWS IoT
	Unsaved     bool   // there is no profile: flags say it
	Label       string // what the status bar calls it: "local", or ""
	Limits      history.Limits
	MaxQoS      byte // 1 on AWS and the local AWS IoT, 2 on others
	Subscribe   []client.Subscription
	NewestFirst bool   // the message log begins with the newest
	Thing       string // the shadow pane opens on it; "" for none
	Shadow      string
	Otherwise   []client.Subscription // subscribed when nothing was kept from the last time
	Fresh       bool                  // the subscriptions of the last time do not come back
	Shared      bool                  // another process or tab has the connection: nothing comes back, nothing is kept

	Notices []string // what to tell of it
	// Open makes the connection anew, with answers; nil where nothing may have to be asked.
	Open func(ctx context.Context, answers map[string]string) (Connection, error)
	Asks *Needed // the connection lacks this: it is not made before Open was given it

	toKeep    map[string]string // secrets to keep once the connection stands
	kept      client.SavedSubscriptions
	restored  bool      // there was something kept
	Recording Recording // a record that runs from the start; nil for none
}

// Summary is what the program prints when the user has left.
type Summary struct {
	Connected                             time.Duration
	Received, Dropped, Evicted, Published uint64

	// Never is why no connection stood in all that time, with its likely causes; "" when one did.
	Never string
}

// String is the one line that the restored terminal shows.
func (s Summary) String() string {
	d := int(s.Connected.Seconds())
	return fmt.Sprintf("connected %d:%02d:%02d  received %d  dropped %d  evicted %d  published %d",
		d/3600, d/60%60, d%60, s.Received, s.Dropped, s.Evicted, s.Published)
}

// Model is the root of the screen, a tea.Model. It is used by one goroutine.
type Model struct {
	deps        Deps
	theme       *theme.Theme
	keys        *keymap.Map
	generation  uint64 // of subscriptions kept
	triggersOff bool   // the triggers of every tab are off
	tabs        []*tab
	current     int
	away        bool              // what is done now is for a tab that is not shown
	retired     []*client.Session // of tabs that were closed, until they have ended
	gone        Summary           // of tabs that were closed

	prompts     map[*connect.Prompt]opening // what each of them is asked for
	firstName   string                      // what the open tabs are remembered by; "" while they are not
	restoring   int                         // tabs of the last time that are not open yet
	tabsKept    []string
	tabsWritten uint64
	speaking    dialog // whose intents are done, when it may not be the uppermost
	remembered  uint64 // the last generation of shadows

	toasts widget.Toasts

	w, h     int
	layout   layout
	focus    int
	front    [2]int
	zoom     bool
	captured int // the pane that holds the pressed mouse button, or -1

	stdin, stdout *os.File // the terminal, for programs that get it for a while

	drafted   uint64  // the last generation of a draft
	starting  tea.Cmd // what the first tab asked for before the program ran
	lastFrame time.Time
	growth    int // what the garbage collector was told
	view      string
	exit      int // the status to leave with
}

// New makes the root with its first tab, which connects at once.
func New(d Deps) *Model {
	m := &Model{deps: d, theme: d.Theme, keys: d.Keys, front: [2]int{paneSubs, paneMessages}, focus: paneMessages, captured: -1}
	m.starting = tea.Batch(m.add(d.Connection), m.restoreTabs())
	if m.tab().asks != nil {
		m.starting = tea.Batch(m.starting, m.retry())
	}
	m.paceCollector()
	return m
}

// Init starts the one waiter for frames.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(m.wait(), m.wrapCovered(m.covered().SetFocus(true)), m.starting)
}

// View is what the last Update built.
func (m *Model) View() string { return m.view }

// Exit is the status that the user's way of leaving asks for.
func (m *Model) Exit() int { return m.exit }

// Summary counts over all tabs.
func (m *Model) Summary() Summary {
	s := m.gone
	for _, t := range m.tabs {
		s = s.with(t, m.deps.Now())
	}
	if s.Connected == 0 {
		s.Never = m.never()
	}
	return s
}

func (s Summary) with(t *tab, now time.Time) Summary {
	stats := t.history.Stats()
	s.Connected = max(s.Connected, t.connectedFor(now))
	s.Received += stats.Received + t.dropped
	s.Dropped += t.dropped
	s.Evicted += stats.Evicted
	s.Published += t.published
	return s
}

func (m *Model) tab() *tab  { return m.tabs[m.current] }
func (m *Model) pane() pane { return m.tab().panes()[m.focus] }

// tell notes the outcome of an action: a toast, and a row in the event log.
func (m *Model) tell(id uint64, text string, failed bool) {
	now := m.deps.Now()
	if m.away {
		m.toasts.Show(id, m.tab().title()+": "+text, failed, now)
	} else {
		m.toasts.Show(id, text, failed, now)
	}
	m.tab().log.Add(now, text, failed)
}

// notice notes what the user should know although nothing has failed.
func (m *Model) notice(t *tab, text string) {
	now := m.deps.Now()
	m.toasts.Notice(text, now)
	t.log.Add(now, text, false)
}

// openEvents shows the event log.
func (m *Model) openEvents() { m.open(events.New(m.theme, m.keys, &m.tab().log)) }
