package client

import (
	"bytes"
	"encoding/binary"

	"example.com/thingdeck/client/intake"
)

// Write sends a packet of the library. After the end, and when the sending fails, it says that all went well: the end
// is the link's to act upon.
func (w *wire) Write(p []byte) (int, error) {
	if w.link.ending() {
		return len(p), nil
	}
	var what flight
	packet := p
	err := intake.Guard(func() (err error) {
		what, packet, err = w.leaving(p)
		return err
	})
	if err == nil {
		w.link.sending(what)
		err = w.Send(packet)
	}
	if err == nil {
		w.link.sent(what)
	} else {
		w.link.end(err)
	}
	return len(p), nil
}

// leaving looks at a packet of the library and returns it as it must be sent.
func (w *wire) leaving(p []byte) (what flight, packet []byte, err error) {
	at := 2 // of the packet identifier
	for at < len(p) && p[at-1] >= 0x80 {
		at++
	}
	var library, number uint16
	switch p[0] >> 4 {
	case intake.PublishType:
		if p[0]>>1&3 > 0 {
			at += 2 + int(binary.BigEndian.Uint16(p[at:]))
			library = binary.BigEndian.Uint16(p[at:])
		}
		what, number, err = w.link.flights.depart(library, nil)
	case intake.Subscribe:
		library = binary.BigEndian.Uint16(p[at:])
		what, number, err = w.link.flights.depart(library, filtersOf(p[at+2:]))
	case intake.Unsubscribe:
		library = binary.BigEndian.Uint16(p[at:])
		what, number, err = w.link.flights.depart(library, nil)
	case intake.Pubrel:
		library = binary.BigEndian.Uint16(p[at:])
		number = w.link.flights.onWire(library)
	}
	dup := what.out != nil && what.out.dup
	if err != nil || number == library && !dup {
		return what, p, err
	}
	packet = bytes.Clone(p)
	binary.BigEndian.PutUint16(packet[at:], number)
	if dup {
		packet[0] |= 8
	}
	return what, packet, nil
}

// filtersOf reads the filters of a SUBSCRIBE, in order.
func filtersOf(b []byte) (filters []string) {
	for len(b) > 2 {
		n := 2 + int(binary.BigEndian.Uint16(b))
		filters = append(filters, string(b[2:n]))
		b = b[n+1:]
	}
	return filters
}
