package client

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// outbox holds the publishes that are not final, in the order they were asked for.
type outbox struct {
	tell   func(Event)
	limit  int64
	window int
	limits Limits // of the broker

	waiting []*outgoing
	given   []*outgoing // to the link: not written yet (QoS 0) or not acknowledged yet
	bytes   int64
	careful int         // how many go one by one, because the connection before may have been closed for one of them
	late    []*outgoing // of QoS 2, told as unacknowledged: the broker's session may still hold their identifiers
}

// outgoing is one publish on its way. packet and sent belong to the link that it was given to.
type outgoing struct {
	id      RequestID
	message Message
	again   bool // was given to an earlier link
	dup     bool // and the broker has kept the session since
	packet  uint16
	sent    time.Time
}

// maxPublish is what fits into an MQTT packet: a remaining length of four bytes, less the topic's length and the packet
// identifier.
const maxPublish = 1<<28 - 1 - 4

func (o *outgoing) size() int64 { return int64(len(o.message.Topic.name) + len(o.message.Payload)) }

func (o *outgoing) published(step Step) Published {
	return Published{ID: o.id, Topic: o.message.Topic, QoS: o.message.QoS, Step: step, Again: o.again}
}

func (b *outbox) fail(o *outgoing, err error) {
	p := o.published(Failed)
	p.Err = err
	b.tell(p)
}

func (b *outbox) publish(l *link, m publishRequest) {
	o := &outgoing{id: m.id, message: m.message}
	switch {
	case m.message.Topic == (Topic{}):
		b.fail(o, errors.New("no topic"))
		return
	case b.limits.Message(m.message) != nil:
		b.fail(o, b.limits.Message(m.message))
		return
	case o.size() > maxPublish:
		b.fail(o, fmt.Errorf("MQTT has no packets larger than %d bytes", 1<<28-1))
		return
	case l == nil && m.message.QoS == 0:
		b.fail(o, errors.New("not connected"))
		return
	case b.bytes+o.size() > b.limit && len(b.waiting)+len(b.given) > 0:
		b.fail(o, fmt.Errorf("too much waits to be sent: more than %d bytes", b.limit))
		return
	}
	b.bytes += o.size()
	b.waiting = append(b.waiting, o)
	b.give(l)
	if o.message.QoS > 0 && len(b.waiting) > 0 {
		b.tell(o.published(Waiting))
	}
}

// obey takes the limits of the broker that is connected to next, and fails what waits and passes them.
func (b *outbox) obey(l Limits) {
	b.limits = l
	b.waiting = slices.DeleteFunc(b.waiting, func(o *outgoing) bool {
		err := l.Message(o.message)
		if err != nil {
			b.bytes -= o.size()
			b.fail(o, err)
		}
		return err != nil
	})
}

// give hands to the link what the window lets out. Order is kept, also between QoS 0 and the others.
func (b *outbox) give(l *link) {
	for l != nil && len(b.waiting) > 0 && len(b.given) < b.window && (b.careful == 0 || len(b.given) == 0) {
		o := b.waiting[0]
		b.waiting[0] = nil
		b.waiting = b.waiting[1:]
		b.given = append(b.given, o)
		l.publish(o)
	}
}

func (b *outbox) published(l *link, m publishedNote) {
	b.late = slices.DeleteFunc(b.late, func(o *outgoing) bool { return o == m.out })
	i := slices.Index(b.given, m.out)
	if i < 0 {
		return
	}
	b.given = slices.Delete(b.given, i, i+1)
	b.bytes -= m.out.size()
	b.careful = max(0, b.careful-1)
	b.give(l)
}

// lost takes back what the link had: QoS 0 has failed, the rest goes first next time.
func (b *outbox) lost() {
	again := b.given
	b.given, b.careful = nil, 0
	for _, o := range again {
		o.again = true
	}
	b.waiting = slices.DeleteFunc(append(again, b.waiting...), func(o *outgoing) bool {
		if o.message.QoS > 0 {
			return false
		}
		b.bytes -= o.size()
		b.fail(o, errors.New("the connection was lost before it was sent"))
		return true
	})
}

// restore sends first what the connection before left unacknowledged. present says that the broker kept the session;
// then those go by their old packet identifiers, which nothing else may take meanwhile.
func (b *outbox) restore(l *link, present bool, suspects []request) {
	if !present {
		b.late = nil
	}
	for _, o := range b.late {
		l.flights.reserve(o.packet)
	}
	for i, o := range b.waiting {
		if slices.Contains(suspects, publishing(o.message)) {
			b.careful = i + 1
		}
		if o.packet == 0 {
			continue
		}
		if o.dup = present; present {
			l.flights.reserve(o.packet)
		} else {
			o.packet = 0
		}
	}
}

func (b *outbox) failAll(err error) {
	for _, o := range b.waiting {
		b.fail(o, err)
	}
	b.waiting, b.late, b.bytes = nil, nil, 0
}
