package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
)

// broker starts the local AWS IoT.
func broker(t *testing.T) client.Broker {
	t.Helper()
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	b, err := client.ParseBroker(server.Listeners()[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func session(t *testing.T, b client.Broker) *client.Session {
	t.Helper()
	s := client.NewSession(nil, client.Settings{})
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	s.Connect(client.Profile{Broker: b})
	return s
}

// listen subscribes to everything and returns a function that waits for n messages.
func listen(t *testing.T, b client.Broker) func(n int) []history.Message {
	t.Helper()
	s := session(t, b)
	all, _ := client.ParseFilter("#")
	s.Subscribe(all, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	var got []history.Message
	next := func() (subscribed bool) {
		batch, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("after %d messages: %v", len(got), err)
		}
		for m := range batch.Messages.All() {
			got = append(got, m)
		}
		for _, e := range batch.Events {
			_, is := e.Event.(client.Subscribed)
			subscribed = subscribed || is
		}
		return subscribed
	}
	for !next() {
	}
	return func(n int) []history.Message {
		for len(got) < n {
			next()
		}
		return got
	}
}

func file(t *testing.T, messages ...history.Message) string {
	t.Helper()
	var text []byte
	for _, m := range messages {
		text = Append(text, m)
	}
	return written(t, string(text))
}

func written(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func silent(Progress) {}

func TestReplay(t *testing.T) {
	b := broker(t)
	received := listen(t, b)
	path := file(t,
		history.Message{Time: at, Topic: "a", Payload: []byte{0xff, 0}},
		history.Message{Time: at.Add(20 * time.Millisecond), Topic: "mine", Payload: []byte("x"), Out: true},
		history.Message{Time: at.Add(40 * time.Millisecond), Topic: "b", Payload: []byte("2"), QoS: 1},
		history.Message{Time: at.Add(30 * time.Millisecond), Topic: "c", Payload: []byte("3")},
	)
	began := time.Now()
	got, err := Replay(t.Context(), session(t, b), Plan{File: path, Speed: 2, Loop: 2, Prefix: "again/"}, silent)
	if want := (Progress{Published: 6, Passed: 2, Round: 2}); err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("two rounds of 20 ms took %v", took)
	}
	var text strings.Builder
	for _, m := range received(6) {
		fmt.Fprintf(&text, "%s %q %d\n", m.Topic, m.Payload, m.QoS)
	}
	round := "again/a \"\\xff\\x00\" 0\nagain/b \"2\" 1\nagain/c \"3\" 0\n"
	if text.String() != round+round {
		t.Errorf("received\n%s", text.String())
	}
}

func TestReplayAsFastAsItGoes(t *testing.T) {
	b := broker(t)
	received := listen(t, b)
	var all []history.Message
	for i := range 3000 {
		all = append(all, history.Message{Time: at.Add(time.Duration(i) * time.Hour), Topic: "a", Payload: fmt.Appendf(nil, "%d", i), QoS: 1})
	}
	got, err := Replay(t.Context(), session(t, b), Plan{File: file(t, all...), Loop: 1}, silent)
	if err != nil || got.Published != 3000 {
		t.Fatalf("got %+v, %v", got, err)
	}
	for i, m := range received(3000) {
		if string(m.Payload) != fmt.Sprint(i) {
			t.Fatalf("message %d is %s", i, m.Payload)
		}
	}
}

func TestReplayThatCannot(t *testing.T) {
	good := string(Append(nil, history.Message{Time: at, Topic: "a"}))
	for name, c := range map[string]struct{ text, want string }{
		"a line of another format": {good + "{}\n", "record.jsonl: line 2: no time"},
		"a topic with a wildcard":  {string(Append(nil, history.Message{Time: at, Topic: "a/#"})), "record.jsonl: line 1: topic: "},
		"nothing to publish":       {string(Append(nil, history.Message{Time: at, Topic: "a", Out: true})), "no received messages"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Replay(t.Context(), session(t, broker(t)), Plan{File: written(t, c.text), Loop: 1}, silent)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want %s", err, c.want)
			}
		})
	}
	t.Run("no broker", func(t *testing.T) {
		b, _ := client.ParseBroker("mqtt://127.0.0.1:1")
		_, err := Replay(t.Context(), session(t, b), Plan{File: written(t, good), Loop: 1}, silent)
		if err == nil || !strings.Contains(err.Error(), "not connected to mqtt://127.0.0.1:1: connection refused") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no file", func(t *testing.T) {
		_, err := Replay(t.Context(), session(t, broker(t)), Plan{File: "none.jsonl", Loop: 1}, silent)
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}

func TestReplayKeepsGoing(t *testing.T) {
	b := broker(t)
	received := listen(t, b)
	text := Append([]byte("{}\n"), history.Message{Time: at, Topic: "a/+"})
	text = Append(text, history.Message{Time: at, Topic: "a", Payload: []byte("x")})
	got, err := Replay(t.Context(), session(t, b), Plan{File: written(t, string(text)), Loop: 1, KeepGoing: true}, silent)
	if want := (Progress{Published: 1, Failed: 2, Round: 1}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	received(1)
}

func TestReplayIsStopped(t *testing.T) {
	b := broker(t)
	received := listen(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	s := session(t, b)
	ended := make(chan error)
	go func() {
		_, err := Replay(ctx, s, Plan{File: file(t, history.Message{Time: at, Topic: "a"}, history.Message{Time: at.Add(time.Hour), Topic: "b"}), Speed: 1, Loop: 0}, silent)
		ended <- err
	}()
	received(1)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPlanCheckAndPrint(t *testing.T) {
	p := Plan{Speed: 2, Loop: 1, Prefix: "p/", File: file(t,
		history.Message{Time: at, Topic: "a", Payload: []byte("xyz")},
		history.Message{Time: at, Topic: "b", Out: true},
		history.Message{Time: at.Add(3 * time.Second), Topic: "c\u202e", QoS: 1, Retain: true})}
	n, length, err := p.Check(t.Context())
	if n != 2 || length != 3*time.Second || err != nil {
		t.Errorf("got %d, %v, %v", n, length, err)
	}
	var out bytes.Buffer
	count, err := p.Print(t.Context(), &out)
	want := "         +0s  \"p/a\"  QoS 0  3 B\n       +1.5s  \"p/c\\u202e\"  QoS 1  0 B  retain\n"
	if out.String() != want || count.Published != 2 || count.Passed != 1 || err != nil {
		t.Errorf("got %+v, %v\n%swant\n%s", count, err, out.String(), want)
	}
}

func TestAPrefixThatNoTopicHasIsNamed(t *testing.T) {
	p := Plan{Prefix: "a/#", File: file(t, history.Message{Time: at, Topic: "b"})}
	_, _, err := p.Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), `line 1: topic with the prefix "a/#": `) {
		t.Errorf("got %v", err)
	}
}
