package broker

import (
	"sync"
	"time"
)

// Limits of one session's queues. AWS does not document how much it keeps for a client that is away.
const (
	window       = 100      // unacknowledged QoS 1 messages in each direction
	pendingBytes = 64 << 20 // queued for a client that is away or slow, beyond it the newest are dropped
	pendingSlow  = 4 << 20  // beyond it publishers wait for a connected client
)

// session is what the broker keeps for a client ID, connected or not.
type session struct {
	b  *Broker
	id string
	v5 bool // MQTT 3.1.1 and 5 do not resume each other's sessions

	mu       sync.Mutex
	owner    *Conn // from its CONNECT until it has settled; nil while away
	conn     *Conn // owner, from its CONNACK until it ends
	subs     map[string]subscription
	inflight []outgoing // sent and not acknowledged, in order
	pending  []*pendingMessage
	bytes    int // of pending
	nextID   uint16
	window   int
	lifetime time.Duration // after the connection ends; 0 ends with it
	until    time.Time     // when a session that is away ends
	dropping bool          // says once that messages are lost
}

type pendingMessage struct {
	m      *Message
	retain bool
}

func newSession(b *Broker, id string, v5 bool) *session {
	return &session{b: b, id: id, v5: v5, subs: map[string]subscription{}, window: window}
}

func (s *session) online() *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

func (s *session) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner == nil && !now.Before(s.until)
}

func (s *session) filters() []subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]subscription, 0, len(s.subs))
	for _, sub := range s.subs {
		out = append(out, sub)
	}
	return out
}

// deliver sends m, or keeps it until the client can take it. It returns the connection when publishers should wait for
// it, else nil.
func (s *session) deliver(m *Message, qos byte, retain bool) *Conn {
	qos = min(qos, m.QoS)
	s.mu.Lock()
	defer s.mu.Unlock()
	if qos == 0 {
		if s.conn != nil && s.conn.out.push(outgoing{m: m, retain: retain}) {
			return s.conn
		}
		return nil
	}
	if s.conn == nil && s.lifetime == 0 {
		return nil
	}
	if s.conn != nil && len(s.pending) == 0 && len(s.inflight) < s.window {
		if s.send(m, retain) {
			return s.conn
		}
		return nil
	}
	if s.bytes+m.size() > pendingBytes {
		s.lost(m)
		return nil
	}
	s.pending = append(s.pending, &pendingMessage{m, retain})
	s.bytes += m.size()
	if s.bytes > pendingSlow {
		return s.conn
	}
	return nil
}

func (s *session) lost(m *Message) {
	if !s.dropping {
		s.dropping = true
		s.b.notice(Dropped, s.id, "receive", m.Topic, "the client's queue of QoS 1 messages is full")
	}
}

// send gives a message to the connection at QoS 1 and tells whether its queue is long.
func (s *session) send(m *Message, retain bool) bool {
	o := outgoing{m: m, id: s.freeID(), qos: 1, retain: retain}
	s.inflight = append(s.inflight, o)
	return s.conn.out.push(o)
}

// freeID returns a packet identifier that is not in flight.
func (s *session) freeID() uint16 {
	for {
		if s.nextID++; s.nextID == 0 {
			continue
		}
		if !s.uses(s.nextID) {
			return s.nextID
		}
	}
}

func (s *session) uses(id uint16) bool {
	for i := range s.inflight {
		if s.inflight[i].id == id {
			return true
		}
	}
	return false
}

// acknowledged takes a message out of flight and sends what waited for it.
func (s *session) acknowledged(id uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.inflight {
		if s.inflight[i].id == id {
			s.inflight = append(s.inflight[:i], s.inflight[i+1:]...)
			break
		}
	}
	s.drain()
}

// drain sends pending messages as far as the window allows.
func (s *session) drain() {
	now := s.b.opt.Now()
	n := 0
	for ; n < len(s.pending) && s.conn != nil && len(s.inflight) < s.window; n++ {
		p := s.pending[n]
		s.pending[n] = nil
		s.bytes -= p.m.size()
		if !p.m.expired(now) {
			s.send(p.m, p.retain)
		}
	}
	s.pending = s.pending[n:]
	if len(s.pending) == 0 {
		s.pending, s.dropping = nil, false
	}
	if s.conn != nil && s.bytes < pendingSlow {
		s.conn.out.release()
	}
}

// attach makes c the session's connection. ready is called before anything is sent to c.
func (s *session) attach(c *Conn, receiveMax int, ready func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = c
	s.window = min(window, receiveMax)
	ready()
	now := s.b.opt.Now()
	kept := s.inflight[:0]
	for _, o := range s.inflight {
		if o.m.expired(now) {
			continue
		}
		o.dup = true
		kept = append(kept, o)
		c.out.push(o)
	}
	s.inflight = kept
	s.drain()
}

// claim makes c the owner.
func (s *session) claim(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owner = c
}

func (s *session) claimedBy() *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner
}

// detach leaves the session without a connection and tells whether it goes on.
func (s *session) detach() (goesOn bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn, s.owner = nil, nil
	s.until = s.b.opt.Now().Add(s.lifetime)
	return s.lifetime > 0
}

func (s *session) setLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = d
}
