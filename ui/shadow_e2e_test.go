package ui_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/mosquittotest"
	"example.com/thingdeck/ui/ptytest"
)

// shadowLife is a screen, the local AWS IoT beside it, and another client.
type shadowLife struct {
	t     *testing.T
	tm    *ptytest.Terminal
	other mqtt.Client
	http  string
	link  *link
}

// TestShadowByKeyboard is the whole life of a named shadow by keyboard alone: what each step does is looked up on the screen and in
// the document that the service holds.
func TestShadowByKeyboard(t *testing.T) {
	path := ptytest.Program(t)
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			l := newShadowLife(t, path, size[0], size[1])
			l.create()
			l.edit()
			l.obey()
			l.conflict()
			l.remove()
			l.tm.Send("q")
			if status := l.tm.Exit(); status != 0 {
				t.Errorf("status %d; want 0", status)
			}
		})
	}
}

func newShadowLife(t *testing.T, path string, w, h int) *shadowLife {
	l := &shadowLife{t: t}
	broker := l.serve(path)
	l.other = mqtt.NewClient(mqtt.NewClientOptions().AddBroker(strings.Replace(broker, "mqtt", "tcp", 1)).SetClientID("other"))
	l.wait(l.other.Connect())
	t.Cleanup(func() { l.other.Disconnect(100) })
	l.link = newLink(t, strings.TrimPrefix(broker, "mqtt://"))
	l.tm = ptytest.Start(t, path, ptytest.Options{W: w, H: h, Args: []string{"--broker", "mqtt://" + l.link.ln.Addr().String()}})
	l.tm.Wait(`connected`)
	l.tm.Send("4")
	l.tm.Wait(`no thing is chosen`)
	return l
}

// serve starts the local AWS IoT and returns its broker.
func (l *shadowLife) serve(path string) string {
	cmd := exec.Command(path, "serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	broker := ""
	for line := ""; line != "ready"; {
		if _, err := fmt.Fscanln(out, &line); err != nil {
			l.t.Fatalf("serve: %v", err)
		}
		switch {
		case strings.HasPrefix(line, "mqtt:"):
			broker = line
		case strings.HasPrefix(line, "http:"):
			l.http = line
		}
	}
	return broker
}

func (l *shadowLife) wait(token mqtt.Token) {
	l.t.Helper()
	if !token.WaitTimeout(ptytest.Patience) || token.Error() != nil {
		l.t.Fatalf("the other client: %v", token.Error())
	}
}

// update sends an update as the other client.
func (l *shadowLife) update(state string) {
	l.t.Helper()
	l.wait(l.other.Publish("$aws/things/pump/shadow/name/config/update", 1, false, `{"state":`+state+`}`))
}

// stored waits until the service holds a document of that version and sections, or none when version is 0.
func (l *shadowLife) stored(version int, desired, reported string) {
	l.t.Helper()
	want := "none"
	if version > 0 {
		want = fmt.Sprintf("v%d %s %s", version, desired, reported)
	}
	got := ""
	for deadline := time.Now().Add(ptytest.Patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if got = l.document(); got == want {
			return
		}
	}
	l.t.Fatalf("stored %s; want %s", got, want)
}

func (l *shadowLife) document() string {
	l.t.Helper()
	resp, err := http.Get(l.http + "/things/pump/shadow?name=config")
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusNotFound {
		return "none"
	}
	var d struct {
		State   struct{ Desired, Reported json.RawMessage }
		Version int
	}
	if err := json.Unmarshal(body, &d); err != nil {
		l.t.Fatalf("%s: %v", body, err)
	}
	return fmt.Sprintf("v%d %s %s", d.Version, d.State.Desired, d.State.Reported)
}

// field replaces what is in the field of a dialog.
func (l *shadowLife) field(text string) { l.tm.Send("\x15" + text) }

// row waits for the row of a key: its mark, the key, and what stands in the columns.
func (l *shadowLife) row(mark, key string, columns ...string) {
	l.t.Helper()
	l.tm.Wait(`(?m)│[ ▌]` + mark + `[ ●]\s*(▾ |▸ )?` + key + `\s+` + strings.Join(columns, `\s+`) + `\s*│`)
}

// to moves the cursor to the row of a key, a row at a time.
func (l *shadowLife) to(key string) {
	l.t.Helper()
	on := regexp.MustCompile(`▌[^│\w]*` + key + `\s`)
	l.tm.Send("g")
	l.tm.Wait(`DESIRED[^\n]*\n[^\n]*││▌`)
	for range 20 {
		screen := l.tm.Screen()
		if on.MatchString(screen) {
			return
		}
		before := cursor(screen)
		l.tm.Send("j")
		l.tm.Until("the cursor is on another row", func(screen string) bool { return cursor(screen) != before })
	}
	l.t.Fatalf("the cursor does not come to %s", key)
}

// cursor is where the cursor of the shadow pane is: the line, and the key there.
func cursor(screen string) string {
	_, rows, _ := strings.Cut(screen, "DESIRED")
	for i, line := range strings.Split(rows, "\n") {
		if _, row, ok := strings.Cut(line, "││▌"); ok {
			return fmt.Sprint(i, regexp.MustCompile(`\w+`).FindString(row))
		}
	}
	return ""
}

// send reviews the edits and sends them.
func (l *shadowLife) send(review string) {
	l.t.Helper()
	l.tm.Send(ptytest.CtrlS)
	l.tm.Wait(`Review update`)
	l.tm.Wait(review)
	l.tm.Send(ptytest.Enter)
}

func (l *shadowLife) create() {
	l.tm.Send("+")
	l.tm.Wait(`Create a shadow`)
	l.field("pump" + ptytest.Tab + "config" + ptytest.Tab + `{"desired":{"pump":{"speed":10,"mode":"eco"}},"reported":{"pump":{"speed":10,"mode":"eco"}}}`)
	l.tm.Send(ptytest.Enter)
	l.tm.Wait(`shadow created, v1`)
	l.tm.Wait(`pump · config.*v1 · no difference`)
	l.stored(1, `{"pump":{"mode":"eco","speed":10}}`, `{"pump":{"mode":"eco","speed":10}}`)
}

// edit changes, adds and removes keys of a nested object, and sees the delta.
func (l *shadowLife) edit() {
	tm := l.tm
	tm.Send("g")
	tm.Send("l")
	l.row("=", "speed", "10", "10")
	l.to("speed")
	tm.Send("e")
	tm.Wait(`will set`)
	l.field("20" + ptytest.Enter)
	l.row("=", "speed", "→ 20", "10")
	tm.Send("a")
	tm.Wait(`Add a desired key  in pump`)
	l.field("boost" + ptytest.Tab + "true" + ptytest.Enter)
	l.row(" ", "boost", "→ true", "–")
	l.to("mode")
	tm.Send("x")
	l.row("=", "mode", "→ –", `"eco"`)
	tm.Wait(`3 edits`)
	l.send(`accepted only if the shadow is still at v1`)
	tm.Wait(`update accepted, v2`)
	l.row(`\+`, "boost", "true", "–", "true")
	l.row("≠", "speed", "20", "10", "20")
	l.row("○", "mode", "–", `"eco"`)
	tm.Wait(`v2 · 2 differences`)
	l.stored(2, `{"pump":{"boost":true,"speed":20}}`, `{"pump":{"mode":"eco","speed":10}}`)
}

// obey lets the device report, and sees the delta go.
func (l *shadowLife) obey() {
	l.update(`{"reported":{"pump":{"speed":20,"boost":true}}}`)
	l.row("=", "speed", "20", "20")
	l.row("=", "boost", "true", "true")
	l.tm.Wait(`v3 · no difference`)
	l.stored(3, `{"pump":{"boost":true,"speed":20}}`, `{"pump":{"boost":true,"mode":"eco","speed":20}}`)
}

// conflict lets the other client write while an update is looked at: the version that was read is not that of the shadow any more.
func (l *shadowLife) conflict() {
	tm := l.tm
	l.to("speed")
	tm.Send("e")
	tm.Wait(`will set`)
	l.field("30" + ptytest.Enter)
	l.row("=", "speed", "→ 30", "20")
	l.overtaken()
	tm.Wait(`v3 was edited, the shadow has v4 by now`)
	tm.Wait(`pump\.mode\s+–\s+"dry"`)
	tm.Wait(`pump\.speed\s+20\s+30`)
	tm.Send("r")
	tm.Wait(`still at v4`)
	tm.Send(ptytest.Enter)
	tm.Wait(`update accepted, v5`)
	l.row("≠", "speed", "30", "20", "30")
	l.row("≠", "mode", `"dry"`, `"eco"`, `"dry"`)
	l.stored(5, `{"pump":{"boost":true,"mode":"dry","speed":30}}`, `{"pump":{"boost":true,"mode":"eco","speed":20}}`)
}

// overtaken sends an update that comes too late: what the other client writes is on its way while it is looked at.
func (l *shadowLife) overtaken() {
	l.tm.Send(ptytest.CtrlS)
	l.tm.Wait(`still at v3`)
	release := l.link.hold()
	l.update(`{"desired":{"pump":{"mode":"dry"}}}`)
	l.stored(4, `{"pump":{"boost":true,"mode":"dry","speed":20}}`, `{"pump":{"boost":true,"mode":"eco","speed":20}}`)
	l.tm.Send(ptytest.Enter)
	l.tm.Wait(`the update is sent; waiting for its answer`)
	release()
}

// remove deletes the shadow.
func (l *shadowLife) remove() {
	l.tm.Send("D")
	l.tm.Wait(`Delete the shadow`)
	l.tm.Send("config" + ptytest.Enter)
	l.tm.Wait(`shadow deleted at v5`)
	l.tm.Wait(`no shadow exists: v5 was deleted by this`)
	l.stored(0, "", "")
	l.tm.Send("H")
	l.tm.Wait(`v5 .*deleted .*this client`)
	l.tm.Wait(`v1 .*created .*`)
	l.tm.Send(ptytest.Esc)
	l.tm.Gone(`Timeline`)
}

// TestTheUsersEditorHasTheTerminal: what $EDITOR leaves comes back, and the mouse with it.
func TestTheUsersEditorHasTheTerminal(t *testing.T) {
	t.Parallel()
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0"}, Env: []string{`EDITOR=sh -c '[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && sed -i s/warm/cold/ "$1"' sh`}})
	tm.Wait(`● connected`)
	tm.Send("4")
	tm.Wait(`"warm"`)
	tm.Send("\x05") // ctrl+e
	tm.Wait(`"color": "cold"`)
	const mouse = "\x1b[?1002h"
	tm.Until("mouse asked for again", func(string) bool { return strings.Count(tm.Raw(), mouse) == 2 })
	tm.Send(ptytest.CtrlS)
	tm.Wait(`→ "cold"`)
	tm.Send("U")
	tm.Gone(`→ "cold"`)
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}

// TestShadowOnABrokerWithoutAShadowService: nobody answers. The screen says so and what it may mean, and goes on.
func TestShadowOnABrokerWithoutAShadowService(t *testing.T) {
	address := mosquittotest.Start(t, anyone).Address()
	t.Parallel()
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Args: []string{"--broker", "mqtt://" + address, "--thing", "pump"}})
	tm.Wait(`● connected`)
	tm.Send("4")
	tm.Wait(`waiting for the answer to get`)
	tm.Wait(`no answer to get within 10 s`)
	tm.Wait(`may have no Device Shadow service`)
	tm.Send("u")
	tm.Wait(`waiting for the answer to get`)
	tm.Send("?")
	tm.Wait("Keys")
	tm.Send(ptytest.Esc)
	tm.Gone("Keys")
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}
