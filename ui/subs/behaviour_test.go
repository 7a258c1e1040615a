package subs

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
)

func filter(t testing.TB, text string) client.Filter {
	t.Helper()
	f, err := client.ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func subscribe(t testing.TB, text string, qos byte) Subscribe {
	return Subscribe{[]Wanted{{Filter: filter(t, text), QoS: qos}}}
}

func off(r *rig, action string) string {
	r.t.Helper()
	for _, a := range r.Actions() {
		if a.Name == action {
			return a.Off
		}
	}
	r.t.Fatalf("%s is not among the actions", action)
	return ""
}

func TestMovingTheCursorChooses(t *testing.T) {
	r := plain(t)
	scene(r)
	group := "shadow lamp · classic"
	r.wantIntents(r.press("down"), Choose{Filter: "sensors/#"})
	r.wantIntents(r.press("j", "j"), Choose{Filter: "lamp/+/state"}, Choose{Group: group})
	r.wantIntents(r.press("right"))
	r.wantIntents(r.press("down"), Choose{Filter: "$aws/things/lamp/shadow/get/accepted", Group: group})
	r.wantIntents(r.press("left"), Choose{Group: group})
	r.hides("get/accepted")
	r.wantIntents(r.press("G"), Choose{Filter: "offline/+"})
	r.wantIntents(r.press("down"))
	r.wantIntents(r.press("home"), Choose{})
	r.wantIntents(r.press("up"))
}

func TestAGroupIsFoldedWithTheSumOfItsRows(t *testing.T) {
	r := plain(t)
	scene(r)
	if got := r.line("shadow lamp"); !strings.HasSuffix(strings.Join(strings.Fields(got), " "), "1 2 3│") {
		t.Errorf("the group is %q; want QoS 1, 2 unread, 3 in all", got)
	}
	r.hides("$aws")
	r.press("down", "down", "down", "enter")
	r.line("get/accepted")
	r.press("enter")
	r.hides("get/accepted")
}

func TestAGroupTellsThatOneOfItsRowsWasRefused(t *testing.T) {
	r := plain(t)
	r.SetRows([]Row{
		{Filter: "a", Group: "g", State: Live},
		{Filter: "b", Group: "g", State: Refused, Reason: "not authorized"},
	})
	r.press("down")
	if got := r.line("▌!"); !strings.Contains(got, "g") {
		t.Errorf("the group's row is %q", got)
	}
	r.line("not authorized")
}

func TestTheCursorStaysOnTheChosenRow(t *testing.T) {
	r := plain(t)
	scene(r)
	r.press("down", "down")
	rows := append([]Row{{Filter: "first/#", State: Live}}, r.rows...)
	r.wantIntents(r.SetRows(rows))
	if got := r.line("▌"); !strings.Contains(got, "lamp/+/state") {
		t.Errorf("the cursor is on %q", got)
	}
}

func TestAllMessagesAreChosenWhenTheChosenRowGoesAway(t *testing.T) {
	r := plain(t)
	scene(r)
	r.press("down", "down", "down", "right", "down")
	r.wantIntents(r.SetRows(r.rows[:2]), Choose{})
	if got := r.line("▌"); !strings.Contains(got, "all messages") {
		t.Errorf("the cursor is on %q", got)
	}
}

func TestUnsubscribe(t *testing.T) {
	r := plain(t)
	scene(r)
	if off(r, "subscriptions.unsubscribe") == "" {
		t.Error("all messages can be unsubscribed")
	}
	r.wantIntents(r.press("x"))
	r.press("down")
	r.wantIntents(r.press("x"), Unsubscribe{Filter: "sensors/#"}, Choose{Filter: "lamp/+/state"})
	r.wantIntents(r.SetRows(r.rows[1:]))
	if got := r.line("▌"); !strings.Contains(got, "lamp/+/state") {
		t.Errorf("the cursor is on %q", got)
	}
	r.press("down")
	if got, want := off(r, "subscriptions.unsubscribe"), "the shadow pane holds it"; got != want {
		t.Errorf("a group's unsubscribe is off because %q; want %q", got, want)
	}
	r.press("right", "down")
	r.wantIntents(r.press("x"))
	r.press("end")
	r.wantIntents(r.press("x"), Unsubscribe{Filter: "offline/+"}, Choose{Filter: "later/+"})
}

func TestTheFormSubscribes(t *testing.T) {
	tests := []struct {
		name string
		keys func(*rig)
		max  byte
		want []any
	}{
		{"at QoS 0", func(r *rig) { r.typed("a/+") }, 1, []any{subscribe(t, "a/+", 0), Choose{Filter: "a/+"}}},
		{"at QoS 1", func(r *rig) { r.typed("a/+"); r.press("tab", " ") }, 1, []any{subscribe(t, "a/+", 1), Choose{Filter: "a/+"}}},
		{"QoS goes round", func(r *rig) { r.typed("a"); r.press("tab", " ", " ") }, 1, []any{subscribe(t, "a", 0), Choose{Filter: "a"}}},
		{"at QoS 2 where it is offered", func(r *rig) { r.typed("a"); r.press("tab", "left") }, 2, []any{subscribe(t, "a", 2), Choose{Filter: "a"}}},
		{"QoS after the filter", func(r *rig) { r.typed("a/b@1") }, 1, []any{subscribe(t, "a/b", 1), Choose{Filter: "a/b"}}},
		{"a shared filter", func(r *rig) { r.typed("$share/g/a") }, 1, []any{subscribe(t, "$share/g/a", 0), Choose{Filter: "$share/g/a"}}},
		{"a filter that is there is only chosen", func(r *rig) { r.typed("sensors/#") }, 1, []any{Choose{Filter: "sensors/#"}}},
		{"a filter that is there at another QoS", func(r *rig) { r.typed("sensors/#@1") }, 1, []any{subscribe(t, "sensors/#", 1), Choose{Filter: "sensors/#"}}},
		{"a refused one again", func(r *rig) { r.typed("forbidden/#@1") }, 1, []any{subscribe(t, "forbidden/#", 1), Choose{Filter: "forbidden/#"}}},
		{"each line of a paste", func(r *rig) {
			r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("\r\n a/b \r\nc/d@1\na/b"), Paste: true})
		}, 1, []any{Subscribe{[]Wanted{{Filter: filter(t, "a/b")}, {Filter: filter(t, "c/d"), QoS: 1}}}, Choose{Filter: "a/b"}}},
		{"lines typed", func(r *rig) { r.typed("a/b"); r.press("alt+enter"); r.typed("c"); r.press("ctrl+j") }, 1,
			[]any{Subscribe{[]Wanted{{Filter: filter(t, "a/b")}, {Filter: filter(t, "c")}}}, Choose{Filter: "a/b"}}},
		{"with options", func(r *rig) {
			r.typed("a")
			r.press("tab", "tab")
			r.typed("kitchen")
			r.press("down")
			r.typed("50")
			r.press("tab", " ", "right")
		}, 1, []any{Subscribe{[]Wanted{{Filter: filter(t, "a"), Options: Options{Label: "kitchen", Keep: 50, Tone: 2}}}}, Choose{Filter: "a"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := plain(t)
			scene(r)
			r.SetMaxQoS(tt.max)
			r.press("s")
			if !r.Typing() {
				t.Fatal("the form is not open")
			}
			tt.keys(r)
			r.wantIntents(r.press("enter"), tt.want...)
			if r.Typing() {
				t.Error("the form is still open")
			}
		})
	}
}

func TestTheNewRowIsChosenOnceItComes(t *testing.T) {
	r := plain(t)
	scene(r)
	r.press("a")
	r.typed("new/#")
	r.press("enter")
	r.SetRows(append([]Row(nil), r.rows[1:]...)) // a frame before the row is there
	r.wantIntents(r.press("x"))
	r.wantIntents(r.SetRows(append(r.rows, Row{Filter: "new/#"})))
	if got := r.line("▌"); !strings.Contains(got, "new/#") {
		t.Errorf("the cursor is on %q", got)
	}
}

func TestAWrongFilterIsRefusedBesideTheField(t *testing.T) {
	tests := []struct{ name, typed, want string }{
		{"nothing", "", "a filter has at least one character"},
		{"# in the middle", "a/#/b", "# stands only at the end"},
		{"+ with other characters", "a+", "a wildcard stands alone"},
		{"QoS 3", "a@3", "QoS is 0, 1 or 2"},
		{"QoS 2 where it is not offered", "a@2", "the broker offers QoS 1 at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := plain(t)
			scene(r)
			r.SetSize(60, 20)
			r.press("a")
			r.hides("at least one character")
			r.typed(tt.typed)
			r.wantIntents(r.press("enter"))
			if !r.Typing() {
				t.Error("the form was closed")
			}
			r.line(tt.want)
		})
	}
}

func TestLettersAreTextInTheForm(t *testing.T) {
	r := plain(t)
	scene(r)
	r.press("a")
	r.typed("xqsGjk g")
	r.line("xqsGjk g")
	r.wantIntents(r.press("esc"))
	if r.Typing() {
		t.Error("esc leaves the form open")
	}
	r.press("a")
	r.hides("xqsGjk")
}

func TestTabLeavesTheFormPastItsFields(t *testing.T) {
	r := plain(t)
	r.Add()
	r.wantIntents(r.press("tab"))
	r.wantIntents(r.press("shift+tab"))
	r.wantIntents(r.press("tab", "tab", "tab", "tab", "tab"), Leave{Forward: true})
	if r.Typing() {
		t.Error("an empty form stays open")
	}
	r.Add()
	r.typed("a/b")
	r.wantIntents(r.press("shift+tab"), Leave{})
	r.Add()
	r.wantIntents(r.press("enter"), subscribe(t, "a/b", 0), Choose{Filter: "a/b"})
}

func TestSuggestionsCompleteTheFilter(t *testing.T) {
	r := plain(t)
	r.SetSuggestions([]string{"sensors/kitchen/temp", "lamp/state", "sensors/hall/temp"})
	r.press("a")
	r.typed("sen")
	r.line("sensors/hall/temp")
	r.hides("lamp/state")
	r.press("down", "down", "down")
	r.wantIntents(r.press("enter"), subscribe(t, "sensors/hall/temp", 0), Choose{Filter: "sensors/hall/temp"})
	r.press("a")
	r.typed("lamp")
	r.press("down", "up", "up", "up", "up")
	if got := r.form.field().Value(); got != "lamp" {
		t.Errorf("past the last suggestion the field holds %q; want what was typed", got)
	}
}

func TestNumbersKeepTheirPlace(t *testing.T) {
	r := plain(t)
	r.SetRows([]Row{{Filter: "a", State: Live, Total: 123456, Unread: 1000}})
	r.draw()
	before := strings.Index(r.line(" a "), "0")
	r.SetRows([]Row{{Filter: "a", State: Live, Total: 1}})
	if got := strings.Index(r.line(" a "), "0"); got != before {
		t.Errorf("the QoS moved from %d to %d", before, got)
	}
}

func TestLargeCountsAreShortenedWhereTheyHaveNoRoom(t *testing.T) {
	r := plain(t)
	r.SetSize(30, 20)
	r.SetRows([]Row{{Filter: "a/long/filter", State: Live, Total: 12_345_678_901, Unread: 12_345_678}})
	if got := r.line("12G"); !strings.Contains(got, "12M") || !strings.Contains(got, "a/lo") {
		t.Errorf("the row is %q", got)
	}
}

func TestTheMouseChoosesAndUnfolds(t *testing.T) {
	click := func(r *rig, x, y int) []any {
		r.draw()
		intents, _ := r.Update(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
		return intents
	}
	r := plain(t)
	scene(r)
	r.wantIntents(click(r, 10, 3), Choose{Filter: "sensors/#"})
	r.wantIntents(click(r, 2, 5), Choose{Group: "shadow lamp · classic"})
	r.line("update/delta")
	r.wantIntents(click(r, 10, 19))
	r.wantIntents(click(r, 10, 15))
}

func TestEmptySaysWhatToDo(t *testing.T) {
	r := plain(t)
	r.line("no subscriptions yet: s adds one")
	m, err := keymap.Default().With(map[string][]string{"global.subscribe": {"ctrl+n"}})
	if err != nil {
		t.Fatal(err)
	}
	r.keys, r.dirty = m, true
	r.SetSize(30, 8)
	r.line("ctrl+n adds one")
}

func TestRefreshDrawsOnlyWhatMoved(t *testing.T) {
	r := plain(t)
	scene(r)
	r.draw()
	r.view = "kept"
	scene(r)
	r.Refresh(panetest.Now)
	if r.View() != "kept" {
		t.Error("the same rows were drawn again")
	}
	r.SetAll(7)
	r.line("7")
}
