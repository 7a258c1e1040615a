package broker

import (
	"fmt"
	"strings"

	"github.com/mochi-mqtt/server/v2/packets"
)

// subscribe handles a SUBSCRIBE.
func (c *Conn) subscribe(f frame) error {
	pk, err := c.parseFilters(f, packets.Subscribe, (*packets.Packet).SubscribeDecode)
	if err != nil {
		return err
	}
	if len(pk.Properties.SubscriptionIdentifier) > 0 {
		return ending{cause: CauseError, code: codeNoSubscriptionID, text: "subscription identifiers are not supported"}
	}
	if err := c.checkFilters(pk, "subscribe"); err != nil {
		return err
	}
	codes := make([]byte, len(pk.Filters))
	granted := []packets.Subscription{}
	fresh := []bool{}
	for i, sub := range pk.Filters {
		code, existed, err := c.grant(sub)
		if err != nil {
			return err
		}
		if codes[i] = code; code < codeUnspecified {
			granted, fresh = append(granted, sub), append(fresh, !existed)
		} else if !c.v5 {
			codes[i] = codeUnspecified
		}
	}
	ack := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Suback}, PacketID: pk.PacketID, ReasonCodes: codes}
	if err := c.send(ack, (*packets.Packet).SubackEncode); err != nil {
		return err
	}
	for i, sub := range granted {
		c.sendRetained(sub, fresh[i])
	}
	c.b.subscribed(c, granted)
	return nil
}

func (c *Conn) parseFilters(f frame, kind byte, read func(*packets.Packet, []byte) error) (*packets.Packet, error) {
	pk := &packets.Packet{FixedHeader: packets.FixedHeader{Type: kind, Remaining: len(f.body)}, ProtocolVersion: 4}
	if c.v5 {
		pk.ProtocolVersion = 5
	}
	if f.head&15 != 2 {
		return nil, malformed("flags of a packet with filters")
	}
	if err := decode(func() error { return read(pk, f.body) }); err != nil {
		return nil, malformed(err.Error())
	}
	if pk.PacketID == 0 || len(pk.Filters) == 0 {
		return nil, violation("packet identifier 0, or no filter")
	}
	return pk, nil
}

// checkFilters refuses, with the connection, what AWS does not take as a whole.
func (c *Conn) checkFilters(pk *packets.Packet, action string) error {
	if n := len(pk.Filters); n > maxFilters {
		text := fmt.Sprintf("%d filters in one packet; at most %d", n, maxFilters)
		if c.b.limit.refuses(c, action, "", text) {
			return c.refused(action, "", codeQuota, text)
		}
	}
	for _, sub := range pk.Filters {
		if sub.Qos == 2 {
			return c.refused(action, sub.Filter, codeQoS, "QoS 2 is not supported")
		}
	}
	return nil
}

// grant subscribes to one filter and returns its SUBACK code, or the end of the connection.
func (c *Conn) grant(sub packets.Subscription) (code byte, existed bool, err error) {
	_, filter := splitShare(sub.Filter)
	text := badShare(sub.Filter)
	if text == "" {
		text = badFilter(filter)
	}
	if text != "" {
		c.b.notice(Refused, c.id, "subscribe", sub.Filter, text)
		return codeFilterInvalid, false, nil
	}
	if text := beyond(filter); text != "" && c.b.limit.refuses(c, "subscribe", sub.Filter, text) {
		c.b.notice(Refused, c.id, "subscribe", sub.Filter, text)
		return codeFilterInvalid, false, nil
	}
	if strings.HasPrefix(filter, "$") && !maySubscribeReserved(filter) {
		const text = "no reserved topic matches this filter"
		if c.b.limit.refuses(c, "subscribe", sub.Filter, text) {
			return 0, false, c.refused("subscribe", sub.Filter, codeFilterInvalid, text)
		}
	}
	if sub.NoLocal && filter != sub.Filter {
		return 0, false, violation("No Local on a shared subscription")
	}
	return c.grantValid(sub)
}

func (c *Conn) grantValid(sub packets.Subscription) (code byte, existed bool, err error) {
	if ok, why := c.ask(ActSubscribe, sub.Filter); !ok {
		c.b.notice(Refused, c.id, "subscribe", sub.Filter, why)
		if !c.v5 {
			return 0, false, ending{cause: CauseForbidden, code: codeNotAuthorized, text: why}
		}
		return codeNotAuthorized, false, nil
	}
	if n := c.sess.count(sub.Filter); n >= maxSubscriptions {
		text := fmt.Sprintf("%d subscriptions on this connection; at most %d", n+1, maxSubscriptions)
		if c.b.limit.refuses(c, "subscribe", sub.Filter, text) {
			c.b.notice(Refused, c.id, "subscribe", sub.Filter, text)
			return codeQuota, false, nil
		}
	}
	s := subscription{filter: sub.Filter, qos: sub.Qos, noLocal: sub.NoLocal}
	c.sess.keep(s)
	return sub.Qos, c.b.index.add(c.sess, s), nil
}

// count is the number of subscriptions beside this filter.
func (s *session) count(filter string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.subs)
	if _, ok := s.subs[filter]; ok {
		n--
	}
	return n
}

func (s *session) keep(sub subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs[sub.filter] = sub
}

func (s *session) forget(filter string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.subs[filter]
	delete(s.subs, filter)
	return ok
}

// sendRetained sends what is retained on exactly this topic; AWS does not for wildcards and shared subscriptions.
func (c *Conn) sendRetained(sub packets.Subscription, fresh bool) {
	if sub.RetainHandling == 2 || sub.RetainHandling == 1 && !fresh {
		return
	}
	m := c.b.kept.message(sub.Filter, c.b.opt.Now())
	if m != nil && c.b.mayReceive(c.sess, m.Topic) {
		c.sess.deliver(m, sub.Qos, true)
	}
}

// unsubscribe handles an UNSUBSCRIBE.
func (c *Conn) unsubscribe(f frame) error {
	pk, err := c.parseFilters(f, packets.Unsubscribe, (*packets.Packet).UnsubscribeDecode)
	if err != nil {
		return err
	}
	if err := c.checkFilters(pk, "unsubscribe"); err != nil {
		return err
	}
	codes := make([]byte, len(pk.Filters))
	var gone []packets.Subscription
	for i, sub := range pk.Filters {
		if !c.sess.forget(sub.Filter) {
			codes[i] = codeNoSubscription
			continue
		}
		c.b.index.remove(c.sess, sub.Filter)
		gone = append(gone, sub)
	}
	ack := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Unsuback}, PacketID: pk.PacketID, ReasonCodes: codes}
	if err := c.send(ack, (*packets.Packet).UnsubackEncode); err != nil {
		return err
	}
	c.b.unsubscribed(c, gone)
	return nil
}
