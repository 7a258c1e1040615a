package service_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/shadow/service"
)

// tenKeys is a report of ten keys.
func tenKeys(i int) []byte {
	var b strings.Builder
	b.WriteString(`{"state":{"reported":{`)
	for k := range 10 {
		if k > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"key%d":%d`, k, i+k)
	}
	b.WriteString(`}},"clientToken":"t-123"}`)
	return []byte(b.String())
}

func newService(tb testing.TB, o service.Options) *service.Service {
	tb.Helper()
	s, err := service.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// BenchmarkUpdateTenKeys reports all ten keys of a document each time.
func BenchmarkUpdateTenKeys(b *testing.B) {
	s := newService(b, service.Options{})
	payloads := [][]byte{tenKeys(1), tenKeys(2)}
	now := time.Unix(1790000000, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if n := len(s.Handle("$aws/things/lamp/shadow/update", payloads[i%2], now)); n != 2 {
			b.Fatalf("got %d replies; want 2", n)
		}
	}
}

// BenchmarkUpdateStored is the same with a store that costs nothing.
func BenchmarkUpdateStored(b *testing.B) {
	s := newService(b, service.Options{Store: nowhere{}})
	payload := tenKeys(1)
	now := time.Unix(1790000000, 0)
	b.ReportAllocs()
	for b.Loop() {
		s.Handle("$aws/things/lamp/shadow/update", payload, now)
	}
}

type nowhere struct{}

func (nowhere) Load(func(string, []byte) error) error { return nil }
func (nowhere) Save(string, []byte) error             { return nil }

// BenchmarkUpdateOneKey reports one of ten keys while a difference is open.
func BenchmarkUpdateOneKey(b *testing.B) {
	s := newService(b, service.Options{})
	now := time.Unix(1790000000, 0)
	s.Handle("$aws/things/lamp/shadow/update", tenKeys(1), now)
	s.Handle("$aws/things/lamp/shadow/update", []byte(`{"state":{"desired":{"key1":"x"}}}`), now)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(s.Handle("$aws/things/lamp/shadow/update", []byte(`{"state":{"reported":{"key0":5}}}`), now)); n != 3 {
			b.Fatalf("got %d replies; want 3", n)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	s := newService(b, service.Options{})
	now := time.Unix(1790000000, 0)
	s.Handle("$aws/things/lamp/shadow/update", tenKeys(1), now)
	b.ReportAllocs()
	for b.Loop() {
		s.Handle("$aws/things/lamp/shadow/get", nil, now)
	}
}

// BenchmarkUpdateParallel updates different shadows from all cores.
func BenchmarkUpdateParallel(b *testing.B) {
	s := newService(b, service.Options{})
	payload := tenKeys(1)
	now := time.Unix(1790000000, 0)
	b.RunParallel(func(pb *testing.PB) {
		topic := fmt.Sprintf("$aws/things/%p/shadow/update", pb)
		for pb.Next() {
			s.Handle(topic, payload, now)
		}
	})
}

// BenchmarkMemory tells what 100,000 shadows of 500 bytes take.
func BenchmarkMemory(b *testing.B) {
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := newService(b, service.Options{})
		now := time.Unix(1790000000, 0)
		pad := strings.Repeat("x", 41)
		for i := range 100000 {
			payload := fmt.Sprintf(`{"state":{"reported":{"k0":"%s","k1":"%s","k2":"%s","k3":"%s","k4":"%s"},"desired":{"k0":"%s","k1":"%s","k2":"%s","k3":"%s","k4":"%s"}}}`,
				pad, pad, pad, pad, pad, pad, pad, pad, pad, pad)
			s.Handle(fmt.Sprintf("$aws/things/thing-%06d/shadow/update", i), []byte(payload), now)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e5, "B/shadow")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
		b.ReportMetric(float64(after.Sys)/(1<<20), "MiB-sys")
		runtime.KeepAlive(s)
	}
}
