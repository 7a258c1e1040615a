package messages

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"

	"example.com/thingdeck/client/history"
)

// TestPlotReadsHeavyPayloadsInTheBackground: a frame neither decodes nor inflates what is large, and points keep their order.
func TestPlotReadsHeavyPayloadsInTheBackground(t *testing.T) {
	cbor := func(n int) []byte { // {"a": n, "pad": bytes}
		return append([]byte{0xa2, 0x61, 'a', byte(n), 0x63, 'p', 'a', 'd', 0x59, 0xc0, 0x00}, make([]byte, 0xc000)...)
	}
	zipped := func(n int) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		fmt.Fprintf(w, `{"pad":"%0*d","a":%d}`, 1<<20, 0, n)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	r := plain(t)
	add := func(n int) {
		payload := fmt.Appendf(nil, `{"a":%d}`, n)
		switch n % 4 {
		case 1:
			payload = cbor(n)
		case 2:
			payload = zipped(n)
		case 3:
			payload = []byte{0xa1, 0x61, 'a', byte(n)}
		}
		r.add(history.Message{Topic: "t", Payload: payload})
	}
	for n := range 12 {
		add(n)
	}
	r.press("P")
	q := r.plot
	if q.job == nil || len(q.series[0].older) != 1 { // the newest is light
		t.Fatal("heavy payloads were read in a frame")
	}
	for n := 12; n < 20; n++ {
		add(n)
		if cmd := r.Work(); n == 15 && cmd != nil {
			r.draw() // while it is read
			r.Update(cmd())
		} else if cmd != nil {
			r.plot.job.busy = false
		}
		r.draw()
	}
	r.work()
	var got []float64
	q.series[0].each(0, 1<<62, func(pt point) { got = append(got, pt.value) })
	if len(got) != 20 {
		t.Fatalf("got %d points: %v; want 20", len(got), got)
	}
	for i, v := range got {
		if v != float64(i) {
			t.Errorf("point %d is %v", i, v)
		}
	}
}

// TestPlotLeavesMonstersOut: a payload of more than a mebibyte counts as a message, and its numbers are not read.
func TestPlotLeavesMonstersOut(t *testing.T) {
	r := plain(t)
	r.add(history.Message{Topic: "t", Payload: append([]byte(`{"a":1,"pad":"`), append(bytes.Repeat([]byte("x"), maxPlotted), `"}`...)...)},
		history.Message{Topic: "t", Payload: []byte(`{"a":2}`)})
	r.press("P")
	r.work()
	if a, rate := r.plot.series[0], r.plot.series[1]; len(a.older) != 1 || len(rate.older) != 2 {
		t.Errorf("%d points, %d messages; want 1 and 2", len(a.older), len(rate.older))
	}
}
