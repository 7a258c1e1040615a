package composer

import (
	"bytes"
	"flag"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client"
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
	r.SetSize(60, 15)
	r.SetFocus(true)
	return r
}

func plain(t testing.TB) *rig { return newRig(t, theme.Plain()) }

// with is a rig with a payload and a topic.
func with(t testing.TB, payload string) *rig {
	r := plain(t)
	r.SetDraft(Draft{Topic: "a/b", Payload: []byte(payload)})
	return r
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

func (r *rig) paste(text string) {
	r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	r.draw()
}

// sent is what ctrl+s publishes.
func (r *rig) sent() Publish {
	r.t.Helper()
	intents := r.press("ctrl+s")
	if len(intents) != 2 {
		r.t.Fatalf("ctrl+s wants %v; want one publish and its row\n%s", intents, r.draw())
	}
	row, publish := intents[1].(Published).Publication, intents[0].(Publish)
	if row.Topic != publish.Topic.String() || !bytes.Equal(row.Payload, publish.Payload) || row.Variables {
		r.t.Errorf("the row is %+v; published was %+v", row, publish)
	}
	return publish
}

// asked tells the pane that its draft is being published.
func (r *rig) asked(id uint64) {
	topic, _ := client.ParseTopic(r.topicText())
	r.Asked(id, Publish{Topic: topic})
}

func (r *rig) wantPayload(want string) {
	r.t.Helper()
	if got := string(r.sent().Payload); got != want {
		r.t.Errorf("published %.200q; want %.200q", got, want)
	}
}

func (r *rig) wants(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.draw(), text) {
			r.t.Errorf("no %q in\n%s", text, r.draw())
		}
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
