package messages

import (
	"strings"
	"testing"

	"example.com/thingdeck/client/history"
)

// TestRowsOfHeavyPayloadsTakeSeveralFrames: a screen full of payloads that must be decoded is not decoded in one frame.
func TestRowsOfHeavyPayloadsTakeSeveralFrames(t *testing.T) {
	r := plain(t)
	large := append([]byte("\xa2\x61a\x01\x61b\x99\xc3\x50"), make([]byte, 50_000)...) // CBOR: {"a":1,"b":[0,0,…]}
	for range 10 {
		r.add(history.Message{Topic: "t", Payload: large})
	}
	r.Refresh(r.now())
	r.heads.of, r.heads.took = nil, headTime // the time of the frame is over
	r.redraw()
	m, _ := r.history.At(0)
	if _, ok := r.head(m); ok || !r.heads.late {
		t.Fatal("decoded although there was no time")
	}
	row := drawn{seq: 0}
	if line := r.line(&row); !strings.Contains(line, "48.8 KiB") || row.line != "" {
		t.Errorf("got %q, kept %q", line, row.line)
	}
	if r.Work() == nil {
		t.Fatal("no further frame is wanted")
	}
	r.work()
	frame := r.draw()
	if got := strings.Count(frame, `{"a":1,"b":[0,0`); got != 10 {
		t.Errorf("%d rows are decoded; want 10:\n%s", got, frame)
	}
	if r.Work() != nil {
		t.Error("a frame is wanted for nothing")
	}
	if took := r.heads.took; took != 0 {
		t.Errorf("a frame in which nothing moved took %v for decoding", took)
	}
	r.press("T")
	r.draw()
	if took := r.heads.took; took != 0 {
		t.Errorf("the tree took %v for what was decoded before", took)
	}
}
