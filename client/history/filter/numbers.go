package filter

import (
	"fmt"

	"github.com/itchyny/gojq"
)

// Numbers reads numbers at paths out of JSON payloads, in one pass and without allocation. It is for one goroutine.
type Numbers struct {
	fields fieldReader
	place  []int // by path: which field it is, or -1 for the whole payload
	whole  value
}

// NewNumbers makes a reader for paths such as .a["b c"][0]; "." is a payload that is a number itself. There may be 64.
func NewNumbers(paths []string) (*Numbers, error) {
	n := &Numbers{}
	for _, path := range paths {
		if path == "." {
			n.place = append(n.place, -1)
			continue
		}
		query, err := gojq.Parse(path)
		if err != nil {
			return nil, fmt.Errorf("path %s: %w", path, err)
		}
		steps, ok := fieldPath(nil), false
		if query.Term != nil && query.Op == 0 {
			steps, ok = pathOf(query.Term)
		}
		if !ok || len(n.fields.fields) == maxFields {
			return nil, fmt.Errorf("path %s: it is no path of keys and indexes, or there are too many", path)
		}
		n.place = append(n.place, len(n.fields.fields))
		n.fields.fields = append(n.fields.fields, steps)
	}
	return n, nil
}

// Read reads a payload; false when it is no JSON.
func (n *Numbers) Read(payload []byte) bool {
	n.whole = value{}
	if !n.fields.read(payload) {
		return false
	}
	n.fields.reset(payload)
	if c := n.fields.blanks(); c == '-' || c >= '0' && c <= '9' {
		n.whole, _ = n.fields.leaf(c, true)
	}
	return true
}

// At is the number at the path with this index in the last payload; false when there is none.
func (n *Numbers) At(i int) (float64, bool) {
	v := &n.whole
	if place := n.place[i]; place >= 0 {
		if n.fields.wrong>>place&1 != 0 {
			return 0, false
		}
		v = &n.fields.values[place]
	}
	return v.number, v.kind == isNumber
}
