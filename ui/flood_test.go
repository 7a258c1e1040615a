package ui_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/ui/ptytest"
)

// Figures of the flood: what the program must show without a loss, and how long it lasts in one run.
const (
	floodRate    = 100_000
	floodSeconds = 6
	floodBytes   = 200
	floodTopics  = 1000
)

// BenchmarkFlood measures the whole program in a pseudo-terminal while messages come in on a real socket, next to a bare paho
// subscriber that only counts, in the same run. It reports messages lost, the 99th percentile of the time between frames and from a
// key to its frame, and the CPU time per message of each process.
func BenchmarkFlood(b *testing.B) {
	path := ptytest.Program(b)
	for b.Loop() {
		screenUnderFlood(b, path)
		b.ReportMetric(barePaho(b), "paho-us/msg")
	}
}

func screenUnderFlood(b *testing.B, path string) {
	flood := newFlood(b)
	tm := ptytest.Start(b, path, ptytest.Options{W: 160, H: 50, Args: []string{"--broker", flood.url(), "-t", "#"}})
	began := <-flood.began
	tm.Wait(`t/\d`)
	quiet := began.Add(floodSeconds * time.Second / 2)
	<-time.After(time.Until(quiet)) // the first half is for the pace of the frames, the second for keys
	var keys []time.Duration
	for i := 0; flood.running() || i%2 != 0; i++ {
		// Zoom shows in one frame that the key arrived: the title of the first pane goes and comes back.
		tm.Send("z")
		if i%2 == 0 {
			keys = append(keys, tm.Gone("1 Subscriptions"))
		} else {
			keys = append(keys, tm.Wait("1 Subscriptions"))
		}
	}
	ended := <-flood.ended
	tm.Wait(fmt.Sprintf(`%s ·`, strings.ReplaceAll(grouped(flood.sent), " ", ".")))
	frames := between(tm.Frames(), began.Add(time.Second/2), quiet)
	tm.Send(ptytest.CtrlC)
	tm.Exit()
	tm.Wait(`received \d+`)
	var hms string
	var received, dropped uint64
	line := tm.Screen()[strings.Index(tm.Screen(), "connected "):]
	if _, err := fmt.Sscanf(strings.Join(strings.Fields(line), " "), "connected %s received %d dropped %d", &hms, &received, &dropped); err != nil {
		b.Fatalf("closing line %q: %v", line, err)
	}
	b.ReportMetric(float64(flood.sent)/ended.Sub(began).Seconds(), "msg/s")
	b.ReportMetric(float64(flood.sent-received+dropped), "lost")
	b.ReportMetric(ms(percentile(frames, 99)), "frame-p99-ms")
	b.ReportMetric(ms(percentile(frames, 50)), "frame-p50-ms")
	b.ReportMetric(ms(percentile(keys, 99)), "key-p99-ms")
	b.ReportMetric(cpu(tm.Usage())/float64(flood.sent), "us/msg")
}

func grouped(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
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

// flood is a server that speaks just enough MQTT to send one subscriber messages at a rate.
type flood struct {
	b     *testing.B
	ln    net.Listener
	began chan time.Time
	ended chan time.Time
	done  chan struct{}
	sent  uint64
}

func newFlood(b *testing.B) *flood {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	f := &flood{b: b, ln: ln, began: make(chan time.Time, 1), ended: make(chan time.Time, 1), done: make(chan struct{})}
	go f.serve()
	b.Cleanup(func() { _ = ln.Close() })
	return f
}

func (f *flood) url() string { return "mqtt://" + f.ln.Addr().String() }

func (f *flood) running() bool {
	select {
	case <-f.done:
		return false
	default:
		return true
	}
}

func (f *flood) serve() {
	conn, err := f.ln.Accept()
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	for {
		kind, body, err := readPacket(r)
		if err != nil {
			return
		}
		switch kind >> 4 {
		case 1:
			_, err = conn.Write([]byte{0x20, 2, 0, 0})
		case 8:
			_, err = conn.Write([]byte{0x90, 3, body[0], body[1], 0})
			go f.blast(conn)
		case 12:
			_, err = conn.Write([]byte{0xd0, 0})
		}
		if err != nil {
			return
		}
	}
}

func readPacket(r *bufio.Reader) (kind byte, body []byte, err error) {
	if kind, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return 0, nil, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return kind, body, err
}

// blast sends the messages in bursts of two milliseconds' worth.
func (f *flood) blast(conn net.Conn) {
	start := time.Now()
	f.began <- start
	burst := floodRate / 500
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	var buf []byte
	for f.sent < floodRate*floodSeconds {
		due := uint64(time.Since(start).Seconds() * floodRate)
		for f.sent < min(due, floodRate*floodSeconds) {
			buf = buf[:0]
			for range min(burst, int(due-f.sent), int(floodRate*floodSeconds-f.sent)) {
				buf = appendPublish(buf, f.sent)
				f.sent++
			}
			if _, err := conn.Write(buf); err != nil {
				f.b.Errorf("after %d messages: %v", f.sent, err)
				break
			}
		}
		<-tick.C
	}
	f.ended <- time.Now()
	close(f.done)
}

// appendPublish makes a JSON payload of floodBytes bytes.
func appendPublish(buf []byte, n uint64) []byte {
	topic := "t/" + strconv.FormatUint(n%floodTopics, 10)
	payload := make([]byte, 0, floodBytes)
	payload = fmt.Appendf(payload, `{"n":%d,"temp":21.5,"pad":"`, n)
	for len(payload) < floodBytes-2 {
		payload = append(payload, 'x')
	}
	payload = append(payload, `"}`...)
	buf = append(buf, 0x30)
	buf = binary.AppendUvarint(buf, uint64(2+len(topic)+len(payload)))
	buf = append(buf, byte(len(topic)>>8), byte(len(topic)))
	buf = append(buf, topic...)
	return append(buf, payload...)
}

// barePaho is the CPU time per message, in microseconds, of a process that does nothing but count with the library.
func barePaho(b *testing.B) float64 {
	flood := newFlood(b)
	cmd := exec.Command(os.Args[0], "-test.run=^TestBarePahoProcess$")
	cmd.Env = append(os.Environ(), "THINGDECK_FLOOD="+flood.url())
	if err := cmd.Run(); err != nil {
		b.Fatalf("bare paho: %v", err)
	}
	return cpu(cmd.ProcessState.SysUsage().(*syscall.Rusage)) / float64(flood.sent)
}

// TestBarePahoProcess is the process that barePaho starts; by itself it does nothing.
func TestBarePahoProcess(t *testing.T) {
	url := os.Getenv("THINGDECK_FLOOD")
	if url == "" {
		t.Skip("only a part of BenchmarkFlood")
	}
	count, done := 0, make(chan struct{})
	opts := mqtt.NewClientOptions().AddBroker(strings.Replace(url, "mqtt", "tcp", 1)).SetProtocolVersion(4)
	opts.SetDefaultPublishHandler(func(mqtt.Client, mqtt.Message) {
		if count++; count == floodRate*floodSeconds {
			close(done)
		}
	})
	c := mqtt.NewClient(opts)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	c.Subscribe("#", 0, nil)
	<-done
}
