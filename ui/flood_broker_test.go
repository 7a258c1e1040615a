package ui_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"example.com/thingdeck/client/local/certs"
)

// load is what a flood sends.
type load struct {
	messages      int
	qos           byte
	tls           bool
	subscriptions int         // filters that must be subscribed before it begins; 0 for one
	rate          int         // messages a second; 0 for as fast as the socket takes them
	single        bool        // a write for each message: a segment or a TLS record of its own
	fresh         bool        // a tenth of the messages on topics never seen before
	ticks         func(n int) // called now and then with how many were sent
}

// Messages of a flood are 200 bytes of JSON on a thousand topics, made once: the sender copies memory and no more.
const (
	floodBytes  = 200
	floodTopics = 1000
	floodBlock  = 60_000 // messages made; also the window of QoS 1, so that packet identifiers are never used twice at once
	floodBurst  = 500    // messages a write, without a rate
	freshEvery  = 10
)

// flood is a server that speaks just enough MQTT to send one subscriber messages and count the acknowledgements.
type flood struct {
	b    testing.TB
	load load
	ln   net.Listener
	ca   string // file, with TLS

	block []byte
	ends  []int // of each message in block
	fresh []int // places in block of the ten digits of a topic that is new each time

	began, ended chan time.Time
	done         chan struct{}
	sent         int
	acked        atomic.Int64
	room         chan struct{}
}

func newFlood(b testing.TB, l load) *flood {
	f := &flood{b: b, load: l, began: make(chan time.Time, 1), ended: make(chan time.Time, 1), done: make(chan struct{}), room: make(chan struct{}, 1)}
	f.load.subscriptions = max(1, l.subscriptions)
	f.makeBlock()
	var err error
	if f.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		b.Fatal(err)
	}
	if l.tls {
		set, err := certs.Open(b.TempDir(), time.Now())
		if err != nil {
			b.Fatal(err)
		}
		f.ca = filepath.Join(set.Dir, "ca.pem")
		f.ln = tls.NewListener(f.ln, &tls.Config{Certificates: []tls.Certificate{set.Server}, MinVersion: tls.VersionTLS12})
	}
	go f.serve()
	b.Cleanup(func() { _ = f.ln.Close() })
	return f
}

func (f *flood) url() string {
	scheme := "mqtt"
	if f.load.tls {
		scheme = "mqtts"
	}
	return scheme + "://" + f.ln.Addr().String()
}

func (f *flood) makeBlock() {
	for i := range floodBlock {
		topic := fmt.Sprintf("t/%d", i%floodTopics)
		if f.load.fresh && i%freshEvery == 0 {
			topic = "new/0000000000"
			f.fresh = append(f.fresh, len(f.block)+4+4+boolInt(floodBytes+len(topic) > 125))
		}
		f.block = appendMessage(f.block, f.load.qos, topic, uint16(i+1), payload(i))
		f.ends = append(f.ends, len(f.block))
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func payload(n int) []byte {
	p := fmt.Appendf(nil, `{"n":%d,"temp":21.5,"pad":"`, n)
	p = append(p, bytes.Repeat([]byte("x"), floodBytes-2-len(p))...)
	return append(p, `"}`...)
}

func appendMessage(buf []byte, qos byte, topic string, id uint16, payload []byte) []byte {
	n := 2 + len(topic) + len(payload)
	if qos > 0 {
		n += 2
	}
	buf = binary.AppendUvarint(append(buf, 0x30|qos<<1), uint64(n))
	buf = binary.BigEndian.AppendUint16(buf, uint16(len(topic)))
	buf = append(buf, topic...)
	if qos > 0 {
		buf = binary.BigEndian.AppendUint16(buf, id)
	}
	return append(buf, payload...)
}

func (f *flood) running() bool {
	select {
	case <-f.done:
		return false
	default:
		return true
	}
}

func (f *flood) serve() {
	conn, err := f.ln.Accept()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	r := bufio.NewReaderSize(conn, 64<<10)
	for filters := 0; err == nil; {
		if head, err := r.Peek(4); err == nil && head[0] == 0x40 {
			_, _ = r.Discard(4)
			f.acked.Add(1)
			select {
			case f.room <- struct{}{}:
			default:
			}
			continue
		}
		kind, body, e := readPacket(r)
		if e != nil {
			return
		}
		switch kind >> 4 {
		case 1:
			_, err = conn.Write([]byte{0x20, 2, 0, 0})
		case 8:
			codes := bytes.Repeat([]byte{f.load.qos}, filtersIn(body[2:]))
			_, err = conn.Write(append([]byte{0x90, byte(2 + len(codes)), body[0], body[1]}, codes...))
			before := filters
			if filters += len(codes); before < f.load.subscriptions && filters >= f.load.subscriptions {
				go f.blast(conn)
			}
		case 12:
			_, err = conn.Write([]byte{0xd0, 0})
		}
	}
}

func filtersIn(b []byte) (n int) {
	for len(b) > 2 {
		b = b[2+int(binary.BigEndian.Uint16(b))+1:]
		n++
	}
	return n
}

func readPacket(r *bufio.Reader) (kind byte, body []byte, err error) {
	if kind, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return kind, body, err
}

// theEnd is the last message, so that a screen that shows it has got them all.
const theEnd = "that was all"

// blast sends the messages: as fast as it can, or in bursts of two milliseconds' worth.
func (f *flood) blast(conn net.Conn) {
	start := time.Now()
	f.began <- start
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for f.sent < f.load.messages {
		n := min(floodBurst, f.load.messages-f.sent)
		if f.load.rate > 0 {
			<-tick.C
			n = min(int(time.Since(start).Seconds()*float64(f.load.rate)), f.load.messages) - f.sent
		}
		for n > 0 {
			wrote, err := f.write(conn, n)
			if err != nil {
				f.b.Errorf("after %d messages: %v", f.sent, err)
				close(f.done)
				return
			}
			n -= wrote
		}
	}
	_, _ = conn.Write(appendMessage(nil, 0, "end", 0, []byte(theEnd))) // who only counts may have gone by now
	f.ended <- time.Now()
	close(f.done)
}

// write sends up to n messages, fewer at the end of the block.
func (f *flood) write(conn net.Conn, n int) (int, error) {
	from := f.sent % floodBlock
	n = min(n, floodBlock-from)
	if f.load.single {
		n = 1
	}
	for f.load.qos > 0 && f.sent+n-int(f.acked.Load()) > floodBlock {
		<-f.room
	}
	if from == 0 && f.load.ticks != nil {
		f.load.ticks(f.sent)
	}
	if f.load.fresh && from == 0 {
		for i, at := range f.fresh {
			copy(f.block[at:], fmt.Sprintf("%010d", f.sent+i))
		}
	}
	begin := 0
	if from > 0 {
		begin = f.ends[from-1]
	}
	if _, err := conn.Write(f.block[begin:f.ends[from+n-1]]); err != nil {
		return 0, err
	}
	f.sent += n
	return n, nil
}
