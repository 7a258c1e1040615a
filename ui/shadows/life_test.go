package shadows

import (
	"strings"
	"testing"
	"time"
)

func TestLifeOfAShadow(t *testing.T) {
	w := newWorld(t)
	w.wantText(w.view(), "no thing is chosen", "t chooses a thing")

	w.act(w.pane.Choose("lamp", ""))
	w.wantText(w.view(), "4 Shadow lamp · classic", "not connected")
	w.act(w.pane.Connected(false))
	if len(w.asked) != 8 {
		t.Fatalf("got %d subscriptions asked for; want 8", len(w.asked))
	}
	w.grant(7, "")
	w.wantText(w.view(), "subscribing to the answers: 7 of 8")
	if len(w.sent) != 0 {
		t.Fatalf("got %v published before the last SUBACK; want nothing", w.sent)
	}
	w.grant(1, "")
	w.wantText(w.view(), "waiting for the answer to get")
	w.settle()
	w.wantText(w.view(), "no shadow exists yet", "404 No shadow exists with name: 'lamp'")

	w.device("update", `{"state":{"desired":{"on":true,"color":"red"},"reported":{"on":true,"color":"red","wifi":{"rssi":-58,"ssid":"shed"}}},"clientToken":"dev-1"}`)
	w.settle()
	w.wantRow("on", "on true true")
	w.wantRow("wifi", "▸ wifi – {…2}")
	w.wantText(w.view(), "v1 · no difference", "v1 just now by another client (token dev-1)")

	w.press("down", "e")
	w.wantText(w.dialog(), "Desired on", "value true", "will set true")
	w.write("false")
	w.wantText(w.dialog(), "will set false")
	w.press("enter")
	w.wantRow("on", "on → false true")
	w.wantText(w.view(), "1 edit")
	if got := w.pane.Unsent(); got != 1 {
		t.Errorf("got %d unsent edits; want 1", got)
	}

	w.press("ctrl+s")
	w.wantText(w.dialog(), "Review update lamp · classic", "still at v1", `"on": false`, `"version": 1`, `"clientToken": "own-2"`)
	w.press("enter")
	got := w.published("update")
	if want := `{"state":{"desired":{"on":false}},"version":1,"clientToken":"own-2"}`; len(got) != 1 || got[0] != want {
		t.Fatalf("got %v published; want %s", got, want)
	}
	w.wantRow("on", "on → false true")
	w.settle()
	w.wantToast("update accepted, v2")
	w.wantRow("on", "≠ on false true false")
	w.wantText(w.view(), "v2 · 1 difference", "v2 just now by this client")
	if got := w.pane.Unsent(); got != 0 {
		t.Errorf("got %d unsent edits; want none", got)
	}

	w.pass(3 * time.Second)
	w.device("update", `{"state":{"reported":{"on":false}}}`)
	w.settle()
	w.wantRow("on", "on false false")
	w.wantText(w.view(), "v3 · no difference", "v3 just now by a client without a token")
	w.wantText(w.line("desired", "ago"), "desired false 3 s ago")
}

func TestReviewSendsWhatItShows(t *testing.T) {
	w := shown(t, `{"desired":{"a":{"b":1,"c":2}}}`)
	w.press("enter", "down", "x", "ctrl+s")
	d := w.dialogs[0].(*reviewDialog)
	w.wantText(w.dialog(), "72 bytes to send; the shadow will have 13 of 8 192 bytes")
	w.press("ctrl+s")
	if got := w.published("update")[0]; got != string(d.payload) || len(got) != 72 {
		t.Errorf("got %s published; want what was shown, %s, of 72 bytes", got, d.payload)
	}
	w.settle()
	if got := w.pane.doc.Desired.State.String(); got != `{"a":{"c":2}}` || len(got) != 13 {
		t.Errorf("got %s desired; want what was announced", got)
	}
}

func TestEscapeKeepsTheEdits(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("e")
	w.write("false")
	w.press("enter", "ctrl+s", "esc")
	w.wantRow("on", "+ on → false – true")
	if len(w.published("update")) != 0 || len(w.dialogs) != 0 {
		t.Errorf("got %v published, %d dialogs; want none", w.sent, len(w.dialogs))
	}
	w.press("U")
	w.wantRow("on", "+ on true – true")
}

func TestConflictKeepsTheEdits(t *testing.T) {
	w := shown(t, `{"desired":{"on":true,"n":1}}`)
	w.press("down", "e")
	w.write("false")
	w.press("enter", "ctrl+s")
	w.device("update", `{"state":{"desired":{"n":2}}}`) // on its way while the user reviews
	w.press("enter")
	w.wantText(w.view(), "waiting for its answer")
	w.settle()
	w.wantToast("update refused: 409 Version conflict, the edits are kept")
	w.wantText(w.dialog(), "v1 was edited, the shadow has v2 by now", "key WAS THEIRS YOURS", "n 1 2", "on true false")
	w.press("esc")
	w.wantText(w.view(), "409 Version conflict: v1 was expected, the shadow has v2: ctrl+s shows what changed")
	w.wantRow("on", "+ on → false – true")
	w.wantRow("n", "+ n 2 – 2")
	if got := len(w.published("get")); got != 2 {
		t.Errorf("got %d gets; want the first and one after the conflict", got)
	}
	w.press("ctrl+s", "r")
	w.wantText(w.dialog(), "Review update", `"on": false`, `"version": 2`)
	w.press("enter")
	w.settle()
	w.wantToast("update accepted, v3")
	w.wantRow("on", "+ on false – false")
	if strings.Contains(w.view(), "409") {
		t.Errorf("the conflict is still told:\n%s", w.view())
	}
}

func TestADeviceThatReportsDoesNotKeepTheUpdateFromBeingSent(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("e")
	w.write("false")
	w.press("enter", "ctrl+s")
	w.device("update", `{"state":{"reported":{"n":2}}}`)
	w.settle()
	w.wantText(w.dialog(), "still at v2", `"version": 2`, `"clientToken": "own-2"`)
	w.press("enter")
	w.settle()
	w.wantToast("update accepted, v3")
}

func TestReviewIsMadeAnewWhenTheDesiredStateMovedOn(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("e")
	w.write("false")
	w.press("enter", "ctrl+s")
	w.device("update", `{"state":{"desired":{"n":2}}}`)
	w.settle()
	w.wantText(w.dialog(), "the state has changed: enter shows the update for v2")
	w.press("enter")
	if got := w.published("update"); len(got) != 0 {
		t.Fatalf("got %v published unseen; want nothing", got)
	}
	w.wantText(w.dialog(), "still at v2")
	w.press("enter")
	w.settle()
	w.wantToast("update accepted, v3")
}

func TestRefusalsKeepTheEditsAndTellCodeAndText(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("e")
	w.write(`"` + strings.Repeat("x", 8192) + `"`)
	w.press("ctrl+t", "enter", "ctrl+s")
	w.wantText(w.dialog(), "the shadow will have 8 201 of 8 192 bytes", "more than AWS takes")
	w.press("enter")
	w.settle()
	w.wantToast("update refused: 413 The payload exceeds the maximum size allowed")
	w.wantText(w.view(), "update refused: 413 The payload exceeds the maximum size allowed; the edits are kept")
	if w.pane.Unsent() != 1 {
		t.Errorf("got %d edits; want 1", w.pane.Unsent())
	}
	w.press("esc")
	if strings.Contains(w.view(), "413") {
		t.Errorf("esc left the refusal:\n%s", w.view())
	}
}

func TestNoAnswer(t *testing.T) {
	w := newWorld(t)
	w.mute = true
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", ""))
	w.settle()
	w.pass(9 * time.Second)
	w.wantText(w.view(), "waiting for the answer to get")
	w.pass(time.Second)
	w.wantText(w.view(), "no answer to get within 10 s", "may have no Device Shadow service", "u asks again")
	w.mute = false
	w.device("update", `{"state":{"desired":{"on":true}}}`)
	w.wire = nil
	w.press("u")
	w.settle()
	w.wantRow("on", "+ on true – true")
}

func TestNoAnswerToAnUpdateKeepsTheEditsUntilItComesLate(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("e")
	w.write("false")
	w.press("enter", "ctrl+s", "enter") // the service hears, and its answers stay on the wire
	w.pass(10 * time.Second)
	w.wantToast("no answer to the update")
	w.wantText(w.view(), "no answer to the update: it may have been carried out or not; the edits are kept")
	w.wantRow("on", "+ on → false – true")
	w.settle()
	w.wantToast("update accepted, v2")
	w.wantRow("on", "+ on false – false")
	if w.pane.Unsent() != 0 || strings.Contains(w.view(), "no answer") {
		t.Errorf("got %d edits and\n%s\nwant it settled", w.pane.Unsent(), w.view())
	}
}

func TestReconnectGetsAgain(t *testing.T) {
	for name, kept := range map[string]bool{"session kept": true, "session lost": false} {
		t.Run(name, func(t *testing.T) {
			w := shown(t, `{"desired":{"on":true}}`)
			w.pane.Disconnected()
			w.wantText(w.view(), "not connected: this is the shadow as it was known")
			w.wantRow("on", "+ on true – true")
			w.press("u")
			w.device("update", `{"state":{"reported":{"on":true}}}`)
			w.wire = nil
			before := len(w.published("get"))
			w.act(w.pane.Connected(kept))
			if !kept {
				if len(w.published("get")) != before {
					t.Fatal("got a get before the subscriptions were restored")
				}
				w.asked, w.held = w.held, nil // the Session restores them and tells
			}
			w.settle()
			if got := len(w.published("get")) - before; got != 1 {
				t.Errorf("got %d gets; want 1", got)
			}
			w.wantRow("on", "on true true")
		})
	}
}

func TestMissedMessagesAreMadeGood(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.device("update", `{"state":{"desired":{"a":1}}}`)
	w.wire = nil // lost
	w.device("update", `{"state":{"desired":{"b":1}}}`)
	w.wire = w.wire[:1] // update/accepted alone
	w.settle()
	w.pass(0)
	w.pass(time.Second)
	w.settle()
	w.wantRow("a", "+ a 1 – 1")
	w.wantRow("b", "+ b 1 – 1")
	if got := len(w.published("get")); got != 2 {
		t.Errorf("got %d gets; want 2", got)
	}
}

func TestDeleteByTypedName(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("D")
	w.wantText(w.dialog(), "Delete the shadow lamp · classic", "type lamp")
	w.write("lam")
	w.press("enter")
	if got := w.published("delete"); len(got) != 0 || len(w.dialogs) != 1 {
		t.Fatalf("got %v published for half a name; want nothing", got)
	}
	w.write("lamp")
	w.press("enter")
	w.settle()
	w.wantToast("shadow deleted at v1")
	w.wantText(w.view(), "no shadow exists: v1 was deleted by this client", "a adds a key")
	w.press("D", "e", "x", "ctrl+s")
	if len(w.dialogs) != 0 {
		t.Errorf("got a dialog; want none without a shadow")
	}
}

func TestTheNameToTypeIsTheShadowsWhenItHasOne(t *testing.T) {
	w := newWorld(t)
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", "config"))
	w.service.Handle("$aws/things/lamp/shadow/name/config/update", []byte(`{"state":{"desired":{"a":1}}}`), w.now)
	w.settle()
	w.wantText(w.view(), "4 Shadow lamp · config")
	w.press("D")
	w.write("config")
	w.press("enter")
	w.settle()
	w.wantToast("shadow deleted at v1")
}

func TestAddingAKeyCreatesTheShadow(t *testing.T) {
	w := shown(t)
	w.wantText(w.view(), "no shadow exists yet")
	w.press("a")
	w.write("on")
	w.press("tab")
	w.write("yes")
	w.wantText(w.dialog(), "column 1", "text needs quotation marks")
	w.press("enter")
	w.write("true")
	w.wantText(w.dialog(), "will set on to true")
	w.press("enter")
	w.wantRow("on", "on → true –")
	w.press("ctrl+s")
	w.wantText(w.dialog(), "creates the shadow")
	w.press("enter")
	w.settle()
	w.wantToast("shadow created, v1")
	w.wantRow("on", "+ on true – true")
}
