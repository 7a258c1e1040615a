package client

import (
	"encoding/binary"

	"example.com/thingdeck/client/intake"
)

// Control is for intake: it acts on a packet other than PUBLISH before the library sees it.
func (w *wire) Control(kind byte, body []byte) (pass bool, err error) {
	switch kind {
	case intake.Connack:
		if body[1] != 0 {
			return false, refusal(body[1])
		}
		w.link.connected.Store(true)
		w.link.sessionPresent = body[0]&1 != 0
		return true, nil
	case intake.Pingresp, intake.Pubrel:
		return true, nil
	case intake.Disconnect:
		return false, nil // not in MQTT 3.1.1, yet some brokers say it before they close
	}
	return w.answer(kind, body)
}

// answer acts on an answer to a packet of ours. One that nothing waits for is kept from the library, which would free
// the packet identifier of something else.
func (w *wire) answer(kind byte, b []byte) (pass bool, err error) {
	packet := binary.BigEndian.Uint16(b)
	if kind == intake.Pubrec {
		what, ok := w.link.flights.find(packet)
		binary.BigEndian.PutUint16(b, what.library)
		return ok && what.out != nil, nil
	}
	what, ok := w.link.flights.land(packet, kind)
	switch {
	case !ok:
		return false, nil
	case what.out != nil:
		w.link.acknowledged(what)
	case what.subscribe != nil:
		err = w.link.subscribed(what, b[2:])
	default:
		w.link.unsubscribed(what)
	}
	binary.BigEndian.PutUint16(b, what.library)
	return true, err
}
