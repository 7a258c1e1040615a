package palette

import (
	"strings"
	"testing"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func dialog() *Dialog {
	m := keymap.Default()
	d := New(theme.Plain(), m, append(m.Actions("global"), m.Action("shadow.edit").Disabled("no shadow is shown")))
	d.SetSize(72, 20)
	d.SetFocus(true)
	d.Refresh(panetest.Now)
	return d
}

func TestContract(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane { return dialog() })
}

func TestFindsAndRuns(t *testing.T) {
	d := dialog()
	panetest.Type(d, "scre zoom")
	got := panetest.Press(d, "enter")
	if len(got) != 2 || got[0] != (Close{}) || got[1] != (Run{"global.zoom"}) {
		t.Errorf("got %v; want Close and Run global.zoom", got)
	}
}

func TestDoesNotRunWhatIsOff(t *testing.T) {
	d := dialog()
	panetest.Type(d, "shadow.edit")
	if got := panetest.Press(d, "enter"); len(got) != 0 {
		t.Errorf("got %v; want nothing", got)
	}
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "(no shadow is shown)") {
		t.Errorf("no reason in\n%s", d.View())
	}
}

func TestSaysWhenNothingIsFound(t *testing.T) {
	d := dialog()
	panetest.Type(d, "zzz")
	if got := panetest.Press(d, "enter"); len(got) != 0 {
		t.Errorf("got %v; want nothing", got)
	}
	d.Refresh(panetest.Now)
	if !strings.Contains(d.View(), "no action has these words") {
		t.Errorf("no word of it in\n%s", d.View())
	}
}
