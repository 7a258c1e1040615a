package intake

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// rig is one connection from end to end: a socket that plays what a broker sends, the intake, and the MQTT library. It
// takes down what came in the order in which it was told, whichever way it came, and what was acknowledged.
type rig struct {
	t      testing.TB
	conn   *Conn
	chunks [][]byte

	mu      sync.Mutex
	changed *sync.Cond
	log     []string
	want    map[byte][]uint16 // packet identifiers to be acknowledged, by the type of the acknowledgement
	got     map[byte][]uint16

	handed  chan struct{}
	ended   chan struct{}
	endOnce sync.Once
	cause   error
}

// outcome is what a rig took down. acked says whether all acknowledgements must have been written.
type outcome struct {
	log       []string
	want, got map[byte][]uint16
	cause     error
}

const (
	patience  = 10 * time.Second
	maxPacket = 1 << 20
)

// play runs a connection over which these chunks come, one a read, and then nothing more.
func play(t testing.TB, library bool, chunks ...[]byte) outcome {
	r := &rig{
		t: t, chunks: chunks, want: map[byte][]uint16{}, got: map[byte][]uint16{},
		handed: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	r.changed = sync.NewCond(&r.mu)
	r.conn = New(r, Options{
		Owner: r, Ended: r.ended, MaxPacket: maxPacket, PingTimeout: time.Hour, WriteTimeout: patience, Library: library,
	})
	var acker sync.WaitGroup
	acker.Go(r.conn.WriteAcknowledgements)
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://x").SetProtocolVersion(4).
		SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return r.conn, nil }).
		SetAutoReconnect(false).SetResumeSubs(false).SetDefaultPublishHandler(r.received))
	if token := client.Connect(); token.WaitTimeout(patience) && token.Error() != nil {
		r.End(token.Error())
	}
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Errorf("the connection goes on: got %q, acknowledged %v of %v", r.log, r.got, r.want)
		r.End(errors.New("patience is over"))
	}
	client.Disconnect(1000)
	acker.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return outcome{slices.Clone(r.log), r.want, r.got, r.cause}
}

func (r *rig) note(line string, ack byte, id uint16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, line)
	if ack != 0 {
		r.want[ack] = append(r.want[ack], id)
	}
}

func (r *rig) Store(_ time.Time, run []Publish) {
	var acks []byte
	for i := range run {
		p := &run[i]
		ack := byte(0)
		if p.QoS() == 1 {
			ack = Puback
			acks = AppendPuback(acks, p.ID)
		}
		r.note(fmt.Sprintf("%s %x %d %d %t %t", p.Topic, p.Payload, p.QoS(), p.ID, p.Flags&1 != 0, p.Flags&8 != 0), ack, p.ID)
	}
	r.conn.Acknowledge(acks)
}

func (r *rig) received(_ mqtt.Client, m mqtt.Message) {
	ack := [3]byte{0, Puback, Pubrec}[m.Qos()]
	r.note(fmt.Sprintf("%s %x %d %d %t %t", m.Topic(), m.Payload(), m.Qos(), m.MessageID(), m.Retained(), m.Duplicate()), ack, m.MessageID())
	r.handed <- struct{}{}
}

func (r *rig) HandedOn() {
	select {
	case <-r.handed:
	case <-r.ended:
	}
}

func (r *rig) Control(kind byte, body []byte) (pass bool, err error) {
	ack, id := byte(0), uint16(0)
	if kind == Pubrel {
		ack, id = Pubcomp, binary.BigEndian.Uint16(body)
	}
	r.note(fmt.Sprintf("packet %d %x", kind, body), ack, id)
	return kind == Connack || kind == Pingresp || kind == Pubrel, nil
}

func (r *rig) End(err error) {
	r.endOnce.Do(func() {
		r.mu.Lock()
		r.cause = err
		r.mu.Unlock()
		close(r.ended)
		r.Close()
	})
}

// Read plays the next chunk, and at the end waits until everything that came was acknowledged.
func (r *rig) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.chunks) > 0 {
		n := copy(p, r.chunks[0])
		if r.chunks[0] = r.chunks[0][n:]; len(r.chunks[0]) == 0 {
			r.chunks = r.chunks[1:]
		}
		return n, nil
	}
	timer := time.AfterFunc(patience, r.changed.Broadcast)
	defer timer.Stop()
	for late := time.Now().Add(patience); !r.settled() && time.Now().Before(late); {
		r.changed.Wait()
	}
	return 0, io.EOF
}

func (r *rig) settled() bool {
	for ack, ids := range r.want {
		if len(r.got[ack]) < len(ids) {
			return false
		}
	}
	return true
}

// Write takes down acknowledgements; only whole packets may come.
func (r *rig) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for b := bytes.Clone(p); len(b) > 0; {
		h, ok, err := parse(b)
		if !ok || err != nil || len(b) < h.size+h.body {
			r.t.Errorf("written: got %x; want whole packets", p)
			break
		}
		if h.kind == Puback || h.kind == Pubrec || h.kind == Pubcomp {
			r.got[h.kind] = append(r.got[h.kind], binary.BigEndian.Uint16(b[h.size:]))
		}
		b = b[h.size+h.body:]
	}
	r.changed.Broadcast()
	return len(p), nil
}

func (r *rig) Close() error {
	r.changed.Broadcast()
	return nil
}

func (r *rig) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (r *rig) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (r *rig) SetDeadline(time.Time) error      { return nil }
func (r *rig) SetReadDeadline(time.Time) error  { return nil }
func (r *rig) SetWriteDeadline(time.Time) error { return nil }

// same fails unless the intake did what the library does. Acknowledgements that a bad packet overtook may be missing.
func same(t testing.TB, what string, got, want outcome) {
	t.Helper()
	if !slices.Equal(got.log, want.log) {
		t.Errorf("%s: got %q; want as from the library: %q", what, got.log, want.log)
	}
	if fmt.Sprint(got.cause) != fmt.Sprint(want.cause) {
		t.Errorf("%s: ended because of %v; want as with the library: %v", what, got.cause, want.cause)
	}
	for _, o := range []outcome{got, want} {
		for _, ack := range []byte{Puback, Pubrec, Pubcomp} {
			all, some := o.want[ack], o.got[ack]
			if len(some) > len(all) || !slices.Equal(some, all[:len(some)]) || o.cause == io.EOF && len(some) < len(all) {
				t.Errorf("%s: ended with %v: type %d: got %v; want %v, in this order", what, o.cause, ack, some, all)
			}
		}
	}
}
