package messages

import (
	"bytes"
	"compress/gzip"
	"slices"
	"testing"

	"example.com/thingdeck/client/history"
)

// TestFilterSeesWhatRowsShow: an expression selects CBOR, MessagePack and gzip by the JSON that the rows show of them.
func TestFilterSeesWhatRowsShow(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(`{"a":3,"from":"gzip, long enough"}`))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := plain(t)
	add := func() {
		r.add(
			history.Message{Topic: "cbor", Payload: []byte("\xa1\x61a\x01")},
			history.Message{Topic: "pack", Payload: []byte("\x81\xa1a\x02")},
			history.Message{Topic: "gzip", Payload: zipped.Bytes()},
			history.Message{Topic: "json", Payload: []byte(`{"a":4}`)},
			history.Message{Topic: "text", Payload: []byte("a 5")},
			history.Message{Topic: "bytes", Payload: []byte{0xff, 0xfe, 0}},
		)
	}
	add()
	topics := func(text string) (out []string) {
		if err := r.SetFilter(text); err != nil {
			t.Fatal(err)
		}
		r.work()
		win := r.list.window(r.history.End())
		for i := range win.len() {
			m, _ := r.history.At(win.seq(i))
			out = append(out, m.Topic)
		}
		return out
	}
	for text, want := range map[string][]string{
		".a > 0": {"cbor", "pack", "gzip", "json"}, ".a < 3": {"cbor", "pack"}, "jq:.a == 3": {"gzip"}, "-cbor .a < 3": {"pack"},
	} {
		if got := topics(text); !slices.Equal(got, want) {
			t.Errorf("%s: got %v; want %v", text, got, want)
		}
	}
	topics(".a == 2")
	add() // what comes is tested as it comes
	if got := topics(".a == 2"); !slices.Equal(got, []string{"pack", "pack"}) {
		t.Errorf("got %v", got)
	}
	_ = r.SetFilter("")
	r.press("G", "ctrl+f")
	r.typed(".a == 1")
	r.press("enter")
	r.work()
	if m, _ := r.message(); m.Topic != "cbor" {
		t.Errorf("found %s; want cbor", m.Topic)
	}
}
