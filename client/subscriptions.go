package client

import (
	"errors"
	"fmt"
	"slices"
)

// maxFilters is how many filters one SUBSCRIBE may carry to AWS IoT Core.
const maxFilters = 8

// subscriptions are the filters wanted, in the order they were first asked for.
type subscriptions struct {
	tell  func(Event)
	limit Limits // of the broker
	list  []*subscription
	gone  []Filter             // let go while away, though a kept session of the broker may still have them
	going []unsubscribeRequest // sent and not yet acknowledged
	line  []*subscription      // to be subscribed one after the other; the first is under way
}

type subscription struct {
	filter  Filter
	wanted  int  // how many Subscribes hold it or wait for it
	qos     byte // highest asked for
	held    bool // the broker's session has it, with granted for an asked of heldQoS
	heldQoS byte
	granted byte
	asks    []ask // not answered yet
}

// ask is a Subscribe or a ChangeQoS that waits for its answer.
type ask struct {
	id     RequestID
	qos    byte
	sent   bool // a SUBSCRIBE under way carries it, and the link will answer it
	change bool // it holds nothing by itself
}

func (s *subscriptions) find(f Filter) *subscription {
	for _, sub := range s.list {
		if sub.filter == f {
			return sub
		}
	}
	return nil
}

func (s *subscriptions) subscribe(l *link, requests []subscribeRequest) {
	var send []*subscription
	for _, m := range requests {
		if sub := s.want(m); sub != nil && !slices.Contains(send, sub) {
			send = append(send, sub)
		}
	}
	if l == nil {
		return
	}
	for chunk := range slices.Chunk(send, maxFilters) {
		var items []subscribeItem
		for _, sub := range chunk {
			items = append(items, sub.item())
		}
		l.subscribe(items)
	}
}

// want takes a request and returns what is to be sent to the broker for it; nil when that is nothing, or nothing more.
func (s *subscriptions) want(m subscribeRequest) *subscription {
	if m.filter == (Filter{}) {
		s.tell(Subscribed{ID: m.id, Err: errors.New("no filter")})
		return nil
	}
	if err := s.limit.Subscription(Subscription{m.filter, m.qos}); err != nil {
		s.tell(Subscribed{ID: m.id, Filter: m.filter, Asked: m.qos, Err: err})
		return nil
	}
	sub := s.find(m.filter)
	if m.change {
		if sub == nil {
			s.tell(Subscribed{ID: m.id, Filter: m.filter, Asked: m.qos, Err: errors.New("not subscribed")})
			return nil
		}
		sub.qos = m.qos
		sub.asks = append(sub.asks, ask{id: m.id, qos: m.qos, change: true})
		return sub
	}
	if sub == nil {
		sub = &subscription{filter: m.filter}
		s.list = append(s.list, sub)
	}
	sub.wanted++
	higher := sub.wanted == 1 || m.qos > sub.qos
	sub.qos = max(sub.qos, m.qos)
	if !higher && sub.held && m.qos <= sub.heldQoS {
		s.tell(Subscribed{ID: m.id, Filter: sub.filter, Asked: m.qos, Granted: sub.granted})
		return nil
	}
	sub.asks = append(sub.asks, ask{id: m.id, qos: m.qos})
	if !higher {
		return nil
	}
	return sub
}

// obey takes the limits of the broker that is connected to next, and lets go what passes them.
func (s *subscriptions) obey(l Limits) {
	s.limit = l
	for _, sub := range slices.Clone(s.list) {
		if err := l.Subscription(Subscription{sub.filter, sub.qos}); err != nil {
			s.drop(sub, err)
		}
	}
}

// item is what a SUBSCRIBE carries for the filter, with the asks that it will answer.
func (sub *subscription) item() subscribeItem {
	item := subscribeItem{filter: sub.filter, qos: sub.qos}
	for i := range sub.asks {
		if !sub.asks[i].sent {
			sub.asks[i].sent = true
			item.asks = append(item.asks, sub.asks[i])
		}
	}
	return item
}

func (s *subscriptions) subscribed(l *link, m subscribedNote) {
	for i, item := range m.items {
		s.answered(item, m.codes[i], refusedFilter(m.codes[i]))
	}
	s.advance(l, m.items)
}

// answered takes the outcome of an item, which those it carries have been told: err is nil when it was granted.
func (s *subscriptions) answered(item subscribeItem, code byte, err error) {
	sub := s.find(item.filter)
	if sub == nil {
		return
	}
	if err == nil {
		sub.held, sub.heldQoS, sub.granted = true, item.qos, code
	} else if sub.held {
		sub.qos = sub.heldQoS
	}
	left := sub.asks[:0]
	for _, a := range sub.asks {
		answered := slices.ContainsFunc(item.asks, func(b ask) bool { return b.id == a.id })
		if !answered && !a.sent && (err != nil || a.qos <= item.qos) {
			s.tell(Subscribed{ID: a.id, Filter: sub.filter, Asked: a.qos, Granted: granted(code), Err: err})
			answered = true
		}
		if answered && err != nil && !a.change {
			sub.wanted--
		}
		if !answered {
			left = append(left, a)
		}
	}
	sub.asks = left
	if sub.wanted <= 0 || err != nil && !sub.held && len(left) == 0 {
		s.remove(sub)
	}
}

func refusedFilter(code byte) error {
	if code <= 2 {
		return nil
	}
	return fmt.Errorf("refused by the broker (SUBACK 0x%02x)", code)
}

func granted(code byte) byte {
	if code <= 2 {
		return code
	}
	return 0
}

func (s *subscriptions) remove(sub *subscription) {
	s.list = slices.DeleteFunc(s.list, func(other *subscription) bool { return other == sub })
}

func (s *subscriptions) unsubscribe(l *link, m unsubscribeRequest) {
	sub := s.find(m.filter)
	if sub == nil {
		s.tell(Unsubscribed{ID: m.id, Filter: m.filter})
		return
	}
	if sub.wanted--; sub.wanted > 0 {
		s.tell(Unsubscribed{ID: m.id, Filter: m.filter, Held: true})
		return
	}
	s.remove(sub)
	for _, a := range sub.asks {
		if !a.sent || l == nil {
			s.tell(Subscribed{ID: a.id, Filter: sub.filter, Asked: a.qos, Err: errors.New("unsubscribed before it was sent")})
		}
	}
	if l == nil {
		s.tell(Unsubscribed{ID: m.id, Filter: m.filter})
		if sub.held {
			s.gone = append(s.gone, m.filter)
		}
		return
	}
	s.going = append(s.going, m)
	l.unsubscribe([]unsubscribeRequest{m})
}

func (s *subscriptions) unsubscribed(m unsubscribedNote) {
	s.going = slices.DeleteFunc(s.going, func(r unsubscribeRequest) bool {
		return slices.ContainsFunc(m.items, func(i unsubscribeRequest) bool { return i.id == r.id })
	})
}

// lost is told that the connection is gone; kept says that the broker may keep the session.
func (s *subscriptions) lost(kept bool) {
	for _, sub := range s.list {
		for i := range sub.asks {
			sub.asks[i].sent = false
		}
		sub.held = sub.held && kept
	}
	for _, m := range s.going {
		s.tell(Unsubscribed{ID: m.id, Filter: m.filter})
		if kept {
			s.gone = append(s.gone, m.filter)
		}
	}
	s.going, s.line = nil, nil
}

// forget is told that the next connection is to another broker or as another client.
func (s *subscriptions) forget() {
	for _, sub := range s.list {
		sub.held = false
	}
	s.gone = nil
}

// restore brings a new connection to what is wanted. What a kept session already has is not sent again. Suspects, for
// which the connection before may have been closed, go last and one by one, so that the next close names the one.
func (s *subscriptions) restore(l *link, present bool, suspects []request) {
	var items []subscribeItem
	for _, sub := range s.list {
		sub.held = sub.held && present
		switch {
		case sub.held && len(sub.asks) == 0:
		case slices.Contains(suspects, subscribing(sub.filter)):
			s.line = append(s.line, sub)
		default:
			items = append(items, sub.item())
		}
	}
	for chunk := range slices.Chunk(items, maxFilters) {
		l.subscribe(chunk)
	}
	var gone []unsubscribeRequest
	for _, f := range s.gone {
		if present && s.find(f) == nil {
			gone = append(gone, unsubscribeRequest{filter: f})
		}
	}
	for chunk := range slices.Chunk(gone, maxFilters) {
		l.unsubscribe(chunk)
	}
	s.gone = nil
	if len(s.line) > 0 {
		l.subscribe([]subscribeItem{s.line[0].item()})
	}
}

// advance subscribes the next in line when the first was answered.
func (s *subscriptions) advance(l *link, answered []subscribeItem) {
	if len(s.line) == 0 || !slices.ContainsFunc(answered, func(i subscribeItem) bool { return i.filter == s.line[0].filter }) {
		return
	}
	s.line = s.line[1:]
	for len(s.line) > 0 && !slices.Contains(s.list, s.line[0]) {
		s.line = s.line[1:]
	}
	if len(s.line) > 0 && l != nil {
		l.subscribe([]subscribeItem{s.line[0].item()})
	}
}
