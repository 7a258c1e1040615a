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
