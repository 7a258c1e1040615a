package shadows

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/shadow"
)

// account is a Lister.
type account struct{}

func (account) Things(context.Context) ([]string, error) { return []string{"zebra", "lamp"}, nil }
func (account) Shadows(_ context.Context, thing string) ([]string, error) {
	if thing != "lamp" {
		return nil, errors.New("no such thing")
	}
	return []string{"wifi", "config"}, nil
}

func TestChoosingOffersLikelyOnesFirst(t *testing.T) {
	w := newWorld(t)
	w.pane.SetClientID("thingdeck-3f2a")
	w.pane.SetRecents([]shadow.Name{{Thing: "old"}})
	w.pane.SetFavourites([]shadow.Name{{Thing: "dear", Shadow: "config"}})
	w.pane.SetLister(account{})
	w.act(w.pane.Handle("$aws/things/pump/shadow/update", nil, w.now))
	w.press("t")
	view := w.dialog()
	at := -1
	for _, want := range []string{"thingdeck-3f2a · classic", "dear · config", "old · classic", "pump · classic", "lamp · classic", "zebra · classic"} {
		i := strings.Index(view, want)
		if i <= at {
			t.Errorf("got %q at %d; want it after %d in\n%s", want, i, at, view)
		}
		at = i
	}
	w.wantText(view, "2 things in the account")
	w.write("lamp")
	w.press("tab")
	w.wantText(w.dialog(), "lamp · config", "lamp · wifi", "2 named shadows of lamp in the account")
	w.press("down", "enter")
	w.wantText(w.view(), "lamp · config")
	if got := w.chosen[0].Name; got != (shadow.Name{Thing: "lamp", Shadow: "config"}) {
		t.Errorf("got %v chosen", got)
	}
	w.press("f")
	if len(w.favoured) != 1 || !w.favoured[0].On {
		t.Errorf("got %v; want a favourite", w.favoured)
	}
}

func TestAllShadowsOfAThingSideBySide(t *testing.T) {
	w := shown(t, `{"desired":{"a":1}}`)
	named := func(name, payload string) {
		w.wire = append(w.wire, w.service.Handle("$aws/things/lamp/shadow/name/"+name+"/update", []byte(payload), w.now)...)
	}
	w.press("L")
	if len(w.asked) != 8 {
		t.Errorf("got %d subscriptions; want 8 whatever the number of shadows", len(w.asked))
	}
	w.settle()
	w.wantText(w.dialog(), "classic v1 ≠ 1 difference")
	named("config", `{"state":{"desired":{"x":1,"y":1}}}`)
	named("wifi", `{"state":{"desired":{"x":1},"reported":{"x":1}}}`)
	w.settle()
	w.wantText(w.dialog(), "config v1 ≠ 2 differences", "wifi v1 none")
	w.press("down", "enter")
	w.settle()
	w.wantText(w.view(), "lamp · config", "v1 · 2 differences")
	if len(w.held) != 8 || slices.ContainsFunc(w.held, func(f string) bool { return strings.Contains(f, "+") }) {
		t.Errorf("got %v held; want only those of the shadow shown", w.held)
	}
}

func TestAnswerTopicsAreAChoice(t *testing.T) {
	w := shown(t, `{"desired":{"on":true}}`)
	w.press("x", "A", "down", "down", " ", "down", "down", " ", "down", " ", "enter")
	if len(w.held)+len(w.asked) == 0 || len(w.sent) != 1 {
		t.Fatalf("got %v published before the answers were subscribed", w.sent)
	}
	w.settle()
	w.pass(time.Second)
	w.wantText(w.view(), "updates are not among the chosen answer topics: the shadow is got every 10 s", "1 edit")
	w.press("ctrl+s", "enter")
	w.settle()
	w.pass(2 * time.Second)
	w.settle()
	w.wantToast("the shadow has what was sent, v2")
	w.device("update", `{"state":{"desired":{"n":1}}}`)
	w.settle()
	w.pass(11 * time.Second)
	w.settle()
	w.wantRow("n", "+ n 1 – 1")
}

func TestWithOnlyGetAllowedTheShadowIsGotAgain(t *testing.T) {
	w := onlyGet(t)
	w.wantText(w.view(), "updates cannot be heard: not authorised; the shadow is got every 10 s instead")
	w.device("update", `{"state":{"reported":{"on":true}}}`)
	w.settle()
	w.pass(11 * time.Second)
	w.settle()
	w.wantRow("on", "on true true")
}

func TestFilter(t *testing.T) {
	w := shown(t, `{"desired":{"a":1,"wifi":{"rssi":1,"ssid":"x"}},"reported":{"a":1,"wifi":{"ssid":"x"},"Zed":[1,{"k":2}]}}`)
	keys := func(want string) {
		t.Helper()
		w.view()
		var got []string
		for _, r := range w.pane.rows {
			got = append(got, pathText(r.path))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got rows %v; want %s", got, want)
		}
	}
	for text, want := range map[string]string{
		"ssid": "wifi wifi.ssid", "WIFI": "", "Zed": "Zed Zed.0 Zed.1 Zed.1.k", "z k": "Zed Zed.1 Zed.1.k", "-wifi state:sync": "a",
		"state:pending": "wifi wifi.rssi", "state:reported": "Zed Zed.0 Zed.1 Zed.1.k", "state:desired": "wifi wifi.rssi",
	} {
		w.press("/")
		w.write(text)
		keys(want)
		w.press("esc")
	}
	keys("Zed a wifi")
	w.press("d")
	keys("wifi wifi.rssi")
	w.press("/")
	w.write("state:x")
	w.wantText(w.view(), "state: is one of")
	w.press("enter")
	if w.pane.Typing() {
		t.Error("enter did not leave the field")
	}
	w.press("esc")
	keys("Zed a wifi")
}

func TestAClosedConnectionCostsOnlyWhatCanBeDoneWithout(t *testing.T) {
	w := newWorld(t)
	w.device("update", `{"state":{"desired":{"on":true}}}`)
	w.wire = nil
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", ""))
	w.grant(1, "")
	w.grant(1, "closed right after subscribing")
	w.pane.Disconnected()
	w.act(w.pane.Closed())
	if w.retries != 1 {
		t.Errorf("got %d retries; want 1", w.retries)
	}
	w.asked = []string{"$aws/things/lamp/shadow/get/accepted", "$aws/things/lamp/shadow/update/documents"}
	w.act(w.pane.Connected(false))
	w.settle()
	w.wantRow("on", "+ on true – true")
	w.device("update", `{"state":{"reported":{"on":true}}}`)
	w.settle()
	w.wantRow("on", "on true true")
}
