package client

import (
	"slices"
	"strings"
)

// FilterIndex finds those of many filters that select a topic, in about the time that one takes.
type FilterIndex struct{ root filterNode }

// filterNode is a level of the filters. Filters are named by their place in the list.
type filterNode struct {
	next map[string]*filterNode
	plus *filterNode
	hash []int // those that end in # at the next level
	here []int // those that end at this one
}

// IndexFilters makes the index of a list. It does not follow changes.
func IndexFilters(filters []Filter) *FilterIndex {
	x := new(FilterIndex)
	for i, f := range filters {
		if f.pattern != "" {
			x.root.add(f.pattern, i)
		}
	}
	return x
}

func (n *filterNode) add(pattern string, i int) {
	level, rest, more := strings.Cut(pattern, "/")
	if level == "#" {
		n.hash = append(n.hash, i)
		return
	}
	next := n.plus
	if level != "+" {
		next = n.next[level]
	}
	if next == nil {
		next = new(filterNode)
		switch {
		case level == "+":
			n.plus = next
		case n.next == nil:
			n.next = map[string]*filterNode{level: next}
		default:
			n.next[level] = next
		}
	}
	if more {
		next.add(rest, i)
	} else {
		next.here = append(next.here, i)
	}
}

// Select appends the places in the list of the filters that Matches says of, in order; if standard, MatchesStandard.
func (x *FilterIndex) Select(topic string, standard bool, places []int) []int {
	if topic == "" {
		return places
	}
	from := len(places)
	places = x.root.find(topic, topic[0] != '$', standard, places)
	slices.Sort(places[from:])
	return places
}

func (n *filterNode) find(topic string, wild, standard bool, places []int) []int {
	level, rest, more := strings.Cut(topic, "/")
	if wild {
		places = append(places, n.hash...)
	}
	for _, next := range [...]*filterNode{n.next[level], n.plus} {
		switch {
		case next == nil || next == n.plus && !wild:
		case more:
			places = next.find(rest, true, standard, places)
		default:
			places = append(places, next.here...)
			if standard {
				places = append(places, next.hash...)
			}
		}
	}
	return places
}
