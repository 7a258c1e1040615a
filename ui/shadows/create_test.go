package shadows

import (
	"testing"
)

func TestCreateNeverOverwrites(t *testing.T) {
	w := newWorld(t)
	w.act(w.pane.Connected(false))
	w.press("+")
	w.write("lamp")
	w.press("enter")
	w.settle()
	w.wantToast("shadow created, v1")
	if got, want := w.published("update")[0], `{"state":{"desired":{"welcome":"aws-iot"},"reported":{"welcome":"aws-iot"}},"clientToken":"own-2"}`; got != want {
		t.Errorf("got %s published; want %s", got, want)
	}
	w.press("+")
	w.write("")
	w.press("tab")
	w.write(`{"on":true}`)
	w.press("enter")
	w.settle()
	w.wantToast("lamp · classic exists already, at v1: nothing was created")
	w.wantRow("welcome", `welcome "aws-iot" "aws-iot"`)
	w.press("+", "tab", "tab")
	w.write("lamp")
	w.press("tab")
	w.write("config")
	w.press("tab")
	w.write(`{"desired":{"a":null}}`)
	w.wantText(w.dialog(), "null cannot be stored")
	w.write(`{"on":true}`)
	w.press("enter")
	w.settle()
	w.wantText(w.view(), "lamp · config", "v1 · 1 difference")
	w.press("D")
	w.write("config")
	w.press("enter")
	w.settle()
	w.press("H")
	w.wantText(w.dialog(), "v1 2026-11-22 12:04:01 deleted 1 change this client", "v1 2026-11-22 12:04:01 created 1 change this client")
}

func TestTimelinePutsBackWhatWasDesired(t *testing.T) {
	w := shown(t)
	for _, state := range []string{`{"desired":{"a":1,"b":1}}`, `{"desired":{"a":2,"b":null,"c":3}}`} {
		w.device("update", `{"state":`+state+`,"clientToken":"app"}`)
		w.settle()
	}
	w.press("H")
	w.wantText(w.dialog(), "v2 2026-11-22 12:04:01 updated 3 changes app", "desired a 1 → 2", "desired b 1 → –", "desired c – → 3")
	w.press("down")
	w.wantText(w.dialog(), "v1 created", "desired a – → 1")
	w.press("enter")
	w.wantText(w.dialog(), "lamp · classic v1", `"a": 1`, `"b": 1`)
	w.press("esc", "b")
	w.wantText(w.dialog(), "Review update", `"a": 1`, `"b": 1`, `"c": null`, "still at v2")
	w.press("enter")
	w.settle()
	if got := w.pane.doc.Desired.State.String(); got != `{"a":1,"b":1}` {
		t.Errorf("got %s desired; want what v1 desired", got)
	}
}
