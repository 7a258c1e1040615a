package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
)

// Memory keeps which shadows a user looks at. Both methods may take a while and are called apart from Update; of several calls of
// Remember the one with the highest generation counts.
type Memory interface {
	Recall(connection string) (recents, favourites []shadow.Name, err error)
	Remember(generation uint64, connection string, recents, favourites []shadow.Name) error
}

// maxRecents bounds the shadows that are offered because they were looked at.
const maxRecents = 20

// memorised is what a tab remembers of shadows.
type memorised struct {
	recents, favourites []shadow.Name
}

// memoryName is what the tab's connection is remembered by.
func (t *tab) memoryName() string { return t.conn.Key() }

// Key is what a connection is remembered by: its label, or the URL of its broker.
func (c Connection) Key() string {
	if c.Label != "" {
		return c.Label
	}
	return c.Profile.Broker.String()
}

// recall gives the shadow pane what was remembered; called once, before the screen stands.
func (m *Model) recall(t *tab) {
	if m.deps.Memory == nil {
		return
	}
	recents, favourites, err := m.deps.Memory.Recall(t.memoryName())
	if err != nil {
		m.tell(0, err.Error(), true)
	}
	bad := func(n shadow.Name) bool { return n.Check() != nil } // a file can hold anything
	t.memory.recents, t.memory.favourites = slices.DeleteFunc(recents, bad), slices.DeleteFunc(favourites, bad)
	t.shadows.SetRecents(t.memory.recents)
	t.shadows.SetFavourites(t.memory.favourites)
}

// chosen puts a shadow at the head of those looked at.
func (m *Model) chosen(n shadow.Name) tea.Cmd {
	mem := &m.tab().memory
	if len(mem.recents) > 0 && mem.recents[0] == n {
		return nil
	}
	mem.recents = slices.DeleteFunc(slices.Clone(mem.recents), func(o shadow.Name) bool { return o == n })
	mem.recents = slices.Insert(mem.recents, 0, n)
	mem.recents = mem.recents[:min(len(mem.recents), maxRecents)]
	m.tab().shadows.SetRecents(mem.recents)
	return m.remember()
}

// favour makes a shadow a favourite, or no longer.
func (m *Model) favour(n shadow.Name, on bool) tea.Cmd {
	mem := &m.tab().memory
	mem.favourites = slices.DeleteFunc(slices.Clone(mem.favourites), func(o shadow.Name) bool { return o == n })
	if on {
		mem.favourites = append(mem.favourites, n)
	}
	m.tab().shadows.SetFavourites(mem.favourites)
	return m.remember()
}

// notRememberedMsg tells that something could not be kept; the program goes on without it.
type notRememberedMsg struct{ err error }

func (m *Model) remember() tea.Cmd {
	if m.deps.Memory == nil {
		return nil
	}
	t, memory := m.tab(), m.deps.Memory
	m.remembered++ // over all tabs: the store has one file
	generation, name := m.remembered, t.memoryName()
	recents, favourites := t.memory.recents, t.memory.favourites
	return func() tea.Msg {
		if err := memory.Remember(generation, name, recents, favourites); err != nil {
			return notRememberedMsg{err}
		}
		return nil
	}
}
