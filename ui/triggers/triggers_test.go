package triggers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// engine stands for one that runs triggers.
type engine struct {
	list []trigger.Status
	log  []trigger.Line
	off  bool
}

func (e *engine) List() []trigger.Status { return append([]trigger.Status(nil), e.list...) }
func (e *engine) Log() []trigger.Line    { return e.log }
func (e *engine) On() bool               { return !e.off }
func (e *engine) SetAll(on bool)         { e.off = !on }

func (e *engine) Set(name string, on bool) {
	for i := range e.list {
		if e.list[i].Name == name {
			e.list[i].On = on
		}
	}
}

func (e *engine) Add(t trigger.Trigger) error {
	for _, s := range e.list {
		if s.Name == t.Name {
			return errors.New("name: there is one")
		}
	}
	e.list = append(e.list, trigger.Status{Trigger: t, On: true, Session: true})
	return nil
}

func (e *engine) Remove(name string) {
	for i := range e.list {
		if e.list[i].Name == name {
			e.list = append(e.list[:i], e.list[i+1:]...)
			return
		}
	}
}

func filter(t testing.TB, text string) client.Filter {
	t.Helper()
	f, err := client.ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// scene is a few triggers and what they did.
func scene(t testing.TB) *engine {
	return &engine{
		list: []trigger.Status{
			{Trigger: trigger.Trigger{Name: "hot", Filter: filter(t, "sensors/+/temp"), Where: ".temp > 30", Bell: true, Command: []string{"/usr/bin/logger", "two words"}}, On: true, Matched: 12, Ran: 10, HeldBack: 2},
			{Trigger: trigger.Trigger{Name: "loop", Filter: filter(t, "a"), Answer: &client.Draft{Topic: "a", Payload: []byte("x")}}, Session: true},
		},
		log: []trigger.Line{{Time: panetest.Now, Trigger: "hot", Text: "logger ran: \x1b[2Jok"}, {Time: panetest.Now, Trigger: "hot", Text: "held back: more than 10 a second", Failed: true}},
	}
}

type rig struct {
	*Dialog
	t testing.TB
	e *engine
}

func newRig(t testing.TB, th *theme.Theme, e *engine) *rig {
	r := &rig{New(th, keymap.Default(), e, client.AWSLimits()), t, e}
	r.SetSize(90, 24)
	r.SetFocus(true)
	return r
}

func (r *rig) draw() string {
	r.Refresh(panetest.Now)
	return ansi.Strip(r.View())
}

func (r *rig) press(keys ...string) (out []any) {
	r.draw()
	for _, k := range keys {
		out = append(out, panetest.Press(r.Dialog, k)...)
		r.draw()
	}
	return out
}

func (r *rig) shows(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.draw(), text) {
			r.t.Errorf("no %q in\n%s", text, r.draw())
		}
	}
}

func TestContract(t *testing.T) {
	hostile := &engine{}
	for i, text := range panetest.Hostile {
		answer := &client.Draft{Topic: text, Payload: []byte(text)}
		hostile.list = append(hostile.list, trigger.Status{Trigger: trigger.Trigger{Name: text, Filter: filter(t, "#"), Where: text, Command: []string{text}, Answer: answer}, On: i%2 == 0, Ran: 1 << 63})
		hostile.log = append(hostile.log, trigger.Line{Time: time.Time{}, Trigger: text, Text: text, Failed: i%2 == 0})
	}
	for name, fill := range map[string]func(testing.TB) (*engine, []string){
		"empty":   func(testing.TB) (*engine, []string) { return &engine{}, nil },
		"a few":   func(t testing.TB) (*engine, []string) { return scene(t), nil },
		"all off": func(t testing.TB) (*engine, []string) { return scene(t), []string{"A", "down"} },
		"form":    func(t testing.TB) (*engine, []string) { return scene(t), []string{"a", "enter"} },
		"hostile": func(testing.TB) (*engine, []string) { return hostile, []string{"down"} },
	} {
		t.Run(name, func(t *testing.T) {
			panetest.Contract(t, func() panetest.Pane {
				e, keys := fill(t)
				r := newRig(t, theme.New(theme.Options{Profile: termenv.TrueColor}), e)
				r.press(keys...)
				return r.Dialog
			})
		})
	}
}

func TestTheListSaysWhatTriggersDo(t *testing.T) {
	r := newRig(t, theme.Plain(), scene(t))
	r.shows("▌● hot", "○ loop", "bell, command", "sensors/+/temp: where .temp > 30", `command: /usr/bin/logger "two words"`, "held back 2",
		"logger ran: ␛[2Jok", "held back: more than 10 a second")
	r.press("down")
	r.shows("publish on a: x", "may set itself off")
}

func TestSwitches(t *testing.T) {
	r := newRig(t, theme.Plain(), scene(t))
	r.press(" ")
	if r.e.list[0].On {
		t.Error("space does not switch it off")
	}
	r.press("A")
	if !r.e.off {
		t.Error("A does not switch all off")
	}
	r.shows("all triggers are off: A switches them on")
	r.press("x")
	if len(r.e.list) != 2 {
		t.Error("one of the configuration was removed")
	}
	r.press("down", "x")
	if len(r.e.list) != 1 {
		t.Error("one of the session was not removed")
	}
	if got := r.press("esc"); len(got) != 1 || got[0] != any(Close{}) {
		t.Errorf("esc gives %v", got)
	}
}

func TestAddingATrigger(t *testing.T) {
	r := newRig(t, theme.Plain(), scene(t))
	r.press("a", "enter")
	r.shows("filter: a filter has at least one character")
	typed := func(text string) {
		for _, c := range text {
			r.press(string(c))
		}
	}
	typed("mine")
	r.press("tab")
	typed("1/2/3/4/5/6/7/8/9")
	r.press("enter")
	r.shows("filter: ")
	for range len("/3/4/5/6/7/8/9") {
		r.press("backspace")
	}
	typed("@1")
	r.press("down")
	typed(".temp > 3")
	r.press("tab")
	typed(`say "two words" A`)
	r.press("tab")
	typed("answer")
	r.press("tab")
	typed(`{{now}}`)
	r.press("tab", " ", "tab", "tab", " ", "enter")
	if len(r.e.list) != 3 {
		t.Fatalf("not added:\n%s", r.draw())
	}
	got := r.e.list[2].Trigger
	if got.Name != "mine" || got.Filter.String() != "1/2" || got.QoS != 1 || got.Where != ".temp > 3" || strings.Join(got.Command, "|") != "say|two words|A" ||
		got.Answer.Topic != "answer" || string(got.Answer.Payload) != "{{now}}" || !got.Highlight || got.Bell || !got.Notify {
		t.Errorf("got %+v", got)
	}
	r.shows("▌● mine")
}
