package ui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// Filters keeps the filters of the log that were used. Its methods may take a while; Add is called apart from Update.
type Filters interface {
	// Filters are those used before, the oldest first.
	Filters() ([]string, error)
	// AddFilter remembers one.
	AddFilter(text string) error
}

// offerFilters gives a tab the filters used before.
func (m *Model) offerFilters(t *tab) {
	if m.deps.Filters == nil {
		return
	}
	texts, err := m.deps.Filters.Filters()
	if err != nil {
		m.tell(0, err.Error(), true)
	}
	t.messages.SetFilters(texts)
}

// filtered remembers a filter that the user settled on, in every tab.
func (m *Model) filtered(text string) tea.Cmd {
	for _, t := range m.tabs {
		t.messages.SetFilters([]string{text})
	}
	if m.deps.Filters == nil {
		return nil
	}
	filters := m.deps.Filters
	return func() tea.Msg {
		if err := filters.AddFilter(text); err != nil {
			return notRememberedMsg{err}
		}
		return nil
	}
}

// work is what the Messages pane in sight wants done in the background.
func (m *Model) work() tea.Cmd { return m.wrap(paneMessages, m.tab().messages.Work()) }
