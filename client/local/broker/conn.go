package broker

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

const (
	connectWithin = 10 * time.Second       // from the connection to its CONNECT
	flushWithin   = time.Second            // for the last packets of a connection
	lingerFor     = 300 * time.Millisecond // lets a client read a last packet before the socket goes
	lingerBytes   = 4 << 20
)

// ErrGoodbye is what Read of a connection returns when the client took leave in the words of the transport, as with a
// WebSocket close frame. AWS does not send the will then.
var ErrGoodbye = errors.New("the client took leave")

// Conn is one connection of a client, and the net.Conn that mochi has of it: it gives mochi one packet at a time, and
// takes what mochi writes without ever blocking it.
type Conn struct {
	net.Conn // the socket
	b        *Broker
	peer     Peer
	in       *bufio.Reader
	head     []byte // of the packet that mochi reads, not yet given to it
	body     int    // bytes of that packet that follow
	decoding bool   // mochi has the packet and has not shown it to the hook
	leaving  byte   // reason code of a DISCONNECT of nothing else
	out      outbox

	id        string // client ID, set by CONNECT
	v5        bool
	client    *mqtt.Client // mochi's
	sess      *session
	key       string // session identifier of lifecycle events
	version   int64  // version number of lifecycle events
	keepAlive atomic.Int64
	lifetime  time.Duration // asked for the session
	grant     packets.Properties
	greeted   bool // CONNACK was sent
	ready     atomic.Bool
	window    int
	maxPacket int  // of the client, 0 without
	noProblem bool // the client wants no reason strings
	will      *Message
	willDelay time.Duration

	aliases  map[uint16]topic
	topics   map[string]topic // what this client has published on, checked
	packetID uint16           // as the client has it; mochi mixes up identifiers of both directions
	lastID   atomic.Uint32    // that mochi gave to a message
	topic    topic            // of the PUBLISH that mochi works on
	denied   string           // why it is refused by PUBACK
	offer    *Message         // for Intercept
	verdicts []verdict        // on the filters of the SUBSCRIBE that mochi works on
	codes    []byte           // of the last SUBACK or UNSUBACK

	stopping atomic.Bool
	once     sync.Once
	how      ending
	done     chan struct{} // closed when the connection is over and its session settled
}

func newConn(b *Broker, nc net.Conn, peer Peer) *Conn {
	c := &Conn{
		Conn: nc, b: b, peer: peer, aliases: map[uint16]topic{}, topics: map[string]topic{}, key: identifier(),
		done: make(chan struct{}),
	}
	c.in = bufio.NewReaderSize(timed{c}, 16<<10)
	c.out.init()
	c.keepAlive.Store(int64(connectWithin))
	return c
}

func identifier() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// run serves the connection to its end.
func (c *Conn) run() {
	written := make(chan struct{})
	go func() {
		defer close(written)
		if err := c.out.writeTo(c.Conn); err != nil {
			c.end(ending{cause: CauseLost, text: "write: " + err.Error()})
		}
	}()
	c.end(c.serve())
	_ = c.Conn.SetWriteDeadline(time.Now().Add(flushWithin))
	c.out.close(c.farewell())
	select {
	case <-written:
	case <-time.After(flushWithin):
	}
	c.settle()
	close(c.done)
	c.linger()
	_ = c.Conn.Close()
	<-written
}

// serve lets mochi have the connection and says how it ended.
func (c *Conn) serve() (how ending) {
	defer func() {
		r := recover()
		switch {
		case r == nil:
		case c.decoding: // mochi's decoders run beyond the end of some packets
			how = malformed(fmt.Sprint(r))
		default:
			c.b.opt.Log.Error("broker fault", "client", c.id, "fault", r, "stack", string(debug.Stack()))
			how = ending{cause: CauseServerFail, code: codeUnspecified, text: "internal error"}
		}
	}()
	return c.explain(c.b.server.EstablishConnection(c.peer.Listener, c))
}

// explain turns what stopped mochi into an ending.
func (c *Conn) explain(err error) ending {
	var how ending
	var code packets.Code
	switch {
	case err == nil:
		return ending{cause: CauseServerFail, text: "closed"}
	case errors.As(err, &how):
		return how
	case errors.As(err, &code) && code.Code >= codeUnspecified:
		return ending{cause: CauseError, code: code.Code, text: err.Error()}
	case errors.Is(err, ErrGoodbye):
		return ending{cause: CauseClient, text: "the client closed the WebSocket", noWill: true, byClient: true}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ending{cause: CauseKeepAlive, code: codeKeepAlive, text: "nothing came for one and a half keep-alive intervals"}
	}
	return ending{cause: CauseLost, text: err.Error()}
}

// timed reads from the socket with the keep-alive as its deadline.
type timed struct{ c *Conn }

func (t timed) Read(p []byte) (int, error) {
	_ = t.c.Conn.SetReadDeadline(time.Now().Add(time.Duration(t.c.keepAlive.Load())))
	if t.c.stopping.Load() {
		return 0, net.ErrClosed
	}
	return t.c.Conn.Read(p)
}

// Read gives mochi the rest of a packet, or the next one once its header was checked.
func (c *Conn) Read(p []byte) (n int, err error) {
	if c.stopping.Load() {
		return 0, net.ErrClosed
	}
	if len(c.head) == 0 && c.body == 0 {
		if err := c.nextPacket(); err != nil {
			return 0, err
		}
	}
	n = copy(p, c.head)
	c.head = c.head[n:]
	if n < len(p) && c.body > 0 {
		m, err := c.in.Read(p[n:min(len(p), n+c.body)])
		c.body -= m
		return n + m, err
	}
	return n, nil
}

// nextPacket reads a fixed header and refuses what mochi would not, or not with the right reason.
func (c *Conn) nextPacket() error {
	first, err := c.in.ReadByte()
	if err != nil {
		return err
	}
	kind := first >> 4
	head := append(make([]byte, 0, 5), first)
	for shift := 0; ; shift += 7 {
		b, err := c.in.ReadByte()
		if err != nil {
			return err
		}
		if shift == 28 {
			return malformed("remaining length")
		}
		head = append(head, b)
		c.body |= int(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	switch {
	case c.body > c.b.packetLimit():
		text := fmt.Sprintf("packet larger than %d bytes", c.b.packetLimit())
		c.b.notice(Refused, c.id, "publish", "", text)
		return ending{cause: CauseError, code: codePacketTooLarge, text: text}
	case kind == packets.Publish && first>>1&3 == 3:
		return malformed("QoS 3")
	case bytes.IndexByte([]byte{packets.Connect, packets.Publish, packets.Puback, packets.Subscribe, packets.Unsubscribe,
		packets.Pingreq, packets.Disconnect}, kind) < 0:
		return violation(fmt.Sprintf("packet type %d is not supported", kind))
	}
	if kind == packets.Disconnect && c.body == 1 { // mochi overlooks a reason code without properties
		reason, err := c.in.Peek(1)
		if err != nil {
			return err
		}
		c.leaving = reason[0]
	}
	c.head, c.decoding = head, true
	return nil
}

// Write takes what mochi writes.
func (c *Conn) Write(p []byte) (int, error) { return c.out.write(p) }

// SetDeadline does nothing: mochi sets it from the keep-alive the client asked for.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// Close lets mochi stop reading; the socket is closed when the client has been told why.
func (c *Conn) Close() error {
	c.stopping.Store(true)
	return c.Conn.SetReadDeadline(time.Unix(1, 0))
}

// end stops the connection; only the first ending counts. It may be called by any goroutine and does not wait.
func (c *Conn) end(how ending) {
	c.once.Do(func() {
		c.how = how
		_ = c.Close()
	})
}

// farewell is the DISCONNECT of MQTT 5; a client of 3.1.1 is told nothing.
func (c *Conn) farewell() []byte {
	if !c.greeted || !c.v5 || c.how.code < codeUnspecified {
		return nil
	}
	return c.encode(packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ReasonCode: c.how.code, Properties: c.reason(c.how.text),
	}, (*packets.Packet).DisconnectEncode)
}

func (c *Conn) reason(text string) packets.Properties {
	if c.noProblem {
		return packets.Properties{}
	}
	return packets.Properties{ReasonString: text}
}

func (c *Conn) encode(pk packets.Packet, write func(*packets.Packet, *bytes.Buffer) error) []byte {
	pk.ProtocolVersion = 4
	if c.v5 {
		pk.ProtocolVersion = 5
	}
	var buf bytes.Buffer
	_ = write(&pk, &buf) // fails without a packet identifier only
	return buf.Bytes()
}

// settle gives back the session, sends the will and tells the others.
func (c *Conn) settle() {
	if c.sess == nil {
		return
	}
	c.b.opt.Log.Info("disconnected", "client", c.id, "cause", string(c.how.cause), "reason", c.how.text)
	goesOn := c.b.release(c.sess)
	if c.will != nil && !c.how.noWill {
		c.b.bequeath(c, goesOn)
	}
	c.b.disconnected(c)
}

// linger reads what is still coming, so that closing the socket does not destroy what was just written.
func (c *Conn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || c.how.byClient || half.CloseWrite() != nil {
		return
	}
	_ = c.Conn.SetReadDeadline(time.Now().Add(lingerFor))
	_, _ = io.CopyN(io.Discard, c.Conn, lingerBytes)
}

// disconnect is the client's own DISCONNECT.
func (c *Conn) disconnect(pk *packets.Packet) error {
	if pk.Properties.SessionExpiryIntervalFlag && !c.sess.prolong(pk.Properties.SessionExpiryInterval) {
		return violation("a session that ends with its connection cannot be prolonged by DISCONNECT")
	}
	return ending{cause: CauseClient, text: "the client disconnected", noWill: pk.ReasonCode|c.leaving != codeWithWill, byClient: true}
}

// principal is the certificate's ID as AWS makes it, the SHA-256 of the certificate.
func (c *Conn) principal() string {
	if c.peer.Certificate == nil {
		return "anonymous"
	}
	return hex.EncodeToString(fingerprint(c.peer.Certificate))
}

// stopped waits until the connection is over.
func (c *Conn) stopped(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the end of %s: %w", c.id, ctx.Err())
	}
}
