package broker

import (
	"fmt"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Bounds of AWS for message expiry, in seconds.
const (
	minExpiry = 1
	maxExpiry = 604800
)

// topicsKnown bounds the topics remembered as checked, for each connection.
const topicsKnown = 4096

// publish handles a PUBLISH: it is checked, acknowledged, and goes to subscribers and services, in this order.
func (c *Conn) publish(f frame) error {
	p, err := parsePublish(f, c.v5)
	if err != nil {
		return err
	}
	to, err := c.topicOf(&p)
	if err != nil {
		return err
	}
	topic := to.name
	if err := c.checkPublish(&p, topic); err != nil {
		return err
	}
	acknowledge := func() {
		if p.qos > 0 {
			c.out.raw([]byte{packets.Puback << 4, 2, byte(p.id >> 8), byte(p.id)})
		}
	}
	if to.mute || p.retain && isShadow(topic) && c.b.opt.Strict {
		c.b.notice(Refused, c.id, "publish", topic, "no shadow request: dropped")
		acknowledge()
		return nil
	}
	if ok, why := c.mayPublish(topic, p.retain); !ok {
		return c.deny(&p, topic, why)
	}
	m := &Message{Topic: topic, Payload: p.payload, QoS: p.qos, Retain: p.retain, Properties: p.properties, Publisher: c.id}
	if p.expiry > 0 {
		m.Expires = c.b.opt.Now().Add(time.Duration(min(max(p.expiry, minExpiry), maxExpiry)) * time.Second)
	}
	return c.b.accept(m, acknowledge)
}

// topic is a topic name that was checked.
type topic struct {
	name string
	mute bool // under a shadow, but no request: messages on it are acknowledged and go nowhere
}

// topicOf resolves the topic alias and checks the topic unless this client has used it before.
func (c *Conn) topicOf(p *publish) (topic, error) {
	if p.alias > aliasesIn {
		return topic{}, ending{cause: CauseError, code: codeAliasInvalid, text: fmt.Sprintf("topic alias above %d", aliasesIn)}
	}
	if len(p.topic) == 0 && p.alias > 0 {
		to, ok := c.inAliases[p.alias]
		if !ok {
			return topic{}, violation("unknown topic alias")
		}
		return to, nil
	}
	to, known := c.topics[string(p.topic)]
	if !known {
		var err error
		if to, err = c.checkTopic(string(p.topic)); err != nil {
			return topic{}, err
		}
		if len(c.topics) >= topicsKnown {
			clear(c.topics)
		}
		c.topics[to.name] = to
	}
	if p.alias > 0 {
		c.inAliases[p.alias] = to
	}
	return to, nil
}

func (c *Conn) checkTopic(name string) (topic, error) {
	if text := badTopic(name); text != "" {
		return topic{}, c.refused("publish", name, codeTopicInvalid, text)
	}
	text := beyond(name)
	if text == "" && strings.HasPrefix(name, "$") && !mayPublishReserved(name) {
		text = "reserved topic that clients do not publish on"
		if isShadow(name) && c.b.opt.Strict {
			return topic{name, true}, nil
		}
	}
	if text != "" && c.b.limit.refuses(c, "publish", name, text) {
		return topic{}, c.refused("publish", name, codeTopicInvalid, text)
	}
	return topic{name: name}, nil
}

// refused ends the connection because of what the client asked for.
func (c *Conn) refused(action, topic string, code byte, text string) error {
	c.b.notice(Refused, c.id, action, topic, text)
	return ending{cause: CauseError, code: code, text: text}
}

func (c *Conn) checkPublish(p *publish, topic string) error {
	if p.hasID {
		return violation("a client's PUBLISH has no subscription identifier")
	}
	if p.qos == 2 {
		return c.refused("publish", topic, codeQoS, "QoS 2 is not supported")
	}
	if len(p.payload) > maxPayload {
		text := fmt.Sprintf("payload of %d bytes; at most %d", len(p.payload), maxPayload)
		if c.b.limit.refuses(c, "publish", topic, text) {
			return c.refused("publish", topic, codePacketTooLarge, text)
		}
	}
	if p.properties != nil && strings.ContainsAny(p.properties.ResponseTopic, "+#") {
		return violation("wildcard in the response topic")
	}
	if p.retain && strings.HasPrefix(topic, "$") && !(isShadow(topic) && c.b.opt.Strict) {
		text := "RETAIN is not supported on reserved topics"
		if c.b.limit.refuses(c, "publish", topic, text) {
			return c.refused("publish", topic, codeTopicInvalid, text)
		}
		p.retain = false
	}
	return nil
}

func (c *Conn) mayPublish(topic string, retain bool) (bool, string) {
	ok, why := c.ask(ActPublish, topic)
	if ok && retain {
		ok, why = c.ask(ActRetainPublish, topic)
	}
	return ok, why
}

// deny refuses a publish that the policy forbids: a 3.1.1 connection is closed, MQTT 5 is told.
func (c *Conn) deny(p *publish, topic, why string) error {
	c.b.notice(Refused, c.id, "publish", topic, why)
	if !c.v5 || p.qos == 0 {
		return ending{cause: CauseForbidden, code: codeNotAuthorized, text: why}
	}
	return c.send(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Puback}, PacketID: p.id, ReasonCode: codeNotAuthorized,
		Properties: c.reason(why),
	}, (*packets.Packet).PubackEncode)
}

// accept takes a message: it is retained, acknowledged, sent to subscribers and offered to the services, whose answers
// follow it.
func (b *Broker) accept(m *Message, acknowledge func()) error {
	if m.Retain {
		if err := b.kept.set(m, b.opt.Now()); err != nil {
			return ending{cause: CauseServerFail, code: codeUnspecified, text: err.Error()}
		}
	}
	if acknowledge != nil {
		acknowledge()
	}
	b.route(m)
	if b.opt.Intercept == nil || m.Answer {
		return nil
	}
	b.opt.Intercept(m, func(answer *Message) {
		answer.Answer = true
		b.route(answer)
	})
	return nil
}

// route sends a message to every session that wants it, and waits for connections that do not keep up.
func (b *Broker) route(m *Message) {
	if strings.HasPrefix(m.Topic, "$aws/rules/") {
		return // Basic Ingest goes to the rules engine only
	}
	var slow []*Conn
	b.index.match(m.Topic, func(s *session, sub subscription) {
		if sub.noLocal && s.id == m.Publisher {
			return
		}
		if !b.mayReceive(s, m.Topic) {
			return
		}
		if c := s.deliver(m, sub.qos, false); c != nil {
			slow = append(slow, c)
		}
	})
	for _, c := range slow {
		c.out.wait()
	}
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
