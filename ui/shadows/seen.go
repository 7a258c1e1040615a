package shadows

import (
	"cmp"
	"slices"
	"strings"

	"example.com/thingdeck/shadow"
)

// seen remembers the shadows whose topics came by.
type seen struct {
	last map[shadow.Name]uint64 // when, by the number of the message
	n    uint64
}

// maxSeen bounds what is remembered; beyond it the older half goes.
const maxSeen = 256

// note remembers the shadow of a topic below $aws/things/; of a topic that is no shadow's, the thing's classic shadow.
func (s *seen) note(topic string) {
	t, ok := shadow.ParseTopic(topic)
	if !ok {
		rest, _ := strings.CutPrefix(topic, "$aws/things/")
		thing, _, below := strings.Cut(rest, "/")
		if !below || thing == "" || shadow.CheckThing(thing) != nil {
			return
		}
		t.Name = shadow.Name{Thing: thing}
	}
	s.n++
	if _, known := s.last[t.Name]; known {
		s.last[t.Name] = s.n
		return
	}
	if s.last == nil {
		s.last = map[shadow.Name]uint64{}
	}
	if len(s.last) >= maxSeen {
		s.halve()
	}
	s.last[shadow.Name{Thing: strings.Clone(t.Name.Thing), Shadow: strings.Clone(t.Name.Shadow)}] = s.n
}

func (s *seen) halve() {
	names := make([]shadow.Name, 0, len(s.last))
	for n := range s.last {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b shadow.Name) int { return cmp.Compare(s.last[a], s.last[b]) })
	for _, n := range names[:len(names)/2] {
		delete(s.last, n)
	}
}

// names are the shadows seen, sorted.
func (s *seen) names() []shadow.Name {
	names := make([]shadow.Name, 0, len(s.last))
	for n := range s.last {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b shadow.Name) int {
		return cmp.Or(strings.Compare(a.Thing, b.Thing), strings.Compare(a.Shadow, b.Shadow))
	})
	return names
}
