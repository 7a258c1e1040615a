// Package tree counts the messages of a History by the levels of their topics.
package tree

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"example.com/thingdeck/client/history"
)

// Node names a node of a Tree; the root is 0.
type Node uint32

// Root is above all topics. It has no name.
const Root Node = 0

// Spark is how many seconds a node remembers of its rate.
const Spark = 16

// DefaultNodes is how many nodes a tree has at most, unless told otherwise.
const DefaultNodes = 200_000

// A Tree has a node for each level of each topic. It is fed with what a History holds, keeps its counts when that lets messages go,
// and belongs to one goroutine. Topics that come when it is full are counted and not in it.
type Tree struct {
	limit  int
	nodes  []node
	byName map[child]Node
	topics []known // by topic ID of the History

	next    uint64 // the first message not counted yet
	touched []Node

	// Outside counts the messages on topics for which there was no room, Missed those that were evicted before they were counted.
	Outside, Missed uint64
	version         uint64 // changes with each new node
}

type child struct {
	parent Node
	name   string
}

type known struct {
	reused uint32
	set    bool
	node   Node
}

// node is 150 bytes or so.
type node struct {
	name     string
	parent   Node
	children []Node
	sorted   int  // how many of children are in the order of names
	own      bool // it has messages of its own, and is a topic

	count, total uint64 // messages of its own, and with those below
	pending      uint64 // of a batch
	last         uint64 // the newest of its own, by number
	newest       uint64 // the newest of its own or below
	at           int64  // of newest, in nanoseconds since 1970
	retained     bool   // the last message with RETAIN was not empty

	second int64 // that the newest bucket counts
	spark  [Spark]uint32
}

// none is the node of topics that have no room.
const none = ^Node(0)

// New makes a tree of at most limit nodes; 0 means DefaultNodes.
func New(limit int) *Tree {
	if limit <= 0 {
		limit = DefaultNodes
	}
	return &Tree{limit: limit, nodes: make([]node, 1), byName: map[child]Node{}}
}

// Feed counts messages of h that were not counted yet, for about as long as it may take, and returns how many are left. now is the
// clock of the rates: messages that are older than the present second count for the second in which they came.
func (t *Tree) Feed(h *history.History, may time.Duration) (left uint64) {
	if first := h.First(); t.next < first {
		t.Missed += first - t.next
		t.next = first
	}
	began := time.Now()
	var r history.Record
	const often = 4096
	for n := 1; t.next < h.End(); n++ {
		h.Record(t.next, &r)
		t.next++
		t.add(h, &r)
		if n%often == 0 {
			t.settle()
			if time.Since(began) > may {
				break
			}
		}
	}
	t.settle()
	return h.End() - t.next
}

// Skip leaves out what h holds, all of it: after the History was cleared.
func (t *Tree) Skip(h *history.History) { t.next = h.End() }

func (t *Tree) add(h *history.History, r *history.Record) {
	id := t.node(h, r.Topic)
	if id == none {
		t.Outside++
		return
	}
	n, second := &t.nodes[id], r.Time/int64(time.Second)
	if second > n.second {
		t.give(id) // else what came in seconds before would count in this one above
	}
	if n.pending == 0 {
		t.touched = append(t.touched, id)
	}
	n.own = true
	n.pending++
	n.count++
	n.last, n.newest, n.at = r.Seq, r.Seq, r.Time
	switch {
	case len(r.Payload) == 0:
		n.retained = false
	case r.Retain():
		n.retained = true
	}
	n.turn(second)
	n.spark[n.second%Spark]++
}

// settle gives what the touched nodes gained to those above.
func (t *Tree) settle() {
	for _, id := range t.touched {
		t.give(id)
	}
	t.touched = t.touched[:0]
}

// give adds what a node gained, all in its second, to those above.
func (t *Tree) give(id Node) {
	n := &t.nodes[id]
	gained := n.pending
	if n.pending = 0; gained == 0 {
		return
	}
	n.total += gained
	for up := n.parent; id != Root; up = t.nodes[up].parent {
		p := &t.nodes[up]
		p.total += gained
		if n.newest >= p.newest {
			p.newest, p.at = n.newest, n.at
		}
		p.turn(n.second)
		if n.second > p.second-Spark {
			p.spark[n.second%Spark] += uint32(gained)
		}
		if up == Root {
			break
		}
	}
}

// turn empties the buckets of the seconds that went by.
func (n *node) turn(second int64) {
	if second-n.second >= Spark {
		n.spark = [Spark]uint32{}
		n.second = second
	}
	for n.second < second {
		n.second++
		n.spark[n.second%Spark] = 0
	}
}

// node is the one of a topic of the History.
func (t *Tree) node(h *history.History, topic uint32) Node {
	if int(topic) >= len(t.topics) {
		t.topics = append(t.topics, make([]known, int(topic)+1+len(t.topics)/2-len(t.topics))...)
	}
	key := h.TopicKey(topic)
	k := &t.topics[topic]
	if k.set && k.reused == key.Reused {
		return k.node
	}
	*k = known{reused: key.Reused, set: true, node: t.insert(key.Name)}
	return k.node
}

// insert makes the nodes of a topic, or none of them when there is no room for all.
func (t *Tree) insert(topic string) Node {
	at, rest := Root, topic
	for {
		level, after, more := strings.Cut(rest, "/")
		next, ok := t.byName[child{at, level}]
		if !ok {
			break
		}
		if at = next; !more {
			return at
		}
		rest = after
	}
	if len(t.nodes)+strings.Count(rest, "/")+1 > t.limit {
		return none
	}
	for level := range strings.SplitSeq(rest, "/") {
		id := Node(len(t.nodes))
		level = strings.Clone(level) // a topic's name is not kept for one level of it
		t.nodes = append(t.nodes, node{name: level, parent: at})
		t.nodes[at].children = append(t.nodes[at].children, id)
		t.byName[child{at, level}] = id
		at = id
	}
	t.version++
	return at
}

// Len is the number of nodes.
func (t *Tree) Len() int { return len(t.nodes) - 1 }

// Version changes whenever there are new nodes.
func (t *Tree) Version() uint64 { return t.version }

// Info is what a tree knows of a node.
type Info struct {
	// Name is the level, which may be empty.
	Name string
	// Topic says that there are messages on this very topic.
	Topic bool
	// Children is how many nodes are right below.
	Children int
	// Count is the messages on this topic, Total with those below.
	Count, Total uint64
	// Last is the newest message on this topic, Newest the newest of those below, too, and At its time.
	Last, Newest uint64
	At           time.Time
	// Retained says that the last message with RETAIN on this topic had a payload, and that none without came since.
	Retained bool
}

// Info tells of a node.
func (t *Tree) Info(id Node) Info {
	n := &t.nodes[id]
	return Info{n.name, n.own, len(n.children), n.count, n.total, n.last, n.newest, time.Unix(0, n.at), n.retained}
}

// Rates are the messages of the last seconds on a node and below, the oldest first; the last is the second of now, which goes on.
func (t *Tree) Rates(id Node, now time.Time) (out [Spark]uint32) {
	n := &t.nodes[id]
	second := now.Unix()
	for i := range out {
		if s := second - Spark + 1 + int64(i); s <= n.second && s > n.second-Spark {
			out[i] = n.spark[s%Spark]
		}
	}
	return out
}

// PerSecond is the rate of the last whole seconds.
func (t *Tree) PerSecond(id Node, now time.Time) float64 {
	const seconds = 3
	rates, sum := t.Rates(id, now), 0.0
	for _, n := range rates[Spark-1-seconds : Spark-1] {
		sum += float64(n)
	}
	return sum / seconds
}

// Parent is the node above; that of the root is the root.
func (t *Tree) Parent(id Node) Node { return t.nodes[id].parent }

// Children are the nodes right below, by name. The slice must not be changed.
func (t *Tree) Children(id Node) []Node {
	n := &t.nodes[id]
	if n.sorted < len(n.children) {
		byName := func(a, b Node) int { return cmp.Compare(t.nodes[a].name, t.nodes[b].name) }
		slices.SortFunc(n.children[n.sorted:], byName)
		if n.sorted > 0 && byName(n.children[n.sorted-1], n.children[n.sorted]) > 0 {
			n.children = merge(n.children[:n.sorted], n.children[n.sorted:], byName)
		}
		n.sorted = len(n.children)
	}
	return n.children
}

// merge puts two sorted runs together in a new slice.
func merge(a, b []Node, order func(a, b Node) int) []Node {
	out := make([]Node, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if order(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// Path is the topic of a node.
func (t *Tree) Path(id Node) string {
	if id == Root {
		return ""
	}
	var levels []string
	for ; id != Root; id = t.nodes[id].parent {
		levels = append(levels, t.nodes[id].name)
	}
	slices.Reverse(levels)
	return strings.Join(levels, "/")
}

// Retained are the topics at a node and below that hold a retained message, as far as was seen; at most n.
func (t *Tree) Retained(id Node, n int) (topics []string) {
	if t.nodes[id].retained && n > 0 {
		topics = append(topics, t.Path(id))
	}
	for _, c := range t.Children(id) {
		if len(topics) >= n {
			break
		}
		topics = append(topics, t.Retained(c, n-len(topics))...)
	}
	return topics
}
