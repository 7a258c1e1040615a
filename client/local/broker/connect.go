package broker

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// What the broker grants, from AWS's MQTT page and quotas.
const (
	minKeepAlive  = 30 * time.Second
	maxKeepAlive  = 1200 * time.Second
	maxSession    = 7 * 24 * time.Hour
	sessionOf3    = time.Hour // of a persistent session of MQTT 3.1.1
	aliasesIn     = 8
	maxPayload    = 128 << 10
	maxPacketSize = 146 << 10 // the payload, with room for topic and properties; AWS does not document its number
	lenientPacket = MostTaken
	takeOverIn    = 5 * time.Second
)

// MostTaken is the largest packet or payload, in bytes, that a broker takes without AWS's limits.
const MostTaken = 16 << 20

// refusal is a CONNECT that is not accepted.
type refusal struct {
	v3    byte // return code of CONNACK for MQTT 3.1.1; 0 closes without one, as AWS mostly does
	v5    byte
	cause Cause
	text  string
}

// connect judges a CONNECT and leaves in it what mochi is to know.
func (c *Conn) connect(pk *packets.Packet) error {
	if c.id != "" {
		return violation("second CONNECT")
	}
	if err := c.checkVersion(pk); err != nil {
		return err
	}
	c.v5 = pk.ProtocolVersion == 5
	in := &pk.Connect
	if pk.ReservedBit != 0 || in.WillQos > 2 || !in.WillFlag && (in.WillQos > 0 || in.WillRetain) {
		return malformed("CONNECT flags")
	}
	props := pk.Properties
	c.id = in.ClientIdentifier
	c.noProblem = props.RequestProblemInfoFlag && props.RequestProblemInfo == 0
	c.maxPacket = int(props.MaximumPacketSize)
	c.window = window
	if props.ReceiveMaximum > 0 {
		c.window = min(window, int(props.ReceiveMaximum))
	}
	c.lifetime = c.lifetimeOf(pk)
	if no := c.admit(pk); no != nil {
		return c.refuse(no)
	}
	c.grants(pk)
	c.keepAlive.Store(int64(clampKeepAlive(in.Keepalive)) * 3 / 2)
	pk.Connect = packets.ConnectParams{
		ProtocolName: in.ProtocolName, ClientIdentifier: c.id, Clean: in.Clean, Keepalive: in.Keepalive,
	}
	pk.Properties = packets.Properties{
		TopicAliasMaximum: min(props.TopicAliasMaximum, aliasesIn), RequestProblemInfo: props.RequestProblemInfo,
		RequestProblemInfoFlag: props.RequestProblemInfoFlag, SessionExpiryIntervalFlag: true,
	}
	if c.lifetime > 0 {
		pk.Properties.SessionExpiryInterval = math.MaxUint32 // Sweep ends the session
	}
	return nil
}

// checkVersion answers a protocol version that the broker does not speak.
func (c *Conn) checkVersion(pk *packets.Packet) error {
	old := bytes.Equal(pk.Connect.ProtocolName, []byte("MQIsdp"))
	if !old && !bytes.Equal(pk.Connect.ProtocolName, []byte("MQTT")) {
		return malformed("protocol name")
	}
	level := pk.ProtocolVersion
	if !old && (level == 4 || level == 5) {
		return nil
	}
	text := fmt.Sprintf("protocol level %d is neither MQTT 3.1.1 (4) nor 5", level)
	answer := []byte{packets.Connack << 4, 2, 0, v3BadVersion}
	if level > 5 {
		answer = []byte{packets.Connack << 4, 3, 0, codeVersion, 0}
	}
	_, _ = c.Write(answer)
	c.b.notice(Refused, "", "connect", "", text)
	return ending{cause: CauseError, text: text}
}

// packetLimit is the largest packet taken from a client.
func (b *Broker) packetLimit() int {
	if b.opt.Strict {
		return maxPacketSize
	}
	return lenientPacket
}

func clampKeepAlive(seconds uint16) time.Duration {
	d := time.Duration(seconds) * time.Second
	if d == 0 || d > maxKeepAlive {
		return maxKeepAlive
	}
	return max(d, minKeepAlive)
}

// admit checks the CONNECT against AWS's rules and the policy, and fills in client ID and will.
func (c *Conn) admit(pk *packets.Packet) *refusal {
	if c.id == "" {
		if !c.v5 && !pk.Connect.Clean {
			return &refusal{v3BadID, codeClientID, CauseError, "a persistent session needs a client ID"}
		}
		c.id = "auto-" + identifier()
		c.grant.AssignedClientID = c.id
	}
	if text := badClientID(c.id); text != "" && c.b.limit.refuses(c, "connect", "", text) {
		return &refusal{0, codeClientID, CauseError, text}
	}
	ask := Request{Action: ActConnect, ClientID: c.id, Certificate: c.peer.Certificate,
		Address: c.address(), Will: pk.Connect.WillFlag, WillTopic: pk.Connect.WillTopic,
		Persistent: c.lifetime > 0}
	if ok, why := c.b.allowed(ask); !ok {
		return &refusal{0, codeNotAuthorized, CauseAuth, why}
	}
	if pk.Connect.WillFlag {
		return c.admitWill(pk)
	}
	return nil
}

func badClientID(id string) string {
	switch {
	case len(id) > 128:
		return fmt.Sprintf("client ID of %d bytes; at most 128", len(id))
	case strings.HasPrefix(id, "$"):
		return "a client ID must not begin with $"
	}
	return ""
}

// refuse answers a CONNECT that is not accepted.
func (c *Conn) refuse(no *refusal) error {
	c.b.notice(Refused, c.id, "connect", "", no.text)
	if no.cause == CauseAuth {
		c.b.connectFailed(c)
	}
	switch {
	case c.v5:
		_, _ = c.Write(c.encode(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Connack}, ReasonCode: no.v5, Properties: c.reason(no.text),
		}, (*packets.Packet).ConnackEncode))
	case no.v3 != 0:
		_, _ = c.Write([]byte{packets.Connack << 4, 2, 0, no.v3})
	}
	return ending{cause: no.cause, text: no.text}
}

// grants notes what the CONNACK of MQTT 5 says that AWS grants.
func (c *Conn) grants(pk *packets.Packet) {
	c.grant = packets.Properties{
		ReceiveMaximum: window, MaximumQos: 1, MaximumQosFlag: true, RetainAvailable: 1, RetainAvailableFlag: true,
		MaximumPacketSize: uint32(c.b.packetLimit()), AssignedClientID: c.grant.AssignedClientID, TopicAliasMaximum: aliasesIn,
		WildcardSubAvailable: 1, WildcardSubAvailableFlag: true, SubIDAvailable: 0, SubIDAvailableFlag: true,
		SharedSubAvailable: 1, SharedSubAvailableFlag: true,
	}
	if granted := clampKeepAlive(pk.Connect.Keepalive); granted != time.Duration(pk.Connect.Keepalive)*time.Second {
		c.grant.ServerKeepAlive, c.grant.ServerKeepAliveFlag = uint16(granted/time.Second), true
	}
	if pk.Properties.SessionExpiryInterval > 0 {
		c.grant.SessionExpiryInterval, c.grant.SessionExpiryIntervalFlag = uint32(c.lifetime/time.Second), true
	}
}

// accepted is mochi's CONNACK with our grants.
func (c *Conn) accepted(ack packets.Packet) packets.Packet {
	c.greeted = true
	ack.Properties = c.grant
	return ack
}

func (c *Conn) lifetimeOf(pk *packets.Packet) time.Duration {
	switch {
	case c.v5:
		return min(time.Duration(pk.Properties.SessionExpiryInterval)*time.Second, maxSession)
	case pk.Connect.Clean:
		return 0
	}
	return sessionOf3
}

// await waits until nobody has c's client ID and returns its session, or nil, with b.mu held. A connection that has it is
// ended.
func (b *Broker) await(c *Conn) (*session, error) {
	ctx, cancel := context.WithTimeout(context.Background(), takeOverIn)
	defer cancel()
	for {
		b.mu.Lock()
		s := b.sessions[c.id]
		if s == nil || s.claimedBy() == nil {
			return s, nil
		}
		other := s.claimedBy()
		b.mu.Unlock()
		other.end(ending{cause: CauseDuplicate, code: codeTakenOver, text: "another connection uses this client ID"})
		if err := other.stopped(ctx); err != nil {
			return nil, ending{cause: CauseServerFail, text: err.Error()}
		}
	}
}
