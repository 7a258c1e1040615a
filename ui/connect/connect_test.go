package connect

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// full is a shelf with a profile of each kind.
func full(t *testing.T) shelf {
	s := newShelf(t)
	s.put(t, "AWS X.509", "prod", "broker", "mqtts://a1b2c3-ats.iot.eu-west-1.amazonaws.com", "cert", "/c/cert.pem", "key", "/c/key.pem")
	s.put(t, "AWS with IAM credentials", "staging", "broker", "wss://a1b2c3-ats.iot.eu-west-1.amazonaws.com/mqtt", "aws-profile", "dev")
	s.put(t, "Other broker", "bench", "broker", "mqtt://127.0.0.1", "username", "ann")
	s.put(t, "Local", "strict local")
	if err := s.SetDefault("prod"); err != nil {
		t.Fatal(err)
	}
	return s
}

var tabs = []Tab{{Name: "", Saved: true, Number: 1}, {Name: "bench", Saved: true, Number: 2, Current: true, ClientID: "fixed"}, {Name: "mqtt://x", Number: 3}}

func TestGolden(t *testing.T) {
	p := full(t)
	s := newStage(t, list(p, tabs...))
	views := []string{s.view()}
	s.keys("a")
	views = append(views, s.view())
	for i := range startingPoints {
		s := newStage(t, newKinds(theme.Plain(), keymap.Default(), p, nil))
		s.keys(string(rune('1' + i)))
		views = append(views, s.view())
	}
	panetest.Golden(t, *update, "dialogs", strings.Join(views, "\n"))
}

func TestWhatNoProfileSaysIsSaved(t *testing.T) {
	p := newShelf(t, "THINGDECK_BROKER=mqtt://127.0.0.1:1", "THINGDECK_USERNAME=ann")
	p.put(t, "Other broker", "bench", "broker", "mqtt://127.0.0.1")
	s := newStage(t, list(p, Tab{Name: "", Number: 1, Current: true}))
	views := []string{s.view()}
	for _, key := range []string{"x", "d", "t", "m", "f", "o"} {
		s.told = nil
		if s.keys(key); len(s.told) != 1 || !s.told[0].Error {
			t.Errorf("%s: told %v; want why not", key, s.told)
		}
	}
	s.keys("enter")
	views = append(views, s.view())
	panetest.Golden(t, *update, "unsaved", strings.Join(views, "\n"))
	s.typed("desk")
	s.keys("enter")
	if want := (Saved{"desk", true}); len(s.said) != 1 || s.said[0] != want {
		t.Errorf("got %v; want %v", s.said, want)
	}
	if s.view(); s.top().(*List).entry().Name != "desk" || len(s.top().(*List).entries) != 2 {
		t.Errorf("the list is\n%s", s.view())
	}
}

func TestContract(t *testing.T) {
	p := full(t)
	hostile := func() Dialog {
		d := list(p, tabs...)
		for _, h := range panetest.Hostile {
			d.entries = append(d.entries, Entry{Name: h, Kind: h, Endpoint: h, Auth: h}, Entry{Name: h, Wrong: h})
		}
		d.loaded = true
		return d
	}
	draft := func() Draft {
		d := p.New("Other broker")
		d.SetName(panetest.Hostile[0])
		d.Set("username", panetest.Hostile[9])
		return d
	}
	for name, fill := range map[string]func() Dialog{
		"list":   hostile,
		"kinds":  func() Dialog { return newKinds(theme.Plain(), keymap.Default(), p, nil) },
		"form":   func() Dialog { return NewForm(theme.Plain(), keymap.Default(), p, draft()) },
		"trial":  func() Dialog { return newTrial(theme.Plain(), keymap.Default(), draft()) },
		"delete": func() Dialog { return newDelete(theme.Plain(), keymap.Default(), p, panetest.Hostile[1]) },
		"rename": func() Dialog { return newRename(theme.Plain(), keymap.Default(), p, panetest.Hostile[2]) },
		"prompt": func() Dialog {
			return NewPrompt(theme.Plain(), keymap.Default(), Ask{Title: panetest.Hostile[0], Text: panetest.Hostile[9], Wrong: panetest.Hostile[3], Keeps: true})
		},
	} {
		t.Run(name, func(t *testing.T) { panetest.Contract(t, func() panetest.Pane { return fill() }) })
	}
}

// TestAProfileIsMadeByKeyboard: begun, refused beside the field, completed, saved, with its password in the keyring.
func TestAProfileIsMadeByKeyboard(t *testing.T) {
	p := newShelf(t)
	s := newStage(t, list(p))
	s.keys("a", "4")
	s.typed("desk")
	s.keys("tab")
	s.typed("127.0.0.1:99999")
	if !strings.Contains(s.view(), "a port is 1 to 65535: not 99999") {
		t.Errorf("no word of the port in\n%s", s.view())
	}
	s.keys("backspace", "backspace", "backspace", "backspace", "backspace")
	s.typed("1884")
	s.keys("tab")
	s.typed("ann")
	s.keys("tab")
	s.typed("hush")
	if view := s.view(); strings.Contains(view, "hush") || !strings.Contains(view, "goes to the keyring") || !strings.Contains(view, "mqtt://127.0.0.1:1884") {
		t.Errorf("got\n%s", view)
	}
	s.keys("enter")
	if len(s.stack) != 1 || len(s.told) != 1 || s.told[0].Error {
		t.Fatalf("told %v, %d dialogs", s.told, len(s.stack))
	}
	d, err := p.Edit("desk")
	if err != nil || d.Text("broker") != "mqtt://127.0.0.1:1884" || d.Text("username") != "ann" {
		t.Errorf("got %v, %v", d, err)
	}
	if where, _ := d.Kept(t.Context()); where["password"] != "keyring" {
		t.Errorf("the password is in %q", where["password"])
	}
	if data, err := os.ReadFile(filepath.Join(p.Folder(), "desk.toml")); err != nil || strings.Contains(string(data), "hush") {
		t.Errorf("the file holds %q, %v", data, err)
	}
	s.keys("e", "down", "down", "down")
	if !strings.Contains(s.view(), "kept in keyring (hidden)") {
		t.Errorf("got\n%s", s.view())
	}
	s.keys("backspace", "enter")
	if where, _ := d.Kept(t.Context()); where["password"] != "" {
		t.Errorf("the password is still in the %s", where["password"])
	}
}

func TestEscAsksBeforeItDropsChanges(t *testing.T) {
	s := newStage(t, list(full(t), tabs...))
	s.keys("e", "esc")
	if len(s.stack) != 1 {
		t.Fatal("a form without changes asks")
	}
	s.keys("e")
	s.typed("x")
	s.keys("esc")
	if !strings.Contains(s.view(), "Drop the changes?") {
		t.Fatalf("got\n%s", s.view())
	}
	s.keys("esc")
	if !strings.Contains(s.view(), "benchx") {
		t.Errorf("the change is gone\n%s", s.view())
	}
	s.keys("esc", "y")
	if len(s.stack) != 1 {
		t.Errorf("%d dialogs; want the list", len(s.stack))
	}
}

func TestTheListActs(t *testing.T) {
	p := full(t)
	s := newStage(t, list(p, tabs...)) // on bench, the connection of the tab shown
	s.keys("d")
	if _, err := p.Edit("bench 2"); err != nil {
		t.Errorf("no copy: %v", err)
	}
	s.keys("m")
	s.typed("x")
	s.keys("enter")
	if _, err := p.Edit("bench 2x"); err != nil {
		t.Errorf("not renamed: %v", err)
	}
	s.keys("home", "down") // the copy
	s.keys("f")
	if p.Default() != "bench 2x" {
		t.Errorf("the default is %q", p.Default())
	}
	s.keys("x", "esc", "x", "y")
	if _, err := p.Edit("bench 2x"); err == nil {
		t.Error("not deleted")
	}
	s.keys("home", "t")
	if got := s.told[len(s.told)-1]; !got.Error || !strings.Contains(got.Text, "tab 2 is connected with this client ID") {
		t.Errorf("testing says %v", got)
	}
	s.keys("end", "e")
	if got := s.told[len(s.told)-1]; !got.Error || !strings.Contains(got.Text, "needs no profile") {
		t.Errorf("editing the local one says %v", got)
	}
	s.keys("o")
	if len(s.stack) != 0 || len(s.opened) != 1 || s.opened[0] != (Open{"", true}) {
		t.Errorf("opened %v", s.opened)
	}
}

func TestAWrongProfileIsListed(t *testing.T) {
	p := full(t)
	if err := os.WriteFile(filepath.Join(p.Folder(), "broken.toml"), []byte("broker = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, list(p))
	s.keys("home", "down", "enter")
	if view := s.view(); !strings.Contains(view, "cannot be used") || len(s.opened) > 0 {
		t.Errorf("opened %v\n%s", s.opened, view)
	}
	s.keys("x", "y")
	if _, err := os.Stat(filepath.Join(p.Folder(), "broken.toml")); err == nil {
		t.Error("it cannot be deleted")
	}
}

func TestATrialTellsWhatBecameOfIt(t *testing.T) {
	p := newShelf(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	p.put(t, "Other broker", "desk", "broker", "mqtt://"+l.Addr().String())
	s := newStage(t, list(p))
	s.keys("home", "t")
	if view := s.view(); !strings.Contains(view, "not connected: connection refused") || !strings.Contains(view, "likely causes") {
		t.Errorf("got\n%s", view)
	}
	s.keys("esc")
	if len(s.stack) != 1 {
		t.Error("esc does not close")
	}
}

func TestATrialIsStopped(t *testing.T) {
	d := newTrial(theme.Plain(), keymap.Default(), newShelf(t).New("Other broker"))
	d.SetSize(70, 12)
	if d.SetFocus(true) == nil || d.SetFocus(true) != nil {
		t.Error("the trial does not begin once")
	}
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "esc stops") {
		t.Errorf("got\n%s", d.View())
	}
	if intents := panetest.Press(d, "esc"); intents != nil {
		t.Errorf("got %v; want it to stop first", intents)
	}
}

func TestPathsAreCompleted(t *testing.T) {
	p := newShelf(t)
	dir := t.TempDir()
	for _, name := range []string{"device.cert.pem", "device.key.pem"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newStage(t, newKinds(theme.Plain(), keymap.Default(), p, nil))
	s.keys("1")
	f := s.top().(*Form)
	s.keys("down", "down")
	s.typed(dir + "/de")
	s.keys("tab")
	if got := f.draft.Text("cert"); got != dir+"/device." {
		t.Errorf("completed to %q", got)
	}
	if !strings.Contains(s.view(), "device.cert.pem device.key.pem") {
		t.Errorf("nothing to choose from\n%s", s.view())
	}
	s.typed("c")
	s.keys("tab")
	if got := f.draft.Text("cert"); got != dir+"/device.cert.pem" {
		t.Errorf("completed to %q", got)
	}
	s.keys("tab") // certain: on to the next field
	if f.row().name != "key" {
		t.Errorf("in field %s; want key", f.row().name)
	}
}

func TestTheEnvironmentIsShownHidden(t *testing.T) {
	p := newShelf(t)
	p.put(t, "Other broker", "desk", "broker", "mqtt://h", "username", "ann")
	f := NewForm(theme.Plain(), keymap.Default(), p, p.New("Other broker"))
	f.Update(keptMsg{kept: map[string]string{"password": "environment THINGDECK_PASSWORD"}})
	f.SetSize(78, 20)
	f.Refresh(panetest.Now)
	if !strings.Contains(f.View(), "environment THINGDECK_PASSWORD") {
		t.Errorf("got\n%s", f.View())
	}
}

func TestPrompt(t *testing.T) {
	d := NewPrompt(theme.Plain(), keymap.Default(), Ask{Title: "desk", Text: "password of ann at mqtt://h:1883", Keeps: true})
	s := newStage(t, d)
	s.typed("h sh")
	if strings.Contains(s.view(), "h sh") {
		t.Errorf("the answer is shown\n%s", s.view())
	}
	panetest.Golden(t, *update, "prompt", s.view())
	s.keys("tab", " ", "enter")
	if want := (Answered{d, "h sh", true}); len(s.said) != 1 || s.said[0] != want {
		t.Errorf("got %v", s.said)
	}
	s.keys("esc")
	if len(s.said) != 2 || s.said[1] != (Refused{d}) {
		t.Errorf("got %v", s.said)
	}
}

func TestMouse(t *testing.T) {
	p := full(t)
	s := newStage(t, list(p))
	press := func(y int) {
		s.send(s.top(), tea.MouseMsg{X: 5, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	}
	press(3)
	press(3)
	if len(s.opened) != 1 || s.opened[0].Name != "prod" {
		t.Errorf("opened %v; want prod", s.opened)
	}
}
