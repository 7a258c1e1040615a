package broker

import (
	"fmt"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"
)

// Bounds of AWS for message expiry, in seconds.
const (
	minExpiry = 1
	maxExpiry = 604800
)

// topicsKnown bounds the topics remembered as checked, for each connection.
const topicsKnown = 4096

// publish judges a PUBLISH. What it finds goes through mochi to OnPublish in fields of c, since mochi knows no topic that
// begins with $SYS and no identifier that it has in flight itself.
func (c *Conn) publish(pk *packets.Packet) error {
	if pk.FixedHeader.Qos > 0 && pk.PacketID == 0 {
		return violation("packet identifier 0")
	}
	to, err := c.topicOf(pk)
	if err != nil {
		return err
	}
	if err := c.checkPublish(pk, to.name); err != nil {
		return err
	}
	if c.b.opt.Strict && pk.FixedHeader.Retain && isShadow(to.name) {
		to.mute = true
	}
	c.topic, c.denied, c.packetID = to, "", pk.PacketID
	pk.TopicName = "topic"
	if pk.FixedHeader.Qos > 0 {
		pk.PacketID = c.freeID()
	}
	if to.mute {
		c.b.notice(Refused, c.id, "publish", to.name, "no shadow request: dropped")
		return nil
	}
	if ok, why := c.mayPublish(to.name, pk.FixedHeader.Retain); !ok {
		return c.deny(pk, to.name, why)
	}
	return nil
}

// freeID is a packet identifier that mochi does not use for a message to the client, nor soon will: it keeps both in one
// map.
func (c *Conn) freeID() uint16 {
	for id := uint16(c.lastID.Load()) + 1<<15; ; id++ {
		if _, used := c.client.State.Inflight.Get(id); !used && id != 0 {
			return id
		}
	}
}

// topic is a topic name that was checked.
type topic struct {
	name string
	mute bool // under a shadow, but no request: messages on it are acknowledged and go nowhere
}

// topicOf resolves the topic alias and checks the topic unless this client has used it before.
func (c *Conn) topicOf(pk *packets.Packet) (topic, error) {
	alias, given := pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag
	pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = 0, false // mochi forgets aliases of refused messages
	if given && (alias == 0 || alias > aliasesIn) {
		return topic{}, ending{cause: CauseError, code: codeAliasInvalid, text: fmt.Sprintf("topic alias %d; 1 to %d are granted", alias, aliasesIn)}
	}
	if pk.TopicName == "" && given {
		to, ok := c.aliases[alias]
		if !ok {
			return topic{}, violation("unknown topic alias")
		}
		return to, nil
	}
	to, known := c.topics[pk.TopicName]
	if !known {
		var err error
		if to, err = c.checkTopic(pk.TopicName); err != nil {
			return topic{}, err
		}
		if len(c.topics) >= topicsKnown {
			clear(c.topics)
		}
		c.topics[to.name] = to
	}
	if given {
		c.aliases[alias] = to
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

func (c *Conn) checkPublish(pk *packets.Packet, topic string) error {
	if len(pk.Properties.SubscriptionIdentifier) > 0 {
		return violation("a client's PUBLISH has no subscription identifier")
	}
	if pk.FixedHeader.Qos == 2 {
		return c.refused("publish", topic, codeQoS, "QoS 2 is not supported")
	}
	if len(pk.Payload) > maxPayload {
		text := fmt.Sprintf("payload of %d bytes; at most %d", len(pk.Payload), maxPayload)
		if c.b.limit.refuses(c, "publish", topic, text) {
			return c.refused("publish", topic, codePacketTooLarge, text)
		}
	}
	if strings.ContainsAny(pk.Properties.ResponseTopic, "+#") {
		return violation("wildcard in the response topic")
	}
	if pk.FixedHeader.Retain && strings.HasPrefix(topic, "$") && !(isShadow(topic) && c.b.opt.Strict) {
		text := "RETAIN is not supported on reserved topics"
		if c.b.limit.refuses(c, "publish", topic, text) {
			return c.refused("publish", topic, codeTopicInvalid, text)
		}
		pk.FixedHeader.Retain = false
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

// deny refuses a publish that the policy forbids: a 3.1.1 connection is closed, MQTT 5 is told by PUBACK.
func (c *Conn) deny(pk *packets.Packet, topic, why string) error {
	c.b.notice(Refused, c.id, "publish", topic, why)
	if !c.v5 || pk.FixedHeader.Qos == 0 {
		return ending{cause: CauseForbidden, code: codeNotAuthorized, text: why}
	}
	c.denied = why
	return nil
}
