package ui_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

// BenchmarkLong sends many more messages through the whole program than its history holds, a tenth of them on topics never seen
// before: nothing may be dropped, and the memory must stay what it was. THINGDECK_LONG is how many, 100000000 for the full
// size.
func BenchmarkLong(b *testing.B) {
	n := 5 * million
	if text := os.Getenv("THINGDECK_LONG"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 5*million {
			b.Fatalf("THINGDECK_LONG: got %q; want a number of 5000000 at least", text)
		}
	}
	for b.Loop() {
		var pid atomic.Int64
		var resident []float64 // MiB, at each block from the time when the history is full
		l := load{messages: n, fresh: true}
		l.ticks = func(sent int) {
			if sent >= 2*million && pid.Load() != 0 {
				resident = append(resident, residentNow(b, int(pid.Load())))
			}
		}
		flooded(b, l, func(tm *ptytest.Terminal, f *flood) {
			pid.Store(int64(tm.Pid()))
			<-f.done
		})
		quarter := len(resident) / 4
		first, last := median(resident[:quarter]), median(resident[len(resident)-quarter:])
		b.ReportMetric(first, "first-MiB")
		b.ReportMetric(last, "last-MiB")
		if last > first*1.1 {
			b.Errorf("resident: got %.0f MiB in the last quarter; want no more than the %.0f of the first", last, first)
		}
	}
}

// median is that of what a slow frame now and then makes larger: what came meanwhile waits in the inbox.
func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// residentNow is the resident set of a process in MiB.
func residentNow(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("needs Linux")
	}
	_, rest, _ := bytes.Cut(text, []byte("VmRSS:"))
	kib, _ := strconv.Atoi(strings.Fields(string(rest))[0])
	return float64(kib) / 1024
}
