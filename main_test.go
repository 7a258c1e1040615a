package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/ptytest"
)

// allowed says which of thingdeck's packages and of the Charm libraries a package may import directly. "…" stands for everything
// below a path.
var allowed = []struct {
	pkg   string
	may   []string
	charm bool
}{
	{".", []string{"…"}, true},
	{"keymap", nil, true},
	{"client", []string{"client/…"}, false},
	{"client/…", []string{"client/…", "client"}, false},
	{"shadow", nil, false},
	{"shadow/service", []string{"shadow"}, false},
	{"shadow/service/casetest", []string{"shadow", "shadow/service"}, false},
	{"ui/background", nil, true},
	{"ui/theme", []string{"keymap"}, true},
	{"ui/widget", []string{"ui/theme", "keymap"}, true},
	{"ui/panetest", []string{"keymap"}, true},
	{"ui/ptytest", nil, true},
	{"ui", []string{"ui/…", "client", "client/history", "client/history/filter", "client/history/tree", "client/payload", "client/template", "client/trigger", "shadow", "keymap"}, true},
	{"ui/…", []string{"ui/widget", "ui/theme", "keymap", "client", "client/history", "client/history/filter", "client/history/tree", "client/payload", "client/template", "client/trigger", "shadow"}, true},
}

// standardOnly are the packages that import nothing but the standard library and what allowed says.
var standardOnly = []string{"shadow", "shadow/service"}

const module = "example.com/thingdeck"

func TestImportsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); packages++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" {
			name = "."
		}
		for _, imp := range p.Imports {
			if why := forbidden(name, imp); why != "" {
				t.Errorf("%s imports %s: %s", name, imp, why)
			}
		}
	}
	if packages < 10 {
		t.Errorf("only %d packages seen", packages)
	}
}

// forbidden says why a package may not import another; "" when it may.
func forbidden(pkg, imp string) string {
	for _, rule := range allowed {
		if !below(rule.pkg, pkg) {
			continue
		}
		if strings.HasPrefix(imp, "github.com/charmbracelet/") && !rule.charm {
			return "the Charm libraries belong to ui"
		}
		inside := imp == module || strings.HasPrefix(imp, module+"/")
		if !inside {
			for _, p := range standardOnly {
				if pkg == p && strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
					return "only the standard library"
				}
			}
			return ""
		}
		for _, may := range rule.may {
			if below(may, strings.TrimPrefix(imp, module+"/")) {
				return ""
			}
		}
		return "imports point down only"
	}
	return "no rule for this package"
}

func below(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "…"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

func TestForbiddenImports(t *testing.T) {
	for _, tt := range []struct {
		pkg, imp string
		want     bool
	}{
		{"client", "github.com/charmbracelet/lipgloss", true},
		{"client/local", module + "/shadow/service", true},
		{"ui/subs", module + "/ui/messages", true},
		{"ui/subs", module + "/ui", true},
		{"shadow", "github.com/google/go-cmp/cmp", true},
		{"ui/subs", module + "/ui/widget", false},
		{".", module + "/client/local", false},
	} {
		if got := forbidden(tt.pkg, tt.imp) != ""; got != tt.want {
			t.Errorf("%s importing %s: forbidden %v; want %v", tt.pkg, tt.imp, got, tt.want)
		}
	}
}

func TestMain(m *testing.M) { ptytest.Main(m) }

func start(t testing.TB, w, h int, args ...string) *ptytest.Terminal {
	t.Helper()
	return ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: w, H: h, Args: args})
}

// TestVersionDoesNotWaitForTheTerminal: a terminal that answers no query must not hold up the start.
func TestVersionDoesNotWaitForTheTerminal(t *testing.T) {
	path := ptytest.Program(t)
	tm := ptytest.Start(t, path, ptytest.Options{W: 80, H: 24, Args: []string{"--version"}, Mute: true})
	tm.Wait(`thingdeck \S+`)
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	for _, query := range []string{"\x1b]11;?", "\x1b]10;?", "\x1b[6n"} {
		if strings.Contains(tm.Raw(), query) {
			t.Errorf("asked the terminal %q; want no question", query)
		}
	}
}

// peer is a second MQTT client, outside of the program.
type peer struct {
	t       *testing.T
	session *client.Session
}

func newPeer(t *testing.T, broker string) *peer {
	t.Helper()
	b, err := client.ParseBroker(broker)
	if err != nil {
		t.Fatal(err)
	}
	s := client.NewSession(nil, client.Settings{})
	s.Connect(client.Profile{Broker: b})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), ptytest.Patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("close the peer: %v", err)
		}
	})
	p := &peer{t, s}
	p.next(func(b client.Batch) bool {
		for _, e := range b.Events {
			if _, ok := e.Event.(client.Connected); ok {
				return true
			}
		}
		return false
	})
	return p
}

func (p *peer) publish(topic, payload string, qos byte) {
	p.t.Helper()
	name, err := client.ParseTopic(topic)
	if err != nil {
		p.t.Fatal(err)
	}
	p.session.Publish(client.Message{Topic: name, Payload: []byte(payload), QoS: qos})
}

// subscribe waits for the broker's answer.
func (p *peer) subscribe(filter string) {
	p.t.Helper()
	f, err := client.ParseFilter(filter)
	if err != nil {
		p.t.Fatal(err)
	}
	id := p.session.Subscribe(f, 1)
	p.next(func(b client.Batch) bool {
		for _, e := range b.Events {
			if s, ok := e.Event.(client.Subscribed); ok && s.ID == id {
				return s.Err == nil
			}
		}
		return false
	})
}

// receive waits for a message.
func (p *peer) receive(what string, ok func(history.Message) bool) {
	p.t.Helper()
	p.next(func(b client.Batch) bool {
		for m := range b.Messages.All() {
			if ok(m) {
				return true
			}
		}
		return false
	})
}

func (p *peer) next(ok func(client.Batch) bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), ptytest.Patience)
	defer cancel()
	for {
		b, err := p.session.Next(ctx)
		if err != nil {
			p.t.Fatalf("nothing came: %v", err)
		}
		if ok(b) {
			return
		}
	}
}

// broker finds the local broker's address in the status bar, once it is drawn to its end.
func broker(t *testing.T, tm *ptytest.Terminal) string {
	t.Helper()
	re := regexp.MustCompile(`local (127\.0\.0\.1:\d+)`)
	var address string
	tm.Until("a broker that answers in the status bar", func(screen string) bool {
		found := re.FindStringSubmatch(screen)
		if found == nil {
			return false
		}
		address = found[1]
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	return "mqtt://" + address
}

// TestMainJob is the life of a session by keyboard alone, on both common sizes.
func TestMainJob(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			mainJob(t, start(t, size[0], size[1], "--listen", "127.0.0.1:0"))
		})
	}
}

func mainJob(t *testing.T, tm *ptytest.Terminal) {
	tm.Wait(`connected`)
	tm.Wait(`lamp/telemetry`)
	other := newPeer(t, broker(t, tm))

	other.publish("hello/world", `{"a":1}`, 0)
	tm.Wait(`hello/world.*\{"a":1\}`)

	tm.Send("s")
	tm.Wait(`Filter`)
	tm.Send("news/#" + ptytest.Enter)
	tm.Wait(`news/# `)

	other.subscribe("cmd/#")
	tm.Send("p")
	tm.Send("cmd/lamp" + ptytest.Tab + ptytest.Tab + ptytest.Tab + `{"on": true}` + ptytest.CtrlS)
	other.receive("what was published", func(m history.Message) bool {
		return m.Topic == "cmd/lamp" && string(m.Payload) == `{"on": true}`
	})
	tm.Wait(`sent|acknowledged`)

	tm.Send(ptytest.Esc)
	tm.Send("4")
	tm.Wait(`lamp · classic`)
	tm.Wait(`(?m)on +(true|false) +(true|false)`)
	editLamp(tm)

	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	closing(t, tm, `published [1-9]`)
}

// editLamp turns the lamp the other way and sees the delta open and close.
func editLamp(tm *ptytest.Terminal) {
	was := regexp.MustCompile(`(?m)\bon +(true|false) +(true|false)`).FindStringSubmatch(tm.Screen())[2]
	want := map[string]string{"true": "false", "false": "true"}[was]
	row := ""
	for {
		before := row
		tm.Until("the cursor on another row than "+before, func(screen string) bool {
			row = shadowRow(screen)
			return row != "" && row != before
		})
		if row == "on" {
			break
		}
		tm.Send("j")
	}
	tm.Send("e")
	tm.Wait(`will set`)
	for range was {
		tm.Send("\x7f")
	}
	tm.Send(want + ptytest.Enter)
	tm.Wait(want)
	tm.Send(ptytest.CtrlS)
	tm.Wait(`(?i)review`)
	tm.Send(ptytest.Enter)
	tm.Wait(fmt.Sprintf(`(?m)on +%s +%s +%s`, want, was, want))
	tm.Wait(fmt.Sprintf(`(?m)on +%s +%s +(│|$)`, want, want))
}

// shadowRow is the key under the cursor of the shadow pane: the only one with a mark for its state after the cursor.
func shadowRow(screen string) string {
	if found := regexp.MustCompile(`▌[≠=○+●] +(?:[▸▾] )?(\S+)`).FindStringSubmatch(screen); found != nil {
		return found[1]
	}
	return ""
}

// closing expects a sane terminal with the closing line on it.
func closing(t *testing.T, tm *ptytest.Terminal, counted string) {
	t.Helper()
	tm.Wait(`connected \d+:\d\d:\d\d  received \d+  dropped 0  evicted 0  published \d+`)
	if !regexp.MustCompile(counted).MatchString(tm.Screen()) {
		t.Errorf("the closing line does not say %q", counted)
	}
	if tm.AltScreen() || tm.CursorHidden() || !tm.Restored() {
		t.Errorf("terminal left with alternate screen %v, cursor hidden %v, mode restored %v", tm.AltScreen(), tm.CursorHidden(), tm.Restored())
	}
}

func TestLeaving(t *testing.T) {
	tests := []struct {
		name   string
		leave  func(*ptytest.Terminal)
		status int
	}{
		{"q", func(tm *ptytest.Terminal) { tm.Send("q") }, 0},
		{"ctrl+c", func(tm *ptytest.Terminal) { tm.Send(ptytest.CtrlC) }, 0},
		{"ctrl+c while typing", func(tm *ptytest.Terminal) { tm.Send("pabc" + ptytest.CtrlC) }, 0},
		{"SIGTERM", func(tm *ptytest.Terminal) { tm.Signal(syscall.SIGTERM) }, 143},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tm := start(t, 80, 24, "--listen", "127.0.0.1:0")
			tm.Wait("connected")
			tt.leave(tm)
			if got := tm.Exit(); got != tt.status {
				t.Errorf("status %d; want %d", got, tt.status)
			}
			closing(t, tm, `published \d`)
		})
	}
	t.Run("closed terminal", func(t *testing.T) {
		t.Parallel()
		tm := start(t, 80, 24, "--listen", "127.0.0.1:0")
		tm.Wait("connected")
		tm.Hangup()
		if got := tm.Exit(); got != 129 {
			t.Errorf("status %d; want 129", got)
		}
	})
}

func TestUnreachableBroker(t *testing.T) {
	tm := start(t, 80, 24, "--broker", "mqtt://127.0.0.1:1")
	tm.Wait(`reconnecting in \d+ s: connection refused`)
	tm.Send("?")
	tm.Wait("Keys")
	tm.Send(ptytest.Esc)
	tm.Gone("Keys")
	tm.Send("pdraft" + ptytest.Tab)
	tm.Wait("draft")
	tm.Send(ptytest.CtrlC)
	if got := tm.Exit(); got != 0 {
		t.Errorf("status %d; want 0", got)
	}
}

func TestBadUsage(t *testing.T) {
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"broker", []string{"--broker", "nonsense://x"}, `--broker: broker "nonsense://x": unknown scheme "nonsense"`},
		{"filter", []string{"-t", "a/#/b"}, `--subscribe: "a/#/b"`},
		{"local flag with a broker", []string{"--broker", "mqtt://127.0.0.1", "--policy", "p.json"}, "--policy is for the local AWS IoT"},
		{"certificates missing", []string{"serve", "--tls-listen", "127.0.0.1:0"}, "need --certs DIR"},
		{"unknown flag", []string{"--fly"}, "unknown flag: --fly"},
		{"unknown command", []string{"fly"}, `unknown command or argument "fly"`},
		{"no terminal", nil, "--plain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(ptytest.Program(t), tt.args...)
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != 2 {
				t.Errorf("status %d; want 2", got)
			}
			if got := string(out); strings.Count(got, "\n") != 1 || !strings.Contains(got, tt.want) {
				t.Errorf("printed %q; want one line with %q", got, tt.want)
			}
		})
	}
}

// home is a configuration folder of the test's own: files are written below it, and environ is what the program is given.
type home struct {
	t       *testing.T
	dir     string
	environ []string
}

func newHome(t *testing.T, environ ...string) *home {
	dir := t.TempDir()
	return &home{t, dir, append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "HOME=" + dir,
		"XDG_CONFIG_HOME=" + dir + "/config", "XDG_STATE_HOME=" + dir + "/state"}, environ...)}
}

// write puts a file into the configuration folder and returns its name.
func (h *home) write(name, text string) string {
	h.t.Helper()
	name = filepath.Join(h.dir, "config/thingdeck", name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return name
}

// run runs the program without a terminal.
func (h *home) run(args ...string) (status int, stdout, stderr string) {
	h.t.Helper()
	cmd := exec.Command(ptytest.Program(h.t), args...)
	cmd.Env = h.environ
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		h.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// start runs it in a terminal.
func (h *home) start(w, height int, args ...string) *ptytest.Terminal {
	h.t.Helper()
	return ptytest.Start(h.t, ptytest.Program(h.t), ptytest.Options{W: w, H: height, Args: args, Env: h.environ})
}

// TestConfigTellsWhatCounts has every place say something, each once more than the next: the first of them counts.
func TestConfigTellsWhatCounts(t *testing.T) {
	h := newHome(t, "THINGDECK_KEEP=3", "THINGDECK_KEEP_ALIVE=31", "THINGDECK_PASSWORD=hush")
	file := h.write("config.toml", "profile = \"lab\"\nkeep = 5\nkeep-alive = 51\nkeep-bytes = \"5MiB\"\nascii = true\n[keys]\n\"messages.pause\" = [\"ctrl+k\"]\n")
	lab := h.write("profiles/lab.toml", "broker = \"mqtt://127.0.0.1:1\"\nusername = \"ann\"\nkeep = 4\nkeep-alive = 41\nkeep-bytes = \"4MiB\"\n")
	if err := os.MkdirAll(filepath.Join(h.dir, "state/thingdeck"), 0o700); err != nil {
		t.Fatal(err)
	}
	stored := filepath.Join(h.dir, "state/thingdeck/settings.toml")
	if err := os.WriteFile(stored, []byte("ascii = false\npersistent = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, out, errs := h.run("config", "--keep", "2")
	if status != 0 || errs != "" {
		t.Errorf("status %d and %q on standard error; want 0 and nothing", status, errs)
	}
	for _, want := range [][3]string{
		{"profile", "lab", file + ":1"},
		{"keep", "2", "flag --keep"},
		{"keep-alive", "31", "environment THINGDECK_KEEP_ALIVE"},
		{"keep-bytes", "4MiB", "profile lab (" + lab + ":5)"},
		{"ascii", "true", file + ":5"},
		{"persistent", "true", stored + ":2"},
		{"listen", "127.0.0.1:1883", "default"},
		{"auth", "password", "guessed from the rest"},
		{"password", "***", "environment THINGDECK_PASSWORD"},
		{"keys.messages.pause", "ctrl+k", file + ":7"},
	} {
		line := `(?m)^` + regexp.QuoteMeta(want[0]) + ` +` + regexp.QuoteMeta(want[1]) + ` +` + regexp.QuoteMeta(want[2]) + `$`
		if !regexp.MustCompile(line).MatchString(out) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "hush") {
		t.Errorf("the password is printed:\n%s", out)
	}
}

func TestKeysPrintsTheUsersKeys(t *testing.T) {
	h := newHome(t)
	status, out, errs := h.run("keys")
	if status != 0 || errs != "" || !regexp.MustCompile(`(?m)^messages\.pause +space +freeze`).MatchString(out) {
		t.Errorf("status %d, %q, printed\n%s\nwant messages.pause on space", status, errs, out)
	}
	other := h.write("other.toml", "[keys]\nmessages.pause = [\"ctrl+k\", \"space\"]\nmessages.clear = []\n")
	_, out, _ = h.run("keys", "--config", other)
	for _, want := range []string{`(?m)^messages\.pause +ctrl\+k space +freeze`, `(?m)^messages\.clear +- +clear`} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("printed\n%s\nwant %s", out, want)
		}
	}
}

func TestConfigurationAtFault(t *testing.T) {
	tests := []struct {
		name       string
		file, text string
		args       []string
		environ    string
		want       string // %s is the file
	}{
		{"unknown key", "config.toml", "keep = 1\nkepp = 2\n", nil, "", `%s:2:1: unknown key "kepp": is keep meant?`},
		{"wrong value", "config.toml", "keep = 0\n", nil, "", `%s:1:1: keep: a whole number, at least 1`},
		{"not TOML", "config.toml", "keep = \n", nil, "", `%s:1:`},
		{"unknown action", "config.toml", "[keys]\nmessages.fly = [\"f\"]\n", nil, "", `%s:2:1: no action is named "messages.fly"`},
		{"key that is none", "config.toml", "[keys]\nglobal.quit = [\"crtl+q\"]\n", nil, "", `%s:2:1: action global.quit: "crtl+q" is no key`},
		{"key taken", "config.toml", "[keys]\nmessages.clear = [\"v\"]\n", nil, "", `%s:2:1: key v is bound to both`},
		{"missing profile", "config.toml", "profile = \"gone\"\n", nil, "", `%s:1: there is no profile "gone"`},
		{"missing profile of a flag", "", "", []string{"--profile", "gone"}, "", `flag --profile: there is no profile "gone"`},
		{"missing file", "", "", []string{"--config", "/nowhere/c.toml"}, "", `--config /nowhere/c.toml: there is no such file`},
		{"wrong profile", "profiles/lab.toml", "broker = \"mqtt://h\"\nthing = \"a b\"\n", []string{"--profile", "lab"}, "", `%s:2:1: thing:`},
		{"environment", "", "", nil, "THINGDECK_KEEP=x", `THINGDECK_KEEP: a whole number`},
		{"flag", "", "", []string{"--keep-alive", "soon"}, "", `--keep-alive: whole seconds such as 30 or 20m: not "soon"`},
		{"not there yet", "config.toml", "mqtt = \"5\"\n", nil, "", `%s:1: MQTT 5 is not there yet`},
		{"local flag with a profile", "profiles/lab.toml", "broker = \"mqtt://h\"\n", []string{"--profile", "lab", "--listen", "127.0.0.1:0"}, "", `--listen is for the local AWS IoT`},
		{"shadow of no thing", "", "", []string{"--no-simulate", "--shadow", "s"}, "", `flag --shadow: shadow needs a thing`},
		{"password in a file", "config.toml", "password = \"hush\"\n", nil, "", `%s:1:1: password is never kept in a file`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t, tt.environ)
			want := tt.want
			if tt.file != "" {
				want = strings.Replace(want, "%s", h.write(tt.file, tt.text), 1)
			}
			status, _, errs := h.run(tt.args...)
			if status != 2 {
				t.Errorf("status %d; want 2", status)
			}
			if strings.Count(errs, "\n") != 1 || !strings.Contains(errs, want) || strings.Contains(errs, "hush") {
				t.Errorf("printed %q; want one line with %q", errs, want)
			}
		})
	}
}

// served starts thingdeck serve and returns the URL of its last listener; it ends with the test.
func served(t *testing.T, args ...string) (url string) {
	t.Helper()
	cmd := exec.Command(ptytest.Program(t), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for line := ""; line != "ready"; {
		url = line
		if _, err := fmt.Fscanln(out, &line); err != nil {
			t.Fatal(err)
		}
	}
	return url
}

// TestProfileIsUsed: the connection is the profile's, the key and the characters are the configuration's, the bound of the
// history is the flag's, and what cannot be obeyed is told.
func TestProfileIsUsed(t *testing.T) {
	t.Parallel()
	url := served(t)
	h := newHome(t, "THINGDECK_CLIENT_ID=from-environment")
	h.write("config.toml", "ascii = true\ntheme = \"night\"\nkeep = 1000\n[keys]\nglobal.events = [\"ctrl+k\"]\n")
	h.write("profiles/lab.toml", fmt.Sprintf("broker = %q\nclient-id = \"from-profile\"\nsubscribe = [\"news/#\"]\n", url))
	tm := h.start(160, 36, "--profile", "lab", "--keep", "2")
	tm.Wait(`config\.toml:2: theme is not supported yet`)
	tm.Send(ptytest.Esc)
	tm.Wait(`connected.*lab.*from-environment`)
	tm.Wait(`news/# `)
	other := newPeer(t, url)
	for i := range 5 {
		other.publish("news/a", fmt.Sprintf(`{"n":%d}`, i), 1)
	}
	tm.Wait(`news/a.*\{"n":4\}`)
	if screen := tm.Screen(); strings.ContainsAny(screen, "╭─│") || strings.Contains(screen, `"n":2`) {
		t.Error("box drawing characters or more than two messages are on the screen")
	}
	tm.Send("\x0b")
	tm.Wait(`Events -`)
	tm.Send(ptytest.CtrlC)
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	tm.Wait(`received 5  dropped 0  evicted 3`)
}

// TestProfileOverTLS connects with a client certificate, and refuses to start without one that can be read.
func TestProfileOverTLS(t *testing.T) {
	t.Parallel()
	certs := t.TempDir()
	url := served(t, "--tls-listen", "127.0.0.1:0", "--certs", certs)
	h := newHome(t)
	profile := h.write("profiles/tls.toml", fmt.Sprintf("broker = %q\nca = %q\ncert = %q\nkey = %q\n", url, certs+"/ca.pem", certs+"/client.pem", certs+"/client.key"))
	tm := h.start(160, 36, "--profile", "tls")
	tm.Wait(`connected.*tls`)
	tm.Send(ptytest.CtrlC)
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	if err := os.Remove(certs + "/client.key"); err != nil {
		t.Fatal(err)
	}
	status, _, errs := h.run("--profile", "tls")
	if want := "profile tls (" + profile + ":4): key: "; status != 2 || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, want) {
		t.Errorf("status %d and %q; want 2 and one line with %q", status, errs, want)
	}
}

// TestCredentialsAreSent reads what the program sends first: flags, profile, environment and password all end in CONNECT.
func TestCredentialsAreSent(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	h := newHome(t, "THINGDECK_PASSWORD=hush", "THINGDECK_KEEP_ALIVE=45")
	h.write("profiles/lab.toml", fmt.Sprintf("broker = \"mqtt://%s\"\nusername = \"ann\"\npersistent = true\nkeep-alive = 50\n", listener.Addr()))
	tm := h.start(80, 24, "--profile", "lab", "--client-id", "deck")
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	want := "\x10\x1b\x00\x04MQTT\x04\xc0\x00\x2d\x00\x04deck\x00\x03ann\x00\x04hush"
	got := make([]byte, len(want))
	_ = conn.SetReadDeadline(time.Now().Add(ptytest.Patience))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Errorf("CONNECT is %q (%v); want %q", got, err, want)
	}
	tm.Send(ptytest.CtrlC)
	tm.Exit()
	if strings.Contains(tm.Raw(), "hush") {
		t.Error("the password was on the screen")
	}
}

func TestServe(t *testing.T) {
	cmd := exec.Command(ptytest.Program(t), "serve", "--listen", "127.0.0.1:0", "--simulate", "heater")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var url, ready string
	if _, err := fmt.Fscanln(out, &url); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, &ready); err != nil || ready != "ready" || !regexp.MustCompile(`^mqtt://127\.0\.0\.1:\d+$`).MatchString(url) {
		t.Fatalf("printed %q and %q (%v); want a URL and ready", url, ready, err)
	}
	p := newPeer(t, url)
	p.subscribe("heater/telemetry")
	p.receive("telemetry", func(m history.Message) bool { return json.Valid(m.Payload) })
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("serve ended with %v; want status 0", err)
	}
}

// BenchmarkStart measures from the start of the built program to the first screen that says connected, and to the one that also
// shows the lamp's telemetry and both sides of its shadow.
func BenchmarkStart(b *testing.B) {
	path := ptytest.Program(b)
	var connected, alive time.Duration
	for b.Loop() {
		began := time.Now()
		tm := ptytest.Start(b, path, ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0"}})
		tm.Wait(`● connected`)
		connected += time.Since(began)
		tm.Until("messages and a shadow", func(screen string) bool {
			return strings.Contains(screen, "lamp/telemetry") && regexp.MustCompile(`brightness +80 +60 +80`).MatchString(screen)
		})
		alive += time.Since(began)
		tm.Send(ptytest.CtrlC)
		tm.Exit()
	}
	b.ReportMetric(float64(connected.Microseconds())/1000/float64(b.N), "connected-ms")
	b.ReportMetric(float64(alive.Microseconds())/1000/float64(b.N), "alive-ms")
}
