package broker

import (
	"fmt"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// verdict is what becomes of one filter of a SUBSCRIBE.
type verdict struct {
	code  byte // for SUBACK
	fresh bool // the client was not subscribed to it
}

// subscribe judges a SUBSCRIBE, each filter by itself; mochi then subscribes to those that are granted.
func (c *Conn) subscribe(pk *packets.Packet) error {
	if len(pk.Properties.SubscriptionIdentifier) > 0 {
		return ending{cause: CauseError, code: codeNoSubscriptionID, text: "subscription identifiers are not supported"}
	}
	if err := c.checkFilters(pk, "subscribe"); err != nil {
		return err
	}
	count := map[string]bool{} // new filters
	c.verdicts = make([]verdict, len(pk.Filters))
	for i, sub := range pk.Filters {
		code, err := c.judge(sub, count)
		if err != nil {
			return err
		}
		if !c.v5 && code > codeUnspecified {
			code = codeUnspecified
		}
		c.verdicts[i] = verdict{code, count[sub.Filter]}
	}
	return nil
}

// checkFilters refuses, with the connection, what AWS does not take as a whole, and takes the packet identifier.
func (c *Conn) checkFilters(pk *packets.Packet, action string) error {
	if pk.PacketID == 0 || len(pk.Filters) == 0 {
		return violation("packet identifier 0, or no filter")
	}
	c.packetID = pk.PacketID
	pk.PacketID, pk.FixedHeader.Qos = 0, 0 // mochi would find it in flight the other way
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

// judge returns the SUBACK code of one filter, or the end of the connection.
func (c *Conn) judge(sub packets.Subscription, fresh map[string]bool) (code byte, err error) {
	_, filter := splitShare(sub.Filter)
	text := badShare(sub.Filter)
	if text == "" {
		text = badFilter(filter)
	}
	if text == "" && !mqtt.IsValidFilter(sub.Filter, false) { // $share without a name
		text = "not a filter"
	}
	if text != "" {
		c.b.notice(Refused, c.id, "subscribe", sub.Filter, text)
		return codeFilterInvalid, nil
	}
	if text := beyond(filter); text != "" && c.b.limit.refuses(c, "subscribe", sub.Filter, text) {
		c.b.notice(Refused, c.id, "subscribe", sub.Filter, text)
		return codeFilterInvalid, nil
	}
	if strings.HasPrefix(filter, "$") && !maySubscribeReserved(filter) {
		const text = "no reserved topic matches this filter"
		if c.b.limit.refuses(c, "subscribe", sub.Filter, text) {
			return 0, c.refused("subscribe", sub.Filter, codeFilterInvalid, text)
		}
	}
	if sub.NoLocal && filter != sub.Filter {
		return 0, violation("No Local on a shared subscription")
	}
	return c.judgeValid(sub, fresh)
}

func (c *Conn) judgeValid(sub packets.Subscription, fresh map[string]bool) (code byte, err error) {
	if ok, why := c.ask(ActSubscribe, sub.Filter); !ok {
		c.b.notice(Refused, c.id, "subscribe", sub.Filter, why)
		if !c.v5 {
			return 0, ending{cause: CauseForbidden, code: codeNotAuthorized, text: why}
		}
		return codeNotAuthorized, nil
	}
	mine := c.client.State.Subscriptions
	if _, ok := mine.Get(sub.Filter); ok || fresh[sub.Filter] {
		return sub.Qos, nil
	}
	if n := mine.Len() + len(fresh); n >= maxSubscriptions {
		text := fmt.Sprintf("%d subscriptions on this connection; at most %d", n+1, maxSubscriptions)
		if c.b.limit.refuses(c, "subscribe", sub.Filter, text) {
			c.b.notice(Refused, c.id, "subscribe", sub.Filter, text)
			return codeQuota, nil
		}
	}
	fresh[sub.Filter] = true
	return sub.Qos, nil
}

// subscribed sends what is retained to a client that has its SUBACK, and tells of its new filters.
func (c *Conn) subscribed(filters packets.Subscriptions) {
	var granted []packets.Subscription
	for i, sub := range filters {
		if v := c.verdicts[i]; v.code < codeUnspecified {
			granted = append(granted, sub)
			c.sendRetained(sub, v.fresh)
		}
	}
	c.b.subscribed(c, granted)
}

// sendRetained sends what is retained on exactly this topic; AWS does not for wildcards and shared subscriptions.
func (c *Conn) sendRetained(sub packets.Subscription, fresh bool) {
	if sub.RetainHandling == 2 || sub.RetainHandling == 1 && !fresh {
		return
	}
	m := c.b.kept.message(sub.Filter, c.b.opt.Now())
	if m == nil || !c.b.mayReceive(c.sess, m.Topic) {
		return
	}
	pk, qos := toPacket(m), min(sub.Qos, m.QoS)
	if now, _ := c.sess.offer(&pk, qos, true); now {
		c.b.sendTo(c.id, pk, qos, true)
	}
}

// unsubscribe judges an UNSUBSCRIBE.
func (c *Conn) unsubscribe(pk *packets.Packet) error { return c.checkFilters(pk, "unsubscribe") }

// unsubscribed tells of the filters that are gone.
func (c *Conn) unsubscribed(filters packets.Subscriptions) {
	var gone []packets.Subscription
	for i, sub := range filters {
		if c.codes[i] == codeSuccess {
			gone = append(gone, sub)
		}
	}
	c.b.unsubscribed(c, gone)
}
