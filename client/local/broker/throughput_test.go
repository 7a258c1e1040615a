package broker

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"

	"example.com/thingdeck/client/mosquittotest"
)

// BenchmarkThroughput sends 200-byte messages through a broker over TCP, one publisher to one subscriber, and does the
// same with mosquitto where it is installed.
func BenchmarkThroughput(b *testing.B) {
	for _, qos := range []byte{0, 1} {
		b.Run(fmt.Sprintf("local/QoS%d", qos), func(b *testing.B) { throughput(b, serve(b, Options{Strict: true}), qos) })
		b.Run(fmt.Sprintf("mosquitto/QoS%d", qos), func(b *testing.B) { throughput(b, mosquitto(b), qos) })
	}
}

func mosquitto(b *testing.B) *server {
	return &server{addr: mosquittotest.Start(b, "listener %d 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 100\n").Address()}
}

const benchWindow = 100

func throughput(b *testing.B, s *server, qos byte) {
	sub, _ := join(b, s, false, "sub")
	sub.subscribe(qos, "bench/#")
	pub, _ := join(b, s, false, "pub")
	received, freed := make(chan error, 1), make(chan int, benchWindow)
	b.ResetTimer()
	began := time.Now()
	go func() { received <- takeAll(sub, b.N, qos) }()
	if qos > 0 {
		go takeAcks(pub, b.N, freed)
	}
	blast(b, pub, b.N, qos, freed)
	if err := <-received; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "msg/s")
}

// blast publishes n messages; at QoS 1 with a window.
func blast(b *testing.B, c *raw, n int, qos byte, freed <-chan int) {
	_ = c.nc.SetDeadline(time.Now().Add(time.Minute))
	w := bufio.NewWriterSize(c.nc, 32<<10)
	m := &Message{Topic: "bench/topic", Payload: make([]byte, 200)}
	open := 0
	var buf []byte
	for i := range n {
		for qos > 0 && open == benchWindow {
			if err := w.Flush(); err != nil {
				b.Fatal(err)
			}
			open -= <-freed
		}
		open++
		o := outgoing{m: m, qos: qos, id: uint16(i%benchWindow + 1)}
		buf = appendPublish3(buf[:0], &o)
		if _, err := w.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
}

// takeAcks counts PUBACKs, as many at once as there are.
func takeAcks(c *raw, n int, freed chan<- int) {
	for n > 0 {
		got := 0
		for got == 0 || c.r.Buffered() >= 4 {
			if _, err := readFrame(c.r, 100); err != nil {
				return
			}
			got++
		}
		n -= got
		freed <- got
	}
}

// takeAll reads n messages and acknowledges those at QoS 1, together what came together.
func takeAll(c *raw, n int, qos byte) error {
	_ = c.nc.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReaderSize(c.nc, 64<<10)
	var acks []byte
	for range n {
		f, err := readFrame(r, 1<<20)
		if err != nil {
			return err
		}
		if qos == 0 {
			continue
		}
		id := binary.BigEndian.Uint16(f.body[2+len("bench/topic"):])
		acks = binary.BigEndian.AppendUint16(append(acks, packets.Puback<<4, 2), id)
		if r.Buffered() == 0 {
			if _, err := c.nc.Write(acks); err != nil {
				return err
			}
			acks = acks[:0]
		}
	}
	return nil
}
