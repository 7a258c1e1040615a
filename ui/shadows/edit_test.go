package shadows

import (
	"strings"
	"testing"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/panetest"
)

func TestEditing(t *testing.T) {
	tests := []struct{ name, present, text, want, says string }{
		{"a boolean", `true`, `false`, `false`, "will set false"},
		{"a number", `1`, `-2.5`, `-2.5`, "will set -2.5"},
		{"an object", `{"a":1}`, `{"b":[1,2]}`, `{"b":[1,2]}`, `will set {"b":[1,2]}`},
		{"a string as JSON", `"red"`, `"blue"`, `"blue"`, `will set "blue"`},
		{"a plain word for a string", `"red"`, `blue`, `"blue"`, `will set "blue"`},
		{"nothing for a string", `"red"`, ``, `""`, `will set ""`},
		{"a string that would be JSON of another type", `"red"`, `true`, `"true"`, `will set "true"`},
		{"another type unasked", `1`, `"one"`, ``, "a string in the place of a number: ctrl+t lets the type change"},
		{"an unfinished string", `"red"`, `"blue`, ``, "column 6: unexpected end"},
		{"a plain word for a number", `1`, `blue`, ``, "column 1: unexpected 'b', want a value (text needs quotation marks)"},
		{"broken JSON", `{"a":1}`, `{"a":1,}`, ``, "column 8: unexpected '}', want a key"},
		{"null", `1`, `null`, ``, "null would remove the key: x does that"},
		{"null inside", `1`, `[null]`, ``, "null cannot be stored"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := shown(t, `{"desired":{"k":`+tt.present+`}}`)
			w.press("g", "e")
			w.wantText(w.dialog(), "value "+tt.present)
			w.write(tt.text)
			w.wantText(w.dialog(), tt.says)
			w.press("enter")
			if tt.want == "" {
				if len(w.dialogs) != 1 || w.pane.Unsent() != 0 {
					t.Errorf("got %d dialogs, %d edits; want the dialog to stay", len(w.dialogs), w.pane.Unsent())
				}
				return
			}
			if v, _ := w.pane.want(shadow.Desired).At("k"); v.String() != tt.want {
				t.Errorf("got %s; want %s", v, tt.want)
			}
		})
	}
}

// TestPrefilledTextIsLossless edits nothing, whatever the value holds.
func TestPrefilledTextIsLossless(t *testing.T) {
	for _, text := range append(panetest.Hostile, "\u0085\u2028\U000e0041\ufffd\u00a0e\u0301") {
		v := shadow.String(text)
		got, err := shadow.Parse([]byte(typed(v)))
		if err != nil || !shadow.Equal(got, v) {
			t.Errorf("got %q, %v; want %q", got, err, v)
		}
		w := shown(t)
		w.act(w.pane.Handle("$aws/things/lamp/shadow/get/accepted", loaded(`{"k":`+v.String()+`}`, `{}`), w.now))
		w.view()
		w.press("g", "e", "enter")
		if w.pane.Unsent() != 0 {
			t.Errorf("got %s; want %s as it was", w.pane.want(shadow.Desired), v)
		}
	}
}

func TestUndoTakesBackOneEditAtATime(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"b":1}}`)
	w.press("g", "x", "down", "e")
	w.write("2")
	w.press("enter")
	w.wantRow("a", "+ a → – – 1")
	w.wantRow("b", "+ b → 2 – 1")
	w.press("U")
	w.wantRow("b", "+ b 1 – 1")
	w.wantText(w.view(), "1 edit")
	w.press("U", "U")
	w.wantRow("a", "+ a 1 – 1")
}

func TestEditsThatCancelOutAreForgotten(t *testing.T) {
	w := shown(t, `{"desired":{"a":1}}`)
	for _, text := range []string{"1", "2", "1.0"} {
		w.press("e")
		w.write(text)
		w.press("enter")
	}
	if got := w.pane.Unsent(); got != 0 {
		t.Errorf("got %d edits; want none", got)
	}
}

func TestEditsMeetWhatOthersDid(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"b":1,"c":{"d":1,"e":1}}}`)
	w.press("g", "e")
	w.write("2")
	w.press("enter", "down", "x", "down", "right", "down", "e")
	w.write("2")
	w.press("enter")
	w.wantText(w.view(), "3 edits")
	w.device("update", `{"state":{"desired":{"a":2,"b":null}}}`) // the same as two of the edits
	w.settle()
	w.wantText(w.view(), "1 edit")
	w.wantRow("d", "+ d → 2 – 1")
	w.device("update", `{"state":{"desired":{"c":7}}}`)
	w.settle()
	w.wantText(w.view(), "an edit no longer fits and was dropped: desired.c: a number has no \"d\"")
	if got := w.pane.Unsent(); got != 0 {
		t.Errorf("got %d edits; want none", got)
	}
}

func TestAddGoesIntoTheUnfoldedObjectOrBesideTheRow(t *testing.T) {
	w := shown(t, `{"desired":{"o":{"a":1}}}`)
	add := func(key string) {
		w.press("a")
		w.write(key)
		w.press("tab")
		w.write("1")
		w.press("enter")
	}
	add("x")
	w.press("g", "right")
	add("y")
	if got := strings.Join(w.pane.chosen().path, "."); got != "o.y" {
		t.Errorf("got the cursor on %s; want o.y", got)
	}
	if got, want := w.pane.want(shadow.Desired).String(), `{"o":{"a":1,"y":1},"x":1}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	w.press("a")
	w.write("a")
	w.wantText(w.dialog(), "this key is there already: e edits it")
}

func TestTheTypeChangesOnPurpose(t *testing.T) {
	w := shown(t, `{"desired":{"k":"red"}}`)
	w.press("e")
	w.write("21")
	w.wantText(w.dialog(), `will set "21"`)
	w.press("ctrl+t")
	w.wantText(w.dialog(), "will set the number 21")
	w.press("ctrl+t")
	w.wantText(w.dialog(), `will set "21"`)
	w.press("ctrl+t", "enter")
	if v, _ := w.pane.want(shadow.Desired).At("k"); v.String() != "21" {
		t.Errorf("got %s; want the number 21", v)
	}
}
