// Package store keeps what survives the program in the state folder.
package store

import (
	"fmt"
	"path/filepath"
	"sync"
)

// Shadow names a shadow: of a thing, classic when Shadow is empty.
type Shadow struct {
	Thing  string `json:"thing"`
	Shadow string `json:"shadow,omitempty"`
}

// Shadows are those that a user of one connection looked at, newest first, and those marked as favourites.
type Shadows struct {
	Recents    []Shadow `json:"recents,omitempty"`
	Favourites []Shadow `json:"favourites,omitempty"`
}

// Store reads and writes the files of one state folder. It is safe for concurrent use; several processes may share the folder,
// and then the last one to write a connection's shadows wins.
type Store struct {
	dir      string
	mu       sync.Mutex
	last     uint64 // newest generation written of shadows
	lastTabs uint64

	subscribed map[string]uint64 // newest generation written of subscriptions, by connection
	drafts     map[string]uint64 // newest generation written of drafts, by connection
}

// New is the store in a folder, which is made when something is written.
func New(dir string) *Store { return &Store{dir: dir} }

func (s *Store) shadowFile() string { return filepath.Join(s.dir, "shadows.json") }

// Shadows reads what was remembered for a connection: nothing when there is no file. The error names the file.
func (s *Store) Shadows(connection string) (Shadows, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.read()
	return all[connection], err
}

// SaveShadows remembers the shadows of a connection in place of those before. Of several calls the one with the highest generation
// counts, in whatever order they come. The file is replaced in one step and can be read by the user alone.
func (s *Store) SaveShadows(generation uint64, connection string, shadows Shadows) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation <= s.last {
		return nil
	}
	all, err := s.read()
	if err != nil {
		return err // a file that cannot be read is not overwritten
	}
	if all == nil {
		all = map[string]Shadows{}
	}
	all[connection] = shadows
	if err := save(s.shadowFile(), all); err != nil {
		return fmt.Errorf("remember shadows: %w", err)
	}
	s.last = generation
	return nil
}

func (s *Store) read() (map[string]Shadows, error) {
	var all map[string]Shadows
	if _, err := load(s.shadowFile(), &all); err != nil {
		return nil, fmt.Errorf("remembered shadows: %w", err)
	}
	return all, nil
}
