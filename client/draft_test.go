package client_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/thingdeck/client"
)

func TestDraftsSurviveJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
		d := client.Draft{Topic: text.Draw(t, "topic"), Payload: []byte(text.Draw(t, "payload")), QoS: rapid.ByteRange(0, 2).Draw(t, "qos"),
			Retain: rapid.Bool().Draw(t, "retain"), Variables: rapid.Bool().Draw(t, "variables")}
		sent := client.Publication{Draft: d, Time: time.UnixMilli(rapid.Int64Range(0, 1<<41).Draw(t, "time")).UTC()}
		kept := client.Template{Draft: d, Name: rapid.String().Draw(t, "name")}
		if got := through[client.Draft](t, d); !cmp.Equal(got, d) {
			t.Fatalf("got %+v; want %+v", got, d)
		}
		if got := through[client.Publication](t, sent); !cmp.Equal(got, sent) {
			t.Fatalf("got %+v; want %+v", got, sent)
		}
		if got := through[client.Template](t, kept); !cmp.Equal(got, kept) {
			t.Fatalf("got %+v; want %+v", got, kept)
		}
	})
}

// through writes a value as JSON, on one line, and reads it again.
func through[T any](t *rapid.T, v T) (out T) {
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), "\n") {
		t.Fatalf("%s is not one line", data)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
