package broker

import (
	"math/rand/v2"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// accept takes a message that no client published: it is retained, sent to subscribers and offered to the services.
func (b *Broker) accept(m *Message) error {
	if m.Retain {
		if err := b.kept.set(m, b.opt.Now()); err != nil {
			return err
		}
	}
	b.route(m)
	b.intercept(m)
	return nil
}

// intercept offers a message to the services, whose answers follow it.
func (b *Broker) intercept(m *Message) {
	if b.opt.Intercept == nil || m.Answer {
		return
	}
	b.opt.Intercept(m, func(answer *Message) {
		answer.Answer = true
		b.route(answer)
	})
}

// route sends a message to every client that wants it, and waits for connections that do not keep up.
func (b *Broker) route(m *Message) {
	if !isBasicIngest(m.Topic) {
		b.inject(toPacket(m))
	}
}

func (b *Broker) inject(pk packets.Packet) {
	if err := b.server.InjectPacket(b.inline, pk); err != nil {
		b.opt.Log.Error("publish", "topic", pk.TopicName, "error", err)
	}
}

// sendTo lets mochi send a message to one client, which has taken it already.
func (b *Broker) sendTo(clientID string, pk packets.Packet, qos byte, retain bool) {
	pk.FixedHeader.Qos, pk.PacketID = qos, uint16(qos)
	pk.Connect.ClientIdentifier, pk.Connect.WillRetain = clientID, retain // nothing else of a packet comes through
	b.inject(pk)
}

// OnSelectSubscribers decides who gets a message now, in place of mochi.
func (h *hook) OnSelectSubscribers(found *mqtt.Subscribers, pk packets.Packet) *mqtt.Subscribers {
	chosen := &mqtt.Subscribers{Subscriptions: map[string]packets.Subscription{}}
	if to := pk.Connect.ClientIdentifier; to != "" {
		chosen.Subscriptions[to] = packets.Subscription{Qos: pk.FixedHeader.Qos}
		return chosen
	}
	var slow []*Conn
	offer := func(s *session, qos byte) bool {
		if !h.b.mayReceive(s, pk.TopicName) {
			return false
		}
		now, wait := s.offer(&pk, min(qos, pk.FixedHeader.Qos), false)
		if wait != nil {
			slow = append(slow, wait)
		}
		return now
	}
	for id, sub := range found.Subscriptions {
		cl, ok := h.b.server.Clients.Get(id)
		if !ok {
			continue
		}
		if sub, ok = merge(sub, pk.TopicName); ok && !(sub.NoLocal && pk.Origin == id) && offer(conn(cl).sess, sub.Qos) {
			chosen.Subscriptions[id] = packets.Subscription{Qos: sub.Qos}
		}
	}
	for filter, members := range found.Shared {
		if filter == tap || !matches(filter, pk.TopicName) {
			continue
		}
		s, sub, ok := h.b.member(members)
		if !ok || !offer(s, sub.Qos) {
			continue
		}
		if _, twice := chosen.Subscriptions[s.id]; twice {
			h.b.sendTo(s.id, pk, min(sub.Qos, pk.FixedHeader.Qos), false)
		} else {
			chosen.Subscriptions[s.id] = packets.Subscription{Qos: sub.Qos}
		}
	}
	for _, c := range slow {
		c.out.wait(c.sess.roomy)
	}
	return chosen
}

// mark puts QoS and No Local of a subscription into its identifier: of several filters that match, mochi gives nothing
// else of each.
func mark(sub packets.Subscription) int {
	if sub.NoLocal {
		return 4 | int(sub.Qos)
	}
	return 2 | int(sub.Qos)
}

// merge is a client's subscriptions that match a topic by AWS's rules, as one.
func merge(found packets.Subscription, topic string) (sub packets.Subscription, ok bool) {
	sub.NoLocal = true
	for filter, mark := range found.Identifiers {
		if matches(filter, topic) {
			sub.Qos, sub.NoLocal, ok = max(sub.Qos, byte(mark&1)), sub.NoLocal && mark&4 != 0, true
		}
	}
	return sub, ok
}

// matches tells whether a filter that mochi found for a topic matches by AWS's rules too: "a/#" is not for "a", and a
// first level that is a wildcard is not for "$".
func matches(filter, topic string) bool {
	_, filter = splitShare(filter)
	if strings.HasPrefix(topic, "$") && (filter[0] == '+' || filter[0] == '#') {
		return false
	}
	parent, below := strings.CutSuffix(filter, "/#")
	return !below || strings.Count(topic, "/") > strings.Count(parent, "/")
}

// splitShare separates $share/NAME/ from the filter. name is "" for an ordinary filter.
func splitShare(filter string) (name, rest string) {
	after, ok := strings.CutPrefix(filter, "$share/")
	if !ok {
		return "", filter
	}
	name, rest, _ = strings.Cut(after, "/")
	return name, rest
}

// member picks a random member of a share group, a connected one if there is any, else one whose session waits for it.
func (b *Broker) member(members map[string]packets.Subscription) (chosen *session, sub packets.Subscription, ok bool) {
	n, best := 0, false
	for id, one := range members {
		cl, known := b.server.Clients.Get(id)
		if !known {
			continue
		}
		s := conn(cl).sess
		online := s.online() != nil
		if best && !online {
			continue
		}
		if online && !best {
			n, best = 0, true
		}
		if n++; rand.IntN(n) == 0 {
			chosen, sub, ok = s, one, true
		}
	}
	return chosen, sub, ok
}

// mayReceive asks the policy at each delivery, as AWS does.
func (b *Broker) mayReceive(s *session, topic string) bool {
	if b.opt.Authorize == nil {
		return true
	}
	r := Request{Action: ActReceive, ClientID: s.id, Topic: topic}
	if c := s.online(); c != nil {
		r.Certificate, r.Address = c.peer.Certificate, c.address()
	}
	ok, why := b.allowed(r)
	if !ok {
		b.notice(Refused, s.id, "receive", topic, why)
	}
	return ok
}
