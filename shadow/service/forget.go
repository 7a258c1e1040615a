package service

import (
	"math"
	"time"

	"example.com/thingdeck/shadow"
)

// grave remembers when a shadow was deleted, so that its number can be forgotten in time.
type grave struct {
	name    shadow.Name
	seconds int64
}

// remember notes that a shadow was deleted.
func (s *Service) remember(name shadow.Name, seconds int64) {
	s.gravesMu.Lock()
	defer s.gravesMu.Unlock()
	s.graves = append(s.graves, grave{name, seconds})
	s.nextExpiry.Store(min(s.nextExpiry.Load(), seconds+int64(memory/time.Second)))
}

// forget drops the records of shadows that were deleted too long ago.
func (s *Service) forget(now time.Time) {
	if now.Unix() < s.nextExpiry.Load() {
		return
	}
	for _, g := range s.due(now.Unix()) {
		if r := s.lock(g.name, false); r != nil {
			if r.expired(now) {
				s.drop(g.name, r)
			}
			s.unlock(g.name, r)
		}
	}
}

// due takes out the graves whose time has come.
func (s *Service) due(now int64) []grave {
	s.gravesMu.Lock()
	defer s.gravesMu.Unlock()
	var due, kept []grave
	next := int64(math.MaxInt64)
	for _, g := range s.graves {
		if end := g.seconds + int64(memory/time.Second); end <= now {
			due = append(due, g)
		} else {
			kept = append(kept, g)
			next = min(next, end)
		}
	}
	s.graves = kept
	s.nextExpiry.Store(next)
	return due
}

// drop empties the locked record of a shadow whose numbering is over. When the store fails it will be tried again at the next
// start; nothing depends on it.
func (s *Service) drop(name shadow.Name, r *record) {
	r.set(&record{})
	if s.store != nil {
		_ = s.store.Save(key(name), nil)
	}
}
