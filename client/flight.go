package client

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/thingdeck/client/intake"
)

// flights are the packets of a link that the broker answers, from the call into the MQTT library to the answer. The
// library numbers them from 1 on each connection; a message that is sent again in a kept session must go by the number
// it had (MQTT 3.1.1, section 4.4), so packet identifiers are translated where they differ.
type flights struct {
	mu       sync.Mutex
	expected []flight          // given to the library, in order, not seen by wire yet
	all      map[uint16]flight // sent, by the packet identifier on the wire
	reserved []uint16          // identifiers of messages to be sent again

	limit time.Duration // how long an answer may take
	timer *time.Timer   // to the time when the oldest is overdue; read by the actor
	armed bool

	tried map[request]time.Time // topics published to, since when; the zero time for those that the broker answered
}

// flight is one such packet: one of out, subscribe and unsubscribe is set.
type flight struct {
	left        time.Time
	late        bool   // told as unanswered
	library     uint16 // the library's packet identifier
	out         *outgoing
	subscribe   []subscribeItem
	unsubscribe []unsubscribeRequest
}

func newFlights(limit time.Duration) flights {
	timer := time.NewTimer(limit)
	timer.Stop()
	return flights{all: make(map[uint16]flight), tried: make(map[request]time.Time), limit: limit, timer: timer}
}

func (f *flights) expect(what flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expected = append(f.expected, what)
}

func (f *flights) reserve(packet uint16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reserved = append(f.reserved, packet)
}

// depart is told that the library sends the next packet that was expected, and returns it with the identifier that it
// must carry. A QoS 0 message has none: library is 0.
func (f *flights) depart(library uint16, filters []string) (what flight, packet uint16, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.expected) == 0 {
		return flight{}, 0, fmt.Errorf("%w: a packet that nobody asked for", errInternal)
	}
	what = f.expected[0]
	f.expected[0] = flight{}
	f.expected = f.expected[1:]
	what.left = time.Now()
	f.try(what)
	if library == 0 {
		return what, 0, nil
	}
	if !f.armed {
		f.armed = true
		f.timer.Reset(f.limit)
	}
	what.library = library
	what.subscribe = inOrder(what.subscribe, filters)
	packet = library
	if what.out != nil && what.out.packet != 0 {
		packet = what.out.packet
		f.reserved = slices.DeleteFunc(f.reserved, func(n uint16) bool { return n == packet })
	} else {
		for f.taken(packet) {
			packet++
		}
	}
	if what.out != nil {
		what.out.packet, what.out.sent = packet, what.left
	}
	f.all[packet] = what
	return what, packet, nil
}

// taken assumes that far fewer than 65,535 identifiers are in use.
func (f *flights) taken(packet uint16) bool {
	_, used := f.all[packet]
	return used || packet == 0 || slices.Contains(f.reserved, packet)
}

// inOrder arranges items in the order of the packet: the library shuffles the filters.
func inOrder(items []subscribeItem, filters []string) []subscribeItem {
	var ordered []subscribeItem
	for _, text := range filters {
		i := slices.IndexFunc(items, func(item subscribeItem) bool { return item.filter.text == text })
		if i >= 0 {
			ordered = append(ordered, items[i])
		}
	}
	return ordered
}

// find returns what was sent with this identifier.
func (f *flights) find(packet uint16) (flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what, ok := f.all[packet]
	return what, ok
}

// land is told that the last answer came, after which the identifier is free. ok is false when nothing waits for it.
func (f *flights) land(packet uint16, kind byte) (what flight, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what, ok = f.all[packet]
	if !ok || !what.landsWith(kind) {
		return flight{}, false
	}
	delete(f.all, packet)
	if what.out != nil {
		f.prove(publishing(what.out.message))
	}
	return what, true
}

func (what flight) landsWith(kind byte) bool {
	switch kind {
	case intake.Puback, intake.Pubcomp:
		return what.out != nil
	case intake.Suback:
		return what.subscribe != nil
	case intake.Unsuback:
		return what.unsubscribe != nil
	}
	return false
}

// onWire returns the identifier on the wire for one of the library's: the same unless it was translated.
func (f *flights) onWire(library uint16) uint16 {
	f.mu.Lock()
	defer f.mu.Unlock()
	for packet, what := range f.all {
		if what.library == library {
			return packet
		}
	}
	return library
}
