package trigger

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
)

// world is a Session with the local AWS IoT behind it, and a goroutine that consumes what comes.
type world struct {
	t       *testing.T
	session *client.Session
	engine  *Engine
	wake    chan struct{}
}

func newWorld(t *testing.T, triggers ...Trigger) *world {
	t.Helper()
	opt := local.ServeOptions{}
	opt.Listen = "127.0.0.1:0"
	server, err := local.Open(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	b, err := client.ParseBroker(server.Listeners()[0])
	if err != nil {
		t.Fatal(err)
	}
	s := client.NewSession(nil, client.Settings{})
	w := &world{t: t, session: s, wake: make(chan struct{}, 1)}
	w.engine = New(s, time.Now, w.wake, triggers)
	t.Cleanup(func() {
		w.engine.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	s.Connect(client.Profile{Broker: b, ClientID: "trigger-test"})
	for _, tr := range triggers {
		s.Subscribe(tr.Filter, 1)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	ready := make(chan struct{})
	granted := 0
	remove := s.HandleEvents(func(e client.Event) {
		if _, ok := e.(client.Subscribed); ok {
			if granted++; granted == len(triggers) {
				close(ready)
			}
		}
	})
	go func() {
		defer close(done)
		_ = s.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	select {
	case <-ready:
		remove()
	case <-time.After(15 * time.Second):
		t.Fatal("not subscribed")
	}
	return w
}

func (w *world) publish(topic, payload string) {
	w.t.Helper()
	parsed, err := client.ParseTopic(topic)
	if err != nil {
		w.t.Fatal(err)
	}
	w.session.Publish(client.Message{Topic: parsed, Payload: []byte(payload), QoS: 1})
}

// until waits until a condition holds, looking again whenever the engine tells something.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	patience := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-w.wake:
		case <-tick.C:
		case <-patience:
			w.t.Fatalf("not %s: %+v\n%+v", what, w.engine.List(), w.engine.Log())
		}
	}
}

func (w *world) said(text string) bool {
	return slices.ContainsFunc(w.engine.Log(), func(l Line) bool { return strings.Contains(l.Text, text) })
}

func wanted(t testing.TB, text string) client.Filter {
	t.Helper()
	f, err := client.ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// script writes an executable shell script and returns its path.
func script(t *testing.T, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	path := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// hostile are payloads and topics that would do harm where a shell, a terminal or an environment took them at their word.
var hostile = []struct{ topic, payload string }{
	{"a/$(touch pwned)", "$(touch pwned)"},
	{"a/`touch pwned`", "`touch pwned`"},
	{"a/; touch pwned;", "'; touch pwned; '"},
	{"a/| touch pwned", "\" | touch pwned #"},
	{"a/--help", "--version"},
	{"a/\nPATH=/evil", "line\nTHINGDECK_TRIGGER=evil\n"},
	{"a/LD_PRELOAD=x", "\x1b]52;c;ZXZpbA==\x07\x1b[2J"},
	{"a/%s%n", "%s%s%n"},
	{"a/ü€", "\x00\x01\xff\xfe binary \x00"},
	{"a/*", strings.Repeat("A", 100_000)},
	{"a/${IFS}", ""},
}

func TestACommandWithHostilePayloadsCannotInject(t *testing.T) {
	dir := t.TempDir()
	record := script(t, `d="$RECORD/$(ls "$RECORD" | wc -l | tr -d ' ')"
mkdir "$d"
printf '%s' "$#" > "$d/argc"
for a in "$@"; do printf '%s\0' "$a"; done > "$d/argv"
cat > "$d/stdin"
env -0 > "$d/env"
`)
	t.Setenv("RECORD", dir)
	t.Setenv("THINGDECK_PASSWORD", "secret")
	t.Chdir(t.TempDir())
	w := newWorld(t, Trigger{Name: "record", Filter: wanted(t, "a/#"), Command: []string{record, "fixed", "two words", "$HOME", "*"}, Rate: MaxRate})
	for i, h := range hostile {
		w.publish(h.topic, h.payload)
		w.until("run", func() bool { return w.engine.List()[0].Ran == uint64(i+1) })
	}
	for i, h := range hostile {
		read := func(name string) string {
			data, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i), name))
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		if got, want := read("argv"), "fixed\x00two words\x00$HOME\x00*\x00"; got != want {
			t.Errorf("%q: arguments %q; want %q", h.topic, got, want)
		}
		if got := read("stdin"); got != h.payload {
			t.Errorf("%q: standard input %.60q; want the payload", h.topic, got)
		}
		env := strings.Split(read("env"), "\x00")
		for _, want := range []string{"THINGDECK_TOPIC=" + h.topic, "THINGDECK_TRIGGER=record", fmt.Sprintf("THINGDECK_SIZE=%d", len(h.payload))} {
			if !slices.Contains(env, want) {
				t.Errorf("%q: no %q in the environment", h.topic, want)
			}
		}
		for _, pair := range env {
			if pair == "PATH=/evil" || pair == "THINGDECK_TRIGGER=evil" || strings.Contains(pair, "secret") {
				t.Errorf("%q: %q is in the environment", h.topic, pair)
			}
		}
	}
	if left, _ := os.ReadDir("."); len(left) > 0 {
		t.Errorf("a payload was run: %v", left)
	}
	if s := w.engine.List()[0]; s.Failed != 0 || s.Matched != uint64(len(hostile)) {
		t.Errorf("got %+v", s)
	}
}

func TestACommandThatTakesTooLongIsEndedWithItsChildren(t *testing.T) {
	child := filepath.Join(t.TempDir(), "child")
	slow := script(t, "sleep 1000 &\necho $! > "+child+"\nwait\n")
	w := newWorld(t, Trigger{Name: "slow", Filter: wanted(t, "a"), Command: []string{slow}, Timeout: 2 * time.Second})
	w.publish("a", "")
	w.until("ended", func() bool { return w.engine.List()[0].Failed == 1 && w.said("ended after 2s") })
	text, err := os.ReadFile(child)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	w.until("child ended", func() bool { return !lives(pid) })
}

// lives reports whether a process runs; one that ended and is not waited for by anybody does not.
func lives(pid int) bool {
	if p, err := os.FindProcess(pid); err != nil || p.Signal(syscall.Signal(0)) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestWhatACommandSaysIsBounded(t *testing.T) {
	loud := script(t, "yes thingdeck | head -c 1000000\nexit 3\n")
	w := newWorld(t, Trigger{Name: "loud", Filter: wanted(t, "a"), Command: []string{loud}})
	w.publish("a", "")
	w.until("run", func() bool { return w.said("exit status 3: thingdeck") })
	if l := w.engine.Log(); len(l[0].Text) > maxOutput+200 || !l[0].Failed {
		t.Errorf("got %d bytes", len(l[0].Text))
	}
	if s := w.engine.Take(); len(s) != 1 || !strings.HasPrefix(s[0].Failed, "trigger loud: ") {
		t.Errorf("signals %+v; want the failure", s)
	}
}

func TestTriggersRunInOrder(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	append1 := script(t, `printf '%s %s\n' "$THINGDECK_TRIGGER" "$(cat)" >> `+out)
	w := newWorld(t,
		Trigger{Name: "first", Filter: wanted(t, "a/#"), Command: []string{append1}, Rate: MaxRate},
		Trigger{Name: "second", Filter: wanted(t, "a/+"), Command: []string{append1}, Rate: MaxRate, Where: ".n != 2"})
	want := ""
	for i := range 5 {
		w.publish("a/b", fmt.Sprintf(`{"n":%d}`, i))
		want += fmt.Sprintf("first {\"n\":%d}\n", i)
		if i != 2 {
			want += fmt.Sprintf("second {\"n\":%d}\n", i)
		}
	}
	w.until("all run", func() bool { l := w.engine.List(); return l[0].Ran == 5 && l[1].Ran == 4 })
	if got, _ := os.ReadFile(out); string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAnAnswerIsPublished(t *testing.T) {
	w := newWorld(t,
		Trigger{Name: "answer", Filter: wanted(t, "ask/+"), Answer: &client.Draft{
			Topic: `answer/{{env "THINGDECK_TRIGGER"}}`, Payload: []byte(`{{seq}} {{env "THINGDECK_TOPIC"}} {{env "THINGDECK_PAYLOAD"}}`), QoS: 1}},
		Trigger{Name: "seen", Filter: wanted(t, "answer/answer"), Where: `"1 ask/x ping {{env \"HOME\"}}"`, Bell: true, Notify: true})
	w.publish("ask/x", `ping {{env "HOME"}}`) // what came from others is no template
	w.until("answered", func() bool { return w.engine.List()[1].Ran == 1 })
	got := w.engine.Take()
	if len(got) != 1 || !got[0].Bell || got[0].Title != "seen" || !strings.Contains(got[0].Body, "answer/answer  1 ask/x ping") {
		t.Errorf("signals %+v", got)
	}
}

func TestAnAnswerThatSetsItselfOffIsHeldBack(t *testing.T) {
	loop := Trigger{Name: "loop", Filter: wanted(t, "loop"), Answer: &client.Draft{Topic: "loop", Payload: []byte("again")}, Rate: 5}
	if !loop.Loops() {
		t.Error("the loop is not seen")
	}
	w := newWorld(t, loop)
	w.publish("loop", "begin")
	w.until("held back", func() bool { return w.engine.List()[0].HeldBack > 0 && w.said("held back: more than 5 a second") })
	if s := w.engine.List()[0]; s.Ran > 15 {
		t.Errorf("it ran %d times; want no more than 5 a second", s.Ran)
	}
}

func TestTheSwitches(t *testing.T) {
	w := newWorld(t, Trigger{Name: "a", Filter: wanted(t, "a"), Bell: true}, Trigger{Name: "b", Filter: wanted(t, "a"), Bell: true, Off: true, Highlight: true})
	before := w.engine.Changes()
	w.publish("a", "1")
	w.until("run", func() bool { return w.engine.List()[0].Ran == 1 })
	if s := w.engine.List()[1]; s.Matched != 0 || s.On || w.engine.Mark(history.Message{Topic: "a"}) != "" {
		t.Errorf("one that is off ran: %+v", s)
	}
	w.engine.Set("b", true)
	if w.engine.Mark(history.Message{Topic: "a"}) != "b" {
		t.Error("it does not highlight")
	}
	w.publish("a", "2")
	w.until("run", func() bool { return w.engine.List()[1].Ran == 1 })
	w.engine.SetAll(false)
	if w.engine.On() || w.engine.Mark(history.Message{Topic: "a"}) != "" || w.engine.Changes() == before {
		t.Error("the switch before all does nothing")
	}
	w.publish("a", "3")
	w.engine.SetAll(true)
	w.publish("a", "4")
	w.until("run again", func() bool { return w.engine.List()[0].Ran >= 3 })
}

func TestWhatWaitsIsBounded(t *testing.T) {
	release := filepath.Join(t.TempDir(), "release")
	hold := script(t, "while [ ! -e "+release+" ]; do sleep 0.05; done\n")
	w := newWorld(t, Trigger{Name: "hold", Filter: wanted(t, "a"), Command: []string{hold}, Timeout: time.Minute})
	for range maxWaiting + 50 {
		w.publish("a", "x")
	}
	w.until("dropped", func() bool { return w.engine.List()[0].Dropped >= 49 })
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.until("worked off", func() bool { s := w.engine.List()[0]; return s.Ran+s.HeldBack >= maxWaiting })
}

func TestByHand(t *testing.T) {
	w := newWorld(t, Trigger{Name: "kept", Filter: wanted(t, "a"), Bell: true})
	if err := w.engine.Add(Trigger{Name: "kept", Filter: wanted(t, "a"), Bell: true}); err == nil {
		t.Error("two triggers of one name")
	}
	if err := w.engine.Add(Trigger{Name: "mine", Filter: wanted(t, "a"), Bell: true}); err != nil {
		t.Fatal(err)
	}
	w.publish("a", "")
	w.until("run", func() bool { return w.engine.List()[1].Ran == 1 })
	w.engine.Remove("kept")
	w.engine.Remove("mine")
	if l := w.engine.List(); len(l) != 1 || l[0].Name != "kept" {
		t.Errorf("left %+v", l)
	}
}
