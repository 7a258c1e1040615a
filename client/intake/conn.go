// Package intake reads what a broker sends, between the socket and the MQTT library. It takes inbound PUBLISH packets
// of QoS 0 and 1 out of the stream, many at a time and without a copy, acknowledges those of QoS 1 in batches, and hands
// the library everything else untouched, one whole packet after the other.
//
// The library costs a PUBLISH several system calls, five goroutines and sixteen allocations; here it costs the parsing of
// its header. Connecting, subscribing, publishing and keep-alive stay the library's.
//
// One goroutine reads (the library's, in Read), one writes acknowledgements (WriteAcknowledgements), and any may Send: one
// lock orders all writes, whole packets only. Read never writes. Nothing is acknowledged before CONNACK passed, after a
// malformed packet, or after the end.
package intake

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Errors that End is told, possibly wrapped with details.
var (
	ErrMalformed  = errors.New("the broker does not speak MQTT 3.1.1")
	ErrTooLarge   = errors.New("a packet from the broker is too large")
	ErrAlias      = errors.New("the broker used a topic alias that it must not use")
	ErrFlow       = errors.New("the broker sent more unacknowledged messages than it may")
	ErrSilent     = errors.New("the broker does not answer")
	ErrWriteStuck = errors.New("the broker does not read what is sent")
	ErrClosed     = errors.New("closed by the broker") // told by Close
	ErrInternal   = errors.New("internal error")
)

// Owner is whose connection it is. Its methods but End are called by Read, one after the other, in the order of the
// stream: what Control tells is told after everything that Store was given before.
type Owner interface {
	// Store takes messages of QoS 0 and 1 that came at a time, in order. They are views into the read buffer, valid
	// until it returns. It sees to it that those of QoS 1 are given to Acknowledge. It may wait, and then nothing is read.
	Store(at time.Time, run []Publish)
	// Control looks at a packet other than PUBLISH; body is what follows the fixed header and may be changed in place.
	// A packet that does not pass is kept from the library.
	Control(kind byte, body []byte) (pass bool, err error)
	// HandedOn waits until the library has handed on the PUBLISH that it was given last, so that messages and events
	// keep their order whichever way they take.
	HandedOn()
	// End is told why the connection is over. It is called by any goroutine, several times, and must not wait.
	End(error)
}

// Options are what New needs beside the socket.
type Options struct {
	Owner Owner
	// Ended is closed when the connection is over: nothing is written after that.
	Ended <-chan struct{}
	// MaxPacket is the largest remaining length accepted.
	MaxPacket int
	// PingTimeout is how long the broker may be silent after a PINGREQ, WriteTimeout how long it may leave a packet
	// unread.
	PingTimeout, WriteTimeout time.Duration
	// Version is what CONNECT says; 0 stands for V311.
	Version Version
	// TopicAliasMaximum and ReceiveMaximum are what CONNECT says with V5; 0 stands for no alias and for 65,535. Where
	// QoS 2 is asked for there must be no alias: the library would not know it.
	TopicAliasMaximum, ReceiveMaximum uint16
	// Library leaves all messages to the library; the packets are checked all the same.
	Library bool
}

// Conn is the net.Conn for the MQTT library, for one connection. Read is called by one goroutine, the rest by any.
type Conn struct {
	socket net.Conn
	opt    Options

	buf  []byte
	r, w int       // what was read and not used yet is buf[r:w]
	at   time.Time // of the last read
	pace pace

	left     int  // bytes of the present packet that the library has not read yet
	handing  bool // the library was given a PUBLISH
	accepted bool // CONNACK passed
	run      []Publish
	version  Version
	aliases  aliases
	flow     flow
	step     func() error // scan: made once, for it would cost an allocation each time

	heard   atomic.Uint64 // reads that brought something
	reading atomic.Bool

	acks  acks
	write sync.Mutex
	watch watch
}

const (
	bufferSize = 256 << 10
	keepBuffer = 1 << 20 // a buffer that grew beyond this for a packet is let go after it
	maxRun     = 512
)

// New wraps a socket that nothing was read from yet.
func New(socket net.Conn, opt Options) *Conn {
	c := &Conn{socket: socket, opt: opt, buf: make([]byte, bufferSize), run: make([]Publish, 0, maxRun)}
	_, c.pace.tcp = socket.(*net.TCPConn)
	if c.version = opt.Version; c.version == 0 {
		c.version = V311
	}
	c.acks.ready = make(chan struct{}, 1)
	c.step = c.scan
	return c
}

// Reading says that the goroutine in Read waits for the broker. When it does not, what the broker sent may lie unread.
func (c *Conn) Reading() bool { return c.reading.Load() }

// Heard counts the reads that brought something.
func (c *Conn) Heard() uint64 { return c.heard.Load() }

// Accepted says that CONNACK passed. It is for Owner's methods that Read calls, and for End when Read calls it.
func (c *Conn) Accepted() bool { return c.accepted }

// Guard calls f and makes a panic an error.
func Guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrInternal, r)
		}
	}()
	return f()
}

// Read hands out what the library shall see, never more than one packet at a time. After the end it returns
// net.ErrClosed, which the library takes as its own doing.
func (c *Conn) Read(p []byte) (int, error) {
	if c.left == 0 {
		if c.handing {
			c.handing = false
			c.opt.Owner.HandedOn()
		}
		if err := Guard(c.step); err != nil {
			return 0, c.over(err)
		}
	}
	if c.r == c.w {
		if err := c.fill(1); err != nil {
			return 0, c.over(err)
		}
	}
	n := copy(p, c.buf[c.r:min(c.w, c.r+c.left)])
	c.r += n
	c.left -= n
	return n, nil
}

func (c *Conn) over(err error) error {
	if detail := malformed(""); errors.As(err, &detail) {
		err = fault{detail, c.version}
	}
	c.opt.Owner.End(err)
	return net.ErrClosed
}

// Write is Send, for the library.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.Send(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Send writes one whole packet, and before it the acknowledgements that wait to be written. After the end it does nothing.
func (c *Conn) Send(packet []byte) error {
	if packet[0]>>4 == Pingreq {
		c.watch.start(c)
	}
	if kind := packet[0] >> 4; kind == Puback || kind == Pubcomp || kind == Pubrec && c.refuses(packet) {
		c.flow.left(1)
	}
	c.write.Lock()
	defer c.write.Unlock()
	if c.ending() {
		return nil
	}
	if err := c.writeAcks(); err != nil {
		return err
	}
	return c.put(packet)
}

// refuses says whether a PUBREC of MQTT 5 ends the exchange; else PUBCOMP does.
func (c *Conn) refuses(pubrec []byte) bool {
	return c.version == V5 && len(pubrec) > 4 && pubrec[4] >= 0x80
}

// put is called with the write lock held.
func (c *Conn) put(p []byte) error {
	c.socket.SetWriteDeadline(time.Now().Add(c.opt.WriteTimeout))
	_, err := c.socket.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrWriteStuck
	}
	return err
}

func (c *Conn) ending() bool {
	select {
	case <-c.opt.Ended:
		return true
	default:
		return false
	}
}

// Cut closes the socket, at the end.
func (c *Conn) Cut() { c.socket.Close() }

// Close is called by the library, after DISCONNECT or when it gives up.
func (c *Conn) Close() error {
	c.opt.Owner.End(ErrClosed)
	return nil
}

// LocalAddr is the socket's.
func (c *Conn) LocalAddr() net.Addr { return c.socket.LocalAddr() }

// RemoteAddr is the socket's.
func (c *Conn) RemoteAddr() net.Addr { return c.socket.RemoteAddr() }

// SetDeadline, SetReadDeadline and SetWriteDeadline do nothing: the timeouts are Conn's own.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }
