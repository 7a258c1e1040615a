package history

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

func benchTopics() []string {
	topics := make([]string, 1000)
	for i := range topics {
		topics[i] = fmt.Sprintf("sensors/room%03d/temp", i)
	}
	return topics
}

func BenchmarkAppend(b *testing.B) {
	topics, payload := benchTopics(), bytes.Repeat([]byte("x"), 200)
	var tail Tail
	h := New(Limits{})
	now := time.Now()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		tail.Append(Message{Time: now, Topic: topics[i%len(topics)], Payload: payload})
		if i%5000 == 0 {
			h.Add(tail.Take())
		}
	}
}

func million() *History {
	topics, payload := benchTopics(), bytes.Repeat([]byte("x"), 200)
	var tail Tail
	h := New(Limits{})
	for i := range 1_000_000 {
		tail.Append(Message{Time: time.Unix(0, int64(i)), Topic: topics[i%len(topics)], Payload: payload})
		if i%5000 == 0 {
			h.Add(tail.Take())
		}
	}
	h.Add(tail.Take())
	return h
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkOverhead(b *testing.B) {
	for b.Loop() {
		before := heap()
		h := million()
		b.ReportMetric(float64(heap()-before)/float64(h.Len())-200, "overhead-B/msg")
		runtime.KeepAlive(h)
	}
}

// overhead is what n messages, each taken by itself as when one comes a second, hold beside their payloads: bytes a message.
func overhead(n, size int) float64 {
	topics, payload := benchTopics(), bytes.Repeat([]byte("x"), size)
	before := heap()
	var tail Tail
	h := New(Limits{})
	for i := range n {
		tail.Append(Message{Time: time.Unix(int64(i), 0), Topic: topics[i%10], Payload: payload})
		h.Add(tail.Take())
	}
	held := heap() - before
	runtime.KeepAlive(h)
	runtime.KeepAlive(&tail)
	return float64(held)/float64(n) - float64(size)
}

func TestSlowMessagesCostLittle(t *testing.T) {
	for _, size := range []int{20, 200} {
		for n := 5000; n <= 20_000; n += 2500 {
			if got := overhead(n, size); got > 64 {
				t.Errorf("%d messages of %d bytes: got %.1f bytes each beside their payloads; want at most 64", n, size, got)
			}
		}
	}
}

func BenchmarkSlow(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(overhead(10_000, floodPayload), "overhead-B/msg")
	}
}

const floodPayload = 200

func BenchmarkFilter(b *testing.B) {
	h := million()
	for _, name := range []string{"sensors/room001", "sensors/room1", "sensors/"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Filter(func(topic string) bool { return strings.HasPrefix(topic, name) })
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	h := million()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for m := range h.All() {
			n += len(m.Payload)
		}
		if n != 200_000_000 {
			b.Fatal(n)
		}
	}
}
