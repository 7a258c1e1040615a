package client

import (
	"errors"
	"io"
	"net"
	"time"

	"example.com/thingdeck/client/intake"
)

// wire is what the MQTT library has for a socket: the intake, with the link looking at what passes both ways.
type wire struct {
	*intake.Conn
	link *link
}

func newWire(conn net.Conn, l *link) *wire {
	w := &wire{link: l}
	w.Conn = intake.New(conn, intake.Options{
		Owner: w, Ended: l.ended, MaxPacket: l.set.MaxPacket,
		PingTimeout: l.set.PingTimeout, WriteTimeout: l.set.WriteTimeout, Library: l.set.NoIntake,
	})
	return w
}

// Store is for intake: it puts messages into the inbox.
func (w *wire) Store(at time.Time, run []intake.Publish) {
	w.link.awaitRelease()
	w.link.inbox.put(w.link, at, run)
}

// HandedOn is for intake: it waits until the library has called received.
func (w *wire) HandedOn() {
	select {
	case <-w.link.handed:
	case <-w.link.ended:
	}
}

// End is for intake, and ends the link.
func (w *wire) End(err error) {
	if !w.link.connected.Load() && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		err = errNoConnack
	}
	w.link.end(err)
}
