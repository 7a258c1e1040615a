package ui_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/ptytest"
)

const (
	ctrlE, ctrlF, ctrlO, ctrlR = "\x05", "\x06", "\x0f", "\x12"
	ctrlT, ctrlU, ctrlX        = "\x14", "\x15", "\x18"
	altM, altR, altV, altX     = "\x1bm", "\x1br", "\x1bv", "\x1bx"
)

// publishing is the program in a terminal with its own broker, and another client that hears all.
type publishing struct {
	*ptytest.Terminal
	t     *testing.T
	other *client.Session
	dir   string
	heard []history.Message
}

func newPublishing(t *testing.T, w, h int, env ...string) *publishing {
	p := &publishing{t: t, dir: t.TempDir(), other: client.NewSession(nil, client.Settings{})}
	p.Terminal = ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: w, H: h, Env: env, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate"}})
	p.Wait(`● connected · local 127\.0\.0\.1:\d+ `)
	broker, err := client.ParseBroker("mqtt://" + regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(p.Screen()))
	if err != nil {
		t.Fatal(err)
	}
	p.other.Connect(client.Profile{Broker: broker})
	t.Cleanup(func() { _ = p.other.Close(context.Background()) })
	for _, text := range []string{"$aws/things/+/shadow/#", "#"} {
		all, err := client.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		p.other.Subscribe(all, 1)
	}
	p.next("the answer to a subscription", func(b client.Batch) bool {
		for _, e := range b.Events {
			if sub, ok := e.Event.(client.Subscribed); ok && sub.Filter.String() == "#" {
				return true
			}
		}
		return false
	})
	return p
}

func (p *publishing) next(what string, found func(client.Batch) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), ptytest.Patience)
	defer cancel()
	for {
		b, err := p.other.Next(ctx)
		if err != nil {
			p.t.Fatalf("no %s: %v", what, err)
		}
		for m := range b.Messages.All() {
			m.Payload = append([]byte(nil), m.Payload...)
			p.heard = append(p.heard, m)
		}
		if found(b) {
			return
		}
	}
}

// hears waits for a message that was published, exactly.
func (p *publishing) hears(topic, payload string) {
	p.t.Helper()
	p.message(fmt.Sprintf("%s %.40q", topic, payload), topic, func(got string) bool { return got == payload })
}

// matches waits for a message whose payload matches.
func (p *publishing) matches(topic, payload string) {
	p.t.Helper()
	p.message(topic+" "+payload, topic, regexp.MustCompile("(?s)"+payload).MatchString)
}

// message waits for a message and forgets it and those before it.
func (p *publishing) message(what, topic string, is func(payload string) bool) {
	p.t.Helper()
	for {
		for i, m := range p.heard {
			if m.Topic == topic && is(string(m.Payload)) {
				p.heard = p.heard[i+1:]
				return
			}
		}
		p.next(what, func(client.Batch) bool { return true })
	}
}

// TestPublishByKeyboard does all that the composer can, with keys alone.
func TestPublishByKeyboard(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			p := newPublishing(t, size[0], size[1], "EDITOR=sh -c 'printf \"from the editor\\n\" >\"$1\"' sh", "PLACE=bench")
			p.writes()
			p.completes()
			p.formats()
			p.hexes()
			p.loads()
			p.edits()
			p.looksBack()
			p.templates()
			p.repeats()
			p.clears()
		})
	}
}

// topic goes to the topic and types it, then goes into the payload, which is empty.
func (p *publishing) topic(text string) {
	p.Send("p" + ctrlU + text)
	p.Wait(`Topic ` + regexp.QuoteMeta(text))
	p.Send(ptytest.Enter)
}

// leave ends typing, so that letters are commands.
func (p *publishing) leave() {
	p.Send(ptytest.Esc)
	p.Wait(`s subscribe`)
}

func (p *publishing) writes() {
	p.topic("lamp/cmd")
	p.Send(ptytest.ShiftTab + ptytest.ShiftTab + "1" + ptytest.Tab + ptytest.Tab + `{"on":true}` + ptytest.CtrlS)
	p.Wait(`acknowledged in [\d.]+ m?s`)
	p.hears("lamp/cmd", `{"on":true}`)
	p.Send(ptytest.CtrlS) // the draft stays, and so does typing
	p.hears("lamp/cmd", `{"on":true}`)
	p.leave()
}

func (p *publishing) completes() {
	p.Send("p" + ctrlU + "lam")
	p.Wait(`lamp/cmd`)
	p.Send(ptytest.Down + ptytest.CtrlS)
	p.hears("lamp/cmd", `{"on":true}`)
	p.Send(ctrlU + "$aws/things/t/shadow/ge" + ptytest.Down)
	p.Wait(`shadow/get`)
	p.Send(ptytest.CtrlS)
	p.matches("$aws/things/t/shadow/get/rejected", "404")
	p.leave()
}

func (p *publishing) formats() {
	p.topic("json")
	p.Send(ctrlF)
	p.Wait(`"on": true`)
	p.Send(ptytest.CtrlS)
	p.hears("json", "{\n  \"on\": true\n}")
	p.Send(altM + ptytest.CtrlS)
	p.hears("json", `{"on":true}`)
	p.Send("\x1b[F" + ctrlU + "{\"a\":\rtru}")
	p.Wait(`not JSON: (line )?2`)
	p.leave()
}

func (p *publishing) hexes() {
	p.Send("v" + "v")
	p.Wait(`hex`)
	p.topic("raw")
	p.Send(ctrlU + "00ff7f" + ptytest.CtrlS)
	p.hears("raw", "\x00\xff\x7f")
	p.Send(altV)
	p.Wait(`AP9/`)
	p.Send(ptytest.CtrlS)
	p.hears("raw", "\x00\xff\x7f")
	p.leave()
}

func (p *publishing) loads() {
	bytes := strings.Repeat("\x00\r\n\x1b\xfe", 2000)
	if err := os.WriteFile(filepath.Join(p.dir, "firmware.bin"), []byte(bytes), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.topic("file")
	p.Send(ctrlO)
	p.Wait(`Payload from a file`)
	p.Send(p.dir + "/fir")
	p.Wait(`firmware\.bin`)
	p.Send(ptytest.Tab + ptytest.Enter)
	p.Wait(`file firmware\.bin`)
	p.Send(ptytest.CtrlS)
	p.hears("file", bytes)
	p.Send(ctrlO)
	p.Wait(`Payload from a file`)
	p.Send("/dev/zero" + ptytest.Enter)
	p.Wait(`is no ordinary file`)
	p.Send(ptytest.Esc)
	p.Gone(`Payload from a file`)
	p.leave()
}

func (p *publishing) edits() {
	p.topic("edited")
	p.Send(ctrlE)
	p.Wait(`from the editor`)
	p.Send(ptytest.CtrlS)
	p.hears("edited", "from the editor")
	p.leave()
}

func (p *publishing) looksBack() {
	p.Send("p" + ctrlR)
	p.Wait(`Published ─`)
	p.Send("lamp")
	p.Wait(`lamp/cmd +\{"on":true\}`)
	p.Gone(`edited +from the editor`)
	p.Send(ptytest.Enter)
	p.Gone(`Published ─`)
	p.Send(ptytest.CtrlS)
	p.hears("lamp/cmd", `{"on":true}`)
	p.leave()
}

func (p *publishing) templates() {
	p.topic("rooms")
	p.Send("\x1b[F" + ctrlU + `{"n":{{seq}},"id":"{{uuid}}","at":"{{env "PLACE"}}","room":"{{ask "Room" "hall"}}"}`)
	p.Wait(`sent as it is`)
	p.Send(altX)
	p.Gone(`sent as it is`)
	p.Send(ctrlT)
	p.Wait(`no template yet`)
	p.Send("a")
	p.Wait(`Keep the draft as a template`)
	p.Send("room" + ptytest.Enter)
	p.Wait(`room +rooms`)
	p.Send(ptytest.Esc)
	p.Gone(`Templates ─`)
	p.leave()
	p.topic("other")
	p.Send(ctrlT)
	p.Wait(`room +rooms`)
	p.Send(ptytest.Enter + ptytest.CtrlS)
	p.Wait(`Publish this`)
	p.Send(ctrlU + "attic")
	p.Wait(`"room": "attic"`)
	id := regexp.MustCompile(`"id": "([-0-9a-f]{36})"`).FindStringSubmatch(p.Screen())
	if id == nil {
		p.t.Fatalf("no UUID in the preview")
	}
	p.Send(ptytest.Enter)
	p.hears("rooms", `{"n":1,"id":"`+id[1]+`","at":"bench","room":"attic"}`)
	p.leave()
}

func (p *publishing) repeats() {
	p.topic("again")
	p.Send("\x1b[F" + ctrlU + `{{seq}} {{now_ms}}` + altR)
	p.Wait(`Repeat ─`)
	p.Send(ctrlU + "30ms" + ptytest.Tab + "3" + ptytest.Enter)
	for _, n := range []string{"2", "3", "4"} {
		p.matches("again", `^`+n+` \d{13}$`)
	}
	p.Wait(`repeated 3`)
	p.Send(altR)
	p.Wait(`Repeat ─`)
	p.Send(ptytest.Tab + ctrlU + ptytest.Enter)
	p.matches("again", `^9 `)
	p.Wait(`repeating \d+`)
	p.leave()
	p.Send("q")
	p.Wait(`A repeat runs`)
	p.Send(ptytest.Esc)
	p.Gone(`A repeat runs`)
	p.Send(altR)
	p.Wait(`repeated \d+ .*stopped`)
}

func (p *publishing) clears() {
	p.topic("kept")
	p.Send(altX + "\x1b[F" + ctrlU + "value" + ptytest.ShiftTab + " " + ptytest.CtrlS)
	p.hears("kept", "value")
	p.Wait(`kept for new subscribers`)
	p.Send(ctrlX)
	p.Wait(`Clear the retained message\?`)
	p.Send("y")
	p.hears("kept", "")
	p.leave()
	p.Send("q")
	if status := p.Exit(); status != 0 {
		p.t.Errorf("status %d; want 0", status)
	}
}

// TestPublishWithoutAConnection: a message of QoS 1 is queued while there is no connection and acknowledged when there is one again;
// the draft stays, and so does what is typed meanwhile.
func TestPublishWithoutAConnection(t *testing.T) {
	path := ptytest.Program(t)
	address, stop := serveBroker(t, path, "127.0.0.1:0")
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://" + address}})
	tm.Wait(`● connected`)
	tm.Send("plamp/cmd" + ptytest.Tab + "1" + ptytest.Tab + ptytest.Tab + "on")
	tm.Wait(`QoS 1`)
	stop()
	tm.Wait(`reconnecting in`)
	tm.Send(ptytest.CtrlS + ptytest.CtrlS)
	tm.Wait(`queued \(offline\).*lamp/cmd`)
	tm.Wait(`2 waiting`)
	tm.Send("!")
	tm.Wait(`on!`)
	serveBroker(t, path, address)
	tm.Wait(`acknowledged in`)
	tm.Gone(`queued`)
	tm.Wait(`on!`)
}

// serveBroker runs the local AWS IoT on an address until stop is called, or the test ends.
func serveBroker(t *testing.T, path, listen string, flags ...string) (address string, stop func()) {
	t.Helper()
	cmd := exec.Command(path, append([]string{"serve", "--listen", listen}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(stop)
	for line := ""; line != "ready"; {
		if _, err := fmt.Fscanln(out, &line); err != nil {
			t.Fatalf("serve: %v", err)
		}
		if found, ok := strings.CutPrefix(line, "mqtt://"); ok {
			address = found
		}
	}
	return address, stop
}
