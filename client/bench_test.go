package client_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/eclipse/paho.mqtt.golang/packets"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

// blaster accepts one connection, answers CONNECT and the first SUBSCRIBE, and then sends n messages of 200 bytes on a
// thousand topics as fast as the socket takes them. QoS 1 is sent in windows of a hundred.
func blaster(b *testing.B, n int, qos byte) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		defer listener.Close()
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r, w := bufio.NewReader(conn), bufio.NewWriterSize(conn, 256<<10)
		packets.ReadPacket(r)
		conn.Write([]byte{0x20, 2, 0, 0})
		p, err := packets.ReadPacket(r)
		if err != nil {
			return
		}
		id := p.Details().MessageID
		conn.Write([]byte{0x90, 3, byte(id >> 8), byte(id), qos})
		payload := strings.Repeat("x", 200)
		var all [1000][]byte
		for i := range all {
			all[i] = message(fmt.Sprintf("sensors/room%03d/temp", i), payload, qos, uint16(i+1))
		}
		const window = 100
		for i := range n {
			w.Write(all[i%len(all)])
			if qos > 0 && i%window == window-1 {
				w.Flush()
				for range window {
					packets.ReadPacket(r)
				}
			}
		}
		w.Flush()
		packets.ReadPacket(r) // until it hangs up
	}()
	return listener.Addr().String()
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, run func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun, used := time.Now(), cpu()
	b.ResetTimer()
	run()
	b.StopTimer()
	runtime.ReadMemStats(&after)
	n := float64(b.N)
	b.ReportMetric(n/time.Since(begun).Seconds(), "msg/s")
	b.ReportMetric(float64((cpu()-used).Nanoseconds())/1000/n, "CPU-µs/msg")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/n, "allocs/msg")
}

func BenchmarkReceive(b *testing.B) {
	for qos := range byte(2) {
		b.Run(fmt.Sprint("session, QoS ", qos), func(b *testing.B) { benchSession(b, qos, client.Settings{}) })
		b.Run(fmt.Sprint("without intake, QoS ", qos), func(b *testing.B) { benchSession(b, qos, client.Settings{NoIntake: true}) })
		b.Run(fmt.Sprint("bare paho, QoS ", qos), func(b *testing.B) { benchPaho(b, qos) })
	}
}

func benchSession(b *testing.B, qos byte, set client.Settings) {
	set.InboxBytes = 1 << 30
	s := client.NewSession(nil, set)
	defer s.Close(context.Background())
	h := history.New(history.Limits{})
	s.Connect(profileOf(b, blaster(b, b.N, qos)))
	report(b, func() {
		s.Subscribe(filter(b, "#"), qos)
		for h.End() < uint64(b.N) {
			batch, err := s.Next(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			h.Add(batch.Messages)
		}
	})
}

func benchPaho(b *testing.B, qos byte) {
	done, n := make(chan struct{}), 0
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + blaster(b, b.N, qos)).SetProtocolVersion(4).
		SetAutoReconnect(false).SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
		if n++; n == b.N {
			close(done)
		}
	}))
	if t := c.Connect(); t.Wait() && t.Error() != nil {
		b.Fatal(t.Error())
	}
	defer c.Disconnect(100)
	report(b, func() {
		c.Subscribe("#", qos, nil)
		<-done
	})
}
