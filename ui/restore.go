package ui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"
)

// restoreTabs opens what was open at the last time, behind the first tab.
func (m *Model) restoreTabs() tea.Cmd {
	first := m.tabs[0]
	if m.deps.Connections == nil || first.conn.Shared {
		return nil
	}
	m.firstName = first.memoryName()
	names, err := m.deps.Connections.Tabs(m.firstName)
	if err != nil {
		m.tell(0, err.Error(), true)
	}
	if first.conn.Fresh {
		names = nil
	}
	var cmds []tea.Cmd
	skipped := first.conn.Unsaved
	for _, name := range names[:min(len(names), maxRestored)] {
		if name == first.conn.Name && !skipped {
			skipped = true
			continue
		}
		o := opening{name: name, title: titleOf(name), behind: true}
		o.open = func(ctx context.Context, answers map[string]string) (Connection, error) {
			return m.deps.Connections.Open(ctx, name, answers)
		}
		cmds = append(cmds, m.opens(o))
	}
	m.restoring = len(cmds)
	return tea.Batch(cmds...)
}

// maxRestored bounds what a file can make the program open.
const maxRestored = 30

// keepTabs writes which connections are open, when that changed.
func (m *Model) keepTabs() tea.Cmd {
	write := m.unkeptTabs()
	if write == nil {
		return nil
	}
	return func() tea.Msg {
		if err := write(); err != nil {
			return notRememberedMsg{err}
		}
		return nil
	}
}

// lastTabs writes what changed since the last frame; the program has ended.
func (m *Model) lastTabs() error {
	if write := m.unkeptTabs(); write != nil {
		return write()
	}
	return nil
}

// unkeptTabs is what writes which connections are open, or nil when that is written, or not known before all of the last time are back.
func (m *Model) unkeptTabs() func() error {
	if m.deps.Connections == nil || m.firstName == "" || m.restoring > 0 {
		return nil
	}
	var names []string
	for _, t := range m.tabs {
		if !t.conn.Unsaved {
			names = append(names, t.conn.Name)
		}
	}
	if slices.Equal(names, m.tabsKept) {
		return nil
	}
	m.tabsKept = names
	m.tabsWritten++
	generation, first, deps := m.tabsWritten, m.firstName, m.deps.Connections
	return func() error { return deps.KeepTabs(generation, first, names) }
}
