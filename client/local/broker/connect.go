package broker

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
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

// connect handles the first packet.
func (c *Conn) connect(f frame) error {
	if f.kind() != packets.Connect {
		return violation("the first packet must be CONNECT")
	}
	pk, err := c.parseConnect(f)
	if err != nil {
		return err
	}
	if no := c.admit(pk); no != nil {
		return c.refuse(no)
	}
	clean := pk.Connect.Clean
	s, present, err := c.b.open(c, clean)
	if err != nil {
		return err
	}
	c.sess = s
	s.setLifetime(c.lifetime(pk))
	receiveMax := int(pk.Properties.ReceiveMaximum)
	if receiveMax == 0 {
		receiveMax = 1<<16 - 1
	}
	ack, err := encode(c.accepted(pk, present), (*packets.Packet).ConnackEncode)
	if err != nil {
		return err
	}
	s.attach(c, receiveMax, func() {
		c.out.raw(ack)
		c.told.Store(&told{c.v5, c.noProblem})
	})
	c.b.connected(c)
	return nil
}

// parseConnect reads the packet, answers a protocol version that the broker does not speak, and takes over what the
// client says of itself.
func (c *Conn) parseConnect(f frame) (*packets.Packet, error) {
	if f.head&15 != 0 {
		return nil, malformed("CONNECT flags")
	}
	if err := c.checkVersion(f.body); err != nil {
		return nil, err
	}
	pk := &packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connect, Remaining: len(f.body)}}
	if err := decode(func() error { return pk.ConnectDecode(f.body) }); err != nil {
		return nil, malformed(err.Error())
	}
	c.v5 = pk.ProtocolVersion == 5
	c.id = pk.Connect.ClientIdentifier
	c.keepAlive.Store(int64(clampKeepAlive(pk.Connect.Keepalive)) * 3 / 2)
	if pk.ReservedBit != 0 || pk.Connect.WillQos > 2 || !pk.Connect.WillFlag && (pk.Connect.WillQos > 0 || pk.Connect.WillRetain) {
		return nil, malformed("CONNECT flags")
	}
	if c.v5 {
		c.maxPacket = int(pk.Properties.MaximumPacketSize)
		c.aliasMax = min(pk.Properties.TopicAliasMaximum, aliasesIn)
		c.noProblem = pk.Properties.RequestProblemInfoFlag && pk.Properties.RequestProblemInfo == 0
	}
	return pk, nil
}

// decode guards against packets that the decoder cannot take.
func decode(read func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return read()
}

func (c *Conn) checkVersion(body []byte) error {
	name, rest := body, []byte(nil)
	if len(body) >= 2 {
		if n := int(binary.BigEndian.Uint16(body)); len(body) >= n+3 {
			name, rest = body[2:2+n], body[2+n:]
		}
	}
	old := bytes.Equal(name, []byte("MQIsdp"))
	if rest == nil || !old && !bytes.Equal(name, []byte("MQTT")) {
		return malformed("protocol name")
	}
	level := rest[0]
	if !old && (level == 4 || level == 5) {
		return nil
	}
	text := fmt.Sprintf("protocol level %d is neither MQTT 3.1.1 (4) nor 5", level)
	if level > 5 {
		c.out.raw([]byte{packets.Connack << 4, 3, 0, codeVersion, 0})
	} else {
		c.out.raw([]byte{packets.Connack << 4, 2, 0, v3BadVersion})
	}
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
		pk.Properties.AssignedClientID = c.id
	}
	if text := badClientID(c.id); text != "" && c.b.limit.refuses(c, "connect", "", text) {
		return &refusal{0, codeClientID, CauseError, text}
	}
	ask := Request{Action: ActConnect, ClientID: c.id, Certificate: c.peer.Certificate,
		Address: c.address(), Will: pk.Connect.WillFlag, WillTopic: pk.Connect.WillTopic,
		Persistent: !c.v5 && !pk.Connect.Clean || pk.Properties.SessionExpiryInterval > 0}
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
		pk := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connack}, ProtocolVersion: 5,
			ReasonCode: no.v5, Properties: c.reason(no.text)}
		if b, err := encode(pk, (*packets.Packet).ConnackEncode); err == nil {
			c.out.raw(b)
		}
	case no.v3 != 0:
		c.out.raw([]byte{packets.Connack << 4, 2, 0, no.v3})
	}
	return ending{cause: no.cause, text: no.text}
}

// accepted is the CONNACK with what AWS grants.
func (c *Conn) accepted(pk *packets.Packet, present bool) packets.Packet {
	ack := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Connack}, ProtocolVersion: 4, SessionPresent: present}
	if !c.v5 {
		return ack
	}
	ack.ProtocolVersion = 5
	ack.Properties = packets.Properties{
		ReceiveMaximum: window, MaximumQos: 1, MaximumQosFlag: true, RetainAvailable: 1, RetainAvailableFlag: true,
		MaximumPacketSize: uint32(c.b.packetLimit()), AssignedClientID: pk.Properties.AssignedClientID, TopicAliasMaximum: aliasesIn,
		WildcardSubAvailable: 1, WildcardSubAvailableFlag: true, SubIDAvailable: 0, SubIDAvailableFlag: true,
		SharedSubAvailable: 1, SharedSubAvailableFlag: true,
	}
	if granted := clampKeepAlive(pk.Connect.Keepalive); granted != time.Duration(pk.Connect.Keepalive)*time.Second {
		ack.Properties.ServerKeepAlive = uint16(granted / time.Second)
		ack.Properties.ServerKeepAliveFlag = true
	}
	if pk.Properties.SessionExpiryInterval > 0 {
		ack.Properties.SessionExpiryInterval = uint32(c.lifetime(pk) / time.Second)
		ack.Properties.SessionExpiryIntervalFlag = true
	}
	return ack
}

func (c *Conn) lifetime(pk *packets.Packet) time.Duration {
	switch {
	case c.v5:
		return min(time.Duration(pk.Properties.SessionExpiryInterval)*time.Second, maxSession)
	case pk.Connect.Clean:
		return 0
	}
	return sessionOf3
}

// open finds or makes the session of c's client ID. A connection that has it now is ended first: the newest wins.
func (b *Broker) open(c *Conn, clean bool) (s *session, present bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), takeOverIn)
	defer cancel()
	for {
		b.mu.Lock()
		s = b.sessions[c.id]
		var other *Conn
		if s != nil {
			other = s.claimedBy()
		}
		if other == nil {
			break
		}
		b.mu.Unlock()
		other.end(ending{cause: CauseDuplicate, code: codeTakenOver, text: "another connection uses this client ID"})
		if err := other.stopped(ctx); err != nil {
			return nil, false, ending{cause: CauseServerFail, text: err.Error()}
		}
	}
	defer b.mu.Unlock()
	delete(b.delayed, s)
	if s != nil && (clean || s.v5 != c.v5 || s.expired(b.opt.Now())) {
		b.index.drop(s)
		s = nil
	}
	present = s != nil
	if s == nil {
		s = newSession(b, c.id, c.v5)
		b.sessions[c.id] = s
	}
	s.claim(c)
	return s, present, nil
}

// discard ends a session for good, unless another connection has it.
func (b *Broker) discard(s *session) {
	b.mu.Lock()
	if s.claimedBy() != nil {
		b.mu.Unlock()
		return
	}
	if b.sessions[s.id] == s {
		delete(b.sessions, s.id)
	}
	b.mu.Unlock()
	b.index.drop(s)
}
