package broker

import (
	"slices"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// hook is where mochi asks us. What a client sends is judged in OnPacketRead, before mochi acts on it; who gets a message
// is decided in OnSelectSubscribers; what a client reads is finished in OnPacketEncode.
type hook struct {
	mqtt.HookBase
	b *Broker
}

// tap is a shared subscription to everything, without a client behind it: mochi offers only messages with a shared
// subscriber to OnSelectSubscribers.
const tap = "$share/\x00/#"

// ID names the hook.
func (h *hook) ID() string { return "awsiot" }

// Provides tells mochi which events to bring.
func (h *hook) Provides(event byte) bool {
	return slices.Contains([]byte{
		mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSessionEstablish, mqtt.OnSessionEstablished,
		mqtt.OnPacketRead, mqtt.OnPacketEncode, mqtt.OnPacketSent, mqtt.OnPacketProcessed, mqtt.OnSubscribe, mqtt.OnSubscribed,
		mqtt.OnSelectSubscribers, mqtt.OnPublish, mqtt.OnPublished, mqtt.OnPublishDropped, mqtt.OnQosPublish, mqtt.OnQosComplete,
	}, event)
}

// conn is our connection under a client of mochi's, nil for the broker's own.
func conn(cl *mqtt.Client) *Conn {
	c, _ := cl.Net.Conn.(*Conn)
	return c
}

// OnConnect waits until the client ID is free and takes it.
func (h *hook) OnConnect(cl *mqtt.Client, _ packets.Packet) error { return h.b.claim(conn(cl), cl) }

// OnConnectAuthenticate lets in everyone: OnPacketRead has judged the CONNECT.
func (h *hook) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

// OnACLCheck allows everything: the policy was asked where its answer can be acted upon.
func (h *hook) OnACLCheck(*mqtt.Client, string, bool) bool { return true }

// OnSessionEstablish puts in order what mochi is about to send again.
func (h *hook) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) {
	if old, ok := h.b.server.Clients.Get(cl.ID); ok {
		h.b.sortInflight(old)
	}
}

// OnSessionEstablished opens the session for messages: the CONNACK and what is sent again are on their way.
func (h *hook) OnSessionEstablished(cl *mqtt.Client, _ packets.Packet) {
	c := conn(cl)
	c.sess.attach(c)
	h.b.connected(c)
}

// OnPacketRead judges a packet. An error, of which mochi heeds only rejections, ends the connection.
func (h *hook) OnPacketRead(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	c := conn(cl)
	c.decoding = false
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connect:
		err = c.connect(&pk)
	case packets.Publish:
		err = c.publish(&pk)
	case packets.Subscribe:
		err = c.subscribe(&pk)
	case packets.Unsubscribe:
		err = c.unsubscribe(&pk)
	case packets.Pingreq:
		c.out.settle() // PINGRESP would overtake the messages in mochi's queue
	case packets.Disconnect:
		err = c.disconnect(&pk)
	}
	return pk, err
}

// OnPacketEncode finishes what goes to a client.
func (h *hook) OnPacketEncode(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	c := conn(cl)
	switch pk.FixedHeader.Type {
	case packets.Connack:
		pk = c.accepted(pk)
	case packets.Publish:
		c.finish(&pk)
	case packets.Puback:
		pk.PacketID = c.packetID
	case packets.Suback, packets.Unsuback:
		pk.PacketID, pk.Properties = c.packetID, packets.Properties{}
		c.codes = pk.ReasonCodes
	case packets.Disconnect:
		pk.FixedHeader.Type = packets.Reserved // is not sent: Attach says goodbye
	}
	return pk
}

// OnPacketSent counts the messages that left mochi's queue.
func (h *hook) OnPacketSent(cl *mqtt.Client, pk packets.Packet, _ []byte) {
	if pk.FixedHeader.Type == packets.Publish && !pk.FixedHeader.Dup { // sent again, it was not in the queue
		conn(cl).out.left()
	}
}

// OnPacketProcessed does what comes after the acknowledgement of a SUBSCRIBE or UNSUBSCRIBE.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, err error) {
	if err != nil {
		return
	}
	switch c := conn(cl); pk.FixedHeader.Type {
	case packets.Subscribe:
		c.subscribed(pk.Filters)
	case packets.Unsubscribe:
		c.unsubscribed(pk.Filters)
	}
}

// OnSubscribe hides from mochi the filters that are refused, and keeps it from sending retained messages: AWS sends
// them for exact filters only. Identifiers make mochi say which filters matched.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	c := conn(cl)
	pk.Filters = slices.Clone(pk.Filters)
	for i := range pk.Filters {
		if c.verdicts[i].code >= codeUnspecified {
			pk.Filters[i].Filter = ""
		}
		pk.Filters[i].RetainHandling, pk.Filters[i].Identifier = 2, mark(pk.Filters[i])
	}
	return pk
}

// OnSubscribed puts our codes in place of mochi's before they are sent.
func (h *hook) OnSubscribed(cl *mqtt.Client, _ packets.Packet, codes []byte) {
	for i, v := range conn(cl).verdicts {
		codes[i] = v.code
	}
}

// OnPublish takes a message in before it is acknowledged and goes to subscribers.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	b := h.b
	pk.ProtocolVersion = 4 // mochi's own clock expires nothing
	if cl.Net.Inline {
		return pk, nil
	}
	c := conn(cl)
	if c.denied != "" {
		return pk, packets.Code{Code: codeNotAuthorized, Reason: c.denied}
	}
	pk.TopicName, pk.Expiry = c.topic.name, 0
	if n := pk.Properties.MessageExpiryInterval; n > 0 {
		pk.Expiry = b.opt.Now().Add(ClampExpiry(int64(n))).Unix()
		pk.Properties.MessageExpiryInterval = 0 // mochi would add it to its own clock
	}
	c.offer = nil
	if c.topic.mute {
		return pk, packets.CodeSuccessIgnore
	}
	if pk.FixedHeader.Retain || b.opt.Intercept != nil {
		c.offer = toMessage(&pk)
	}
	if pk.FixedHeader.Retain {
		if err := b.kept.set(c.offer, b.opt.Now()); err != nil {
			c.end(ending{cause: CauseServerFail, code: codeUnspecified, text: err.Error()})
			return pk, packets.ErrRejectPacket
		}
		pk.FixedHeader.Retain = false
	}
	if isBasicIngest(pk.TopicName) {
		return pk, packets.CodeSuccessIgnore
	}
	return pk, nil
}

// OnPublished offers a message to the services once its subscribers have it.
func (h *hook) OnPublished(cl *mqtt.Client, _ packets.Packet) {
	if c := conn(cl); c != nil && c.offer != nil {
		m := c.offer
		c.offer = nil
		h.b.intercept(m)
	}
}

// OnPublishDropped tells of a message that mochi could not queue.
func (h *hook) OnPublishDropped(cl *mqtt.Client, pk packets.Packet) {
	c := conn(cl)
	c.out.left()
	h.b.notice(Dropped, cl.ID, "receive", pk.TopicName, "the client's queue is full")
}

// OnQosPublish looks after a message that mochi has put in flight.
func (h *hook) OnQosPublish(cl *mqtt.Client, pk packets.Packet, _ int64, _ int) {
	if c := conn(cl); pk.FixedHeader.Type == packets.Publish && !pk.FixedHeader.Dup {
		c.lastID.Store(uint32(pk.PacketID))
		pk.Created = h.b.sequence.Add(1) // mochi has the second, and orders by it what it sends again
		cl.State.Inflight.Set(pk)
		c.sess.rescue(c, pk)
	}
}

// OnQosComplete gives room for the next message when the client has acknowledged one.
func (h *hook) OnQosComplete(cl *mqtt.Client, pk packets.Packet) {
	if pk.Created == 0 { // from the client; our own acknowledgements have a time
		conn(cl).sess.acknowledged()
	}
}
