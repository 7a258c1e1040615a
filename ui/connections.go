package ui

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/connect"
)

// Connections are the saved connections, and what opens one. Methods that take a context may wait for the keyring; they and those
// that read or write files are called apart from Update.
type Connections interface {
	connect.Profiles
	// Open makes a saved connection ready; "" is the local AWS IoT. Answers are secrets that were asked for. The error is a *Needed
	// while one is missing.
	Open(ctx context.Context, name string, answers map[string]string) (Connection, error)
	// Keep keeps secrets of a profile for the next time; notice says where they went if not into the keyring.
	Keep(ctx context.Context, name string, answers map[string]string) (notice string, err error)
	// Keyring says why secrets are kept only until the program ends; nil where there is a keyring.
	Keyring() error
	// Tabs are the connections that were open at the last time beside the first one, by name; KeepTabs keeps them. Of several calls
	// the one with the highest generation counts.
	Tabs(first string) ([]string, error)
	KeepTabs(generation uint64, first string, names []string) error
}

// Needed is a secret that a connection lacks: an error that an answer mends.
type Needed struct {
	Name  string // what the answer goes by
	Text  string // asks for it
	Wrong string // why the answer before did not do
}

func (n *Needed) Error() string {
	if n.Wrong != "" {
		return n.Wrong
	}
	return "needs the " + n.Text
}

// opening is a connection on its way to a tab.
type opening struct {
	name    string
	title   string
	open    func(context.Context, map[string]string) (Connection, error)
	answers map[string]string
	kept    map[string]string // the answers to keep when it is open
	into    *tab              // whose place it takes; nil for a new tab
	again   bool              // it is the connection that the tab has: it keeps its history
	behind  bool              // the tab is not shown
	needs   string            // what the prompt asks for
}

type openedMsg struct {
	opening opening
	conn    Connection
	err     error
}

// openTime bounds what opening waits for: a keyring that its user unlocks.
const openTime = 30 * time.Second

// opens begins to open a connection.
func (m *Model) opens(o opening) tea.Cmd {
	o.answers = maps.Clone(o.answers)
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), openTime)
		defer cancel()
		c, err := o.open(ctx, o.answers)
		return openedMsg{o, c, err}
	}
}

// openSaved opens a saved connection in the tab shown or in a new one. One that is open in another tab is only shown.
func (m *Model) openSaved(name string, newTab bool) tea.Cmd {
	o := opening{name: name, title: titleOf(name)}
	o.open = func(ctx context.Context, answers map[string]string) (Connection, error) {
		return m.deps.Connections.Open(ctx, name, answers)
	}
	if newTab {
		return m.opens(o)
	}
	t := m.tab()
	if i := slices.IndexFunc(m.tabs, func(o *tab) bool { return o.is(name) }); i >= 0 && !t.is(name) {
		return m.show(i)
	}
	o.into, o.again = t, t.is(name)
	why := m.closingLoses(t, "connecting elsewhere")
	if why == "" || o.again {
		return m.opens(o)
	}
	return m.open(&quitDialog{theme: m.theme, keys: m.keys, title: "Connect elsewhere?", why: why, yes: "connect", answer: replaceAnswer{o}})
}

// replaceAnswer says that a connection is to take the place of the one that the tab has, whatever is lost.
type replaceAnswer struct{ opening opening }

// is says that the tab has a saved connection.
func (t *tab) is(name string) bool { return !t.conn.Unsaved && t.conn.Name == name }

func titleOf(name string) string {
	if name == "" {
		return "local"
	}
	return name
}

// opened puts a connection into its tab, or asks for what it lacks.
func (m *Model) opened(msg openedMsg) tea.Cmd {
	o, c := msg.opening, msg.conn
	if o.into != nil && !m.holds(o.into) {
		return nil // the tab was closed meanwhile
	}
	var needed *Needed
	if o.behind && !errors.As(msg.err, &needed) {
		m.restoring--
	}
	switch {
	case errors.As(msg.err, &needed):
		return m.ask(o, needed)
	case msg.err != nil:
		m.tell(0, titled(o, "not connected: "+msg.err.Error()), true)
		return nil
	}
	if why := m.conflict(c, o.into); why != "" {
		m.tell(0, titled(o, why), true)
		return nil
	}
	return m.put(o, c)
}

func titled(o opening, text string) string { return safe(o.title) + ": " + text }

// put gives a connection its tab. Answers are kept once it stands.
func (m *Model) put(o opening, c Connection) tea.Cmd {
	c.toKeep = o.kept
	switch {
	case o.again:
		return m.again(o.into, c)
	case o.into != nil:
		return m.replace(o.into, c)
	}
	cmd := m.add(c)
	if o.behind {
		return cmd
	}
	return tea.Batch(cmd, m.show(len(m.tabs)-1))
}

// again connects a tab anew, with its history, subscriptions and panes; a tab that lacked something begins with it.
func (m *Model) again(t *tab, c Connection) tea.Cmd {
	t.conn.Profile, t.conn.MaxQoS, t.conn.Open, t.conn.Asks, t.conn.toKeep, t.asks = c.Profile, c.MaxQoS, c.Open, nil, c.toKeep, nil
	t.stale = false
	t.allow(c)
	m.noteAll(t, c.Notices)
	if !t.started {
		return m.in(t, func() tea.Cmd { return m.act(t.start()) })
	}
	t.session.Connect(c.Profile)
	return nil
}

// replace gives the place of a tab to another connection, with a history of its own; the old one says goodbye.
func (m *Model) replace(old *tab, c Connection) tea.Cmd {
	i := slices.Index(m.tabs, old)
	if i == m.current {
		m.covered().SetFocus(false)
	}
	ended := m.retire(old)
	begun := m.add(c)
	m.tabs[i] = m.tabs[len(m.tabs)-1]
	m.tabs = m.tabs[:len(m.tabs)-1]
	if i == m.current {
		m.captured = -1
		return tea.Batch(ended, begun, m.shown())
	}
	return tea.Batch(ended, begun)
}

// conflict says which tab keeps a connection from being opened: two with one client ID push each other out for ever.
func (m *Model) conflict(c Connection, except *tab) string {
	for i, t := range m.tabs {
		if p := t.conn.Profile; t != except && c.Profile.ClientID != "" && p.Broker == c.Profile.Broker && p.ClientID == c.Profile.ClientID {
			return fmt.Sprintf("tab %d is connected to %s as %s already, and a broker keeps one connection a client ID: give the profile another one, or none",
				i+1, p.Broker.Address(), safe(p.ClientID))
		}
	}
	return ""
}

// noteAll tells what the user should know of a connection.
func (m *Model) noteAll(t *tab, notices []string) {
	for _, text := range notices {
		m.notice(t, text)
	}
}

// renamed follows a profile that has another name now.
func (m *Model) renamed(r connect.Renamed) {
	for _, t := range m.tabs {
		if t.is(r.From) {
			t.conn.Name = r.To
			if t.conn.Label == r.From {
				t.conn.Label = r.To
			}
		}
	}
}

// savedProfile has the tab without a profile take the one that was made of it, and tells of tabs that are connected as the profile
// was before.
func (m *Model) savedProfile(s connect.Saved) {
	for i, t := range m.tabs {
		switch {
		case s.Adopted && t.conn.Unsaved:
			t.conn.Name, t.conn.Label, t.conn.Unsaved = s.Name, s.Name, false
			t.conn.Open = func(ctx context.Context, answers map[string]string) (Connection, error) {
				return m.deps.Connections.Open(ctx, s.Name, answers)
			}
		case t.is(s.Name):
			t.stale = true
			m.tell(0, fmt.Sprintf("%s is saved: %s in tab %d connects with it", safe(s.Name), m.keys.Action("global.retry").Key(), i+1), false)
		}
	}
}

// openTabs is what the list of connections has to know of the tabs.
func (m *Model) openTabs() (out []connect.Tab) {
	for i, t := range m.tabs {
		out = append(out, connect.Tab{Name: t.conn.Name, Saved: !t.conn.Unsaved, Number: i + 1, Current: i == m.current, ClientID: t.conn.Profile.ClientID})
	}
	return out
}

// connections opens the list of them.
func (m *Model) connections() tea.Cmd {
	if m.deps.Connections == nil {
		return nil
	}
	return m.open(connect.NewList(m.theme, m.keys, m.deps.Connections, m.openTabs))
}
