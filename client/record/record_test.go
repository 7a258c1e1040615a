package record

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
)

var at = time.Date(2026, 11, 22, 12, 4, 1, 203456789, time.UTC)

func TestAppend(t *testing.T) {
	for name, c := range map[string]struct {
		message history.Message
		want    string
	}{
		"text": {history.Message{Time: at, Topic: "a/b", Payload: []byte("text")},
			`{"time":"2026-11-22T12:04:01.203456789Z","topic":"a/b","qos":0,"retain":false,"dup":false,"payload":"text"}`},
		"empty, out, other zone": {history.Message{Time: at.In(time.FixedZone("", 3600)), Topic: "a", QoS: 1, Retain: true, Out: true},
			`{"time":"2026-11-22T12:04:01.203456789Z","topic":"a","qos":1,"retain":true,"dup":false,"dir":"out","payload":""}`},
		"control characters": {history.Message{Time: at, Topic: `"\`, Payload: []byte("\x00\n\r\t\x1b\x7f\u2028"), Dup: true},
			`{"time":"2026-11-22T12:04:01.203456789Z","topic":"\"\\","qos":0,"retain":false,"dup":true,"payload":"\u0000\n\r\t\u001b` + "\x7f\u2028" + `"}`},
		"bytes": {history.Message{Time: at, Topic: "\xff", Payload: []byte{0xff, 0}},
			`{"time":"2026-11-22T12:04:01.203456789Z","topic_base64":"/w==","qos":0,"retain":false,"dup":false,"payload_base64":"/wA="}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(Append(nil, c.message)); got != c.want+"\n" {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func drawMessage(t *rapid.T) history.Message {
	return history.Message{
		Time:  time.Unix(0, rapid.Int64Range(0, 1<<62).Draw(t, "time")),
		Topic: rapid.OneOf(rapid.StringN(1, 20, -1), rapid.Just("a/b")).Draw(t, "topic"),
		Payload: rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) })).
			Draw(t, "payload"),
		QoS: byte(rapid.IntRange(0, 2).Draw(t, "qos")), Retain: rapid.Bool().Draw(t, "retain"),
		Dup: rapid.Bool().Draw(t, "dup"), Out: rapid.Bool().Draw(t, "out"),
	}
}

func same(a, b history.Message) bool {
	return a.Time.Equal(b.Time) && a.Topic == b.Topic && bytes.Equal(a.Payload, b.Payload) &&
		a.QoS == b.QoS && a.Retain == b.Retain && a.Dup == b.Dup && a.Out == b.Out
}

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text []byte
		want := rapid.SliceOfN(rapid.Custom(drawMessage), 0, 8).Draw(t, "messages")
		for _, m := range want {
			text = Append(text, m)
		}
		r := NewReader(iotest.OneByteReader(bytes.NewReader(text)))
		for i, m := range want {
			got, err := r.Next()
			if err != nil || !same(got, m) || r.Line() != i+1 {
				t.Fatalf("line %d: got %+v, %v; want %+v", r.Line(), got, err, m)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
	})
}

func TestLinesOfAnotherFormat(t *testing.T) {
	for text, want := range map[string]string{
		`nonsense`:                 "line 1: not JSON",
		"\n\n[1]":                  "line 3: not a JSON object",
		`{"topic":1,"payload":""}`: "line 1: topic: it is a number, not a text",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":"","retain":"x"}`:    "line 1: retain: it is a text, not true or false",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":"","qos":{}}`:        "line 1: qos: it is an object, not a number",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload_base64":1}`:           "line 1: payload_base64: it is a number, not a text",
		`{"time":"2026-11-22T12:04:01Z","payload":""}`:                             "line 1: no topic",
		`{"topic":"a","payload":""}`:                                               "line 1: no time",
		`{"time":"yesterday","topic":"a","payload":""}`:                            "line 1: ",
		`{"time":"2026-11-22T12:04:01Z","topic":"a"}`:                              "line 1: no payload",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":7}`:                  "line 1: payload: it is a number, not a text",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":"","qos":3}`:         "line 1: qos 3: it is 0, 1 or 2",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":"","qos":0.5}`:       "line 1: qos 0.5: it is 0, 1 or 2",
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":"","dir":"up"}`:      `line 1: dir "up": it is in or out`,
		`{"time":"2026-11-22T12:04:01Z","topic":"a","payload_base64":"%"}`:         "line 1: ",
		"{\"time\":\"2026-11-22T12:04:01Z\",\"topic\":\"a\xff\",\"payload\":\"\"}": "line 1: not UTF-8",
	} {
		_, err := NewReader(strings.NewReader(text)).Next()
		if line := (*LineError)(nil); !errors.As(err, &line) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v; want %s", text, err, want)
		}
	}
	m, err := NewReader(strings.NewReader(`{"time":"2026-11-22T12:04:01Z","topic":"a","payload":"x","properties":{"ContentType":"t"},"more":[]}`)).Next()
	if err != nil || string(m.Payload) != "x" {
		t.Errorf("members it does not know: got %+v, %v", m, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-22T12:04:01.203456789Z","topic":"a/b","qos":0,"retain":false,"dup":false,"payload":"text"}`))
	f.Add([]byte(`{"time":"2026-11-22T12:04:01Z","topic_base64":"/w==","payload_base64":"/wA=","dir":"out","qos":2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text)
		if err != nil || m.Time.Year() < 1 || m.Time.Year() > 9999 {
			return
		}
		again, err := Parse(bytes.TrimSuffix(Append(nil, m), []byte("\n")))
		if err != nil || !same(m, again) {
			t.Errorf("%q: read %+v, then %+v, %v", text, m, again, err)
		}
	})
}

// batch stores messages as a connection does.
func batch(tail *history.Tail, messages ...history.Message) client.Batch {
	for _, m := range messages {
		tail.Append(m)
	}
	return client.Batch{Messages: tail.Take()}
}

// nothing was published.
func nothing(client.RequestID) (client.Message, bool) { return client.Message{}, false }

func TestRecorder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	r, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	var tail history.Tail
	var want []byte
	for i := range 5000 {
		m := history.Message{Time: at.Add(time.Duration(i)), Topic: "a", Payload: bytes.Repeat([]byte{byte(i)}, 300)}
		r.Batch(batch(&tail, m), nothing)
		want = Append(want, m)
	}
	topic, _ := client.ParseTopic("out")
	first, second := history.Message{Time: at, Topic: "1"}, history.Message{Time: at, Topic: "2"}
	both := batch(&tail, first, second)
	for _, e := range []client.Published{{ID: 7, Step: client.Sent}, {ID: 7, Step: client.Sent, Again: true}, {ID: 7, Step: client.Acknowledged}, {ID: 8, Step: client.Sent}} {
		both.Events = append(both.Events, client.Entry{At: 1, Time: at, Event: e})
	}
	r.Batch(both, func(id client.RequestID) (client.Message, bool) {
		return client.Message{Topic: topic, Payload: []byte("x"), QoS: 1}, id == 7
	})
	for _, m := range []history.Message{first, {Time: at, Topic: "out", Payload: []byte("x"), QoS: 1, Out: true}, second} {
		want = Append(want, m)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.Batch(batch(&tail, history.Message{Topic: "late"}), nothing)
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file has %d bytes, %v; want %d", len(got), err, len(want))
	}
	if written, lost, _ := r.Count(); written != 5003 || lost != 0 {
		t.Errorf("got %d written, %d lost", written, lost)
	}
	if _, err := Create(path); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a record over a record: %v", err)
	}
}

func TestRecorderOnADiskThatTakesNothing(t *testing.T) {
	r, err := Create(filepath.Join(t.TempDir(), "a.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	r.file.Close()
	var tail history.Tail
	r.Batch(batch(&tail, history.Message{Topic: "a"}, history.Message{Topic: "b"}), nothing)
	if err := r.Close(); err == nil {
		t.Error("no error of the disk")
	}
	if written, lost, _ := r.Count(); written != 0 || lost != 2 {
		t.Errorf("got %d written, %d lost; want both lost", written, lost)
	}
}

func messages(n int) []history.Message {
	var out []history.Message
	for i := range n {
		out = append(out, history.Message{Time: at.Add(time.Duration(i) * time.Second), Topic: "a/../b", Payload: []byte{byte(i), '\r', 0xff}})
	}
	out[0].Payload = []byte(`{"a":"b,\"c\""}`)
	return out
}

func TestExport(t *testing.T) {
	dir := t.TempDir()
	all := messages(3)
	path := filepath.Join(dir, "out.jsonl")
	n, err := Export(t.Context(), path, JSONLines, false, slices.Values(all), nil)
	if err != nil || n != 3 {
		t.Fatalf("got %d, %v", n, err)
	}
	var want []byte
	for _, m := range all {
		want = Append(want, m)
	}
	if got, _ := os.ReadFile(path); !bytes.Equal(got, want) {
		t.Errorf("got %s", got)
	}
	if _, err = Export(t.Context(), path, CSV, false, slices.Values(all), nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
	if _, err = Export(t.Context(), path, CSV, true, slices.Values(all), nil); err != nil {
		t.Errorf("over a file when told to: %v", err)
	}
	file, _ := os.ReadFile(path)
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if diff := cmp.Diff([][]string{
		{"time", "dir", "topic", "qos", "retain", "dup", "encoding", "payload"},
		{"2026-11-22T12:04:01.203456789Z", "in", "a/../b", "0", "false", "false", "text", `{"a":"b,\"c\""}`},
		{"2026-11-22T12:04:02.203456789Z", "in", "a/../b", "0", "false", "false", "base64", "AQ3/"},
		{"2026-11-22T12:04:03.203456789Z", "in", "a/../b", "0", "false", "false", "base64", "Ag3/"},
	}, rows); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestExportOfPayloads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "payloads")
	if _, err := Export(t.Context(), dir, Files, true, slices.Values(messages(3)), nil); err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*"))
	for i := range found {
		found[i] = filepath.Base(found[i])
	}
	if diff := cmp.Diff([]string{"000001_a____b.json", "000002_a____b.bin", "000003_a____b.bin", "index.jsonl"}, found); diff != "" {
		t.Error(diff)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "000002_a____b.bin")); !bytes.Equal(got, []byte{1, '\r', 0xff}) {
		t.Errorf("got %q", got)
	}
	index, _ := os.ReadFile(filepath.Join(dir, "index.jsonl"))
	want := `{"time":"2026-11-22T12:04:01.203456789Z","topic":"a/../b","qos":0,"retain":false,"dup":false,"file":"000001_a____b.json"}`
	if line, _, _ := strings.Cut(string(index), "\n"); line != want {
		t.Errorf("got %s; want %s", line, want)
	}
	if _, err := Export(t.Context(), dir, Files, true, slices.Values(messages(1)), nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a folder that is there: %v", err)
	}
}

func TestExportThatIsStoppedLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []Format{JSONLines, CSV, Files} {
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err := Export(ctx, filepath.Join(dir, "out"), f, false, func(yield func(history.Message) bool) {
			for yield(history.Message{Time: at, Topic: "a"}) {
				if n++; n == 3000 {
					cancel()
				}
			}
		}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", f, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
