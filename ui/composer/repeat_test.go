package composer

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/panetest"
)

// clock is the time of a stage, which moves by hand.
type clock struct{ time.Time }

func repeating(t testing.TB, payload string) (*stage, *clock) {
	s, c := newStage(t, payload), &clock{panetest.Now}
	s.now = func() time.Time { return c.Time }
	s.SetOnline(true)
	return s, c
}

// passes lets time pass, in steps, with a tick each.
func (s *stage) passes(c *clock, d, step time.Duration) {
	for end := c.Add(d); c.Before(end); {
		c.Time = c.Add(step)
		if c.After(end) {
			c.Time = end
		}
		intents, _ := s.Update(tickMsg{s.repeat.tag})
		s.act(intents)
	}
}

// begin opens the dialog and begins.
func (s *stage) begin(every, times, lines string) {
	s.keys("alt+r", "ctrl+u")
	s.text(every)
	s.keys("tab", "ctrl+u")
	s.text(times)
	s.keys("tab")
	s.text(lines)
	s.keys("enter")
}

func (s *stage) count() (n int) {
	for _, intent := range s.out {
		if p, ok := intent.(Publish); ok && p.Repeated {
			s.Asked(uint64(n), p)
			s.Outcome(uint64(n), Progress{Text: "sent", Final: true})
			n++
		}
	}
	return n
}

func TestRepeatCountedTimes(t *testing.T) {
	s, c := repeating(t, `{"n":{{seq}},"at":"{{now}}"}`)
	s.keys("alt+x")
	s.begin("2s", "3", "")
	s.closed()
	if !s.Repeating() || s.begun == nil {
		t.Fatal("nothing repeats")
	}
	s.passes(c, 4100*time.Millisecond, 100*time.Millisecond)
	s.published(`a/b {"n":1,"at":"2026-11-22T12:04:01.203Z"}`, `a/b {"n":2,"at":"2026-11-22T12:04:03.203Z"}`, `a/b {"n":3,"at":"2026-11-22T12:04:05.203Z"}`)
	if s.Repeating() {
		t.Error("it goes on after the last time")
	}
	s.sees("repeated 3")
	if row := s.out[1].(Published).Publication; !row.Variables || !strings.Contains(string(row.Payload), "{{seq}}") {
		t.Errorf("the row is %+v; want the draft with its variables", row)
	}
}

func TestRepeatUntilStoppedByOneKey(t *testing.T) {
	s, c := repeating(t, "x")
	s.begin("100ms", "", "")
	s.passes(c, time.Second, 37*time.Millisecond)
	if n := s.count(); n != 11 {
		t.Errorf("%d messages in a second of 100 ms; want 11", n)
	}
	s.sees("repeating 11", "10/s", "alt+r stops")
	s.Edit()
	s.text("typed/")
	s.keys("alt+r")
	if s.Repeating() {
		t.Error("the key does not stop it")
	}
	s.sees("repeated 11", "stopped")
	n := len(s.out)
	s.passes(c, time.Second, 100*time.Millisecond)
	if len(s.out) != n {
		t.Error("a late tick published")
	}
}

func TestRepeatDoesNotDrift(t *testing.T) {
	s, c := repeating(t, "x")
	s.begin("10ms", "", "")
	s.passes(c, 10*time.Second, 13*time.Millisecond) // every timer is late
	if n := s.count(); n < 999 || n > 1001 {
		t.Errorf("%d messages in 10 s of 10 ms; want 1000", n)
	}
	before := len(s.out)
	c.Time = c.Add(time.Minute) // another program had the terminal
	s.passes(c, 10*time.Millisecond, 10*time.Millisecond)
	if n := len(s.out) - before; n > 6 {
		t.Errorf("%d messages at once after a minute; what went by is left out", n)
	}
}

func TestAWSGetsNoMoreThanFiftyASecond(t *testing.T) {
	s, c := repeating(t, "x")
	s.SetLimits(client.AWSLimits())
	s.keys("alt+r", "ctrl+u")
	s.text("19ms")
	s.keys("enter")
	s.sees("AWS: at most 50 messages a second, which is every 20ms")
	if s.Repeating() {
		t.Fatal("it began")
	}
	s.keys("esc")
	s.begin("20ms", "", "")
	var at []time.Time
	for range 4000 { // late by up to 60 ms, and then several at once
		before := len(s.out)
		s.passes(c, time.Duration(1+len(at)%60)*time.Millisecond, time.Hour)
		for range len(s.out) - before {
			at = append(at, c.Time)
		}
	}
	for i := range len(at) - awsRate {
		if d := at[i+awsRate].Sub(at[i]); d < time.Second {
			t.Fatalf("%d messages within %v", awsRate+1, d)
		}
	}
	if len(at) < 1000 {
		t.Errorf("only %d messages", len(at))
	}
}

func TestRepeatWaitsWithoutAConnection(t *testing.T) {
	s, c := repeating(t, "x")
	s.begin("1s", "10", "")
	s.SetOnline(false)
	s.passes(c, 5*time.Second, 500*time.Millisecond)
	s.sees("repeat waits for a connection", "1 of 10")
	s.SetOnline(true)
	s.passes(c, 2*time.Second, 500*time.Millisecond)
	if n := s.count(); n != 3 {
		t.Errorf("%d messages; want 3", n)
	}
}

func TestRepeatWaitsForAcknowledgements(t *testing.T) {
	s, c := repeating(t, "x")
	s.begin("1ms", "", "")
	for i := range 1000 {
		before := len(s.out)
		s.passes(c, time.Millisecond, time.Millisecond)
		for j, intent := range s.out[before:] {
			s.Asked(uint64(i*10+j), intent.(Publish))
		}
	}
	s.sees("repeat waits for acknowledgements")
	s.Outcome(10, Progress{Text: "refused: why", Failed: true, Final: true})
	s.passes(c, time.Millisecond, time.Millisecond)
	s.sees("1 failed: refused: why")
}

func TestRepeatLinesOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(file, []byte("{{seq}}\r\n\x00\xff\n\nlast"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, c := repeating(t, "")
	s.begin("1", "2", file)
	s.passes(c, time.Minute, time.Second)
	s.published("a/b {{seq}}", "a/b \x00\xff", "a/b ", "a/b last", "a/b {{seq}}", "a/b \x00\xff", "a/b ", "a/b last")

	s, _ = repeating(t, "")
	s.keys("alt+x")
	s.begin("1s", "", filepath.Dir(file)+"/none")
	s.sees("no such file")
	s.keys("esc")
	if err := os.WriteFile(file, []byte("fine\n{{wrong}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.begin("1s", "", file)
	s.sees("line 2: payload: line 1 column 3: no variable is named wrong")
	s.published()
}

func TestRepeatAsksOnceAndStopsAtAFault(t *testing.T) {
	s, c := repeating(t, `{{ask "Room"}} {{env "X"}}`)
	set := true
	s.env = func(string) (string, bool) { return "value", set }
	s.keys("alt+x", "alt+r", "enter")
	s.sees(`"Room" is not answered`)
	s.keys("shift+tab")
	s.text("hall")
	s.keys("enter")
	s.closed()
	s.passes(c, time.Second, time.Second)
	s.published("a/b hall value", "a/b hall value")
	set = false
	s.passes(c, time.Second, time.Second)
	s.sees("stopped: payload: line 1 column 16: X is not set")
	if s.Repeating() {
		t.Error("it goes on")
	}
}

func TestTheTopicIsCompleted(t *testing.T) {
	s := newStage(t, "")
	s.SetDraft(Draft{})
	s.SetTemplates([]client.Template{{Name: "x", Draft: Draft{Topic: "lamp/template"}}, {Name: "y", Draft: Draft{Topic: "lamp/{{seq}}", Variables: true}}})
	s.SetPublished([]client.Publication{{Draft: Draft{Topic: "lamp/old"}}, {Draft: Draft{Topic: "lamp/new"}}, {Draft: Draft{Topic: "lamp/new"}}})
	s.SetTopics(func() []string {
		return []string{"lamp/seen", "$aws/things/pump/shadow/get", "big/lamp", "esc\x1b[2J", strings.Repeat("long/", 100)}
	})
	s.Edit()
	s.text("lamp")
	s.sees("lamp/new", "published", "lamp/old", "lamp/template", "lamp/seen", "seen")
	s.keys("down", "down")
	if got := s.Draft().Topic; got != "lamp/old" {
		t.Errorf("the topic is %q; want lamp/old", got)
	}
	s.keys("up", "up")
	if got := s.Draft().Topic; got != "lamp" {
		t.Errorf("the topic is %q; want what was typed", got)
	}
	s.keys("up")
	if got := s.Draft().Topic; got != "big/lamp" {
		t.Errorf("the topic is %q; want the last one, which holds the word", got)
	}
	s.keys("ctrl+u")
	s.text("$aws/things/pump/shadow/up")
	s.keys("down")
	if got := s.Draft().Topic; got != "$aws/things/pump/shadow/update" {
		t.Errorf("the topic is %q", got)
	}
	s.keys("enter")
	s.text("x")
	s.keys("ctrl+s")
	s.published("$aws/things/pump/shadow/update x")
}

func TestLimitsAreToldBeforeSending(t *testing.T) {
	s := newStage(t, "")
	s.SetLimits(client.AWSLimits())
	s.sees("0 B of 128 KiB")
	for topic, want := range map[string]string{
		"a/b/c/d/e/f/g/h/i":           "at most 8",
		"$aws/things/x/shadow/nosuch": "reserves topics",
	} {
		s.SetDraft(Draft{Topic: topic, Payload: []byte("x")})
		s.sees(want)
		s.keys("ctrl+s")
		s.published()
	}
	s.SetDraft(Draft{Topic: "a", Payload: []byte(strings.Repeat("x", 128<<10+1))})
	s.sees("131073 bytes")
	s.keys("ctrl+s")
	s.sees("not published")
	s.published()
	s.SetLimits(client.Limits{})
	s.keys("ctrl+s")
	if len(s.out) != 2 {
		t.Error("other brokers take it")
	}
}
