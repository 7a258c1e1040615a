package composer

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
)

// subscriber is a client at the real local broker, and another one that publishes.
type subscriber struct{ in, out *client.Session }

func newSubscriber(t *testing.T) *subscriber {
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	broker, err := client.ParseBroker(server.Listeners()[0])
	if err != nil {
		t.Fatal(err)
	}
	s := &subscriber{client.NewSession(nil, client.Settings{}), client.NewSession(nil, client.Settings{})}
	all, err := client.ParseFilter("#")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []*client.Session{s.in, s.out} {
		one.Connect(client.Profile{Broker: broker})
		t.Cleanup(func() { _ = one.Close(context.Background()) })
	}
	s.in.Subscribe(all, 1)
	s.next(t, func(b client.Batch) bool {
		for _, e := range b.Events {
			if _, ok := e.Event.(client.Subscribed); ok {
				return true
			}
		}
		return false
	})
	return s
}

func (s *subscriber) next(t rapid.TB, found func(client.Batch) bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	for {
		b, err := s.in.Next(ctx)
		if err != nil {
			t.Fatalf("nothing came: %v", err)
		}
		if found(b) {
			return
		}
	}
}

// through publishes a message and returns it as it was received.
func (s *subscriber) through(t rapid.TB, p Publish) (got history.Message) {
	s.out.Publish(client.Message{Topic: p.Topic, Payload: p.Payload, QoS: 1})
	s.next(t, func(b client.Batch) bool {
		for m := range b.Messages.All() {
			got = m
			got.Payload = bytes.Clone(m.Payload)
			return true
		}
		return false
	})
	return got
}

// calls draws every variable of templates, with arguments.
var calls = rapid.OneOf(
	rapid.SampledFrom([]string{"{{now}}", "{{now_ms}}", "{{ uuid }}", "{{seq}}", `{{env "PLACE"}}`, `{{env "NONE" "else"}}`, `{{ask "Room" "hall"}}`, `{{ask "Level" "\x00\xff\u00e9"}}`, `{{"{{"}}`}),
	rapid.Custom(func(t *rapid.T) string {
		low := rapid.IntRange(-1000, 1000).Draw(t, "low")
		return fmt.Sprintf("{{rand %d.5 %d}}", low, low+rapid.IntRange(1, 1000).Draw(t, "span"))
	}),
	rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`{{pick "%x" 1.5 "\x%02x"}}`, rapid.Uint16().Draw(t, "word"), rapid.Byte().Draw(t, "byte"))
	}),
)

// TestWhatIsPreviewedIsReceived: the bytes that the preview shows are those that a subscriber gets from the broker, whatever the
// template, and the screen shows them.
func TestWhatIsPreviewedIsReceived(t *testing.T) {
	sub := newSubscriber(t)
	rapid.Check(t, func(rt *rapid.T) {
		var payload bytes.Buffer
		for range rapid.IntRange(1, 6).Draw(rt, "parts") {
			payload.WriteString(strings.ReplaceAll(string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "bytes")), "{{", "{"))
			payload.WriteString("\n" + calls.Draw(rt, "variable"))
		}
		s := newStage(t, "")
		s.env = func(name string) (string, bool) { return "bench\t\x1b[2J", name == "PLACE" }
		s.SetDraft(Draft{Topic: `a/{{seq}}/{{uuid}}/{{ask "Room" "hall"}}`, Payload: payload.Bytes(), QoS: 1, Variables: true})
		s.keys("ctrl+s")
		preview, ok := s.top().(*previewDialog)
		if !ok {
			rt.Fatalf("no preview\n%s", s.screen())
		}
		shown := preview.draft
		for _, line := range payloadLines(s.theme, shown.Payload, 74, 4) {
			if !strings.Contains(s.screen(), strings.TrimSpace(line)) {
				rt.Fatalf("the preview does not show %q\n%s", line, s.screen())
			}
		}
		s.keys("enter")
		publish := s.out[0].(Publish)
		got := sub.through(rt, publish)
		if got.Topic != shown.Topic || !bytes.Equal(got.Payload, shown.Payload) {
			rt.Fatalf("received %q %q; the preview was %q %q", got.Topic, got.Payload, shown.Topic, shown.Payload)
		}
	})
}

// TestADraftIsReceivedByteForByte: without variables every byte goes as it is, also what looks like a variable.
func TestADraftIsReceivedByteForByte(t *testing.T) {
	sub := newSubscriber(t)
	rapid.Check(t, func(rt *rapid.T) {
		payload := rapid.OneOf(rapid.SliceOf(rapid.Byte()), rapid.Map(rapid.String(), func(s string) []byte { return []byte("{{env \"HOME\"}}" + s) })).Draw(rt, "payload")
		s := newStage(t, "")
		s.SetDraft(Draft{Topic: "a", Payload: payload})
		for range rapid.IntRange(0, 3).Draw(rt, "kinds") {
			s.keys("alt+v")
		}
		s.keys("G", "enter", "end", "esc", "ctrl+s")
		if got := sub.through(rt, s.out[0].(Publish)); !bytes.Equal(got.Payload, payload) {
			rt.Fatalf("received %q; want %q", got.Payload, payload)
		}
	})
}
