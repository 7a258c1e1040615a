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

// Conn is one connection of a client.
type Conn struct {
	b    *Broker
	nc   net.Conn
	peer Peer
	out  outQueue

	id        string // client ID, set by CONNECT
	v5        bool
	sess      *session
	key       string // session identifier of lifecycle events
	version   int64  // version number of lifecycle events
	keepAlive atomic.Int64
	maxPacket int // of the client, 0 without
	aliasMax  uint16
	noProblem bool // the client wants no reason strings
	will      *Message
	willDelay time.Duration

	inAliases  map[uint16]topic
	outAliases map[string]uint16
	topics     map[string]topic // what this client has published on, checked

	told     atomic.Pointer[told] // set with CONNACK
	stopping atomic.Bool
	once     sync.Once
	how      ending
	done     chan struct{} // closed when the connection is over and its session settled
}

// told is what a connection's end needs to know from other goroutines once the client is accepted.
type told struct{ v5, noProblem bool }

func newConn(b *Broker, nc net.Conn, peer Peer) *Conn {
	return &Conn{
		b: b, nc: nc, peer: peer, out: newOutQueue(), inAliases: map[uint16]topic{}, outAliases: map[string]uint16{},
		topics: map[string]topic{}, key: identifier(), done: make(chan struct{}),
	}
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
		c.write()
	}()
	c.end(c.serve())
	select {
	case <-written:
	case <-time.After(flushWithin):
	}
	c.settle()
	close(c.done)
	c.linger()
	_ = c.nc.Close()
	<-written
}

// serve reads and handles packets until the connection ends, and says how it did.
func (c *Conn) serve() (how ending) {
	defer func() {
		if r := recover(); r != nil {
			c.b.opt.Log.Error("broker fault", "client", c.id, "fault", r, "stack", string(debug.Stack()))
			how = ending{cause: CauseServerFail, code: codeUnspecified, text: "internal error"}
		}
	}()
	c.keepAlive.Store(int64(connectWithin))
	r := bufio.NewReaderSize(timed{c}, 16<<10)
	f, err := readFrame(r, c.b.packetLimit())
	if err == nil {
		err = c.connect(f)
	}
	for err == nil {
		if f, err = readFrame(r, c.b.packetLimit()); err == nil {
			err = c.handle(f)
		}
	}
	return c.explain(err)
}

// explain turns what stopped the loop into an ending.
func (c *Conn) explain(err error) ending {
	var how ending
	switch {
	case errors.As(err, &how):
		return how
	case errors.Is(err, errTooLarge):
		text := fmt.Sprintf("packet larger than %d bytes", c.b.packetLimit())
		c.b.notice(Refused, c.id, "publish", "", text)
		return ending{cause: CauseError, code: codePacketTooLarge, text: text}
	case errors.Is(err, ErrGoodbye):
		return ending{cause: CauseClient, text: "the client closed the WebSocket", noWill: true, byClient: true}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ending{cause: CauseKeepAlive, code: codeKeepAlive, text: "nothing came for one and a half keep-alive intervals"}
	}
	return ending{cause: CauseLost, text: err.Error()}
}

// timed reads from the connection with the keep-alive as its deadline.
type timed struct{ c *Conn }

func (t timed) Read(p []byte) (int, error) {
	if d := t.c.keepAlive.Load(); d > 0 {
		_ = t.c.nc.SetReadDeadline(time.Now().Add(time.Duration(d)))
	}
	if t.c.stopping.Load() {
		return 0, net.ErrClosed
	}
	return t.c.nc.Read(p)
}

// end stops the connection; only the first ending counts. It may be called by any goroutine and does not wait.
func (c *Conn) end(how ending) {
	c.once.Do(func() {
		c.how = how
		c.stopping.Store(true)
		c.out.close(c.farewell(how))
		_ = c.nc.SetWriteDeadline(time.Now().Add(flushWithin))
		_ = c.nc.SetReadDeadline(time.Unix(1, 0))
	})
}

// farewell is the DISCONNECT of MQTT 5; a client of 3.1.1 is told nothing.
func (c *Conn) farewell(how ending) []byte {
	client := c.told.Load()
	if client == nil || !client.v5 || how.code < codeUnspecified {
		return nil
	}
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Disconnect}, ProtocolVersion: 5, ReasonCode: how.code,
	}
	if !client.noProblem {
		pk.Properties.ReasonString = how.text
	}
	b, err := encode(pk, (*packets.Packet).DisconnectEncode)
	if err != nil {
		return nil
	}
	return b
}

func (c *Conn) reason(text string) packets.Properties {
	if c.noProblem {
		return packets.Properties{}
	}
	return packets.Properties{ReasonString: text}
}

// settle gives back the session, sends the will and tells the others.
func (c *Conn) settle() {
	if c.sess == nil {
		return
	}
	c.b.opt.Log.Info("disconnected", "client", c.id, "cause", string(c.how.cause), "reason", c.how.text)
	goesOn := c.sess.detach()
	if !goesOn {
		c.b.discard(c.sess)
	}
	if c.will != nil && !c.how.noWill {
		c.b.bequeath(c, goesOn)
	}
	c.b.disconnected(c)
}

// linger reads what is still coming, so that closing the socket does not destroy what was just written.
func (c *Conn) linger() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || c.how.byClient || half.CloseWrite() != nil {
		return
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(lingerFor))
	_, _ = io.CopyN(io.Discard, c.nc, lingerBytes)
}

// handle acts on one packet after CONNECT.
func (c *Conn) handle(f frame) error {
	switch f.kind() {
	case packets.Publish:
		return c.publish(f)
	case packets.Puback:
		if len(f.body) < 2 || f.head&15 != 0 {
			return malformed("PUBACK")
		}
		c.sess.acknowledged(uint16(f.body[0])<<8 | uint16(f.body[1]))
		return nil
	case packets.Subscribe:
		return c.subscribe(f)
	case packets.Unsubscribe:
		return c.unsubscribe(f)
	case packets.Pingreq:
		if len(f.body) != 0 || f.head&15 != 0 {
			return malformed("PINGREQ")
		}
		c.out.raw([]byte{packets.Pingresp << 4, 0})
		return nil
	case packets.Disconnect:
		return c.disconnect(f)
	case packets.Connect:
		return violation("second CONNECT")
	}
	return violation(fmt.Sprintf("packet type %d is not supported", f.kind()))
}

// disconnect is the client's own DISCONNECT.
func (c *Conn) disconnect(f frame) error {
	how := ending{cause: CauseClient, text: "the client disconnected", noWill: true, byClient: true}
	if f.head&15 != 0 {
		return malformed("DISCONNECT")
	}
	if !c.v5 || len(f.body) == 0 {
		return how
	}
	how.noWill = f.body[0] != codeWithWill
	if len(f.body) < 2 {
		return how
	}
	var props packets.Properties
	if _, err := decodeProperties(&props, packets.Disconnect, f.body[1:]); err != nil {
		return err
	}
	if props.SessionExpiryIntervalFlag {
		if !c.expireAfter(props.SessionExpiryInterval) {
			return violation("a session that ends with its connection cannot be prolonged by DISCONNECT")
		}
	}
	return how
}

// expireAfter changes how long the session lives on; 0 cannot become more.
func (c *Conn) expireAfter(seconds uint32) bool {
	c.sess.mu.Lock()
	defer c.sess.mu.Unlock()
	if c.sess.lifetime == 0 && seconds > 0 {
		return false
	}
	c.sess.lifetime = min(time.Duration(seconds)*time.Second, maxSession)
	return true
}

// send encodes and queues a packet.
func (c *Conn) send(pk packets.Packet, write func(*packets.Packet, *bytes.Buffer) error) error {
	pk.ProtocolVersion = 4
	if c.v5 {
		pk.ProtocolVersion = 5
	}
	b, err := encode(pk, write)
	if err != nil {
		return err
	}
	c.out.raw(b)
	return nil
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
