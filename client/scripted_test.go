package client_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
)

// scripted is a TCP server that answers MQTT packets as a test wants, to do what no broker does on demand. What its
// script leaves unanswered it answers as a broker would.
type scripted struct {
	t        *testing.T
	listener net.Listener
	script   func(c *scriptedConn, p packets.ControlPacket) (handled bool)
	running  sync.WaitGroup

	mu    sync.Mutex
	conns []*scriptedConn
	seen  []string // every packet as a line
	more  *sync.Cond
}

// scriptedConn is one connection; its methods may be called by any goroutine.
type scriptedConn struct {
	net.Conn
	server *scripted
	number int // from 1
}

func startScripted(t *testing.T, script func(c *scriptedConn, p packets.ControlPacket) bool) *scripted {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{t: t, listener: listener, script: script}
	s.more = sync.NewCond(&s.mu)
	s.running.Go(s.accept)
	t.Cleanup(s.stop)
	return s
}

func (s *scripted) profile() client.Profile { return profileOf(s.t, s.listener.Addr().String()) }

func (s *scripted) stop() {
	s.listener.Close()
	s.mu.Lock()
	for _, c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

func (s *scripted) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		c := &scriptedConn{conn, s, len(s.conns) + 1}
		s.conns = append(s.conns, c)
		s.mu.Unlock()
		s.running.Go(c.serve)
	}
}

func (c *scriptedConn) serve() {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		p, err := packets.ReadPacket(r)
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				c.server.note(fmt.Sprintf("%d end", c.number))
			}
			return
		}
		c.server.note(fmt.Sprintf("%d %s", c.number, line(p)))
		if c.server.script == nil || !c.server.script(c, p) {
			c.answer(p)
		}
	}
}

// line says of a packet what the tests look at.
func line(p packets.ControlPacket) string {
	switch p := p.(type) {
	case *packets.PublishPacket:
		s := fmt.Sprintf("PUBLISH %s %s", p.TopicName, p.Payload)
		if p.Qos > 0 {
			s += fmt.Sprintf(" id %d", p.MessageID)
		}
		if p.Dup {
			s += " dup"
		}
		return s
	case *packets.SubscribePacket:
		return fmt.Sprintf("SUBSCRIBE %v %v", p.Topics, p.Qoss)
	case *packets.UnsubscribePacket:
		return fmt.Sprintf("UNSUBSCRIBE %v", p.Topics)
	case *packets.PubackPacket:
		return fmt.Sprintf("PUBACK %d", p.MessageID)
	case *packets.PubrelPacket:
		return fmt.Sprintf("PUBREL %d", p.MessageID)
	}
	name, _, _ := bytes.Cut([]byte(p.String()), []byte(":"))
	return string(name)
}

func (s *scripted) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, line)
	s.more.Broadcast()
}

func (c *scriptedConn) answer(p packets.ControlPacket) {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		c.raw(0x20, 2, 0, 0)
	case *packets.SubscribePacket:
		c.suback(p.MessageID, p.Qoss...)
	case *packets.UnsubscribePacket:
		c.raw(0xb0, 2, byte(p.MessageID>>8), byte(p.MessageID))
	case *packets.PublishPacket:
		if p.Qos == 1 {
			c.raw(0x40, 2, byte(p.MessageID>>8), byte(p.MessageID))
		}
	case *packets.PingreqPacket:
		c.raw(0xd0, 0)
	}
}

func (c *scriptedConn) raw(b ...byte) { c.Write(b) }

func (c *scriptedConn) suback(id uint16, codes ...byte) {
	c.raw(append([]byte{0x90, byte(2 + len(codes)), byte(id >> 8), byte(id)}, codes...)...)
}

// message is a PUBLISH; id is left out for QoS 0.
func message(topic, payload string, qos byte, id uint16) []byte {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload, p.Qos, p.MessageID = topic, []byte(payload), qos, id
	var b bytes.Buffer
	p.Write(&b)
	return b.Bytes()
}

// await waits until all lines were seen, in this order, possibly with others between.
func (s *scripted) await(lines ...string) {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() { s.note("patience is over") })
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; ; s.more.Wait() {
		for ; len(lines) > 0 && i < len(s.seen); i++ {
			if s.seen[i] == lines[0] {
				lines = lines[1:]
			}
		}
		if len(lines) == 0 {
			return
		}
		if slices.Contains(s.seen, "patience is over") {
			s.t.Fatalf("waiting for %q: got %q", lines, s.seen)
		}
	}
}

// count is how many of the lines seen begin with the text.
func (s *scripted) count(text string) int { return len(s.lines(text)) }

// connection returns the n-th connection, from 1.
func (s *scripted) connection(n int) *scriptedConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns[n-1]
}

// lines returns the lines seen that begin with the text.
func (s *scripted) lines(text string) (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.seen {
		if strings.HasPrefix(l, text) {
			lines = append(lines, l)
		}
	}
	return lines
}
