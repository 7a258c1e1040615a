package ui

import (
	"encoding/binary"

	"example.com/thingdeck/client"
)

// rowIndex finds the rows of a book that match a topic.
type rowIndex struct {
	rows    []*subscription
	filters *client.FilterIndex
	lists   map[string][]*subscription // by the places of the rows: few, however many topics there are
	places  []int
	key     []byte
}

func newRowIndex(rows []*subscription) *rowIndex {
	filters := make([]client.Filter, len(rows))
	for i, s := range rows {
		filters[i] = s.filter
	}
	return &rowIndex{rows: rows, filters: client.IndexFilters(filters), lists: map[string][]*subscription{}}
}

func (x *rowIndex) match(topic string) []*subscription {
	x.places = x.filters.Select(topic, false, x.places[:0])
	if len(x.places) == 0 {
		x.places = x.filters.Select(topic, true, x.places)
	}
	x.key = x.key[:0]
	for _, i := range x.places {
		x.key = binary.AppendUvarint(x.key, uint64(i))
	}
	list, ok := x.lists[string(x.key)]
	if !ok {
		for _, i := range x.places {
			list = append(list, x.rows[i])
		}
		x.lists[string(x.key)] = list
	}
	return list
}
