package client

import (
	"bufio"
	"fmt"
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
	look     func() error // next: made once, for it would cost an allocation each time
	left     int          // bytes of the present packet that Read has not handed out
	accepted bool         // CONNACK passed
	messages uint64       // PUBLISH packets passed
	packets  atomic.Uint64
	reading  atomic.Bool

	write sync.Mutex

	ping      sync.Mutex
	pingTimer *time.Timer
	pingSeen  uint64 // packets when the timer was started
}

func newWire(conn net.Conn, l *link) *wire {
	w := &wire{Conn: conn, link: l, r: bufio.NewReaderSize(conn, readBuffer)}
	w.look = w.next
	return w
}

func (w *wire) guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errInternal, r)
		}
	}()
	return f()
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
