package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/transport/sigv4"
	"example.com/thingdeck/ui/connect"
	"example.com/thingdeck/ui/panetest"
)

// saved is saved connections that lack what needs says, and nothing else that a list would want.
type saved struct {
	connect.Profiles
	t      *testing.T
	needs  map[string]string // secrets, by profile
	fixed  map[string]string // client IDs, by profile
	kept   map[string]string
	tabs   []string
	opened []string
}

func (s *saved) List() ([]connect.Entry, error) {
	return []connect.Entry{{Name: "prod", Kind: "Other broker"}, {Name: "bench", Kind: "Other broker"}}, nil
}

func (s *saved) Open(_ context.Context, name string, answers map[string]string) (Connection, error) {
	if name == "broken" {
		return Connection{}, errors.New("cannot read the certificate")
	}
	if need := s.needs[name]; need != "" && answers[need] != "right" {
		n := &Needed{Name: need, Text: "password of ann"}
		if answers[need] != "" {
			n.Wrong = "this is not it"
		}
		return Connection{}, n
	}
	s.opened = append(s.opened, name)
	b, err := client.ParseBroker("mqtt://" + strings.ReplaceAll(titleOf(name), " ", "-") + ":1883")
	if err != nil {
		s.t.Error(err)
	}
	c := Connection{Name: name, Label: titleOf(name), Profile: client.Profile{Broker: b, ClientID: s.fixed[name]}, MaxQoS: 1}
	c.Open = func(ctx context.Context, answers map[string]string) (Connection, error) {
		return s.Open(ctx, name, answers)
	}
	return c, nil
}

func (s *saved) Keep(_ context.Context, name string, answers map[string]string) (string, error) {
	s.kept = answers
	return "the password is kept until thingdeck ends", nil
}

func (s *saved) Keyring() error                { return errors.New("there is no D-Bus session") }
func (s *saved) Tabs(string) ([]string, error) { return s.tabs, nil }
func (s *saved) KeepTabs(_ uint64, _ string, names []string) error {
	s.tabs = names
	return nil
}

func newSaved(t *testing.T) *saved {
	return &saved{t: t, needs: map[string]string{}, fixed: map[string]string{}}
}

// savedRig is a rig with saved connections; what it began with is local.
func savedRig(t *testing.T, s *saved) *rig {
	t.Helper()
	r := newRig(t, 120, 36, "")
	r.m.deps.Connections = s
	r.run(r.m.restoreTabs())
	r.connect()
	return r
}

// run does a Cmd and what follows from it, all at once.
func (r *rig) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			r.run(c)
		}
	case openedMsg, secretKeptMsg, routedMsg, retiredMsg:
		_, next := r.m.Update(msg)
		r.run(next)
	}
}

// press gives keys and does what they begin.
func (r *rig) press(names ...string) {
	for _, name := range names {
		_, cmd := r.m.Update(panetest.Key(name))
		r.run(cmd)
	}
}

func TestAConnectionTakesTheTab(t *testing.T) {
	s := newSaved(t)
	r := savedRig(t, s)
	r.arrive(nil, r.message("old/topic", "1"))
	old := r.m.tab()
	r.press("c")
	r.shows("Connections", "prod", "bench", "tab 1")
	r.press("home", "enter")
	if len(r.m.tabs) != 1 || r.m.tab() == old || r.m.tab().conn.Name != "prod" {
		t.Fatalf("%d tabs, on %q; want prod alone", len(r.m.tabs), r.m.tab().conn.Name)
	}
	r.hides("old/topic")
	if got := r.m.Summary().Received; got != 1 {
		t.Errorf("received %d in all; want what the old connection had too", got)
	}
	if len(r.m.retired) != 0 {
		t.Error("the old connection has not ended")
	}
}

func TestAConnectionThatIsOpenIsShown(t *testing.T) {
	r := savedRig(t, newSaved(t))
	r.press("c", "home", "o")
	prod := r.m.tab()
	if len(r.m.tabs) != 2 || prod.conn.Name != "prod" {
		t.Fatalf("%d tabs, on %q", len(r.m.tabs), prod.conn.Name)
	}
	r.arrive([]client.Event{client.Connected{Endpoint: "mqtt://prod:1883"}}, r.message("a", "1"))
	r.press("<", "c", "home", "enter")
	if r.m.tab() != prod || len(r.m.tabs) != 2 {
		t.Error("prod is opened again")
	}
	r.press("c", "home", "enter") // the connection of the tab itself: made anew, and keeps what it has
	if r.m.tab() != prod || prod.history.Len() != 1 {
		t.Errorf("%d messages; want the one that was there", prod.history.Len())
	}
}

// TestADialogMayShowAnotherTab: also when what it wants comes of a Cmd.
func TestADialogMayShowAnotherTab(t *testing.T) {
	r := savedRig(t, newSaved(t))
	r.press("c", "home", "o", "<")
	r.m.in(r.m.tab(), func() tea.Cmd { return r.m.openSaved("prod", false) })
	if r.m.current != 1 {
		t.Errorf("tab %d is shown; want the second", r.m.current)
	}
}

func TestOneClientIDIsOpenOnce(t *testing.T) {
	s := newSaved(t)
	s.fixed["prod"] = "lamp-1"
	r := savedRig(t, s)
	r.press("c", "home", "o")
	r.press("c", "home", "o")
	if len(r.m.tabs) != 2 {
		t.Fatalf("%d tabs; want the second of prod refused", len(r.m.tabs))
	}
	r.shows("tab 2 is connected to prod:1883 as lamp-1 already")
	delete(s.fixed, "prod")
	r.m.tabs[1].conn.Profile.ClientID = ""
	r.press("c", "home", "o")
	if len(r.m.tabs) != 3 || !r.m.tab().conn.Shared {
		t.Error("two with client IDs made up are not opened, or both keep drafts")
	}
	r.press("<", "W")
	if len(r.m.tabs) != 2 || r.m.tab().conn.Shared || r.m.tab().conn.Name != "prod" {
		t.Errorf("%d tabs, the one shown is %+v; want it to keep drafts now", len(r.m.tabs), r.m.tab().conn)
	}
	r.press("!")
	r.shows("tab 2 now keeps its draft and subscriptions for the next time")
}

func TestASecretIsAskedFor(t *testing.T) {
	s := newSaved(t)
	s.needs["prod"] = "password"
	r := savedRig(t, s)
	r.press("c", "home", "o")
	r.shows("password of ann", "keep it until thingdeck ends: no keyring here")
	r.typed("wrong")
	r.hides("wrong")
	r.press("enter")
	r.shows("this is not it")
	r.press("esc")
	r.shows("prod: not connected: no password was given")
	if len(r.m.tabs) != 1 || len(r.m.prompts) != 0 {
		t.Fatalf("%d tabs, %d prompts; want the first tab alone", len(r.m.tabs), len(r.m.prompts))
	}
	r.press("c", "home", "o")
	r.typed("right")
	r.press("tab", " ", "enter")
	if len(r.m.tabs) != 2 || s.kept != nil {
		t.Errorf("%d tabs, kept %v; want it kept once it was of use", len(r.m.tabs), s.kept)
	}
	up := client.Batch{Events: []client.Entry{{Event: client.Connected{Endpoint: "mqtt://prod:1883"}}}}
	r.run(r.m.act(r.m.tab().take(up, r.now)))
	r.m.rebuild()
	if s.kept["password"] != "right" {
		t.Errorf("kept %v", s.kept)
	}
	r.shows("kept until thingdeck ends")
}

func TestTheFirstConnectionAsks(t *testing.T) {
	s := newSaved(t)
	s.needs["prod"] = "password"
	r := newRig(t, 120, 36, "")
	d := r.m.deps
	d.Connections = s
	d.Connection = Connection{Name: "prod", Label: "prod", Asks: &Needed{Name: "password", Text: "password of ann"},
		Open: func(ctx context.Context, a map[string]string) (Connection, error) { return s.Open(ctx, "prod", a) }}
	first := r.m
	r.m = New(d)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = first.Close(ctx)
	})
	r.resize(120, 36)
	r.shows("password of ann", "needs the password of ann")
	r.press("esc")
	r.shows("no password was given")
	r.press("esc")
	r.shows("f5 retry")
	r.press("f5")
	r.typed("right")
	r.press("enter")
	if len(s.opened) != 1 || !r.m.tab().started || len(r.m.tabs) != 1 {
		t.Errorf("opened %v, %d tabs", s.opened, len(r.m.tabs))
	}
}

func TestTabsComeBack(t *testing.T) {
	s := newSaved(t)
	s.tabs = []string{"", "prod", "broken", "bench"}
	r := savedRig(t, s)
	var names []string
	for _, tab := range r.m.tabs {
		names = append(names, tab.conn.Name)
	}
	if strings.Join(names, ",") != ",prod,bench" || r.m.current != 0 {
		t.Fatalf("tabs %q, on %d; want what can be opened behind the first", names, r.m.current)
	}
	r.shows("broken: not connected: cannot read the certificate")
	r.run(r.m.keepTabs())
	if strings.Join(s.tabs, ",") != ",prod,bench" {
		t.Errorf("kept %q", s.tabs)
	}
	r.press("W")
	if r.m.keepTabs(); len(r.m.tabs) != 2 {
		t.Errorf("%d tabs; want two", len(r.m.tabs))
	}
	fresh := newRig(t, 80, 24, "")
	fresh.m.deps.Connections, fresh.m.tabs[0].conn.Fresh = s, true
	fresh.run(fresh.m.restoreTabs())
	if len(fresh.m.tabs) != 1 {
		t.Errorf("%d tabs with --fresh; want one", len(fresh.m.tabs))
	}
}

func TestTheCodeOfADeviceIsAskedFor(t *testing.T) {
	s := newSaved(t)
	r := savedRig(t, s)
	r.press("c", "home", "o")
	s.needs["prod"] = mfaCode
	refused := client.Refused{Why: client.Reason{Text: "the role wants an MFA code", Err: sigv4.ErrMFA}}
	r.arrive([]client.Event{refused})
	r.arrive([]client.Event{refused})
	if len(r.m.prompts) != 1 {
		t.Fatalf("%d prompts; want one", len(r.m.prompts))
	}
	r.shows("code of the MFA device for the AWS credentials of prod")
	r.hides("keep it")
	r.press("esc")
	r.shows("no MFA code was given")
	r.press("f5")
	r.typed("right")
	r.press("enter")
	if len(s.opened) != 2 || len(r.m.tabs) != 2 {
		t.Errorf("opened %v, %d tabs; want prod made anew in its tab", s.opened, len(r.m.tabs))
	}
}

func TestUnsentEditsAreAskedFor(t *testing.T) {
	r := savedRig(t, newSaved(t))
	r.m.tab().recording = &deaf{}
	r.press("c", "home", "enter")
	r.shows("Connect elsewhere?", "A recording runs; connecting elsewhere ends it.")
	r.press("esc", "W")
	if r.m.tab().conn.Name != "" {
		t.Error("connected all the same")
	}
	r.press("c", "home", "enter", "y")
	if r.m.tab().conn.Name != "prod" {
		t.Error("y does not connect")
	}
}

// deaf is a record that nothing comes of.
type deaf struct{}

func (*deaf) Name() string                                                      { return "a" }
func (*deaf) Batch(client.Batch, func(client.RequestID) (client.Message, bool)) {}
func (*deaf) Count() (written, lost uint64, err error)                          { return 0, 0, nil }
func (*deaf) Close() error                                                      { return nil }

// TestAPasswordThatIsRefusedIsAskedForAgain: f5 would only send the same one.
func TestAPasswordThatIsRefusedIsAskedForAgain(t *testing.T) {
	r := savedRig(t, newSaved(t))
	r.press("c", "home", "enter")
	r.m.tab().conn.Profile.Username = "ann"
	r.arrive([]client.Event{client.Refused{Why: client.Reason{Text: "bad user name or password (CONNACK 4)", Code: 4}}})
	r.press("f5")
	r.shows("password of ann at mqtt://prod:1883", "bad user name or password")
	r.typed("right")
	r.press("enter")
	if len(r.m.prompts) != 0 || len(r.m.tabs) != 1 {
		t.Errorf("%d prompts, %d tabs", len(r.m.prompts), len(r.m.tabs))
	}
}

func TestARenamedProfileStaysOpen(t *testing.T) {
	r := savedRig(t, newSaved(t))
	r.press("c", "home", "enter")
	r.m.act([]any{connect.Renamed{From: "prod", To: "production"}})
	if c := r.m.tab().conn; c.Name != "production" || c.Label != "production" {
		t.Errorf("got %q and %q", c.Name, c.Label)
	}
}

// TestANewClientIDIsNotTheProfiles: the key that connects with another client ID says that the profile keeps its own.
func TestANewClientIDIsNotTheProfiles(t *testing.T) {
	s := newSaved(t)
	s.fixed["prod"] = "lamp-1"
	r := savedRig(t, s)
	r.press("c", "home", "o")
	r.arrive([]client.Event{client.Refused{Why: client.Reason{Text: "identifier rejected", Code: 2}}})
	r.press("f7", "!")
	r.shows("the profile prod keeps the client ID lamp-1: c, e changes it")
}
