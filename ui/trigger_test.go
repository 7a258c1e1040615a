package ui

import (
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/subs"
)

func TestTriggersHoldTheirFilters(t *testing.T) {
	r := newRig(t, 120, 36, "")
	tab := r.m.tab()
	tab.triggers = trigger.New(tab.session, time.Now, nil, []trigger.Trigger{
		{Name: "a", Filter: filterOf(t, "a/#"), Highlight: true},
		{Name: "b", Filter: filterOf(t, "a/#"), QoS: 1, Bell: true},
		{Name: "c", Filter: filterOf(t, "c"), Bell: true, Off: true},
	})
	t.Cleanup(tab.triggers.Close)
	held := func() string {
		r.arrive(nil)
		r.grant()
		var out []string
		for _, s := range tab.book.of(subs.Choose{Group: triggerGroup}) {
			out = append(out, s.filter.String()+"@"+string('0'+rune(s.qos)))
		}
		return strings.Join(out, " ")
	}
	r.connect()
	if got := held(); got != "a/#@1" {
		t.Errorf("held %q; want a/#@1", got)
	}
	r.arrive(nil, r.message("a/b", "payload"))
	r.shows("▸ triggers", "[a] payload")
	tab.want([]subs.Wanted{{Filter: filterOf(t, "a/#")}})
	r.grant()
	if got := strings.Join(tab.filters("a/b"), " "); got != "# a/#" {
		t.Errorf("matched %q; want each filter once", got)
	}
	tab.unsubscribe(subs.Choose{Filter: "a/#"})
	tab.triggers.Set("c", true)
	if got := held(); got != "a/#@1 c@0" {
		t.Errorf("held %q", got)
	}
	r.keys("f4")
	r.shows("Triggers", "highlight")
	r.keys("A")
	if got := held(); got != "" {
		t.Errorf("held %q with all off", got)
	}
	r.keys("esc")
	r.hides("[a] payload")
	r.m.deps.Triggers = func(s *client.Session) *trigger.Engine {
		e := trigger.New(s, time.Now, nil, nil)
		t.Cleanup(e.Close)
		return e
	}
	r.m.add(Connection{Profile: tab.conn.Profile, Label: "second"})
	if second := r.m.tabs[1].triggers; second.On() {
		t.Error("the triggers of a tab that is opened later are on")
	}
	tab.want([]subs.Wanted{{Filter: filterOf(t, "mine")}})
	if kept := tab.keeps(); len(kept.Subscriptions) != 1 || kept.Subscriptions[0].Filter != "mine" {
		t.Errorf("kept %+v; want the user's own alone", kept)
	}
}

func TestWhatFailsIsAnEvent(t *testing.T) {
	r := newRig(t, 120, 36, "")
	tab := r.m.tab()
	tab.triggers = trigger.New(tab.session, time.Now, nil, []trigger.Trigger{{Name: "bad", Filter: filterOf(t, "a")}})
	t.Cleanup(tab.triggers.Close)
	r.m.signals(tab)
	r.keys("!")
	r.shows("trigger bad: it does nothing")
}

func TestAlertsCannotBreakOut(t *testing.T) {
	env := func(term, program string) func(string) string {
		return func(name string) string { return map[string]string{"TERM": term, "TERM_PROGRAM": program}[name] }
	}
	if got := alertSequence(trigger.Signal{Bell: true}, env("", "")); got != "\a" {
		t.Errorf("a bell is %q", got)
	}
	hot := trigger.Signal{Title: "hot", Body: "a  1"}
	for _, tt := range []struct{ term, program, want string }{
		{"xterm-256color", "", "\x1b]9;hot: a  1\x1b\\\x1b]777;notify;hot;a  1\x1b\\"},
		{"rxvt-unicode", "", "\x1b]777;notify;hot;a  1\x1b\\"},
		{"xterm-256color", "WezTerm", "\x1b]9;hot: a  1\x1b\\"},
	} {
		if got := alertSequence(hot, env(tt.term, tt.program)); got != tt.want {
			t.Errorf("%s %s: %q; want %q", tt.term, tt.program, got, tt.want)
		}
	}
	for _, text := range append(panetest.Hostile, "\a\x1b]52;c;x\a", "a;b\x9c\x9d52;c;x\x9c", "\x1b\\\x1b[2J") {
		got := alertSequence(trigger.Signal{Title: text, Body: text}, env("rxvt", ""))
		inner := strings.TrimSuffix(strings.TrimPrefix(got, "\x1b]777;notify;"), "\x1b\\")
		if strings.Count(inner, ";") != 1 || strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) || len(inner) > 8*maxNotification {
			t.Errorf("%.60q becomes %.200q", text, got)
		}
	}
}
