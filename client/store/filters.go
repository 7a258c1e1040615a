package store

import (
	"fmt"
	"path/filepath"
)

// maxFilters is how many filters are read.
const maxFilters = 200

func (s *Store) filterFile() string { return filepath.Join(s.dir, "filters.jsonl") }

// Filters are the filters of the message log that were used, the oldest first. Several processes may add to them.
func (s *Store) Filters() ([]string, error) {
	texts, _, err := lines[string](s.filterFile(), maxFilters)
	if err != nil {
		return nil, fmt.Errorf("filters used before: %w", err)
	}
	return texts, nil
}

// AddFilter remembers a filter.
func (s *Store) AddFilter(text string) error {
	if err := appendLine(s.filterFile(), text); err != nil {
		return fmt.Errorf("remember the filter: %w", err)
	}
	return nil
}
