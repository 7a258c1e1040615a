package composer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// stage is the pane with the dialogs that it opened, as the root holds them.
type stage struct {
	*rig
	dialogs []Dialog
	out     []any // the intents that are not about dialogs
	begun   tea.Cmd
}

func newStage(t testing.TB, payload string) *stage { return &stage{rig: with(t, payload)} }

func (s *stage) act(intents []any) {
	for _, intent := range intents {
		switch i := intent.(type) {
		case Open:
			if len(s.dialogs) == 0 {
				s.Pane.SetFocus(false)
			}
			s.dialogs = append(s.dialogs, i.Dialog)
			i.Dialog.SetSize(i.Dialog.Want(78, 22))
			s.run(i.Dialog.SetFocus(true))
		case Close:
			s.dialogs = s.dialogs[:len(s.dialogs)-1]
			if top := s.top(); top != nil {
				top.SetFocus(true)
			} else {
				s.Pane.SetFocus(true)
			}
		case Begin:
			more, cmd := s.Begun()
			s.begun = cmd
			s.act(more)
		default:
			s.out = append(s.out, intent)
		}
	}
}

func (s *stage) top() Dialog {
	if len(s.dialogs) == 0 {
		return nil
	}
	return s.dialogs[len(s.dialogs)-1]
}

// run does a Cmd that waits for nothing but files.
func (s *stage) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, one := range msg {
			s.run(one)
		}
	default:
		s.give(msg)
	}
}

func (s *stage) give(msg tea.Msg) {
	var intents []any
	var cmd tea.Cmd
	if top := s.top(); top != nil {
		intents, cmd = top.Update(msg)
	} else {
		intents, cmd = s.Update(msg)
	}
	s.act(intents)
	if s.top() != nil || len(intents) > 0 {
		s.run(cmd)
	}
	s.screen()
}

func (s *stage) keys(names ...string) {
	for _, name := range names {
		s.give(panetest.Key(name))
	}
}

func (s *stage) text(text string) {
	for _, r := range text {
		s.give(panetest.Key(string(r)))
	}
}

// screen is what is seen: the uppermost dialog or the pane.
func (s *stage) screen() string {
	top := s.top()
	if top == nil {
		return s.draw()
	}
	w, h := top.Want(78, 22)
	top.SetSize(w, h)
	top.Refresh(panetest.Now)
	return ansi.Strip(top.View())
}

func (s *stage) sees(texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.screen(), text) && !strings.Contains(s.flat(), text) {
			s.t.Errorf("no %q in\n%s", text, s.screen())
		}
	}
}

// flat is what is seen without lines.
func (s *stage) flat() string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s.screen(), "│", " ")), " ")
}

func (s *stage) published(want ...string) {
	s.t.Helper()
	var got []string
	for _, intent := range s.out {
		if p, ok := intent.(Publish); ok {
			got = append(got, fmt.Sprintf("%s %s", p.Topic, p.Payload))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("published %q; want %q", got, want)
	}
}

func (s *stage) closed() {
	s.t.Helper()
	if s.top() != nil {
		s.t.Errorf("a dialog is open\n%s", s.screen())
	}
}

func TestVariablesArePreviewedAsTheyAreSent(t *testing.T) {
	s := newStage(t, `{"id":"{{uuid}}","n":{{rand 1 1000000}},"seq":{{seq}},"room":"{{ask "Room" "hall"}}"}`)
	s.sees("{{ }} is sent as it is")
	s.keys("alt+x")
	s.sees("{{ }}")
	s.Edit()
	s.text("/{{seq}}")
	s.keys("ctrl+s")
	s.sees("Publish this", "Room hall", "Topic a/b/1", "QoS 0")
	s.keys("backspace", "backspace", "backspace", "backspace")
	s.text("attic")
	s.sees(`"room": "attic"`)
	shown := s.screen()
	s.keys("enter")
	s.closed()
	if !s.Typing() {
		s.t.Error("typing does not go on after the preview")
	}
	p := s.out[0].(Publish)
	for _, part := range strings.FieldsFunc(string(p.Payload), func(r rune) bool { return strings.ContainsRune(`{}",:`, r) }) {
		if !strings.Contains(shown, part) {
			t.Errorf("%q was published and not shown in\n%s", part, shown)
		}
	}
	if row := s.out[1].(Published).Publication; string(row.Payload) != string(p.Payload) || row.Variables || row.Topic != "a/b/1" {
		t.Errorf("the row is %+v", row)
	}
	s.keys("ctrl+s")
	s.sees("Topic a/b/2")
	s.keys("esc")
	s.closed()
}

func TestAVariableThatIsWrongIsToldWhereItIs(t *testing.T) {
	s := newStage(t, "one\n{{noww}}")
	s.keys("alt+x")
	s.sees("payload: line 2 column 3: no variable is named noww")
	s.keys("ctrl+s")
	s.closed()
	s.published()
	s.SetDraft(Draft{Topic: "a", Payload: []byte(`{{ask "Room"}}`), Variables: true})
	s.keys("ctrl+s")
	s.sees("the message is shown here once this is answered")
	s.keys("enter")
	s.sees(`"Room" is not answered`)
	s.published()
	s.keys("esc")
	s.SetDraft(Draft{Topic: `{{ask "Room"}}`, Variables: true})
	s.keys("ctrl+s")
	s.text("a/#")
	s.sees("a topic has no wildcards: # at 3")
	s.keys("enter")
	s.published()
}

func TestWhatOthersSentHoldsNoVariables(t *testing.T) {
	s := newStage(t, `{{env "HOME"}}`)
	s.keys("ctrl+s")
	s.published(`a/b {{env "HOME"}}`)
}

func TestHistoryIsSearchedAndUsed(t *testing.T) {
	s := newStage(t, "")
	for i := range 30 {
		s.SetDraft(Draft{Topic: fmt.Sprint("rooms/", i), Payload: []byte(fmt.Sprintf(`{"level":%d}`, i)), QoS: 1})
		s.keys("ctrl+s")
	}
	s.SetDraft(Draft{})
	s.Edit()
	s.keys("ctrl+r")
	s.sees("Published", "rooms/29", "12:04:01", `"level": 29`)
	s.text("rooms 17")
	s.sees("rooms/17")
	s.keys("enter")
	s.closed()
	if d := s.Draft(); d.Topic != "rooms/17" || string(d.Payload) != `{"level":17}` || d.QoS != 1 {
		t.Errorf("the draft is %+v", d)
	}
	s.keys("ctrl+r")
	s.text("nowhere")
	s.sees("nothing has these words")
	s.keys("enter", "esc")
	s.closed()
}

func TestHistoryIsBounded(t *testing.T) {
	s := newStage(t, "")
	for range 2 * maxPublished {
		s.note(Draft{Payload: []byte("x")})
	}
	if n := len(s.Pane.published); n != maxPublished {
		t.Errorf("%d are kept; want %d", n, maxPublished)
	}
	large := make([]byte, 10<<20)
	for range 5 {
		s.note(Draft{Topic: "large", Payload: large})
	}
	if n := len(s.Pane.published); n != 3 {
		t.Errorf("%d of 10 MiB are kept; want 3", n)
	}
	s.note(Draft{Topic: "larger", Payload: make([]byte, 40<<20)})
	if n := len(s.Pane.published); n != 1 || s.Pane.published[0].Topic != "larger" {
		t.Errorf("%d are kept; want the last", n)
	}
}

func TestTemplatesByKeyboard(t *testing.T) {
	s := newStage(t, "{{seq}}")
	s.keys("alt+x", "ctrl+t")
	s.sees("no template yet")
	s.keys("a", "enter")
	s.sees("a template has a name")
	s.text("count")
	s.keys("tab")
	s.sees("☑ on every connection")
	s.keys("enter")
	s.sees("count", "everywhere", "{{seq}}")
	keep := s.out[0].(Keep)
	if !keep.Global || len(keep.Templates) != 1 || !keep.Templates[0].Variables || keep.Templates[0].Topic != "a/b" {
		t.Errorf("kept %+v", keep)
	}
	s.keys("e")
	if n := len(s.out); n != 3 || s.out[1].(Keep).Global == s.out[2].(Keep).Global {
		t.Errorf("kept %v", s.out)
	}
	s.keys("m", "backspace", "backspace", "backspace", "backspace", "backspace")
	s.text("number")
	s.keys("enter")
	s.sees("number")
	s.keys("x")
	s.sees("Delete the template?", "number")
	s.keys("esc", "esc")
	s.SetDraft(Draft{})
	s.keys("ctrl+t", "/")
	s.text("numb")
	s.keys("enter")
	s.closed()
	if d := s.Draft(); string(d.Payload) != "{{seq}}" || !d.Variables {
		t.Errorf("the draft is %+v", d)
	}
	s.keys("ctrl+t", "x", "y")
	s.sees("no template yet")
	s.keys("esc")
	s.closed()
}

func TestTemplatesTravelInFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kept.json")
	s := newStage(t, "\xff\x00{{")
	all := []client.Template{{Name: "one", Draft: s.Draft()}, {Name: "two", Draft: Draft{Topic: "t", Payload: []byte("{{now}}"), Variables: true, Retain: true}, Global: true}}
	s.SetTemplates(all)
	s.keys("ctrl+t", "w")
	s.keys("ctrl+u")
	s.text(file)
	s.keys("enter")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 0600", info, err)
	}
	other := newStage(t, "")
	other.SetTemplates([]client.Template{{Name: "one", Draft: Draft{Topic: "mine"}}})
	other.keys("ctrl+t", "i")
	other.text(file)
	other.keys("enter")
	if len(other.templates) != 3 {
		t.Fatalf("there are %+v", other.templates)
	}
	for i, want := range []string{"one", "one 2", "two"} {
		if got := other.templates[i]; got.Name != want || got.Global {
			t.Errorf("template %d is %+v; want %s", i, got, want)
		}
	}
	if got := other.templates[1]; string(got.Payload) != "\xff\x00{{" || got.Variables {
		t.Errorf("imported %+v", got)
	}
	other.keys("i")
	other.text(file)
	other.keys("enter", "esc")
	if len(other.templates) != 3 {
		t.Errorf("imported twice: %+v", other.templates)
	}
	for content, want := range map[string]string{
		"{":                            "not JSON: line 1 column 2",
		"[]":                           "no templates",
		`{"templates":[]}`:             "it holds 0 templates",
		`{"templates":[{"name":" "}]}`: "template 1 has no name",
		`{"templates":[{"name":"x","payload":"{{y}}","variables":true}]}`: "template x: payload: line 1 column 3: no variable is named y",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		other.keys("ctrl+t", "i")
		other.text(file)
		other.keys("enter")
		other.sees(want)
		other.keys("esc", "esc")
	}
}

func TestAFileBecomesThePayload(t *testing.T) {
	dir := t.TempDir()
	bytes := strings.Repeat("\x00\xff\r\n\x1b[2J", 1000)
	for name, content := range map[string]string{"fw.bin": bytes, "lamp.json": "{\n\t\"on\": true\r\n}\n", ".hidden": "x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, ".hidden"), maxFile+1); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, "")
	s.keys("ctrl+o")
	s.text(dir + "/")
	s.sees("fw.bin", "lamp.json", "pipe", "sub/")
	s.text("fw")
	s.keys("tab", "enter")
	s.closed()
	s.sees("file fw.bin", "hex · binary")
	if got := string(s.Draft().Payload); got != bytes {
		t.Errorf("the payload has %d bytes; want %d", len(got), len(bytes))
	}
	s.keys("ctrl+o")
	s.text(dir + "/lamp.json")
	s.keys("enter")
	if got := string(s.Draft().Payload); got != "{\n\t\"on\": true\r\n}\n" {
		t.Errorf("the payload is %q", got)
	}
	s.sees("file lamp.json · JSON ok")
	for path, want := range map[string]string{
		dir + "/none": "no such file", dir + "/sub": "is a folder", dir + "/pipe": "is no ordinary file", "/dev/zero": "is no ordinary file", dir + "/.hidden": "is larger than 16 MiB",
	} {
		s.keys("ctrl+o")
		s.text(path)
		s.keys("enter")
		if flat := strings.ReplaceAll(strings.ReplaceAll(s.screen(), "│", ""), " ", ""); !strings.Contains(strings.ReplaceAll(flat, "\n", ""), strings.ReplaceAll(want, " ", "")) {
			t.Errorf("%s: no %q in\n%s", path, want, s.screen())
		}
		s.keys("esc")
	}
}

func TestClearRetainedAsksFirst(t *testing.T) {
	s := newStage(t, "kept")
	s.keys("ctrl+x")
	s.sees("Clear the retained message?", "a/b")
	s.keys("esc")
	s.published()
	s.keys("ctrl+x", "y")
	s.closed()
	if p := s.out[0].(Publish); p.Topic.String() != "a/b" || len(p.Payload) != 0 || !p.Retain {
		t.Errorf("published %+v", p)
	}
	if got := string(s.Draft().Payload); got != "kept" {
		t.Errorf("the draft's payload is %q", got)
	}
	s.SetDraft(Draft{Topic: "a/+"})
	s.keys("ctrl+x")
	s.sees("not cleared: a topic has no wildcards")
}

func TestTheEditorKeepsBytes(t *testing.T) {
	t.Setenv("VISUAL", "")
	for _, tt := range []struct{ name, before, script, want string }{
		{"unchanged", "a\tb\r\n\x00\xff", ":", "a\tb\r\n\x00\xff"},
		{"a line end that the editor adds", "{}", `printf '{"a":1}\n' >`, `{"a":1}`},
		{"a line end that was there", "{}\n", `printf '{"a":1}\n' >`, "{\"a\":1}\n"},
	} {
		t.Setenv("EDITOR", "sh -c '"+strings.ReplaceAll(tt.script, "'", `'\''`)+` "$1"' sh`)
		e, err := edited([]byte(tt.before))
		if err != nil {
			t.Fatal(err)
		}
		s := newStage(t, "")
		s.give(e.Done(e.Command.Run()))
		if got := string(s.Draft().Payload); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.name, got, tt.want)
		}
	}
	t.Setenv("EDITOR", "false")
	s := newStage(t, "kept")
	e, err := edited([]byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	s.give(e.Done(e.Command.Run()))
	s.sees("the text is as it was")
}

func TestDialogsKeepTheContract(t *testing.T) {
	th := theme.New(theme.Options{Profile: termenv.TrueColor})
	fill := func() *Pane {
		r := newRig(t, th)
		var templates []client.Template
		var published []client.Publication
		for i, h := range panetest.Hostile {
			d := Draft{Topic: h, Payload: []byte(h), Variables: i%2 == 0}
			templates = append(templates, client.Template{Name: h, Draft: d, Global: i%3 == 0})
			published = append(published, client.Publication{Draft: d, Time: time.Unix(int64(i), 0)})
		}
		r.SetTemplates(templates)
		r.SetPublished(published)
		r.SetDraft(Draft{Topic: `{{ask "\x1b[2J" "\u202e"}}`, Payload: []byte(`{{ask "a"}}` + panetest.Hostile[0]), Variables: true})
		return r.Pane
	}
	for name, open := range map[string]func(*Pane) Dialog{
		"published": func(p *Pane) Dialog { return newPublished(p) },
		"templates": func(p *Pane) Dialog { return newTemplates(p) },
		"name":      func(p *Pane) Dialog { return newName(p, 1) },
		"file":      func(p *Pane) Dialog { return newLoad(p) },
		"import":    func(p *Pane) Dialog { return newImport(p) },
		"confirm": func(p *Pane) Dialog {
			return newConfirm(p, "Sure?", panetest.Hostile[0], "do it", func() []any { return nil })
		},
		"preview": func(p *Pane) Dialog {
			m, _, _, err := p.ready()
			if err != nil {
				t.Fatal(err)
			}
			return newPreview(p, m)
		},
		"repeat": func(p *Pane) Dialog {
			m, _, _, err := p.ready()
			if err != nil {
				t.Fatal(err)
			}
			return newRepeat(p, p.Draft(), m)
		},
	} {
		t.Run(name, func(t *testing.T) { panetest.Contract(t, func() panetest.Pane { return open(fill()) }) })
	}
}
