package ui_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/mosquittotest"
	"example.com/thingdeck/ui/ptytest"
)

// sender publishes to the broker that a program on a terminal runs.
type sender struct {
	t       *testing.T
	session *client.Session
}

func sendTo(t *testing.T, tm *ptytest.Terminal) *sender {
	t.Helper()
	tm.Wait(`● connected · local 127\.0\.0\.1:\d+ `)
	b, err := client.ParseBroker("mqtt://" + regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(tm.Screen()))
	if err != nil {
		t.Fatal(err)
	}
	s := &sender{t, client.NewSession(nil, client.Settings{})}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.session.Run(ctx)
	}()
	t.Cleanup(func() {
		closing, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		_ = s.session.Close(closing)
		cancel()
		<-done
	})
	s.session.Connect(client.Profile{Broker: b, ClientID: "sender"})
	return s
}

func (s *sender) publish(topic, payload string) {
	s.t.Helper()
	parsed, err := client.ParseTopic(topic)
	if err != nil {
		s.t.Fatal(err)
	}
	s.session.Publish(client.Message{Topic: parsed, Payload: []byte(payload), QoS: 1})
}

// TestSubscriptionsByKeyboard: adding with completion and options, several at once, editing in place, pause, clear, favourites,
// groups of reserved topics, and all of it again at the next start.
func TestSubscriptionsByKeyboard(t *testing.T) {
	path, state := ptytest.Program(t), t.TempDir()
	o := ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate"}, Env: []string{"XDG_STATE_HOME=" + state}}
	tm := ptytest.Start(t, path, o)
	tm.Wait(`● connected`)
	from := sendTo(t, tm)
	from.publish("hall/temp", `{"t":1}`)
	tm.Wait(`hall/temp`)

	// One filter, completed from what was seen, with options.
	tm.Send("s" + "hal")
	tm.Wait(`hall/#`)
	tm.Send(ptytest.Down + ptytest.Tab + " " + ptytest.Tab + "warm room" + ptytest.Enter)
	tm.Wait(`▌  warm room +∩ 1`)
	tm.Wait(`2 Messages  hall/#`)

	// Several at once, each with its own error.
	tm.Send("s")
	tm.Wait(`Filter`)
	tm.Paste("one/+\nbad/#/x\ntwo/#@1")
	tm.Wait(`# stands only at the end`)
	tm.Send(ptytest.Enter + "\x7f\x7f" + ptytest.Enter)
	tm.Wait(`(?s)one/\+ +∩ 0.*bad/# +∩ 0.*two/# +∩ 1`)
	tm.Send("x")
	tm.Gone(`one/\+`)

	// The log stays while QoS and label change; pause and clear are of the view.
	from.publish("two/a", "first")
	tm.Send("j")
	tm.Wait(`two/a .*first`)
	tm.Send("e" + "\x1b[D" + ptytest.Tab + "second" + ptytest.Enter)
	tm.Wait(`▌  second +∩ 0`)
	tm.Wait(`two/a .*first`)
	tm.Send(" ")
	tm.Wait(`▌‖ second`)
	from.publish("two/a", "unseen")
	tm.Wait(`subscription paused · 1 new`)
	tm.Send(" ")
	tm.Wait(`two/a .*unseen`)
	tm.Send("C")
	tm.Gone(`two/a .*unseen`)
	tm.Send("f")
	tm.Wait(`▌★ second`)

	// A reserved topic, completed from the catalogue and from what was seen.
	from.publish("$aws/things/fan/jobs/get", "")
	tm.Send("s" + "$aws/things/fan/tun")
	tm.Wait(`fan/tunnels/notify`)
	tm.Send(ptytest.Down + ptytest.Enter)
	tm.Wait(`▌  \$aws/.*otify 0`)
	tm.Send("x")
	tm.Gone(`▌  \$aws/`)

	// A group of reserved topics in one step.
	tm.Send("A")
	tm.Wait(`Groups of reserved topics`)
	tm.Send("jj" + ptytest.Enter + "pump")
	tm.Wait(`10 filters at QoS 1`)
	tm.Send(ptytest.Enter)
	tm.Wait(`▸ jobs of pump`)
	tm.Send("\x1b[C" + "j")
	tm.Wait(`notify +1`)
	from.publish("$aws/things/pump/jobs/get", "")
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Fatalf("status %d", status)
	}

	// The next start.
	tm = ptytest.Start(t, path, o)
	tm.Wait(`(?s)warm room +∩ 1.*bad/#.*★ second +∩ 0.*▸ jobs of pump`)
	tm.Send("1" + ptytest.Down + ptytest.Down)
	tm.Send("x")
	tm.Send("q")
	tm.Exit()
	tm = ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: append(o.Args, "--fresh"), Env: o.Env})
	tm.Wait(`● connected`)
	tm.Wait(`★ second {5}`) // a favourite is offered
	if screen := tm.Screen(); strings.Contains(screen, "jobs of pump") {
		t.Errorf("--fresh restores\n%s", screen)
	}
	tm.Send("1G" + ptytest.Enter)
	tm.Wait(`▌★ second +∩ 0`)
}

// TestTriggersByKeyboard: a command of the configuration with hostile payloads, a highlighted row, an answer, a trigger that is added,
// and the switches.
func TestTriggersByKeyboard(t *testing.T) {
	path, dir := ptytest.Program(t), t.TempDir()
	script, seen := filepath.Join(dir, "record"), filepath.Join(dir, "seen")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf '%s|' \"$#\" \"$@\" \"$THINGDECK_TOPIC\" >> "+seen+"\ncat >> "+seen+"\nprintf '\\n' >> "+seen+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config.toml")
	text := fmt.Sprintf("[[trigger]]\nname = \"record\"\nfilter = \"cmd/#\"\nhighlight = true\nbell = true\nnotify = true\ncommand = [%q, \"$HOME\"]\nrate = 50\n", script)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate", "--config", config}})
	tm.Wait(`▸ triggers +∩ 0`)
	from := sendTo(t, tm)
	payloads := []string{"$(touch pwned)", "`touch pwned`; touch pwned", "' \" | touch pwned #", "\x1b]52;c;ZXZpbA==\x07\x1b]0;evil\x07"}
	want := ""
	for _, p := range payloads {
		from.publish("cmd/$(touch pwned)", p)
		want += "1|$HOME|cmd/$(touch pwned)|" + p + "\n"
	}
	tm.Wait(`\[record\] \$\(touch pwned\)`)
	tm.Send("\x1bOS") // f4
	tm.Wait(`● record +cmd/# .* 4 │`)
	if got, _ := os.ReadFile(seen); string(got) != want {
		t.Errorf("the command saw\n%q\nwant\n%q", got, want)
	}
	tm.Until("bell and notification", func(string) bool {
		raw := tm.Raw()
		return strings.Contains(raw, "\a") && strings.Contains(raw, "\x1b]9;record: cmd/")
	})
	if raw := tm.Raw(); strings.Contains(raw, "\x1b]52;") || strings.Contains(raw, "\x1b]0;evil") {
		t.Error("a payload reached the terminal as it was")
	}

	tm.Send("a")
	tm.Wait(`Add a trigger`)
	tm.Send("echo\tping\t.n > 1\t\tpong\tgot {{env \"THINGDECK_PAYLOAD\"}}" + ptytest.Enter)
	tm.Wait(`▌● echo`)
	tm.Send(ptytest.Esc)
	tm.Gone(`Triggers ─`)
	tm.Send("1")
	tm.Wait(`▸ triggers`)
	tm.Send("\x1bOS")
	tm.Wait(`● echo`)
	tm.Send("j")
	from.publish("ping", `{"n":1}`)
	from.publish("ping", `{"n":2}`)
	tm.Wait(`published on pong`)
	tm.Wait(`matched 1, ran 1`)
	tm.Send(ptytest.Esc)
	tm.Wait(`pong .*got \{"n":2\}`)

	tm.Send("\x1bOS")
	tm.Wait(`Triggers ─`)
	tm.Send("A")
	tm.Wait(`all triggers are off`)
	tm.Send(ptytest.Esc)
	tm.Gone(`▸ triggers`)
	tm.Gone(`\[record\]`)
}

// TestARefusedSubscriptionByKeyboard: the policy forbids a filter, and the broker closes the connection on it, as AWS does. The row says
// why, the others go on, and the refused one is not asked for at the next start.
func TestARefusedSubscriptionByKeyboard(t *testing.T) {
	path, state := ptytest.Program(t), t.TempDir()
	policy := filepath.Join(state, "policy.json")
	if err := os.WriteFile(policy, []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"},
		{"Effect":"Deny","Action":"iot:Subscribe","Resource":"arn:aws:iot:*:*:topicfilter/no/*"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate", "--policy", policy}, Env: []string{"XDG_STATE_HOME=" + state}}
	tm := ptytest.Start(t, path, o)
	tm.Wait(`● connected`)
	tm.Send("sno/#" + ptytest.Enter)
	tm.Wait(`▌! no/#`)
	tm.Wait(`closed right after subscribing`)
	tm.Send("\x1b[15~") // f5
	tm.Wait(`● connected`)
	tm.Wait(`  # +0 +0│`)
	tm.Send("q")
	tm.Exit()
	tm = ptytest.Start(t, path, o)
	tm.Wait(`● connected`)
	tm.Wait(`  # +0 +0│`)
	if screen := tm.Screen(); strings.Contains(screen, "no/#") {
		t.Errorf("the refused filter came back\n%s", screen)
	}
}

// TestACopyForEachFilterIsMarked: a broker that sends a message once for each filter.
func TestACopyForEachFilterIsMarked(t *testing.T) {
	address := mosquittotest.Start(t, anyone+"allow_duplicate_messages true\n").Address()
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://" + address, "-t", "a/#", "-t", "a/+"}})
	tm.Wait(`● connected`)
	tm.Wait(`a/\+ +∩ 0`)
	tm.Send("pa/b\t\t\tonce\x13")
	tm.Wait(`(?s)a/b {8,}once.*a/b +A +once`)
	tm.Wait(`again, perhaps for another filter · matched a/# a/\+`)
}
