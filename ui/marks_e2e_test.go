package ui_test

import (
	"fmt"
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

// TestMarksByKeyboard: marks, a note, from mark to mark, a time, the line where one left off, the counts, and marks that go with their
// messages.
func TestMarksByKeyboard(t *testing.T) {
	path := ptytest.Program(t)
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate", "--keep", "20"}})
	from := sendTo(t, tm)
	n := 0
	publish := func(more int) {
		for range more {
			from.publish("hall/temp", fmt.Sprintf(`{"t":%d}`, n))
			n++
		}
		tm.Wait(fmt.Sprintf(`"t":%d\}`, n-1))
	}
	publish(10)
	tm.Send("km")
	tm.Wait(`▌.*◆ {"t":8}`)
	tm.Send("Mhere\r")
	tm.Wait(`▌.*◆ here {"t":8}`)
	tm.Send("kkm")
	tm.Wait(`▌.*◆ {"t":6}`)
	tm.Send("]")
	tm.Wait(`▌.*◆ here {"t":8}`)
	tm.Send("@-1h")
	tm.Wait(`the oldest`)
	tm.Send("\r")
	tm.Wait(`▌.*{"t":0}`)
	tm.Send("G")
	publish(5)
	tm.Wait(`"t":9}.*\n.*left off .*\n.*"t":10}`)
	publish(10)
	tm.Send("#")
	tm.Wait(`received +25 `)
	tm.Wait(`stored +20 .*at most 20 `)
	tm.Wait(`evicted +5 `)
	tm.Wait(`marked +2 `)
	tm.Send(ptytest.Esc)
	tm.Gone(`received +25 `)
	publish(20)
	tm.Wait(`marked messages? \w+ no longer held`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}
