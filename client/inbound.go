package client

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// Read hands out what comes in, never more than one packet at a time. After the end it returns net.ErrClosed, which the
// library takes as its own doing.
func (w *wire) Read(p []byte) (int, error) {
	for w.left == 0 {
		if err := w.guard(w.look); err != nil {
			return 0, w.over(err)
		}
	}
	w.reading.Store(true)
	n, err := w.r.Read(p[:min(len(p), w.left)])
	w.reading.Store(false)
	w.left -= n
	if err != nil {
		return n, w.over(err)
	}
	return n, nil
}

func (w *wire) over(err error) error {
	if !w.accepted && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		err = errNoConnack
	}
	w.link.end(err)
	return net.ErrClosed
}

// next looks at the packet that follows and sets left to its length, or to 0 when the library need not see it.
func (w *wire) next() error {
	kind, flags, head, body, err := w.header()
	if err != nil {
		return err
	}
	if body > w.link.set.MaxPacket {
		return fmt.Errorf("%w: %d bytes, and at most %d are taken", errTooLarge, body, w.link.set.MaxPacket)
	}
	if (kind == typeConnack) == w.accepted {
		return fmt.Errorf("%w: packet type %d out of turn", errMalformed, kind)
	}
	w.packets.Add(1)
	pass := true
	if kind == typePublish {
		err = w.message(flags, head, body)
	} else {
		pass, err = w.control(kind, head, body)
	}
	switch {
	case err != nil:
		return err
	case pass:
		w.left = head + body
	default:
		_, err = w.r.Discard(head + body)
	}
	return err
}

// header reads the fixed header: head is its length, body the remaining length.
func (w *wire) header() (kind, flags byte, head, body int, err error) {
	for head = 2; ; head++ {
		b, err := w.peek(head)
		if err != nil {
			return 0, 0, 0, 0, err
		}
		last := b[head-1]
		body |= int(last&0x7f) << (7 * (head - 2))
		if last < 0x80 {
			return b[0] >> 4, b[0] & 0x0f, head, body, nil
		}
		if head == 5 {
			return 0, 0, 0, 0, fmt.Errorf("%w: a remaining length of more than four bytes", errMalformed)
		}
	}
}

func (w *wire) peek(n int) ([]byte, error) {
	if w.r.Buffered() >= n {
		return w.r.Peek(n)
	}
	w.reading.Store(true)
	defer w.reading.Store(false)
	return w.r.Peek(n)
}

// message checks a PUBLISH as far as the library trusts it.
func (w *wire) message(flags byte, head, body int) error {
	need := 2
	if flags&6 != 0 {
		need = 4
	}
	if flags&6 == 6 || body < need {
		return fmt.Errorf("%w: a bad PUBLISH", errMalformed)
	}
	b, err := w.peek(head + 2)
	if err != nil {
		return err
	}
	if topic := int(binary.BigEndian.Uint16(b[head:])); topic == 0 || topic+need > body {
		return fmt.Errorf("%w: a PUBLISH with a bad topic", errMalformed)
	}
	w.messages++
	return nil
}

// control acts on any other packet; pass is false when the library must not see it.
func (w *wire) control(kind byte, head, body int) (pass bool, err error) {
	if !lengthFits(kind, body) {
		return false, fmt.Errorf("%w: packet type %d with %d bytes", errMalformed, kind, body)
	}
	b, err := w.peek(head + body)
	if err != nil {
		return false, err
	}
	b = b[head:]
	switch kind {
	case typeConnack:
		if b[1] != 0 {
			return false, refusal(b[1])
		}
		w.accepted = true
		w.link.sessionPresent = b[0]&1 != 0
		return true, nil
	case typePingresp:
		w.pong()
		return true, nil
	case typeDisconnect:
		return false, nil // not in MQTT 3.1.1, yet some brokers say it before they close
	case typePubrel:
		return true, nil
	}
	return w.answer(kind, b)
}

// answer acts on an answer to a packet of ours. One that nothing waits for is kept from the library, which would free
// the packet identifier of something else.
func (w *wire) answer(kind byte, b []byte) (pass bool, err error) {
	packet := binary.BigEndian.Uint16(b)
	if kind == typePubrec {
		what, ok := w.link.flights.find(packet)
		binary.BigEndian.PutUint16(b, what.library)
		return ok && what.out != nil, nil
	}
	what, ok := w.link.flights.land(packet, kind)
	switch {
	case !ok:
		return false, nil
	case what.out != nil:
		w.link.acknowledged(what, w.messages)
	case what.subscribe != nil:
		err = w.link.subscribed(what, b[2:], w.messages)
	default:
		w.link.unsubscribed(what, w.messages)
	}
	binary.BigEndian.PutUint16(b, what.library)
	return true, err
}

// lengthFits says whether a broker may send this packet with this remaining length.
func lengthFits(kind byte, n int) bool {
	switch kind {
	case typeConnack, typePuback, typePubrec, typePubrel, typePubcomp, typeUnsuback:
		return n == 2
	case typeSuback:
		return n >= 3 && n < readBuffer/2
	case typePingresp, typeDisconnect:
		return n == 0
	}
	return false
}
