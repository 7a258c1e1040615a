package client

import (
	"slices"
	"time"
)

// AWS IoT answers a SUBSCRIBE or PUBLISH that is not allowed by closing the connection, without a reason (F-46). What
// follows finds out which request it was, so that it is not sent again on each new connection for ever.

// request is what a connection may have been closed for: a filter or a topic.
type request struct {
	doing, name string
	retain      bool
}

func subscribing(f Filter) request { return request{doing: "subscribing", name: f.text} }

// packet is the kind of packet that it is made with.
func (r request) packet() string {
	if r.doing == "subscribing" {
		return "SUBSCRIBE"
	}
	return "PUBLISH"
}

func publishing(m Message) request {
	return request{doing: "publishing", name: m.Topic.name, retain: m.Retain}
}

// notAllowed is the reason when the broker closed two connections in a row right after the same request.
type notAllowed request

func (r notAllowed) Error() string {
	return "closed right after " + r.doing + " to " + r.name + ": not allowed?"
}

const (
	rightAfter  = time.Second
	triedTopics = 1024
)

// try takes note of the first publish to a topic; one that was outlived by more than a moment was allowed. When there
// are too many topics none is suspected.
func (f *flights) try(what flight) {
	if what.out == nil || len(f.tried) > triedTopics {
		return
	}
	r := publishing(what.out.message)
	if _, known := f.tried[r]; !known {
		f.tried[r] = what.left
	}
}

// prove is told that the broker answered a publish.
func (f *flights) prove(r request) {
	if _, known := f.tried[r]; known {
		f.tried[r] = time.Time{}
	}
}

// suspects returns the requests that left in the last moment of a connection that the broker closed, and were not
// answered, oldest first. The link has ended.
func (l *link) suspects() []request {
	if !withoutReason(l.cause) {
		return nil
	}
	return l.flights.suspects(l.endedAt.Add(-rightAfter))
}

func (f *flights) suspects(since time.Time) []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := make(map[request]time.Time)
	if len(f.tried) <= triedTopics {
		for r, at := range f.tried {
			left[r] = at
		}
	}
	for _, what := range f.all {
		for _, item := range what.subscribe {
			left[subscribing(item.filter)] = what.left
		}
	}
	var suspects []request
	for r, at := range left {
		if !at.Before(since) {
			suspects = append(suspects, r)
		}
	}
	slices.SortFunc(suspects, func(a, b request) int { return left[a].Compare(left[b]) })
	return suspects
}

// inBoth returns the first of now that is also in before.
func inBoth(now, before []request) (request, bool) {
	i := slices.IndexFunc(now, func(r request) bool { return slices.Contains(before, r) })
	if i < 0 {
		return request{}, false
	}
	return now[i], true
}

// refuse treats a filter as refused by the broker. The connection was lost before.
func (s *subscriptions) refuse(r request, err error) {
	i := slices.IndexFunc(s.list, func(sub *subscription) bool { return subscribing(sub.filter) == r })
	if i >= 0 {
		s.drop(s.list[i], err)
	}
}

// drop lets a subscription go that the broker will not have, and tells all who want it. There is no connection.
func (s *subscriptions) drop(sub *subscription, err error) {
	s.remove(sub)
	asking := 0
	for _, a := range sub.asks {
		if !a.change {
			asking++
		}
	}
	if sub.wanted > asking {
		s.tell(Subscribed{Filter: sub.filter, Asked: sub.qos, Err: err})
	}
	for _, a := range sub.asks {
		s.tell(Subscribed{ID: a.id, Filter: sub.filter, Asked: a.qos, Err: err})
	}
}

// refuse fails what waits to be published on a topic. The connection was lost before.
func (b *outbox) refuse(r request, err error) {
	b.waiting = slices.DeleteFunc(b.waiting, func(o *outgoing) bool {
		if publishing(o.message) != r {
			return false
		}
		b.bytes -= o.size()
		b.fail(o, err)
		return true
	})
}
