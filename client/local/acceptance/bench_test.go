package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// device is an MQTT client that updates one shadow and waits for each answer.
type device struct {
	*testClient
	topic   string
	answers chan struct{}
}

func newDevice(b *testing.B, s *server, thing string) *device {
	d := &device{dial(b, s), "$aws/things/" + thing + "/shadow/update", make(chan struct{}, 1)}
	d.wait(d.Subscribe(d.topic+"/accepted", 1, func(mqtt.Client, mqtt.Message) { d.answers <- struct{}{} }))
	return d
}

// update is one round trip: from the update to its update/accepted.
func (d *device) update(n int) error {
	d.Publish(d.topic, 1, false, `{"state":{"reported":{"temperature":21.4,"on":true,"n":`+strconv.Itoa(n)+`}}}`)
	select {
	case <-d.answers:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("%s: no answer", d.topic)
	}
}

// BenchmarkShadowUpdates measures update round trips of 16 clients, each with a shadow of its own.
func BenchmarkShadowUpdates(b *testing.B) {
	for _, state := range []bool{false, true} {
		b.Run(map[bool]string{false: "memory", true: "state"}[state], func(b *testing.B) {
			var args []string
			if state {
				args = []string{"--state", filepath.Join(b.TempDir(), "state")}
			}
			s := serve(b, args...)
			const clients = 16
			var devices [clients]*device
			for i := range devices {
				devices[i] = newDevice(b, s, fmt.Sprint("thing-", i))
			}
			b.ResetTimer()
			var running sync.WaitGroup
			for i, d := range devices {
				running.Go(func() {
					for n := i; n < b.N; n += clients {
						if err := d.update(n); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			running.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
		})
	}
}

// BenchmarkLoneUpdate measures the update round trips of a client that is alone.
func BenchmarkLoneUpdate(b *testing.B) {
	d := newDevice(b, serve(b), "thing")
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	for n := range took {
		began := time.Now()
		if err := d.update(n); err != nil {
			b.Fatal(err)
		}
		took[n] = time.Since(began)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkStart measures the time from the start of the process to its line "ready".
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	for _, bb := range []struct {
		name string
		args []string
	}{
		{"plain", nil},
		{"everything", []string{"--tls-listen", "127.0.0.1:0", "--ws-listen", "127.0.0.1:0", "--wss-listen", "127.0.0.1:0",
			"--http-listen", "127.0.0.1:0", "--certs", filepath.Join(dir, "certs"), "--state", filepath.Join(dir, "state")}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			took := make([]time.Duration, b.N)
			for i := range took {
				s := serve(b, bb.args...)
				took[i] = s.took
				s.stop()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "median-ms")
		})
	}
}

// BenchmarkMemory measures the resident memory of a server with 100,000 shadows of 500 bytes.
func BenchmarkMemory(b *testing.B) {
	for _, state := range []bool{false, true} {
		b.Run(map[bool]string{false: "memory", true: "state"}[state], func(b *testing.B) {
			for b.Loop() {
				dir := b.TempDir()
				var args []string
				if state {
					args = []string{"--state", filepath.Join(dir, "state")}
				}
				s := serve(b, args...)
				const shadows, clients = 100_000, 8
				var running sync.WaitGroup
				for i := range clients {
					c := dial(b, s)
					running.Go(func() { fill(c, i, shadows, clients) })
				}
				running.Wait()
				there(b, s, fmt.Sprint("thing-", shadows-1))
				b.ReportMetric(float64(memory(b, s))/1024, "MiB")
				if !state {
					continue
				}
				s.stop()
				s = serve(b, args...)
				there(b, s, fmt.Sprint("thing-", shadows-1))
				b.ReportMetric(float64(memory(b, s))/1024, "MiB-opened")
			}
		})
	}
}

// fill makes every stride-th shadow from the first on, many at a time.
func fill(c *testClient, first, shadows, stride int) {
	open := make(chan mqtt.Token, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for token := range open {
			if !token.WaitTimeout(patience) || token.Error() != nil {
				c.t.Errorf("update: %v", token.Error())
			}
		}
	}()
	filler := strings.Repeat("x", 500-len(`{"reported":{"n":100000,"text":""}}`))
	for n := first; n < shadows; n += stride {
		payload := fmt.Sprintf(`{"state":{"reported":{"n":%06d,"text":"%s"}}}`, shadows+n, filler)
		open <- c.Publish(fmt.Sprintf("$aws/things/thing-%d/shadow/update", n), 1, false, payload)
	}
	close(open)
	<-done
}

// there fails the benchmark when a thing has no shadow.
func there(b *testing.B, s *server, thing string) {
	b.Helper()
	c, prefix := dial(b, s), "$aws/things/"+thing+"/shadow/get"
	c.subscribe(prefix + "/+")
	c.publish(prefix, "")
	if m := c.receive(); m.Topic() != prefix+"/accepted" {
		b.Fatalf("got %s %s; want it accepted", m.Topic(), m.Payload())
	}
}

// memory is the resident memory of a server in KiB.
func memory(b *testing.B, s *server) int {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			n, err := strconv.Atoi(fields[1])
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
