package broker

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// Limits of one session's queues. AWS does not document how much it keeps for a client that is away.
const (
	window       = 100      // unacknowledged QoS 1 messages in each direction
	pendingBytes = 64 << 20 // queued for a client that is away or slow, beyond it the newest are dropped
	pendingSlow  = 4 << 20  // beyond it publishers wait for a connected client
)

// session is what the broker keeps for a client ID beside mochi's client: who has it, how long it lives, and the QoS 1
// messages for which there is no room in flight. mochi keeps the subscriptions and what is in flight.
type session struct {
	b  *Broker
	id string
	v5 bool // MQTT 3.1.1 and 5 do not resume each other's sessions

	mu       sync.Mutex
	owner    *Conn // from its CONNECT until it has settled; nil while away
	conn     *Conn // owner, from its CONNACK until it ends
	inflight int   // messages given to mochi and not acknowledged
	pending  []waiting
	bytes    atomic.Int64 // of pending
	draining bool
	lifetime time.Duration // after the connection ends; 0 ends with it
	until    time.Time     // when a session that is away ends
	dropping bool          // says once that messages are lost
}

// waiting is a message for which there is no room in flight.
type waiting struct {
	m      *Message
	retain bool
}

func (s *session) online() *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn
}

func (s *session) claimedBy() *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner
}

func (s *session) expired(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owner == nil && !now.Before(s.until)
}

// offer tells whether mochi is to send a message to the client now. If not, it is kept, or lost. slow is the connection
// that publishers should wait for, or nil.
func (s *session) offer(pk *packets.Packet, qos byte, retain bool) (now bool, slow *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conn
	if c == nil && (qos == 0 || s.lifetime == 0) {
		return false, nil
	}
	if qos > 0 && (c == nil || s.draining || len(s.pending) > 0 || s.inflight >= c.window) {
		return false, s.hold(toMessage(pk), retain)
	}
	if !c.fits(pk) {
		return false, nil
	}
	taken, first, crowded := c.out.enter(qos)
	if first {
		s.b.notice(Dropped, s.id, "receive", pk.TopicName, "the client reads too slowly: QoS 0 messages are dropped")
	}
	if crowded {
		slow = c
	}
	if qos > 0 {
		s.inflight++
	}
	return taken, slow
}

// hold keeps a message of QoS 1 until there is room. s.mu is held.
func (s *session) hold(m *Message, retain bool) (slow *Conn) {
	if s.bytes.Load()+int64(m.size()) > pendingBytes {
		if !s.dropping {
			s.dropping = true
			s.b.notice(Dropped, s.id, "receive", m.Topic, "the client's queue of QoS 1 messages is full")
		}
		return nil
	}
	s.pending = append(s.pending, waiting{m, retain})
	if s.bytes.Add(int64(m.size())) > pendingSlow {
		return s.conn
	}
	return nil
}

// roomy tells whether the pending messages are few.
func (s *session) roomy() bool { return s.bytes.Load() < pendingSlow }

func (s *session) setLifetime(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = d
}

// acknowledged makes room for one message in flight.
func (s *session) acknowledged() {
	s.mu.Lock()
	s.inflight = max(0, s.inflight-1)
	s.mu.Unlock()
	s.drain()
}

// drain sends pending messages as far as the window allows, one goroutine at a time so that they stay in order.
func (s *session) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return
	}
	s.draining = true
	for len(s.pending) > 0 && s.conn != nil && s.inflight < s.conn.window {
		next, c := s.pending[0], s.conn
		s.pending[0] = waiting{}
		if s.pending = s.pending[1:]; len(s.pending) == 0 {
			s.pending, s.dropping = nil, false
		}
		s.bytes.Add(-int64(next.m.size()))
		pk := toPacket(next.m)
		if next.m.expired(s.b.opt.Now()) || !c.fits(&pk) {
			continue
		}
		s.inflight++
		c.out.enter(1)
		s.mu.Unlock()
		s.b.sendTo(s.id, pk, 1, next.retain)
		s.mu.Lock()
	}
	s.draining = false
	if s.conn != nil && s.roomy() {
		s.conn.out.roomier()
	}
}

// attach opens the session for messages to c, and sends what waited.
func (s *session) attach(c *Conn) {
	s.mu.Lock()
	s.conn = c
	s.inflight = c.client.State.Inflight.Len()
	c.ready.Store(true)
	s.mu.Unlock()
	s.drain()
}

// rescue takes back a message that mochi has put in flight for a connection that is not, or no longer, the session's.
func (s *session) rescue(c *Conn, pk packets.Packet) {
	s.mu.Lock()
	stray := s.owner != nil && s.conn != c
	if stray {
		c.client.State.Inflight.Delete(pk.PacketID)
		m := toMessage(&pk)
		s.pending = slices.Insert(s.pending, 0, waiting{m, pk.Connect.WillRetain}) // others came after it
		s.bytes.Add(int64(m.size()))
	}
	s.mu.Unlock()
	if stray {
		s.drain()
	}
}

// prolong changes how long the session lives on; 0 cannot become more.
func (s *session) prolong(seconds uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lifetime == 0 && seconds > 0 {
		return false
	}
	s.lifetime = min(time.Duration(seconds)*time.Second, maxSession)
	return true
}

// claim finds or makes the session of c's client ID. A connection that has it now is ended first: the newest wins.
// mochi then inherits from a client that is away, or finds none.
func (b *Broker) claim(c *Conn, cl *mqtt.Client) error {
	cl.Properties.Props.TopicAliasMaximum = 0 // aliases are set when a packet is written, see Conn.finish
	s, err := b.await(c)
	if err != nil {
		return err
	}
	defer b.mu.Unlock()
	delete(b.delayed, s)
	if s != nil && (cl.Properties.Clean || s.v5 != c.v5 || s.expired(b.opt.Now())) {
		b.purge(s)
		s = nil
	}
	if s == nil {
		s = &session{b: b, id: c.id, v5: c.v5}
		b.sessions[c.id] = s
	}
	s.mu.Lock()
	s.owner, s.lifetime = c, c.lifetime
	s.mu.Unlock()
	c.sess, c.client = s, cl
	return nil
}

// purge ends a session that nobody has, for good. b.mu is held.
func (b *Broker) purge(s *session) {
	if b.sessions[s.id] == s {
		delete(b.sessions, s.id)
	}
	if cl, ok := b.server.Clients.Get(s.id); ok && conn(cl).sess == s {
		b.server.UnsubscribeClient(cl)
		cl.ClearInflights()
		b.server.Clients.Delete(s.id)
	}
}

// release leaves a session without a connection and tells whether it goes on.
func (b *Broker) release(s *session) (goesOn bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.mu.Lock()
	s.conn, s.owner = nil, nil
	s.until = b.opt.Now().Add(s.lifetime)
	goesOn = s.lifetime > 0
	s.mu.Unlock()
	if !goesOn {
		b.purge(s)
	}
	return goesOn
}

// sortInflight leaves out of a client's flight what has expired and numbers the rest: mochi sends it in the order of the
// low 16 bits of Created.
func (b *Broker) sortInflight(cl *mqtt.Client) {
	all := cl.State.Inflight.GetAll(false)
	slices.SortFunc(all, func(x, y packets.Packet) int { return int(x.Created - y.Created) })
	now := b.opt.Now().Unix()
	for i, pk := range all {
		if pk.Expiry > 0 && pk.Expiry < now {
			cl.State.Inflight.Delete(pk.PacketID)
			continue
		}
		pk.Created = int64(i)
		cl.State.Inflight.Set(pk)
	}
}
