package subs

import (
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/panetest"
)

func TestKeysOfARow(t *testing.T) {
	group := "shadow lamp · classic"
	tests := []struct {
		name string
		keys []string
		want []any
	}{
		{"pause", []string{"down", " "}, []any{Choose{Filter: "sensors/#"}, Pause{Choose{Filter: "sensors/#"}, true}}},
		{"pause a group", []string{"down", "down", "down", " "}, []any{
			Choose{Filter: "sensors/#"}, Choose{Filter: "lamp/+/state"}, Choose{Group: group}, Pause{Choose{Group: group}, true}}},
		{"clear", []string{"down", "C"}, []any{Choose{Filter: "sensors/#"}, Clear{Choose{Filter: "sensors/#"}}}},
		{"clear all messages", []string{"C"}, []any{Clear{}}},
		{"no favourite any more", []string{"down", "f"}, []any{Choose{Filter: "sensors/#"}, Favour{"sensors/#", false}}},
		{"pause of all messages", []string{" ", "e", "f", "x"}, nil},
		{"edit", []string{"down", "e", "right", "enter"}, []any{Choose{Filter: "sensors/#"}, Edit{Filter: "sensors/#", QoS: 1}}},
		{"edit and back out", []string{"down", "e", "right", "esc"}, []any{Choose{Filter: "sensors/#"}}},
		{"subscribe to a favourite", []string{"G", "enter"}, []any{Choose{Filter: "liked/#"}, Subscribe{[]Wanted{{filter(t, "liked/#"), 1, Options{Label: "mine"}}}}}},
		{"forget a favourite", []string{"G", "f"}, []any{Choose{Filter: "liked/#"}, Favour{"liked/#", false}}},
		{"what is not subscribed", []string{"G", " ", "x", "e", "C"}, []any{Choose{Filter: "liked/#"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := plain(t)
			scene(r)
			r.SetRows(append(r.rows, Row{Filter: "liked/#", QoS: 1, State: Offered, Favourite: true, Options: Options{Label: "mine"}}))
			r.wantIntents(r.press(tt.keys...), tt.want...)
		})
	}
}

func TestEditShowsWhatTheRowHas(t *testing.T) {
	r := plain(t)
	r.SetRows([]Row{{Filter: "a/#", QoS: 1, Granted: 1, State: Live, Options: Options{Label: "kitchen", Keep: 50, Tone: 1}}})
	r.press("down")
	r.line("kitchen")
	r.line("a/#")
	r.press("e")
	for _, want := range []string{"Filter a/#", "QoS    1", "Label  kitchen", "Keep   50", "Colour teal"} {
		r.line(want)
	}
	r.press("tab", "tab")
	r.typed("x")
	r.wantIntents(r.press("enter"))
	r.line("a number from 1")
}

func TestMarks(t *testing.T) {
	r := plain(t)
	r.SetSize(48, 20)
	r.SetRows([]Row{
		{Filter: "a/#", State: Live, Overlap: "a/+", Favourite: true, Paused: true},
		{Filter: "a/+", State: Live, Overlap: "a/#", Favourite: true},
		{Filter: "x", State: Live, Group: "g", Paused: true},
	})
	if got := r.line(" a/# "); !strings.Contains(got, "‖ a/#") || !strings.Contains(got, "∩") {
		t.Errorf("the paused row that overlaps is %q", got)
	}
	if got := r.line(" a/+ "); !strings.Contains(got, "★ a/+") || !strings.Contains(got, "∩") {
		t.Errorf("the favourite that overlaps is %q", got)
	}
	r.line("‖ g")
	r.press("down")
	r.line("paused: messages are received")
	r.line("may come twice")
}

func TestLimitsOfTheBrokerAreCheckedWhileTyping(t *testing.T) {
	r := plain(t)
	r.SetSize(60, 20)
	r.SetLimits(func(f client.Filter) error {
		if strings.Count(f.String(), "/") > 7 {
			return errors.New("too many levels")
		}
		return nil
	})
	r.press("a")
	r.typed("1/2/3/4/5/6/7/8/9")
	r.line("too many levels")
	r.wantIntents(r.press("enter"))
}

func TestEachLineHasItsOwnError(t *testing.T) {
	r := plain(t)
	r.SetSize(60, 24)
	r.press("a")
	r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("good/1\nbad/#/2\ngood/3\nwor+se"), Paste: true})
	r.line("# stands only at the end")
	r.line("a wildcard stands alone")
	r.wantIntents(r.press("enter"))
	if got := r.line("▌"); !strings.Contains(got, "bad/#/2") {
		t.Errorf("enter goes to %q; want the first wrong line", got)
	}
	for range len("/2") {
		r.press("backspace")
	}
	r.press("pgdown", "pgdown")
	r.typed("\b")
	for range len("wor+se") {
		r.press("backspace")
	}
	r.press("backspace") // takes the empty line away
	want := Subscribe{[]Wanted{{Filter: filter(t, "good/1")}, {Filter: filter(t, "bad/#")}, {Filter: filter(t, "good/3")}}}
	r.wantIntents(r.press("enter"), want, Choose{Filter: "good/1"})
}

func TestReservedTopicsComplete(t *testing.T) {
	r := plain(t)
	r.SetSize(70, 24)
	r.SetKnown(client.Known{"thing": {"lamp"}})
	r.press("a")
	r.typed("$aws/things/lamp/shadow/upd")
	r.line("$aws/things/lamp/shadow/update/accepted")
	r.press("down")
	r.wantIntents(r.press("enter"), subscribe(t, "$aws/things/lamp/shadow/update", 0), Choose{Filter: "$aws/things/lamp/shadow/update"})
	r.press("a")
	r.typed("$aws/events/job/")
	r.line("job")
	r.typed("x/comp")
	r.press("down")
	r.wantIntents(r.press("enter"), subscribe(t, "$aws/events/job/x/completed", 0), Choose{Filter: "$aws/events/job/x/completed"})
	r.press("a")
	r.typed("$aws/ev")
	r.press("down")
	if got := r.form.field().Value(); !strings.HasSuffix(got, "/") {
		t.Fatalf("the first hint is %q; want one that a name has to follow", got)
	}
	r.wantIntents(r.press("enter"))
	r.typed("me")
	r.wantIntents(r.press("enter"), subscribe(t, "$aws/events/presence/connected/me", 0), Choose{Filter: "$aws/events/presence/connected/me"})
}

func TestWhatCanBeCompletedIsNotWrongYet(t *testing.T) {
	r := plain(t)
	r.SetSize(60, 24)
	r.SetLimits(client.AWSLimits().Filter)
	r.SetKnown(client.Known{"thing": {"lamp"}})
	r.press("a")
	r.typed("$aws/things/la")
	r.line("…/things/lamp/shadow/get/accepted"[3:])
	r.hides("reserves")
	r.press("enter")
	r.line("reserves")
	r.typed("x/y")
	r.line("reserves")
}

func TestAGroupOfReservedTopics(t *testing.T) {
	r := plain(t)
	r.SetKnown(client.Known{"thing": {"lamp", "pump"}, "shadow": {"wifi"}})
	intents := r.press("A")
	if len(intents) != 1 {
		t.Fatalf("got %v; want a dialog", intents)
	}
	d := intents[0].(Open).Dialog
	d.SetSize(76, 20)
	d.SetFocus(true)
	d.Refresh(panetest.Now)
	press := func(keys ...string) (out []any) {
		for _, k := range keys {
			got, _ := d.Update(panetest.Key(k))
			out = append(out, got...)
			d.Refresh(panetest.Now)
		}
		return out
	}
	press("down", "enter")
	if !strings.Contains(d.View(), "$aws/things/lamp/shadow/name/wifi/update/delta") {
		t.Errorf("no preview in\n%s", d.View())
	}
	press("down", "tab")
	for range "wifi" {
		press("backspace")
	}
	if got := press("enter"); len(got) != 0 || !strings.Contains(d.View(), "a shadow has at least one character") {
		t.Errorf("got %v and\n%s", got, d.View())
	}
	for _, c := range "cfg" {
		press(string(c))
	}
	got := press("enter")
	if len(got) != 3 || got[0] != any(Close{}) || got[2] != any(Choose{Group: "named shadow answers of pump cfg"}) {
		t.Fatalf("got %+v in\n%s", got, d.View())
	}
	s := got[1].(SubscribeGroup)
	if len(s.Filters) != 8 || s.QoS != 1 || s.Filters[0].String() != "$aws/things/pump/shadow/name/cfg/get/accepted" {
		t.Errorf("got %+v", s)
	}
	r.SetRows([]Row{{Filter: "a"}})
	if r.Chosen().Group == "" {
		t.Error("the row that is to come is not chosen")
	}
}

func TestGroupsDialogKeepsToItsContract(t *testing.T) {
	for _, named := range []bool{false, true} {
		panetest.Contract(t, func() panetest.Pane {
			r := plain(t)
			r.SetKnown(client.Known{"thing": panetest.Hostile})
			d := newGroups(r.Pane)
			if named {
				d.name()
			}
			return d
		})
	}
}

func TestRecentMessagesAreDrawn(t *testing.T) {
	r := plain(t)
	r.SetSize(80, 10)
	r.SetRows([]Row{{Filter: "a", State: Live, Rate: 3, Recent: Recent{0, 1, 2, 4, 8}}, {Filter: "b", State: Live}})
	r.line("▁▂▄█")
	if got := r.line(" b "); strings.ContainsAny(got, "▁▂▄█") {
		t.Errorf("a quiet row is drawn as %q", got)
	}
}

func TestTheNumberOfFiltersIsToldBeforeTheBrokerRefuses(t *testing.T) {
	r := plain(t)
	r.SetSize(60, 20)
	r.SetMost(5)
	rows := []Row{{Filter: "a"}, {Filter: "b"}, {Filter: "c"}, {Filter: "d"}, {Filter: "d", Group: "g"}, {Filter: "no", State: Refused}, {Filter: "liked", State: Offered}}
	r.SetRows(rows)
	r.line(" 6 · 1 refused ")
	r.SetRows(append(rows, Row{Filter: "e"}))
	r.line(" 5 of 5 · 1 refused ")
}
