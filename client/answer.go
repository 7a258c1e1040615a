package client

import (
	"fmt"
	"slices"
	"time"
)

// What follows is called by wire, from the goroutines of the MQTT library.

// sending is told that a packet is about to be written.
func (l *link) sending(what flight) {
	if what.out != nil && what.out.message.QoS > 0 {
		l.inbox.tell(what.out.published(Sent))
	}
}

// sent is told that a packet was written. Only a QoS 0 message has come to its end by that.
func (l *link) sent(what flight) {
	if what.out != nil && what.out.message.QoS == 0 {
		l.inbox.tell(what.out.published(Sent))
		l.mail.push(publishedNote{what.out})
	}
}

func (l *link) acknowledged(what flight) {
	if !what.late {
		p := what.out.published(Acknowledged)
		p.Took = time.Since(what.left)
		l.inbox.tell(p)
	}
	l.mail.push(publishedNote{what.out})
}

func (l *link) subscribed(what flight, codes []byte) error {
	items := what.subscribe
	if len(items) != len(codes) {
		return fmt.Errorf("%w: a SUBACK with %d codes for %d filters", errMalformed, len(codes), len(items))
	}
	if what.late {
		l.mail.push(lateNote{l, items, slices.Clone(codes)})
		return nil
	}
	for i, item := range items {
		e := Subscribed{Filter: item.filter, Asked: item.qos, Granted: granted(codes[i]), Err: l.profile.refusedFilter(item.filter, codes[i])}
		if len(item.asks) == 0 {
			l.inbox.tell(e)
		}
		for _, a := range item.asks {
			e.ID, e.Asked = a.id, a.qos
			l.inbox.tell(e)
		}
	}
	l.mail.push(subscribedNote{l, items, slices.Clone(codes)})
	return nil
}

func (l *link) unsubscribed(what flight) {
	if what.late {
		return
	}
	items := what.unsubscribe
	for _, i := range items {
		if i.id != 0 {
			l.inbox.tell(Unsubscribed{ID: i.id, Filter: i.filter})
		}
	}
	l.mail.push(unsubscribedNote{items})
}
