package messages

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

var update = flag.Bool("update", false, "write the golden frames")

// A rig is a pane with the history it reads.
type rig struct {
	*Pane
	t    testing.TB
	tail history.Tail
	at   time.Time
}

func newRig(t testing.TB, l history.Limits, th *theme.Theme) *rig {
	r := &rig{t: t, at: panetest.Now}
	match := func(topic string) []string {
		if strings.HasPrefix(topic, "sensors/") {
			return []string{"sensors/#", "sensors/+/temp"}
		}
		return nil
	}
	r.Pane = New(th, keymap.Default(), func() time.Time { return panetest.Now }, history.New(l), match)
	r.SetSize(80, 24)
	r.SetFocus(true)
	return r
}

// plain is a rig with room for everything and no colour.
func plain(t testing.TB) *rig { return newRig(t, history.Limits{}, theme.Plain()) }

// add takes messages in, each 174 ms after the one before.
func (r *rig) add(messages ...history.Message) {
	for _, m := range messages {
		m.Time = r.at
		r.at = r.at.Add(174 * time.Millisecond)
		r.tail.Append(m)
	}
	r.history.Add(r.tail.Take())
}

// count takes n messages in, with payloads "m0", "m1", …, going on from the last.
func (r *rig) count(n int) {
	for range n {
		r.add(history.Message{Topic: "sensors/hall/temp", Payload: fmt.Appendf(nil, "m%d", r.history.End())})
	}
}

// draw refreshes and returns the frame.
func (r *rig) draw() string {
	r.Refresh(panetest.Now)
	return ansi.Strip(r.View())
}

// press gives the pane keys, with a frame after each, and returns the intents.
func (r *rig) press(keys ...string) (intents []any) {
	r.draw()
	for _, k := range keys {
		intents = append(intents, panetest.Press(r.Pane, k)...)
		r.draw()
	}
	return intents
}

// chosen is the payload of the row under the cursor.
func (r *rig) chosen() string {
	r.draw()
	m, _ := r.message()
	return string(m.Payload)
}

func (r *rig) wantLine(n int, want string) {
	r.t.Helper()
	lines := strings.Split(r.draw(), "\n")
	if !strings.Contains(lines[n], want) {
		r.t.Errorf("line %d is %q; want %q in it", n, lines[n], want)
	}
}

func (r *rig) want(want ...string) {
	r.t.Helper()
	view := r.draw()
	for _, w := range want {
		if !strings.Contains(view, w) {
			r.t.Errorf("no %q in\n%s", w, view)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	panetest.Golden(t, *update, name, got)
}

// scene is a few messages of each kind.
func scene(r *rig) {
	r.add(
		history.Message{Topic: "sensors/kitchen/temp", Payload: []byte(`{"temp":21.4,"hum":40}`)},
		history.Message{Topic: "sensors/hall/temp", Payload: []byte(`{"temp": 19.0, "hum": 44, "room": "hall", "tags": ["a", "b"]}`), Retain: true},
		history.Message{Topic: "lamp/state", Payload: []byte("on"), QoS: 1, Dup: true},
		history.Message{Topic: "$aws/things/lamp/shadow/name/night/update/accepted", Payload: []byte("{\n  \"state\": {\n    \"desired\": {\"on\": true}\n  },\n  \"version\": 42\n}\n"), QoS: 1},
		history.Message{Topic: "raw/bytes", Payload: []byte{8, 0x96, 1, 0xff, 0xfe}},
		history.Message{Topic: "notes", Payload: []byte("two\nlines, größer als ASCII: 漢字"), Retain: true, QoS: 1, Dup: true},
		history.Message{Topic: "lamp/state", Retain: true},
		history.Message{Topic: "sensors/kitchen/temp", Payload: []byte(`{"temp":21.5,"hum":40,"history":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22]}`), Retain: true},
	)
}
