package help

import (
	"strings"
	"testing"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestContract(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane { return dialog() })
}

func dialog() *Dialog {
	m := keymap.Default()
	return New(theme.Plain(), m, []Group{
		{"Shadow", []keymap.Action{m.Action("shadow.edit").Disabled("no shadow is shown")}},
		{"Nothing", nil},
		{"Everywhere", m.Actions("global")},
	})
}

func TestShowsKeysAndReasons(t *testing.T) {
	d := dialog()
	w, h := d.Want(120, 36)
	d.SetSize(w, h)
	d.Refresh(panetest.Now)
	for _, want := range []string{"Shadow", "edit the value (no shadow is shown)", "? f1  show every key that works here", "Everywhere"} {
		if !strings.Contains(d.View(), want) {
			t.Errorf("no %q in\n%s", want, d.View())
		}
	}
	if strings.Contains(d.View(), "Nothing") {
		t.Error("a group without actions is shown")
	}
}

func TestCloses(t *testing.T) {
	for _, key := range []string{"esc", "?", "q"} {
		if got := panetest.Press(dialog(), key); len(got) != 1 || got[0] != (Close{}) {
			t.Errorf("%s gives %v; want Close", key, got)
		}
	}
}
