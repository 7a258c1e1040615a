package plain_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/local"
	"example.com/thingdeck/client/record"
	"example.com/thingdeck/ui/plain"
	"example.com/thingdeck/ui/ptytest"
)

func TestMain(m *testing.M) { ptytest.Main(m) }

func TestLine(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 4, 1, 203e6, time.UTC)
	for name, c := range map[string]struct {
		message history.Message
		want    string
	}{
		"plain":   {history.Message{Time: at, Topic: "a/b", Payload: []byte(`{"a":1}`)}, "12:04:01.203  a/b      {\"a\":1}\n"},
		"marks":   {history.Message{Time: at, Topic: "a", Retain: true, QoS: 1}, "12:04:01.203  a  R1  \n"},
		"hostile": {history.Message{Time: at, Topic: "a\x1b[31m", Payload: []byte("x\ny\x1b]52;c;\x07")}, "12:04:01.203  a␛[31m      x↵y␛]52;c;␇\n"},
	} {
		if got := string(plain.Line(nil, c.message)); got != c.want {
			t.Errorf("%s: got %q; want %q", name, got, c.want)
		}
	}
}

// publisher is a client beside the program.
func publisher(t *testing.T, url string) mqtt.Client {
	t.Helper()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(strings.Replace(url, "mqtt", "tcp", 1)))
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { c.Disconnect(100) })
	return c
}

// TestLinesOfARecord: where standard output is a pipe, what is printed can be replayed.
func TestLinesOfARecord(t *testing.T) {
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	url := server.Listeners()[0]
	cmd := exec.Command(ptytest.Program(t), "--plain", "--broker", url, "-t", "a/#@1")
	out, _ := cmd.StdoutPipe()
	errs, _ := cmd.StderrPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := bufio.NewScanner(errs)
	for _, want := range []string{"thingdeck: connected to " + url, "thingdeck: subscribed to a/# at QoS 1"} {
		if told.Scan(); !strings.HasPrefix(told.Text(), want) {
			t.Errorf("told %q; want %s", told.Text(), want)
		}
	}
	c := publisher(t, url)
	payload := []byte{0xff, 0, '\n'}
	c.Publish("a/b", 1, false, payload).Wait()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	m, err := record.Parse(bytes.TrimSpace(line))
	if err != nil || m.Topic != "a/b" || !bytes.Equal(m.Payload, payload) || m.QoS != 1 {
		t.Errorf("printed %s: %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if told.Scan(); !strings.Contains(told.Text(), "received 1  dropped 0") {
		t.Errorf("the closing line is %q", told.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

// TestOnATerminal: a person reads columns.
func TestOnATerminal(t *testing.T) {
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 100, H: 10, Args: []string{"--plain", "--listen", "127.0.0.1:0"}})
	tm.Wait(`\d\d:\d\d:\d\d\.\d{3}  lamp/telemetry +\{"temperature"`)
	tm.Send(ptytest.CtrlC)
	tm.Wait(`received \d+`)
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}

func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"nothing to print": {[]string{"--broker", "mqtt://127.0.0.1:1"}, 2, "--plain prints what is subscribed to"},
	} {
		t.Run(name, func(t *testing.T) {
			out, _ := exec.Command(ptytest.Program(t), append([]string{"--plain"}, c.args...)...).CombinedOutput()
			if !strings.Contains(string(out), c.want) {
				t.Errorf("got %s; want %s", out, c.want)
			}
		})
	}
}

// TestTriggersRun: the triggers of the configuration run without a screen too, on what they subscribe to themselves.
func TestTriggersRun(t *testing.T) {
	server, err := local.Start(t.Context(), local.Options{Listen: "127.0.0.1:0", Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	url := server.Listeners()[0]
	config := filepath.Join(t.TempDir(), "config.toml")
	text := `[[trigger]]
name = "answer"
filter = "ask/+"
notify = true
publish = { topic = "answers", payload = 'got {{env "THINGDECK_PAYLOAD"}}' }
[[trigger]]
name = "fails"
filter = "ask/+"
command = ["/nowhere/at/all"]
`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(ptytest.Program(t), "--plain", "--config", config, "--broker", url, "-t", "answers")
	out, _ := cmd.StdoutPipe()
	errs, _ := cmd.StderrPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := bufio.NewScanner(errs)
	until := func(text string) {
		t.Helper()
		for told.Scan() {
			if strings.Contains(told.Text(), text) {
				return
			}
		}
		t.Fatalf("nothing told with %q", text)
	}
	until("subscribed to ask/+ at QoS 0")
	publisher(t, url).Publish("ask/x", 1, false, "this").Wait()
	lines := bufio.NewScanner(out)
	for _, want := range []string{`"topic":"ask/x"`, `"payload":"got this"`} {
		if lines.Scan(); !strings.Contains(lines.Text(), want) {
			t.Errorf("printed %s; want %s", lines.Text(), want)
		}
	}
	until("trigger answer: ask/x  this")
	until("trigger fails: /nowhere/at/all: ")
	_ = cmd.Process.Signal(os.Interrupt)
	until("connected 0:00:0")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
