package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"time"
)

var connack = []byte{Connack << 4, 2, 0, 0}

// packet is a PUBLISH; id is left out for QoS 0.
func packet(flags byte, topic string, id uint16, payload string) []byte {
	body := binary.BigEndian.AppendUint16(nil, uint16(len(topic)))
	body = append(body, topic...)
	if flags&6 != 0 {
		body = binary.BigEndian.AppendUint16(body, id)
	}
	body = append(body, payload...)
	return append(binary.AppendUvarint([]byte{PublishType<<4 | flags}, uint64(len(body))), body...)
}

// mixed is a stream of everything that a broker may send, with packets that need two bytes for their length.
func mixed() []byte {
	return slices.Concat(
		connack,
		packet(1, "retained", 0, "before SUBACK"),
		[]byte{Suback << 4, 3, 0, 1, 0},
		packet(0, "a", 0, ""),
		packet(2, "a/b", 7, "one"),
		packet(2, "a/b", 8, string(bytes.Repeat([]byte("y"), 150))),
		packet(4, "two", 9, "by the library"),
		packet(10, "a/b", 7, "again"),
		[]byte{Pubrel<<4 | 2, 2, 0, 9},
		[]byte{Pingresp << 4, 0},
		packet(0, "$aws/things/x/shadow/update", 0, "{}"),
		[]byte{Puback << 4, 2, 0, 1},
		[]byte{Unsuback << 4, 2, 0, 2},
		packet(3, "ü", 0xffff, "\x00\xff"),
	)
}

func TestWhereverTheStreamIsCut(t *testing.T) {
	stream := mixed()
	want := play(t, true, stream)
	if len(want.log) != 14 || want.cause != io.EOF {
		t.Fatalf("the library: got %q and %v; want 14 packets", want.log, want.cause)
	}
	same(t, "in one piece", play(t, false, stream), want)
	same(t, "byte by byte", play(t, false, slices.Collect(slices.Chunk(stream, 1))...), want)
	for i := 1; i < len(stream); i++ {
		same(t, fmt.Sprint("cut at ", i), play(t, false, stream[:i], stream[i:]), want)
	}
}

func TestPacketsOfEverySize(t *testing.T) {
	var stream []byte
	stream = append(stream, connack...)
	for i, n := range []int{100, 127, 128, 16383, 16384, bufferSize - 8, bufferSize, bufferSize + 1, 1 << 19, maxPacket - 5, 3} {
		stream = append(stream, packet(byte(i%2*2), "t", uint16(i+1), string(bytes.Repeat([]byte{byte(i)}, n)))...)
	}
	want := play(t, true, stream)
	if len(want.log) != 12 {
		t.Fatalf("the library: got %d packets; want 12", len(want.log))
	}
	for _, size := range []int{1000, 65536, 1 << 20} {
		same(t, fmt.Sprint("in pieces of ", size), play(t, false, slices.Collect(slices.Chunk(stream, size))...), want)
	}
}

func TestABadPacketEndsTheConnection(t *testing.T) {
	for _, c := range []struct {
		name string
		send []byte
		want error
	}{
		{"a second CONNACK", connack, ErrMalformed},
		{"type 0", []byte{0, 0}, ErrMalformed},
		{"a CONNECT", []byte{0x10, 0}, ErrMalformed},
		{"QoS 3", packet(6, "a", 1, "x"), ErrMalformed},
		{"a PUBLISH too short", []byte{0x30, 1, 0}, ErrMalformed},
		{"no topic", packet(0, "", 0, "x"), ErrMalformed},
		{"a topic longer than the packet", []byte{0x30, 3, 0, 9, 'a'}, ErrMalformed},
		{"a topic longer than the packet, QoS 2", []byte{0x34, 5, 0, 9, 'a', 0, 1}, ErrMalformed},
		{"no room for the identifier", []byte{0x32, 4, 0, 1, 'a', 0}, ErrMalformed},
		{"five bytes of length", []byte{0x30, 0xff, 0xff, 0xff, 0xff, 1}, ErrMalformed},
		{"a long PUBACK", []byte{0x40, 3, 0, 1, 0}, ErrMalformed},
		{"one byte too large", packet(0, "t", 0, string(make([]byte, maxPacket-2))), ErrTooLarge},
		{"cut", []byte{0x30, 9, 0, 1, 'a'}, io.EOF},
	} {
		stream := slices.Concat(connack, packet(2, "a", 1, "good"), c.send, packet(2, "a", 2, "never seen"))
		if c.want == io.EOF {
			stream = slices.Concat(connack, packet(2, "a", 1, "good"), c.send)
		}
		got := play(t, false, stream)
		same(t, c.name, got, play(t, true, stream))
		if !errors.Is(got.cause, c.want) || len(got.log) != 2 || len(got.want[Puback]) != 1 {
			t.Errorf("%s: got %q, ended with %v; want CONNACK and one message, and %v", c.name, got.log, got.cause, c.want)
		}
	}
}

func TestNothingIsStoredBeforeCONNACK(t *testing.T) {
	got := play(t, false, packet(2, "a", 1, "early"), connack)
	if len(got.log) != 0 || len(got.got) != 0 || !errors.Is(got.cause, ErrMalformed) {
		t.Errorf("got %q, acknowledged %v, ended with %v; want nothing and a malformed packet", got.log, got.got, got.cause)
	}
}

// pieces cuts a stream at places that a seed chooses.
func pieces(stream []byte, seed uint64) (chunks [][]byte) {
	random := rand.New(rand.NewPCG(seed, seed))
	for len(stream) > 0 {
		n := min(len(stream), 1+random.IntN(1+random.IntN(40)))
		chunks = append(chunks, stream[:n])
		stream = stream[n:]
	}
	return chunks
}

// FuzzAgainstTheLibrary sends the same bytes to the intake and to the library's own path: the same messages, packets,
// acknowledgements and end must come out.
func FuzzAgainstTheLibrary(f *testing.F) {
	f.Add(mixed()[len(connack):], uint64(1))
	f.Add(slices.Concat(packet(2, "a", 1, "x"), packet(6, "a", 1, "x")), uint64(2))
	f.Add([]byte{0x30, 0x80, 0x80, 0x80, 0x80}, uint64(3))
	f.Add(slices.Concat(packet(4, "a", 1, "x"), packet(0, "b", 0, "y"), packet(4, "a", 1, "x")), uint64(4))
	f.Fuzz(func(t *testing.T, sent []byte, seed uint64) {
		stream := slices.Concat(connack, sent)
		want := play(t, true, stream)
		same(t, "in one piece", play(t, false, stream), want)
		same(t, "in pieces", play(t, false, pieces(stream, seed)...), want)
	})
}

// ender takes down only why the connection ended.
type ender struct {
	rig
	cause chan error
}

func (e *ender) End(err error) { e.cause <- err }

// A PINGRESP may lie unread because messages wait to be stored, which says nothing about the broker.
func TestAStoppedFlowIsNotADeadPeer(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	owner := &ender{cause: make(chan error, 1)}
	c := New(here, Options{Owner: owner, Ended: make(chan struct{}), PingTimeout: time.Hour})
	c.watch.start(c)
	defer c.watch.stop()
	c.unanswered()
	if len(owner.cause) > 0 {
		t.Fatal("ended while nobody reads; want it kept")
	}
	c.heard.Add(1)
	c.reading.Store(true)
	c.unanswered()
	if len(owner.cause) > 0 {
		t.Fatal("ended though something came; want it kept")
	}
	c.unanswered()
	if len(owner.cause) == 0 || !errors.Is(<-owner.cause, ErrSilent) {
		t.Errorf("want it ended with %v", ErrSilent)
	}
}

func TestABatchFollowsWhatTheBrokerHasUnderWay(t *testing.T) {
	b := batch{now: firstBatch}
	for range growAfter * 100 {
		b.came()
	}
	if b.now != lastBatch {
		t.Errorf("while enough come: got %d; want %d", b.now, lastBatch)
	}
	for _, c := range []struct {
		under int
		after time.Duration
		want  int
	}{{20, 0, 10}, {1, 0, 1}, {9, 2 * linger, 1}, {3, 0, 1}, {0, 0, 1}, {1000, 0, lastBatch}} {
		b.late = c.under
		if b.went(c.after); b.now != c.want {
			t.Errorf("%d under way, and the next after %v: got %d; want %d", c.under, c.after, b.now, c.want)
		}
	}
}

// TLS and WebSocket hand out a record or a frame a read: a pause at each would be the end of any rate.
func TestOnlyATCPSocketIsPaced(t *testing.T) {
	const n = 10_000
	chunks := [][]byte{connack5}
	for range n {
		chunks = append(chunks, packet5(0, "a", 0, nil, "x"))
	}
	begun := time.Now()
	l := listen(Options{}, chunks...)
	if took := time.Since(begun); len(l.log) != n+1 || took > n*breather/2 {
		t.Errorf("got %d packets in %v; want %d in less than half of %v", len(l.log), took, n+1, n*breather)
	}
}

func TestMessagesCostNoAllocation(t *testing.T) {
	const n = 1000
	round := append(bytes.Repeat(packet(2, "sensors/kitchen/temp", 9, `{"temp":21.5}`), n), Pingresp<<4, 0)
	owner := &counter{}
	c := New(&endless{stream: slices.Concat(connack, round), again: round}, Options{Owner: owner, Ended: make(chan struct{}), MaxPacket: maxPacket})
	owner.conn = c
	var p [4]byte
	read := func() { // one round, at whose end is a packet for the library
		if _, err := c.Read(p[:]); err != nil {
			t.Fatal(err)
		}
	}
	read()
	read()
	if got := testing.AllocsPerRun(100, read); got > 0 || owner.n < 100*n {
		t.Errorf("got %v allocations for %d messages, %d in all; want none", got, n, owner.n)
	}
}

// counter counts messages and acknowledges nothing.
type counter struct {
	rig
	conn *Conn
	n    int
	acks []byte
}

func (o *counter) Control(byte, []byte) (bool, error) { return true, nil }

func (o *counter) Store(_ time.Time, run []Publish) {
	o.n += len(run)
	o.acks = o.acks[:0]
	for i := range run {
		o.acks = AppendPuback(o.acks, run[i].ID)
	}
	o.conn.Acknowledge(o.acks)
	o.conn.acks.packets = o.conn.acks.packets[:0]
}

// endless is a socket from which the same comes for ever.
type endless struct {
	rig
	stream, again []byte
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.stream)
	if e.stream = e.stream[n:]; len(e.stream) == 0 {
		e.stream = e.again
	}
	return n, nil
}
