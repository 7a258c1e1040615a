package shadows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestFoldsAreKeptByPath(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"wifi":{"rssi":-58,"deep":{"x":1}}}}`)
	w.press("G", "right")
	w.wantRow("rssi", "+ rssi -58 – -58")
	w.press("right", "right", "down")
	w.wantRow("x", "+ x 1 – 1")
	w.device("update", `{"state":{"desired":{"a":2,"aa":true,"wifi":{"rssi":-60}}}}`)
	w.settle()
	w.wantRow("rssi", "+ rssi -60 – -60")
	if got := strings.Join(w.pane.chosen().path, "."); got != "wifi.deep.x" {
		t.Errorf("got the cursor on %s; want it to stay on wifi.deep.x", got)
	}
	w.press("left")
	w.press("left")
	if view := w.view(); strings.Contains(view, " x ") || !strings.Contains(view, "▸ deep") {
		t.Errorf("got\n%s\nwant deep folded", view)
	}
	w.press("left", "enter")
	if view := w.view(); strings.Contains(view, "  rssi ") || !strings.Contains(view, "▸ wifi") {
		t.Errorf("got\n%s\nwant wifi folded", view)
	}
}

func TestAFoldedObjectShowsWhatItHides(t *testing.T) {
	w := shown(t, `{"desired":{"o":{"a":1,"b":{"c":1}}},"reported":{"o":{"a":1,"b":{}}}}`)
	w.wantRow("o", "≠ ▸ o {…2} {…2} {…1}")
	w.press("right", "down", "down", "e")
	w.write(`{"c":2}`)
	w.press("enter", "left", "left")
	w.wantRow("o", "≠ ▸ o → {…2} {…2} {…1}")
	w.wantText(w.view(), "1 difference · 1 edit")
}

func TestValuesAreShownAsJSON(t *testing.T) {
	w := shown(t, `{"reported":{"a":[1,"b",{"c":[]}],"b":false,"e":{},"n":-1.5e3,"s":"x\n\"","z":""}}`)
	for _, want := range []string{`▸ a – [1,"b",{…1}]`, `b – false`, `e – {}`, `n – -1.5e3`, `s – "x\n\""`, `z – ""`} {
		w.wantRow(strings.Fields(strings.TrimPrefix(want, "▸ "))[0], want)
	}
}

func TestChangedRowsBrightenForASecond(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"b":{"c":1,"d":1}}}`)
	w.pane.theme = theme.New(theme.Options{Profile: termenv.TrueColor})
	bright := w.pane.theme.Fresh.On
	isBright := func(key string) bool {
		for line := range strings.Lines(w.view()) {
			if strings.Contains(line, key) {
				return strings.Contains(line, bright)
			}
		}
		t.Fatalf("no row %q", key)
		return false
	}
	w.device("update", `{"state":{"desired":{"b":{"c":2}}}}`)
	w.settle()
	w.press("g")
	if isBright("▸ b") != true {
		t.Error("the folded object with the change is not brighter")
	}
	w.press("down", "right", "g")
	for key, want := range map[string]bool{"▾ b": false, " c ": true, " d ": false} {
		if isBright(key) != want {
			t.Errorf("got %q bright %t; want %t", key, !want, want)
		}
	}
	w.pass(time.Second)
	if isBright(" c ") {
		t.Error("the row is still brighter after a second")
	}
}

func TestChoose(t *testing.T) {
	w := newWorld(t)
	w.act(w.pane.Connected(false))
	w.act(w.pane.Handle("$aws/things/pump/shadow/name/config/update", nil, w.now))
	w.act(w.pane.Handle("$aws/things/fan/jobs/notify", nil, w.now))
	w.press("t")
	w.wantText(w.dialog(), "seen in traffic", "fan · classic", "pump · config")
	w.write("no/slash")
	w.wantText(w.dialog(), "thing name has '/'")
	w.press("enter")
	if len(w.asked) != 0 || len(w.dialogs) != 1 {
		t.Fatalf("got %v asked for; want the dialog to stay", w.asked)
	}
	w.write("u")
	w.wantText(w.dialog(), "pump · config")
	if view := w.dialog(); strings.Contains(view, "fan") {
		t.Errorf("got\n%s\nwant only what completes what was typed", view)
	}
	w.press("down")
	w.wantText(w.dialog(), "thing pump", "shadow config")
	w.press("tab")
	w.write("bad name")
	w.wantText(w.dialog(), "shadow name has ' '")
	w.write("$special")
	w.press("enter")
	w.wantText(w.view(), "4 Shadow pump · $special")
	w.settle()
	w.wantText(w.view(), "404 No shadow exists with name: '$special'")
}

func TestChoosingAnotherShadowLetsGoOfTheFirst(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("x", "t")
	w.wantText(w.dialog(), "1 edit to lamp · classic would be lost")
	w.write("pump")
	w.press("enter")
	w.settle()
	for _, f := range w.held {
		if !strings.HasPrefix(f, "$aws/things/pump/shadow/") {
			t.Errorf("got %s still subscribed", f)
		}
	}
	if len(w.held) != 8 || w.pane.Unsent() != 0 {
		t.Errorf("got %d subscriptions and %d edits; want 8 and none", len(w.held), w.pane.Unsent())
	}
	w.act(w.pane.Choose("no/thing", ""))
	w.wantToast(`thing name has '/': only a-z A-Z 0-9 : _ - are allowed`)
}

func TestUnsubscribeNamesTheGroupThatSubscribed(t *testing.T) {
	p := New(theme.Plain(), keymap.Default(), func() time.Time { return panetest.Now })
	p.Choose("lamp", "")
	got := p.Choose("pump", "")
	want := fmt.Sprint([]any{
		Unsubscribe{Filters: shadow.Name{Thing: "lamp"}.AnswerTopics(), Group: "shadow lamp"},
		Subscribe{Filters: shadow.Name{Thing: "pump"}.AnswerTopics(), Group: "shadow pump"},
		Chosen{shadow.Name{Thing: "pump"}},
	})
	if fmt.Sprint(got) != want {
		t.Errorf("got %v; want %s", got, want)
	}
}

func TestSeenIsBounded(t *testing.T) {
	var s seen
	for i := range 10 * maxSeen {
		s.note(fmt.Sprintf("$aws/things/thing-%d/shadow/update", i))
	}
	names := s.names()
	if len(names) > maxSeen {
		t.Errorf("got %d names; want at most %d", len(names), maxSeen)
	}
	newest := shadow.Name{Thing: fmt.Sprintf("thing-%d", 10*maxSeen-1)}
	if _, ok := s.last[newest]; !ok {
		t.Errorf("got no %v among %v", newest, names)
	}
}

func TestRefusedSubscriptionsAreTriedAgainOnlyWhenTheyAreChosenAgain(t *testing.T) {
	w := newWorld(t)
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", ""))
	w.grant(1, "refused by the broker (SUBACK 0x80)")
	w.settle()
	w.wantText(w.view(), "the subscription to $aws/things/lamp/shadow/get/accepted was refused: refused by the broker (SUBACK 0x80)")
	if len(w.sent) != 0 {
		t.Errorf("got %v published; want nothing while the answer cannot be heard", w.sent)
	}
	w.pane.Disconnected()
	w.act(w.pane.Connected(true))
	if len(w.asked) != 0 {
		t.Fatalf("got %v asked for; want nothing: AWS closes the connection for it", w.asked)
	}
	w.press("A", "enter")
	w.settle()
	w.wantText(w.view(), "no shadow exists yet")
}

func TestAShadowIsShownWithoutTheAnswersThatWereRefused(t *testing.T) {
	w := newWorld(t)
	w.act(w.pane.Connected(false))
	w.device("update", `{"state":{"desired":{"on":true}}}`)
	w.act(w.pane.Choose("lamp", ""))
	w.grant(7, "")
	w.grant(1, "not authorised")
	w.settle()
	w.wantRow("on", "+ on true – true")
	w.wantText(w.view(), "not subscribed to delete/rejected: not authorised")
}

func TestASlowSuback(t *testing.T) {
	w := newWorld(t)
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", ""))
	w.grant(2, "")
	w.pass(12 * time.Second)
	w.wantText(w.view(), "subscribing to the answers: 2 of 8", "the broker has not confirmed the rest for 12 s")
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.answer("update/documents", `{"current":`)
	w.wantText(w.view(), "an answer could not be read: $aws/things/lamp/shadow/update/documents: line 1, column 12")
	w.wantRow("on", "+ on true – true")
}

func TestMouse(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"o":{"b":1},"z":1}}`)
	click := func(x, y int, b tea.MouseButton) {
		w.pane.Update(tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionPress})
		w.view()
	}
	click(40, 4, tea.MouseButtonLeft)
	if got := w.pane.chosen().key(); got != "z" {
		t.Errorf("got %s chosen; want z", got)
	}
	click(5, 3, tea.MouseButtonLeft)
	w.wantRow("b", "+ b 1 – 1")
	click(5, 3, tea.MouseButtonLeft)
	if len(w.pane.rows) != 3 {
		t.Errorf("got %d rows; want o folded again", len(w.pane.rows))
	}
	click(5, 12, tea.MouseButtonLeft) // the detail
	if got := w.pane.chosen().key(); got != "o" {
		t.Errorf("got %s chosen; want o still", got)
	}
	w.pane.SetSize(86, 5)
	w.view()
	click(5, 2, tea.MouseButtonWheelDown)
	if w.pane.scroll.Top == 0 {
		t.Error("the wheel did not scroll")
	}
}

// many is a world with a shadow of n keys, half of them different.
func many(n int) *Pane {
	p := New(theme.New(theme.Options{Profile: termenv.TrueColor}), keymap.Default(), func() time.Time { return panetest.Now })
	p.SetSize(86, 40)
	p.Connected(false)
	p.Choose("lamp", "")
	for _, f := range p.talk.manager.Filters() {
		p.Subscribed(f, "")
	}
	p.Handle("$aws/things/lamp/shadow/get/accepted", manyKeys(n, 1), panetest.Now)
	p.Refresh(panetest.Now)
	return p
}

func manyKeys(n, version int) []byte {
	var d, r strings.Builder
	for i := range n {
		if i > 0 {
			d.WriteByte(',')
			r.WriteByte(',')
		}
		fmt.Fprintf(&d, `"key%d":%d`, i, i)
		fmt.Fprintf(&r, `"key%d":%d`, i, i+i%2*version)
	}
	return fmt.Appendf(nil, `{"state":{"desired":{%s},"reported":{%s}},"version":%d}`, &d, &r, version)
}

func TestRowsAreMadeOnlyWhenSomethingMoved(t *testing.T) {
	p := many(2000)
	if len(p.rows) != 2000 {
		t.Fatalf("got %d rows; want 2000", len(p.rows))
	}
	row := &p.rows[1999]
	row.id = "kept"
	for _, key := range []string{"down", "G", "pgup"} {
		p.Update(panetest.Key(key))
		p.Refresh(panetest.Now)
	}
	if p.rows[1999].id != "kept" {
		t.Error("moving the cursor made the rows anew")
	}
	p.Handle("$aws/things/lamp/shadow/get/accepted", manyKeys(2000, 2), panetest.Now)
	p.Refresh(panetest.Now)
	if p.rows[1999].id == "kept" {
		t.Error("a new document did not make the rows anew")
	}
}

func BenchmarkRefresh2000Rows(b *testing.B) {
	p := many(2000)
	b.ReportAllocs()
	for b.Loop() {
		p.Refresh(panetest.Now)
	}
}

func BenchmarkNewDocument2000Rows(b *testing.B) {
	p := many(2000)
	payloads := [][]byte{manyKeys(2000, 2), manyKeys(2000, 3)}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.talk.manager.Connect() // any version counts
		p.Handle("$aws/things/lamp/shadow/get/accepted", payloads[i%2], panetest.Now)
		p.Refresh(panetest.Now)
	}
}
