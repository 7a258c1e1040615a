package broker

import (
	"math/rand/v2"
	"strings"
	"sync"
)

// subscription is one filter of one session.
type subscription struct {
	filter  string // as the client gave it, with $share
	qos     byte
	noLocal bool
}

// target is a session that gets a message, or a share group of which one session does.
type target struct {
	s     *session
	sub   subscription
	group *group
}

// group is the members of one $share/NAME/FILTER.
type group struct{ members map[*session]subscription }

// node is one level of the filters.
type node struct {
	children map[string]*node
	subs     map[*session]subscription
	shared   map[string]*group
}

func (n *node) empty() bool { return len(n.children)+len(n.subs)+len(n.shared) == 0 }

// index finds the subscriptions that match a topic by AWS's rule: "a/#" matches "a/" and "a/b", but not "a".
type index struct {
	mu    sync.RWMutex
	root  *node
	cache map[string][]target // of root; nil entries are topics without subscribers
	known sync.RWMutex        // guards cache while mu is held for reading
}

// cacheLimit bounds the topics whose subscribers are remembered.
const cacheLimit = 16384

func newIndex() *index { return &index{root: &node{}, cache: map[string][]target{}} }

// splitShare separates $share/NAME/ from the filter. name is "" for an ordinary filter.
func splitShare(filter string) (name, rest string) {
	after, ok := strings.CutPrefix(filter, "$share/")
	if !ok {
		return "", filter
	}
	name, rest, _ = strings.Cut(after, "/")
	return name, rest
}

// add subscribes and tells whether the filter was there before.
func (x *index) add(s *session, sub subscription) (existed bool) {
	share, filter := splitShare(sub.filter)
	x.mu.Lock()
	defer x.mu.Unlock()
	clear(x.cache)
	n := x.root
	for level := range strings.SplitSeq(filter, "/") {
		if n.children == nil {
			n.children = map[string]*node{}
		}
		next := n.children[level]
		if next == nil {
			next = &node{}
			n.children[level] = next
		}
		n = next
	}
	members := n.subs
	if share != "" {
		if n.shared == nil {
			n.shared = map[string]*group{}
		}
		if n.shared[share] == nil {
			n.shared[share] = &group{members: map[*session]subscription{}}
		}
		members = n.shared[share].members
	} else if members == nil {
		members = map[*session]subscription{}
		n.subs = members
	}
	_, existed = members[s]
	members[s] = sub
	return existed
}

// remove unsubscribes and tells whether the filter was there.
func (x *index) remove(s *session, filter string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	clear(x.cache)
	share, rest := splitShare(filter)
	return x.root.remove(s, share, strings.Split(rest, "/"))
}

func (n *node) remove(s *session, share string, levels []string) (found bool) {
	if len(levels) > 0 {
		next := n.children[levels[0]]
		if next == nil {
			return false
		}
		found = next.remove(s, share, levels[1:])
		if next.empty() {
			delete(n.children, levels[0])
		}
		return found
	}
	if share == "" {
		_, found = n.subs[s]
		delete(n.subs, s)
		return found
	}
	g := n.shared[share]
	if g == nil {
		return false
	}
	_, found = g.members[s]
	delete(g.members, s)
	if len(g.members) == 0 {
		delete(n.shared, share)
	}
	return found
}

// drop removes every subscription of a session.
func (x *index) drop(s *session) {
	for _, sub := range s.filters() {
		x.remove(s, sub.filter)
	}
}

// match calls deliver for each session that gets a message on topic, once a session whatever its filters overlap, and
// once more for each share group.
func (x *index) match(topic string, deliver func(*session, subscription)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	x.known.RLock()
	found, ok := x.cache[topic]
	x.known.RUnlock()
	if !ok {
		found = x.find(topic)
		x.known.Lock()
		if len(x.cache) >= cacheLimit {
			clear(x.cache)
		}
		x.cache[strings.Clone(topic)] = found
		x.known.Unlock()
	}
	for _, t := range found {
		if t.group == nil {
			deliver(t.s, t.sub)
		} else if s, sub, ok := t.group.choose(); ok {
			deliver(s, sub)
		}
	}
}

func (x *index) find(topic string) []target {
	best := map[*session]subscription{}
	var groups []target
	x.root.walk(topic, true, func(n *node) {
		for s, sub := range n.subs {
			if had, ok := best[s]; ok {
				sub.qos = max(sub.qos, had.qos)
				sub.noLocal = sub.noLocal && had.noLocal
			}
			best[s] = sub
		}
		for _, g := range n.shared {
			groups = append(groups, target{group: g})
		}
	})
	found := make([]target, 0, len(best)+len(groups))
	for s, sub := range best {
		found = append(found, target{s: s, sub: sub})
	}
	return append(found, groups...)
}

// walk visits the nodes whose filters match the rest of a topic. Wildcards on the first level do not match "$".
func (n *node) walk(rest string, first bool, visit func(*node)) {
	level, after, more := strings.Cut(rest, "/")
	wild := !first || !strings.HasPrefix(rest, "$")
	if h := n.children["#"]; h != nil && wild {
		visit(h)
	}
	step := func(next *node) {
		if next == nil {
			return
		}
		if more {
			next.walk(after, false, visit)
		} else {
			visit(next)
		}
	}
	step(n.children[level])
	if wild {
		step(n.children["+"])
	}
}

// choose picks a random member of the group, a connected one if there is any, else one whose session waits for it.
func (g *group) choose() (*session, subscription, bool) {
	pick := func(ok func(*session) bool) (*session, subscription, bool) {
		var chosen *session
		n := 0
		for s := range g.members {
			if ok(s) {
				if n++; rand.IntN(n) == 0 {
					chosen = s
				}
			}
		}
		return chosen, g.members[chosen], chosen != nil
	}
	if s, sub, ok := pick(func(s *session) bool { return s.online() != nil }); ok {
		return s, sub, true
	}
	return pick(func(*session) bool { return true })
}
