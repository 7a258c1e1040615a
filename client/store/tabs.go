package store

import "fmt"

// tabs are the connections that were open, by name.
type tabs struct {
	Tabs []string `json:"tabs"`
}

// Tabs are the connections that were open at the last time beside the one of that name, which was the first; nothing when there is no
// file. The error names the file.
func (s *Store) Tabs(first string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept tabs
	if _, err := load(s.connection(first, "tabs.json"), &kept); err != nil {
		return nil, fmt.Errorf("tabs of the last time: %w", err)
	}
	return kept.Tabs, nil
}

// KeepTabs remembers which connections are open. Of several calls the one with the highest generation counts.
func (s *Store) KeepTabs(generation uint64, first string, names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation <= s.lastTabs {
		return nil
	}
	if err := save(s.connection(first, "tabs.json"), tabs{names}); err != nil {
		return fmt.Errorf("remember the tabs: %w", err)
	}
	s.lastTabs = generation
	return nil
}
