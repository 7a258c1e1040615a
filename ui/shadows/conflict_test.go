package shadows

import (
	"strings"
	"testing"
)

func TestTheirsCanBeTakenInAConflict(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"b":1}}`)
	for range 2 {
		w.press("e")
		w.write("5")
		w.press("enter", "down")
	}
	w.press("ctrl+s")
	w.device("update", `{"state":{"desired":{"a":7}}}`)
	w.press("enter")
	w.settle()
	w.wantText(w.dialog(), "≠ a 1 7 5 ✓", "b 1 5")
	w.press(" ")
	w.wantText(w.dialog(), "≠ a 1 7 ✓ 5")
	w.press("r")
	w.wantText(w.dialog(), "still at v2", `"b": 5`)
	w.press("enter")
	w.settle()
	if got := w.pane.doc.Desired.State.String(); got != `{"a":7,"b":5}` {
		t.Errorf("got %s; want theirs in a, own in b", got)
	}
}

func TestOverwriteAndDropInAConflict(t *testing.T) {
	for key, want := range map[string]string{"o": `{"a":5}`, "d": `{"a":7}`} {
		w := shown(t, `{"desired":{"a":1}}`)
		w.press("e")
		w.write("5")
		w.press("enter", "ctrl+s")
		w.device("update", `{"state":{"desired":{"a":7}}}`)
		w.press("enter")
		w.settle()
		w.press(key)
		if key == "o" {
			w.wantText(w.dialog(), "overwrites, whatever version the shadow has by then")
			if view := w.dialog(); strings.Contains(view, `"version"`) {
				t.Errorf("got a version in\n%s", view)
			}
			w.press("enter")
		}
		w.settle()
		if got := w.pane.doc.Desired.State.String(); got != want || w.pane.Unsent() != 0 {
			t.Errorf("%s: got %s and %d edits; want %s and none", key, got, w.pane.Unsent(), want)
		}
	}
}

func TestTheConflictIsShownByItselfOnce(t *testing.T) {
	w := states["conflict"](t)
	w.press("esc")
	w.device("get", "")
	w.settle()
	if len(w.dialogs) != 0 {
		t.Errorf("somebody's get opened it again:\n%s", w.dialog())
	}
	w.press("ctrl+s")
	w.wantText(w.dialog(), "Version conflict")
}
