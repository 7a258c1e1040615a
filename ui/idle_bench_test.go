package ui_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"example.com/thingdeck/ui/ptytest"
)

// idleTime is how long a quiet program is watched.
const idleTime = 10 * time.Second

// BenchmarkIdle measures the whole program on a quiet connection: percent of one core. Its floor is a Go program that does
// nothing 60 times a second.
func BenchmarkIdle(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(ticker(b), "ticker-%")
		f := newFlood(b, load{messages: 1})
		tm := ptytest.Start(b, ptytest.Program(b), ptytest.Options{W: 160, H: 50, Args: f.args()})
		tm.Wait(theEnd)
		<-time.After(3 * time.Second) // until the rates stand at nothing
		before, begun := ran(b, tm.Pid()), time.Now()
		<-time.After(idleTime)
		b.ReportMetric(100*float64(ran(b, tm.Pid())-before)/float64(time.Since(begun)), "%")
		tm.Send(ptytest.CtrlC)
		tm.Exit()
	}
}

// ticker is what a process with nothing but a ticker uses.
func ticker(b *testing.B) float64 {
	cmd := exec.Command(os.Args[0], "-test.run=^TestTickerProcess$")
	cmd.Env = append(os.Environ(), "THINGDECK_TICKER=1")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	<-time.After(time.Second) // it has started by then
	before, begun := ran(b, cmd.Process.Pid), time.Now()
	<-time.After(idleTime / 2)
	used := 100 * float64(ran(b, cmd.Process.Pid)-before) / float64(time.Since(begun))
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return used
}

// TestTickerProcess is a part of BenchmarkIdle; by itself it does nothing.
func TestTickerProcess(t *testing.T) {
	if os.Getenv("THINGDECK_TICKER") == "" {
		t.Skip("only a part of BenchmarkIdle")
	}
	for range time.NewTicker(time.Second / 60).C {
	}
}

// ran is how long the threads of a process have run, as Linux tells it.
func ran(b *testing.B, pid int) (d time.Duration) {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if len(threads) == 0 {
		b.Skip("needs Linux")
	}
	for _, name := range threads {
		text, _ := os.ReadFile(name) // a thread may end meanwhile
		if fields := bytes.Fields(text); len(fields) > 0 {
			n, _ := strconv.ParseInt(string(fields[0]), 10, 64)
			d += time.Duration(n)
		}
	}
	return d
}
