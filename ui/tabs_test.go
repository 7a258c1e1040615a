package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"go.uber.org/goleak"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/connect"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// second opens another tab in the rig and shows it, connected.
func (r *rig) second(label string) {
	r.t.Helper()
	b, err := client.ParseBroker("mqtt://other:1883")
	if err != nil {
		r.t.Fatal(err)
	}
	all, err := client.ParseSubscription("#")
	if err != nil {
		r.t.Fatal(err)
	}
	r.m.add(Connection{Profile: client.Profile{Broker: b}, Label: label, MaxQoS: 2, Subscribe: []client.Subscription{all}})
	r.m.show(len(r.m.tabs) - 1)
	r.arrive([]client.Event{client.Connected{Endpoint: "mqtt://other:1883", ClientID: "thingdeck-0002"}})
	r.grant()
}

// background hands a batch in to a tab that is not shown.
func (r *rig) background(i int, events []client.Event, payloads ...string) {
	r.t.Helper()
	shown := r.m.current
	r.m.tabs[i].unseen += uint64(len(payloads)) // as frame does, which takes from the Session
	r.m.in(r.m.tabs[i], func() tea.Cmd {
		for _, p := range payloads {
			r.tail.Append(r.message("a/b", p))
		}
		b := client.Batch{Messages: r.tail.Take()}
		for _, e := range events {
			b.Events = append(b.Events, client.Entry{Time: r.now, Event: e})
		}
		return r.m.act(r.m.tab().take(b, r.now))
	})
	if r.m.current != shown {
		r.t.Fatalf("tab %d is shown; want %d", r.m.current, shown)
	}
	r.m.rebuild()
}

func TestTabsAreApart(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.arrive(nil, r.message("one/topic", "1"))
	r.keys("p")
	r.typed("draft/one")
	r.keys("esc")
	r.hides("1 ● local")
	r.second("prod")
	r.shows("1 ● local", "2 ● prod", "thingdeck-0002")
	r.hides("one/topic")
	r.hides("draft/one")
	r.background(0, nil, "x", "y", "z")
	r.shows("local 3 ")
	r.keys("<")
	r.shows("draft/one", "one/topic", "a/b")
	r.hides("local 3 ")
	r.keys("p", "alt+.") // a chord holds while typing
	r.shows("thingdeck-0002")
	if got := r.m.Summary().Received; got != 4 {
		t.Errorf("received %d over all tabs; want 4", got)
	}
}

func TestTabGolden(t *testing.T) {
	r := newRig(t, 80, 24, "lamp")
	r.life()
	r.second("prod")
	r.background(0, nil, "x")
	r.m.add(Connection{Profile: r.m.tabs[0].conn.Profile, Label: "a profile with a name that is far too long for a tab"})
	r.background(2, []client.Event{client.Refused{Why: client.Reason{Text: "not authorized (CONNACK 5)"}}})
	panetest.Exact(t, r.m.View(), 80, 24)
	golden(t, "tabs-80x24", r.m.View())
}

// TestManyTabsFit: the one shown is always in the line.
func TestManyTabsFit(t *testing.T) {
	for _, w := range []int{40, 80, 200} {
		r := newRig(t, w, 24, "")
		for range 20 {
			r.second("prod eu central 1")
		}
		for range 21 {
			r.keys(">")
			panetest.Exact(t, r.m.View(), w, 24)
			if line, _, _ := strings.Cut(r.m.View(), "\n"); !strings.Contains(line, "[") {
				t.Errorf("the tab shown is not in %q", line)
			}
		}
	}
}

func TestABackgroundTabSpeaksForItself(t *testing.T) {
	r := newRig(t, 120, 36, "lamp")
	r.connect()
	r.second("prod")
	r.keys("<")
	r.background(1, []client.Event{client.Refused{Why: client.Reason{Text: "not authorized"}}})
	r.shows("tab 2 refused", "2 ○ prod")
	r.m.in(r.m.tabs[1], func() tea.Cmd { r.m.tell(0, "something failed", true); return nil })
	r.m.rebuild()
	r.shows("prod: something failed", "● connected")
	r.keys(">", "!")
	r.shows("Events", "something failed")
}

// TestCommandsOfAClosedTabAreDropped: what a pane of it asked for ends after it.
func TestCommandsOfAClosedTabAreDropped(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.second("prod")
	closed := r.m.tab()
	r.keys("W")
	if len(r.m.tabs) != 1 || r.m.tab() == closed {
		t.Fatalf("%d tabs; want the first alone", len(r.m.tabs))
	}
	r.m.Update(routedMsg{asker{tab: closed, pane: paneComposer}, panetest.Key("x")})
	r.m.Update(routedMsg{asker{tab: closed, dialog: &quitDialog{}}, panetest.Key("x")})
	r.keys("W")
	r.shows("this is the only tab")
}

// TestADialogStaysWithItsTab: it opens over the tab that asked, whichever is shown.
func TestADialogStaysWithItsTab(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.second("prod")
	r.m.in(r.m.tabs[0], func() tea.Cmd { r.m.openEvents(); return nil })
	r.m.rebuild()
	r.hides("Events")
	r.keys("<")
	r.shows("Events")
	r.keys("esc")
	r.hides("Events")
}

// TestADialogThatWasCoveredClosesItself: what it waited for came while another lay over it.
func TestADialogThatWasCoveredClosesItself(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	below, above := &echo{quitDialog{theme: theme.Plain(), keys: keymap.Default()}}, &echo{quitDialog{theme: theme.Plain(), keys: keymap.Default()}}
	r.m.open(below)
	r.m.open(above)
	r.m.Update(routedMsg{asker{tab: r.m.tab(), dialog: below}, []any{connect.Close{}}})
	if d := r.m.tab().dialogs; len(d) != 1 || d[0] != dialog(above) {
		t.Errorf("left %v; want the one above", d)
	}
}

// echo is a dialog that wants what it is told.
type echo struct{ quitDialog }

func (*echo) Update(msg tea.Msg) ([]any, tea.Cmd) {
	intents, _ := msg.([]any)
	return intents, nil
}

func (*echo) Refresh(time.Time) {}

func TestCloseLeavesNothingRunning(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	r := newRig(t, 80, 24, "")
	for range 3 {
		r.second("prod")
	}
	if cmd := r.m.closeTab(); cmd == nil {
		t.Fatal("nothing closes the connection")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.m.Close(ctx); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, ignore)
}

func TestIdleNamesTheKeyThatRetries(t *testing.T) {
	for _, w := range []int{80, 120} {
		r := newRig(t, w, 36, "")
		r.arrive([]client.Event{client.Reconnecting{Why: client.Reason{Text: strings.Repeat("a long reason ", 20)}, Deadline: r.now.Add(4 * time.Second)}})
		r.shows("reconnecting in 4 s", "f5 retry")
	}
}
