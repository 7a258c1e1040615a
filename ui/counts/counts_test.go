package counts

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestContract(t *testing.T) {
	panetest.Contract(t, func() panetest.Pane {
		return New(theme.Plain(), keymap.Default(), func() (out []Line) {
			for _, h := range panetest.Hostile {
				out = append(out, Line{Name: "stored", Value: "1 204", Text: h}, Line{Text: h})
			}
			return out
		})
	})
}

func TestCountsAreThoseOfNow(t *testing.T) {
	value := "1"
	d := New(theme.Plain(), keymap.Default(), func() []Line {
		return []Line{{Text: "Messages"}, {Name: "stored", Value: value, Text: "held now"}}
	})
	d.SetSize(60, 10)
	for _, value = range []string{"1", "1 204"} {
		d.Refresh(panetest.Now)
		if frame := ansi.Strip(d.View()); !strings.Contains(frame, value+"  held now") {
			t.Errorf("no %s in\n%s", value, frame)
		}
	}
	if got := panetest.Press(d, "esc"); len(got) != 1 || got[0] != (Close{}) {
		t.Errorf("esc asks for %v", got)
	}
}
