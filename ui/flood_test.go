package ui_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/thingdeck/ui/ptytest"
)

// BenchmarkFlood measures the whole program in a pseudo-terminal while messages come in on a real socket, and other programs
// under the same flood. docs/performance.md says how to run it and what the figures mean.
func BenchmarkFlood(b *testing.B) {

	for _, c := range []struct {
		name string
		load load
	}{
		{"QoS 0", load{messages: 5 * million}},
		{"QoS 1", load{messages: 5 * million, qos: 1}},
		{"QoS 0, 200 subscriptions", load{messages: 5 * million, subscriptions: 200}},
		{"QoS 1, 200 subscriptions", load{messages: 5 * million, qos: 1, subscriptions: 200}},
		{"QoS 0, 200 subscriptions, new topics", load{messages: 5 * million, subscriptions: 200, fresh: true}},
		{"QoS 0, TLS", load{messages: 5 * million, tls: true}},
		{"QoS 1, TLS", load{messages: 5 * million, qos: 1, tls: true}},
		{"QoS 0, a segment each", load{messages: million, single: true}},
		{"QoS 0, TLS, a record each", load{messages: million, single: true, tls: true}},
		{"QoS 0, one million", load{messages: million}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				flooded(b, c.load, nil)
			}
		})
	}
	b.Run("QoS 0, 100,000 a second", func(b *testing.B) {
		for b.Loop() {
			paced(b, load{messages: million, rate: 100_000})
		}
	})
	b.Run("others, QoS 0", func(b *testing.B) { others(b, 0) })
	b.Run("others, QoS 1", func(b *testing.B) { others(b, 1) })
}

// flooded runs the program under a load and reports what it took; meanwhile, if not nil, is called between the first message
// and the last.
func flooded(b *testing.B, l load, meanwhile func(*ptytest.Terminal, *flood)) {
	f := newFlood(b, l)
	log := filepath.Join(b.TempDir(), "log")
	tm := ptytest.Start(b, ptytest.Program(b), ptytest.Options{W: 160, H: 50, Args: append(f.args(), "--log", log)})
	began := <-f.began
	if meanwhile != nil {
		meanwhile(tm, f)
	}
	<-f.ended
	tm.Wait(theEnd)
	shown := time.Now()
	frames := between(tm.Frames(), began.Add(time.Second/4), shown)
	tm.Send(ptytest.CtrlC)
	tm.Exit()
	tm.Wait(`received \d+`)
	counts := closing(b, tm.Screen())
	if want := l.messages + 1; counts["received"] != want || counts["dropped"] != 0 || counts["evicted"] != max(0, want-million) && !l.fresh {
		b.Errorf("got %v; want %d received, none dropped, and all beyond the million evicted", counts, want)
	}
	n, used := float64(l.messages), cpu(tm.Usage())
	b.ReportMetric(n/shown.Sub(began).Seconds(), "msg/s")
	b.ReportMetric(used/n, "us/msg")
	b.ReportMetric(float64(counts["dropped"]), "dropped")
	b.ReportMetric(float64(len(frames))/shown.Sub(began.Add(time.Second/4)).Seconds(), "frames/s")
	b.ReportMetric(ms(percentile(frames, 99)), "frame-p99-ms")
	b.ReportMetric(float64(tm.Usage().Maxrss)/1024, "max-MiB")
	collector, allocs := figures(b, log)
	b.ReportMetric(100*collector*1e6/used, "collector-%")
	b.ReportMetric(allocs/n, "allocs/msg")
}

const million = 1_000_000

// args are the command line for the flood's broker and subscriptions.
func (f *flood) args() []string {
	args := []string{"--broker", f.url(), "-t", fmt.Sprintf("#@%d", f.load.qos)}
	for i := range f.load.subscriptions - 1 {
		args = append(args, "-t", fmt.Sprintf("t/%d@%d", i, f.load.qos))
	}
	if f.ca != "" {
		args = append(args, "--ca", f.ca)
	}
	return args
}

// paced measures frames and keys while messages come at a rate: the first half is for the pace of the frames, the second
// for keys.
func paced(b *testing.B, l load) {
	flooded(b, l, func(tm *ptytest.Terminal, f *flood) {
		tm.Wait(`t/\d`)
		half := time.Now().Add(time.Duration(l.messages) * time.Second / time.Duration(2*l.rate))
		<-time.After(time.Until(half))
		frames := between(tm.Frames(), half.Add(-2*time.Second), half)
		b.ReportMetric(ms(percentile(frames, 99)), "still-frame-p99-ms")
		var keys []time.Duration
		for i := 0; f.running() || i%2 != 0; i++ {
			// Zoom shows in one frame that the key arrived: the title of the first pane goes and comes back.
			tm.Send("z")
			if i%2 == 0 {
				keys = append(keys, tm.Gone("1 Subscriptions"))
			} else {
				keys = append(keys, tm.Wait("1 Subscriptions"))
			}
		}
		b.ReportMetric(ms(percentile(keys, 99)), "key-p99-ms")
	})
}

var count = regexp.MustCompile(`(received|dropped|evicted) +(\d+)`)

// closing reads the line that the program leaves behind.
func closing(b *testing.B, screen string) map[string]int {
	counts := map[string]int{}
	for _, m := range count.FindAllStringSubmatch(strings.Join(strings.Fields(screen), " "), -1) {
		counts[m[1]], _ = strconv.Atoi(m[2])
	}
	if len(counts) != 3 {
		b.Fatalf("closing line: got %q; want three counts", screen)
	}
	return counts
}

var figure = regexp.MustCompile(`msg=figures collector-seconds=([\d.e+-]+) allocations=(\d+)`)

// figures are what the program wrote to its log about itself.
func figures(b *testing.B, log string) (collector, allocs float64) {
	text, err := os.ReadFile(log)
	if err != nil {
		b.Fatal(err)
	}
	m := figure.FindSubmatch(text)
	if m == nil {
		b.Fatalf("no figures in %s", text)
	}
	collector, _ = strconv.ParseFloat(string(m[1]), 64)
	allocs, _ = strconv.ParseFloat(string(m[2]), 64)
	return collector, allocs
}

// between is the gaps of the frames in a span of time.
func between(frames []time.Time, from, to time.Time) (gaps []time.Duration) {
	for i := 1; i < len(frames); i++ {
		if frames[i-1].After(from) && frames[i].Before(to) {
			gaps = append(gaps, frames[i].Sub(frames[i-1]))
		}
	}
	return gaps
}

func percentile(d []time.Duration, p int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Sorted(slices.Values(d))
	return d[min(len(d)-1, len(d)*p/100)]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpu is the user and system time of a process in microseconds.
func cpu(u *syscall.Rusage) float64 {
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
}
