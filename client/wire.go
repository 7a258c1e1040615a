package client

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Packet types of MQTT 3.1.1, section 2.2.1.
const (
	typeConnack     = 2
	typePublish     = 3
	typePuback      = 4
	typePubrec      = 5
	typePubrel      = 6
	typePubcomp     = 7
	typeSubscribe   = 8
	typeSuback      = 9
	typeUnsubscribe = 10
	typeUnsuback    = 11
	typePingreq     = 12
	typePingresp    = 13
	typeDisconnect  = 14
)

const readBuffer = 128 << 10

// wire stands between the socket and the MQTT library. It buffers the reads, checks the framing of what comes in before
// the library sees it, and tells the link what passes. Read is called by one goroutine, Write by several, each with a
// whole packet.
type wire struct {
	net.Conn
	link *link

	r        *bufio.Reader
	left     int    // bytes of the present packet that Read has not handed out
	accepted bool   // CONNACK passed
	messages uint64 // PUBLISH packets passed
	packets  atomic.Uint64
	reading  atomic.Bool

	write sync.Mutex

	ping      sync.Mutex
	pingTimer *time.Timer
	pingSeen  uint64 // packets when the timer was started
}

func newWire(conn net.Conn, l *link) *wire {
	return &wire{Conn: conn, link: l, r: bufio.NewReaderSize(conn, readBuffer)}
}

// Read hands out what comes in, never more than one packet at a time. After the end it returns net.ErrClosed, which the
// library takes as its own doing.
func (w *wire) Read(p []byte) (int, error) {
	for w.left == 0 {
		if err := w.guard(w.next); err != nil {
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

func (w *wire) guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errInternal, r)
		}
	}()
	return f()
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
	case typePubrec, typePubrel:
		return true, nil
	}
	packet := binary.BigEndian.Uint16(b)
	switch kind {
	case typePuback, typePubcomp:
		return w.link.acknowledged(packet, w.messages), nil
	case typeSuback:
		return w.link.subscribed(packet, b[2:], w.messages)
	default:
		return w.link.unsubscribed(packet, w.messages), nil
	}
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

// Write sends a packet of the library. After the end, and when the sending fails, it says that all went well: the end
// is the link's to act upon.
func (w *wire) Write(p []byte) (int, error) {
	if w.link.ending() {
		return len(p), nil
	}
	var out *outgoing
	err := w.guard(func() (err error) {
		out, err = w.leaving(p)
		return err
	})
	if err == nil {
		err = w.send(p)
	}
	if err != nil {
		w.link.end(err)
	} else if out != nil && out.message.QoS == 0 {
		w.link.written(out)
	}
	return len(p), nil
}

func (w *wire) send(p []byte) error {
	w.write.Lock()
	defer w.write.Unlock()
	w.Conn.SetWriteDeadline(time.Now().Add(w.link.set.WriteTimeout))
	_, err := w.Conn.Write(p)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errWriteStuck
	}
	return err
}

// leaving looks at a packet of the library before it is sent.
func (w *wire) leaving(p []byte) (*outgoing, error) {
	head := 2
	for head < len(p) && p[head-1] >= 0x80 {
		head++
	}
	body := p[head:]
	switch p[0] >> 4 {
	case typePublish:
		var packet uint16
		qos := p[0] >> 1 & 3
		if qos > 0 {
			topic := int(binary.BigEndian.Uint16(body))
			packet = binary.BigEndian.Uint16(body[2+topic:])
		}
		return w.link.publishing(qos, packet), nil
	case typeSubscribe:
		var filters []string
		for b := body[2:]; len(b) > 2; {
			n := 2 + int(binary.BigEndian.Uint16(b))
			filters = append(filters, string(b[2:n]))
			b = b[n+1:]
		}
		w.link.subscribing(binary.BigEndian.Uint16(body), filters)
	case typeUnsubscribe:
		w.link.unsubscribing(binary.BigEndian.Uint16(body))
	case typePingreq:
		w.pinged()
	}
	return nil, nil
}

// pinged starts to wait for the PINGRESP.
func (w *wire) pinged() {
	w.ping.Lock()
	defer w.ping.Unlock()
	w.pingSeen = w.packets.Load()
	if w.pingTimer == nil {
		w.pingTimer = time.AfterFunc(w.link.set.PingTimeout, w.unanswered)
	} else {
		w.pingTimer.Reset(w.link.set.PingTimeout)
	}
}

func (w *wire) pong() {
	w.ping.Lock()
	defer w.ping.Unlock()
	if w.pingTimer != nil {
		w.pingTimer.Stop()
	}
}

// unanswered ends the connection unless something else came meanwhile, or the answer may lie unread because the inbox
// is full.
func (w *wire) unanswered() {
	w.ping.Lock()
	defer w.ping.Unlock()
	seen := w.packets.Load()
	if w.link.ending() {
		return
	}
	if seen == w.pingSeen && w.reading.Load() {
		w.link.end(errSilent)
		return
	}
	w.pingSeen = seen
	w.pingTimer.Reset(w.link.set.PingTimeout)
}

// cut closes the socket; the link calls it at its end. It must not wait for ping: unanswered calls it.
func (w *wire) cut() { w.Conn.Close() }

// Close is called by the library, after DISCONNECT or when it gives up.
func (w *wire) Close() error {
	w.link.end(errClosed)
	return nil
}

// SetDeadline, SetReadDeadline and SetWriteDeadline do nothing: the timeouts are wire's own.
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }
