package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Move gives what is remembered of a connection another name. What the other name has already stays, and the rest is not moved.
func (s *Store) Move(connection, as string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, to := s.connection(connection, ""), s.connection(as, "")
	if _, err := os.Stat(to); err == nil || connection == as {
		return nil
	}
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remember %s as %s: %w", connection, as, err)
	}
	all, err := s.read()
	if err != nil {
		return err
	}
	kept, ok := all[connection]
	if _, there := all[as]; !ok || there {
		return nil
	}
	delete(all, connection)
	all[as] = kept
	if err := save(s.shadowFile(), all); err != nil {
		return fmt.Errorf("remember shadows: %w", err)
	}
	return nil
}
