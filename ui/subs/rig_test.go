package subs

import (
	"flag"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

var update = flag.Bool("update", false, "write the golden frames")

// A rig is a pane in a test, drawn after each key.
type rig struct {
	*Pane
	t testing.TB
}

func newRig(t testing.TB, th *theme.Theme) *rig {
	r := &rig{Pane: New(th, keymap.Default(), func() time.Time { return panetest.Now }), t: t}
	r.SetSize(40, 20)
	r.SetFocus(true)
	return r
}

func plain(t testing.TB) *rig { return newRig(t, theme.Plain()) }

// scene is a few subscriptions of each kind.
func scene(r *rig) {
	r.SetAll(1219)
	r.SetRows([]Row{
		{Filter: "sensors/#", State: Live, Total: 1204, Unread: 38, Rate: 38, Recent: Recent{0, 1, 9, 38, 20, 38}, Favourite: true},
		{Filter: "lamp/+/state", QoS: 1, Granted: 1, State: Live, Total: 12},
		{Filter: "$aws/things/lamp/shadow/get/accepted", QoS: 1, Granted: 1, State: Live, Total: 1, Group: "shadow lamp · classic", Held: "the shadow pane holds it"},
		{Filter: "$aws/things/lamp/shadow/update/delta", QoS: 1, Granted: 1, State: Live, Total: 2, Unread: 2, Group: "shadow lamp · classic", Held: "the shadow pane holds it"},
		{Filter: "forbidden/#", QoS: 1, State: Refused, Reason: "refused by the broker: the policy does not allow it"},
		{Filter: "later/+", QoS: 0, State: Asking},
		{Filter: "offline/+", QoS: 0, State: Waiting, Total: 3},
	})
}

func (r *rig) draw() string {
	r.Refresh(panetest.Now)
	return ansi.Strip(r.View())
}

func (r *rig) press(keys ...string) (intents []any) {
	r.draw()
	for _, k := range keys {
		intents = append(intents, panetest.Press(r.Pane, k)...)
		r.draw()
	}
	return intents
}

func (r *rig) typed(text string) {
	panetest.Type(r.Pane, text)
	r.draw()
}

// line is the first line of the frame that has the text in it.
func (r *rig) line(text string) string {
	r.t.Helper()
	for _, l := range strings.Split(r.draw(), "\n") {
		if strings.Contains(l, text) {
			return l
		}
	}
	r.t.Fatalf("no %q in\n%s", text, r.draw())
	return ""
}

func (r *rig) wantIntents(got []any, want ...any) {
	r.t.Helper()
	if len(got) != len(want) || (len(got) > 0 && !reflect.DeepEqual(got, want)) {
		r.t.Errorf("got intents %+v; want %+v", got, want)
	}
}

func (r *rig) hides(text string) {
	r.t.Helper()
	if strings.Contains(r.draw(), text) {
		r.t.Errorf("%q is in\n%s", text, r.draw())
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	panetest.Golden(t, *update, name, got)
}
