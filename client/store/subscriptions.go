package store

import (
	"fmt"

	"example.com/thingdeck/client"
)

func (s *Store) subscriptionFile(connection string) string {
	return s.connection(connection, "subscriptions.json")
}

// Subscriptions reads what was kept for a connection; known is false when nothing ever was. The error names the file.
func (s *Store) Subscriptions(connection string) (kept client.SavedSubscriptions, known bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, err = load(s.subscriptionFile(connection), &kept)
	if err != nil {
		return client.SavedSubscriptions{}, false, fmt.Errorf("kept subscriptions: %w", err)
	}
	return kept, known, nil
}

// KeepSubscriptions keeps the subscriptions of a connection in place of those before. Of several calls the one with the highest
// generation counts, in whatever order they come.
func (s *Store) KeepSubscriptions(generation uint64, connection string, kept client.SavedSubscriptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation <= s.subscribed[connection] {
		return nil
	}
	if err := save(s.subscriptionFile(connection), kept); err != nil {
		return fmt.Errorf("keep subscriptions: %w", err)
	}
	if s.subscribed == nil {
		s.subscribed = map[string]uint64{}
	}
	s.subscribed[connection] = generation
	return nil
}
