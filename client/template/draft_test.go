package template_test

import (
	"testing"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/template"
)

func TestADraftIsRenderedWhole(t *testing.T) {
	m, err := template.OfDraft(client.Draft{Topic: `rooms/{{ask "Room"}}/{{seq}}`, Payload: []byte(`{"n":{{seq}},"room":"{{ask "Room" "hall"}}","s":"{{ask "Say" "x"}}"}`), QoS: 1, Retain: true, Variables: true})
	if err != nil {
		t.Fatal(err)
	}
	if asks := m.Asks(); len(asks) != 2 || asks[0] != (template.Ask{Label: "Room", Default: "hall"}) || m.Fixed() {
		t.Errorf("it asks %v", asks)
	}
	v := values(1)
	v.Answers = map[string]string{"Room": "attic"}
	d, err := m.Render(v)
	if err != nil || d.Topic != "rooms/attic/7" || string(d.Payload) != `{"n":7,"room":"attic","s":"x"}` || d.QoS != 1 || !d.Retain || d.Variables {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestADraftWithoutVariablesStays(t *testing.T) {
	for _, payload := range []string{"{{env \"PLACE\"}}", "{{", "\xff"} {
		m, err := template.OfDraft(client.Draft{Topic: "{{now", Payload: []byte(payload)})
		if err != nil {
			t.Fatal(err)
		}
		if d, err := m.Render(values(1)); err != nil || d.Topic != "{{now" || string(d.Payload) != payload || !m.Fixed() || m.Asks() != nil {
			t.Errorf("got %+v, %v", d, err)
		}
	}
}

func TestADraftSaysWhichPartIsWrong(t *testing.T) {
	for want, d := range map[string]client.Draft{
		"topic: line 1 column 3: no variable is named x":   {Topic: "{{x}}", Variables: true},
		"payload: line 1 column 3: no variable is named y": {Payload: []byte("{{y}}"), Variables: true},
	} {
		if _, err := template.OfDraft(d); err == nil || err.Error() != want {
			t.Errorf("got %v; want %s", err, want)
		}
	}
}
