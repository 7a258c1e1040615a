package broker

import (
	"strings"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// delayedWill is a will that waits for its session to end or its delay to pass.
type delayedWill struct {
	message *Message
	at      time.Time
}

// admitWill checks the will: what may not be published refuses the connection.
func (c *Conn) admitWill(pk *packets.Packet) *refusal {
	w := &pk.Connect
	if w.WillQos > 1 {
		return &refusal{0, codeQoS, CauseError, "a will at QoS 2 is not supported"}
	}
	text := badTopic(w.WillTopic)
	if text == "" {
		text = c.willBeyond(w)
	}
	if text != "" {
		return &refusal{0, codeTopicInvalid, CauseError, "will: " + text}
	}
	if ok, why := c.mayPublish(w.WillTopic, w.WillRetain); !ok {
		return &refusal{0, codeNotAuthorized, CauseAuth, "will: " + why}
	}
	c.will = &Message{
		Topic: w.WillTopic, Payload: w.WillPayload, QoS: w.WillQos, Publisher: c.id,
		Retain: w.WillRetain && !strings.HasPrefix(w.WillTopic, "$"), Properties: fromWire(&w.WillProperties),
	}
	if e := w.WillProperties.MessageExpiryInterval; e > 0 {
		c.will.Expires = time.Unix(0, 0).Add(time.Duration(min(e, maxExpiry)) * time.Second) // from when it is sent
	}
	c.willDelay = time.Duration(w.WillProperties.WillDelayInterval) * time.Second
	return nil
}

func (c *Conn) willBeyond(w *packets.ConnectParams) string {
	text := beyond(w.WillTopic)
	switch {
	case text != "":
	case strings.HasPrefix(w.WillTopic, "$") && !mayPublishReserved(w.WillTopic):
		text = "reserved topic that clients do not publish on"
	case w.WillRetain && strings.HasPrefix(w.WillTopic, "$"):
		text = "RETAIN is not supported on reserved topics"
	case len(w.WillPayload) > maxPayload:
		text = "payload larger than 128 KiB"
	}
	if text != "" && c.b.limit.refuses(c, "connect", w.WillTopic, text) {
		return text
	}
	return ""
}

// bequeath sends the will of a connection that ended, now or after its delay while the session goes on.
func (b *Broker) bequeath(c *Conn, goesOn bool) {
	m := *c.will
	if !m.Expires.IsZero() {
		m.Expires = b.opt.Now().Add(m.Expires.Sub(time.Unix(0, 0)))
	}
	if c.willDelay > 0 && goesOn {
		b.mu.Lock()
		b.delayed[c.sess] = &delayedWill{&m, b.opt.Now().Add(c.willDelay)}
		b.mu.Unlock()
		return
	}
	b.sendWill(&m)
}

// sendWill publishes a will. On a shadow topic it is no request, so it is not offered to Intercept.
func (b *Broker) sendWill(m *Message) {
	m.Answer = true
	if err := b.accept(m); err != nil {
		b.opt.Log.Error("send will", "client", m.Publisher, "error", err)
	}
}
