package ui_test

import (
	"bufio"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// The same flood at other programs, as a measure: each runs in a process of its own.

func others(b *testing.B, qos byte) {
	l := load{messages: 1_000_000, qos: qos}
	b.Run("raw reader", func(b *testing.B) {
		for b.Loop() {
			other(b, l, os.Args[0], "-test.run=^TestRawReaderProcess$")
		}
	})
	b.Run("bare paho", func(b *testing.B) {
		for b.Loop() {
			other(b, l, os.Args[0], "-test.run=^TestBarePahoProcess$")
		}
	})
	b.Run("mosquitto_sub", func(b *testing.B) {
		path, err := exec.LookPath("mosquitto_sub")
		if err != nil {
			b.Skip("not installed")
		}
		for b.Loop() {
			other(b, l, path, "-t", "#", "-q", strconv.Itoa(int(qos)), "-C", strconv.Itoa(l.messages), "-h", "127.0.0.1", "-p", "PORT")
		}
	})
}

// other reports the CPU time and rate of a program that ends when it has got all messages.
func other(b *testing.B, l load, path string, args ...string) {
	f := newFlood(b, l)
	_, port, _ := net.SplitHostPort(f.ln.Addr().String())
	for i := range args {
		args[i] = strings.Replace(args[i], "PORT", port, 1)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "THINGDECK_FLOOD="+f.ln.Addr().String(), "THINGDECK_FLOOD_MESSAGES="+strconv.Itoa(l.messages),
		"THINGDECK_FLOOD_QOS="+strconv.Itoa(int(l.qos)))
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", path, err)
	}
	began, ended := <-f.began, <-f.ended
	b.ReportMetric(cpu(cmd.ProcessState.SysUsage().(*syscall.Rusage))/float64(l.messages), "us/msg")
	b.ReportMetric(float64(l.messages)/ended.Sub(began).Seconds(), "msg/s")
}

// floodGiven is what other gave to a process of this test.
func floodGiven(t *testing.T) (address string, messages int, qos byte) {
	address = os.Getenv("THINGDECK_FLOOD")
	if address == "" {
		t.Skip("only a part of BenchmarkFlood")
	}
	messages, _ = strconv.Atoi(os.Getenv("THINGDECK_FLOOD_MESSAGES"))
	n, _ := strconv.Atoi(os.Getenv("THINGDECK_FLOOD_QOS"))
	return address, messages, byte(n)
}

// TestBarePahoProcess is a process that does nothing but count with the library; by itself it does nothing.
func TestBarePahoProcess(t *testing.T) {
	address, n, qos := floodGiven(t)
	count, done := 0, make(chan struct{})
	opts := mqtt.NewClientOptions().AddBroker("tcp://" + address).SetProtocolVersion(4).SetAutoReconnect(false)
	opts.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
		if count++; count == n {
			close(done)
		}
	})
	c := mqtt.NewClient(opts)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	c.Subscribe("#", qos, nil)
	<-done
	c.Disconnect(100)
}

// TestRawReaderProcess is a process that reads fixed headers, acknowledges in batches and keeps nothing: what no client can
// do better. By itself it does nothing.
func TestRawReaderProcess(t *testing.T) {
	address, n, qos := floodGiven(t)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = conn.Write([]byte{0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'r'})
	_, _ = conn.Write([]byte{0x82, 6, 0, 1, 0, 1, '#', qos})
	r := bufio.NewReaderSize(conn, 256<<10)
	var acks []byte
	for count := 0; count < n; {
		head, err := r.Peek(5)
		if err != nil {
			t.Fatal(err)
		}
		kind := head[0] >> 4
		body, size := binary.Uvarint(head[1:])
		if kind == 3 {
			count++
			if qos > 0 {
				p, _ := r.Peek(1 + size + int(body))
				topic := int(binary.BigEndian.Uint16(p[1+size:]))
				id := p[1+size+2+topic:]
				acks = append(acks, 0x40, 2, id[0], id[1])
			}
		}
		_, _ = r.Discard(1 + size + int(body))
		if len(acks) > 0 && r.Buffered() < 5 {
			_, _ = conn.Write(acks)
			acks = acks[:0]
		}
	}
	_, _ = conn.Write(acks)
}
