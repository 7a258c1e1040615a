// Package service is the Device Shadow service: it answers the requests of MQTT clients and of the HTTPS data plane as AWS
// does. RULES.md of package shadow lists the rules (S-nn). It has no network and no clock of its own.
package service

import (
	"fmt"
	"hash/maphash"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"example.com/thingdeck/shadow"
)

// Options are the settings of a Service. The zero Options are AWS's defaults.
type Options struct {
	// Depth is how many levels of keys a section may have (S-97). 0 means 6.
	Depth int
	// Size is how many bytes desired and reported may have together as compact JSON (S-100). 0 means 8192.
	Size int
	// FirstVersion is the version of a shadow that never existed or was deleted 48 hours ago (S-80, S-87). nil means 1.
	FirstVersion *int64
	// Store keeps the shadows. nil means in memory only.
	Store Store
}

// Store keeps records for a Service, one a key. Keys are "thing" or "thing/shadow". Records are JSON.
type Store interface {
	// Load calls f for every record and stops at its first error, which it returns. f does not keep record.
	Load(f func(key string, record []byte) error) error
	// Save stores record under key and returns when it is safe. An empty record removes the key. It is called concurrently
	// for different keys, never for one. It does not keep record.
	Save(key string, record []byte) error
}

// Reply is a message that the service publishes: at QoS 1, not retained (S-09).
type Reply struct {
	Topic   string
	Payload []byte
}

// memory is how long the numbering of a deleted shadow goes on (S-87).
const memory = 48 * time.Hour

// Service holds shadows and answers requests. It is safe for concurrent use: requests for one shadow wait for each other,
// requests for different shadows do not.
type Service struct {
	depth  int
	size   int
	first  int64
	store  Store
	seed   maphash.Seed
	shards [64]shard
	spare  sync.Pool // of *scratch

	nextExpiry atomic.Int64 // seconds since 1970; no grave is due before
	gravesMu   sync.Mutex
	graves     []grave
}

// scratch is the working memory of a request.
type scratch struct {
	parser shadow.Parser
	buffer []byte
}

// shard holds the shadows of some of the things. Its lock is held only to find them.
type shard struct {
	mu     sync.RWMutex
	things map[string]*thing
}

type thing struct {
	classic *record
	named   map[string]*record
}

// New returns a Service with what Options.Store holds; the error is that of loading it.
func New(o Options) (*Service, error) {
	s := &Service{depth: o.Depth, size: o.Size, first: 1, store: o.Store, seed: maphash.MakeSeed()}
	if s.depth <= 0 {
		s.depth = 6
	}
	if s.size <= 0 {
		s.size = 8192
	}
	if o.FirstVersion != nil {
		s.first = *o.FirstVersion
	}
	s.spare.New = func() any { return &scratch{} }
	s.nextExpiry.Store(math.MaxInt64)
	for i := range s.shards {
		s.shards[i].things = make(map[string]*thing)
	}
	if s.store == nil {
		return s, nil
	}
	if err := s.store.Load(s.load); err != nil {
		return nil, fmt.Errorf("load shadows: %w", err)
	}
	return s, nil
}

func (s *Service) load(key string, data []byte) error {
	name, err := parseKey(key)
	if err != nil {
		return err
	}
	r, err := parseRecord(data)
	if err != nil {
		return fmt.Errorf("record %q: %w", key, err)
	}
	sh := s.shard(name.Thing)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.put(name, r)
	if !r.exists {
		s.remember(name, r.deleted)
	}
	return nil
}

// IsRequest reports whether topic is one that Handle answers. Whatever else lies under $aws/things/+/shadow is not for
// clients to publish (S-02, S-05).
func IsRequest(topic string) bool {
	t, ok := shadow.ParseTopic(topic)
	return ok && t.Answer == shadow.AnswerNone
}

// Handle carries out the request that was published on topic with payload at the time now, and returns the replies to
// publish. It returns nil if topic is no request. It returns after the change is stored.
func (s *Service) Handle(topic string, payload []byte, now time.Time) []Reply {
	var replies []Reply
	s.HandleTo(topic, payload, now, func(r []Reply) { replies = r })
	return replies
}

// HandleTo is Handle with the replies given to deliver before the next request for the same shadow is carried out, so that
// messages of one shadow can be published in the order of its versions. deliver must not call the Service. HandleTo reports
// whether topic is a request; deliver is called once if it is.
func (s *Service) HandleTo(topic string, payload []byte, now time.Time, deliver func([]Reply)) bool {
	t, ok := shadow.ParseTopic(topic)
	if !ok || t.Answer != shadow.AnswerNone {
		return false
	}
	s.do(t.Name, t.Op, payload, now, func(o outcome) { deliver(o.replies) })
	return true
}

// Names returns the named shadows of a thing, sorted. The classic shadow and deleted ones are not among them.
func (s *Service) Names(thing string) []string {
	sh := s.shard(thing)
	sh.mu.RLock()
	var names []string
	if t := sh.things[thing]; t != nil {
		names = slices.Collect(maps.Keys(t.named))
	}
	sh.mu.RUnlock()
	slices.Sort(names)
	return slices.DeleteFunc(names, func(n string) bool {
		r := s.lock(shadow.Name{Thing: thing, Shadow: n}, false)
		if r == nil {
			return true
		}
		defer r.mu.Unlock()
		return !r.exists
	})
}

// lock returns the record of a shadow, locked. Without one it makes one if make is true, or else returns nil.
func (s *Service) lock(name shadow.Name, make bool) *record {
	sh := s.shard(name.Thing)
	for {
		sh.mu.RLock()
		r := sh.find(name)
		sh.mu.RUnlock()
		if r == nil && !make {
			return nil
		}
		if r == nil {
			sh.mu.Lock()
			if r = sh.find(name); r == nil {
				r = &record{}
				sh.put(name, r)
			}
			sh.mu.Unlock()
		}
		r.mu.Lock()
		if !r.gone {
			return r
		}
		r.mu.Unlock()
	}
}

// unlock gives a record back. One that says nothing is forgotten.
func (s *Service) unlock(name shadow.Name, r *record) {
	if !r.exists && r.deleted == 0 {
		r.gone = true
		sh := s.shard(name.Thing)
		sh.mu.Lock()
		sh.remove(name)
		sh.mu.Unlock()
	}
	r.mu.Unlock()
}

func (s *Service) shard(thing string) *shard {
	return &s.shards[maphash.String(s.seed, thing)%uint64(len(s.shards))]
}

func (sh *shard) find(name shadow.Name) *record {
	t := sh.things[name.Thing]
	if t == nil {
		return nil
	}
	if name.Shadow == "" {
		return t.classic
	}
	return t.named[name.Shadow]
}

func (sh *shard) put(name shadow.Name, r *record) {
	t := sh.things[name.Thing]
	if t == nil {
		t = &thing{}
		sh.things[strings.Clone(name.Thing)] = t
	}
	if name.Shadow == "" {
		t.classic = r
		return
	}
	if t.named == nil {
		t.named = make(map[string]*record)
	}
	t.named[strings.Clone(name.Shadow)] = r
}

func (sh *shard) remove(name shadow.Name) {
	t := sh.things[name.Thing]
	if name.Shadow == "" {
		t.classic = nil
	} else {
		delete(t.named, name.Shadow)
	}
	if t.classic == nil && len(t.named) == 0 {
		delete(sh.things, name.Thing)
	}
}
