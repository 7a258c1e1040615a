package broker

import (
	"bytes"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// toPacket is the PUBLISH of a message, as mochi keeps it.
func toPacket(m *Message) packets.Packet {
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: m.QoS}, TopicName: m.Topic, Payload: m.Payload,
		PacketID: uint16(m.QoS), // mochi wants one at QoS 1
	}
	if !m.Expires.IsZero() {
		pk.Expiry = m.Expires.Unix()
	}
	p := m.Properties
	if p == nil {
		return pk
	}
	pk.Properties = packets.Properties{
		PayloadFormat: p.PayloadFormat, PayloadFormatFlag: p.HasFormat, ContentType: p.ContentType,
		ResponseTopic: p.ResponseTopic, CorrelationData: p.CorrelationData,
	}
	for _, u := range p.User {
		pk.Properties.User = append(pk.Properties.User, packets.UserProperty{Key: u.Key, Val: u.Value})
	}
	return pk
}

// toMessage is the message in a PUBLISH.
func toMessage(pk *packets.Packet) *Message {
	m := &Message{
		Topic: pk.TopicName, Payload: pk.Payload, QoS: pk.FixedHeader.Qos, Retain: pk.FixedHeader.Retain, Publisher: pk.Origin,
		Properties: fromWire(&pk.Properties),
	}
	if pk.Expiry > 0 {
		m.Expires = time.Unix(pk.Expiry, 0)
	}
	return m
}

func fromWire(in *packets.Properties) *Properties {
	p := &Properties{
		PayloadFormat: in.PayloadFormat, HasFormat: in.PayloadFormatFlag, ContentType: in.ContentType,
		ResponseTopic: in.ResponseTopic, CorrelationData: in.CorrelationData,
	}
	for _, u := range in.User {
		p.User = append(p.User, UserProperty{u.Key, u.Val})
	}
	if p.empty() {
		return nil
	}
	return p
}

// finish makes a PUBLISH what this client is to read: mochi knows neither the broker's clock nor that a topic alias does
// not outlive the connection.
func (c *Conn) finish(pk *packets.Packet) {
	if !c.ready.Load() && !pk.FixedHeader.Dup {
		pk.FixedHeader.Type = packets.Reserved // before CONNACK: is not sent now, see session.rescue
		c.out.left()
		return
	}
	pk.FixedHeader.Retain = pk.Connect.WillRetain
	pk.Properties.MessageExpiryInterval = 0
	if pk.Expiry > 0 {
		pk.Properties.MessageExpiryInterval = uint32(max(1, pk.Expiry-c.b.opt.Now().Unix()))
	}
	if alias, known := c.client.State.TopicAliases.Outbound.Set(pk.TopicName); alias > 0 {
		pk.Properties.TopicAlias, pk.Properties.TopicAliasFlag = alias, true
		if known {
			pk.TopicName = ""
		}
	}
}

// fits tells whether a message is within the client's Maximum Packet Size. MQTT 5: one that is not counts as delivered.
func (c *Conn) fits(pk *packets.Packet) bool {
	if c.maxPacket == 0 {
		return true
	}
	as := *pk
	as.ProtocolVersion, as.FixedHeader.Qos, as.PacketID, as.Mods.AllowResponseInfo = 5, 1, 1, true
	as.Properties.TopicAlias, as.Properties.TopicAliasFlag, as.Properties.MessageExpiryInterval = 1, true, 1
	var buf bytes.Buffer
	if err := as.PublishEncode(&buf); err == nil && buf.Len() <= c.maxPacket {
		return true
	}
	c.b.notice(Dropped, c.id, "receive", pk.TopicName, "larger than the client's Maximum Packet Size")
	return false
}

// isBasicIngest tells a topic that goes to the rules engine only.
func isBasicIngest(topic string) bool { return strings.HasPrefix(topic, "$aws/rules/") }
