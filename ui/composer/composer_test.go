package composer

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/muesli/termenv"

	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestContract(t *testing.T) {
	colour := theme.New(theme.Options{Profile: termenv.TrueColor})
	ascii := theme.New(theme.Options{Profile: termenv.Ascii, ASCII: true})
	type state struct {
		name  string
		theme *theme.Theme
		fill  func(*rig)
	}
	states := []state{
		{"empty", colour, func(*rig) {}},
		{"typing a topic", colour, func(r *rig) { r.Edit(); r.typed("a/#") }},
		{"JSON", colour, func(r *rig) { r.SetDraft(Draft{Topic: "a", Payload: []byte(`{"a":[1,2]}`)}) }},
		{"typing a payload", colour, func(r *rig) { r.Edit(); r.press("enter"); r.typed(`{"a":`) }},
		{"outcomes", colour, func(r *rig) {
			for i, s := range panetest.Hostile {
				r.SetDraft(Draft{Topic: s, Payload: []byte(s)})
				r.asked(uint64(i))
				r.Outcome(uint64(i), Progress{Text: s, Failed: i%2 == 0, Final: true})
			}
		}},
		{"hostile JSON", colour, func(r *rig) {
			doc := map[string]string{}
			for _, s := range panetest.Hostile {
				doc[s[:min(len(s), 300)]] = s[:min(len(s), 300)]
			}
			text, err := json.Marshal(doc)
			if err != nil {
				r.t.Fatal(err)
			}
			r.SetDraft(Draft{Topic: "t", Payload: text})
			r.press("ctrl+f")
		}},
		{"without box drawing", ascii, func(r *rig) { r.SetDraft(Draft{Topic: "a", Payload: []byte("\t1\r\n"), Retain: true}) }},
	}
	for i, s := range panetest.Hostile {
		states = append(states, state{fmt.Sprintf("hostile %d", i), colour, func(r *rig) { r.SetDraft(Draft{Topic: s[:min(len(s), 4000)], Payload: []byte(s)}) }})
	}
	for _, s := range states {
		t.Run(s.name, func(t *testing.T) {
			panetest.Contract(t, func() panetest.Pane {
				r := newRig(t, s.theme)
				s.fill(r)
				return r.Pane
			})
		})
	}
}

func TestGoldenFrames(t *testing.T) {
	tests := []struct {
		name string
		fill func(*rig)
	}{
		{"empty", func(*rig) {}},
		{"draft", func(r *rig) {
			r.SetDraft(Draft{Topic: "lamp/cmd", Payload: []byte("{\n  \"on\": true,\n\t\"level\": 3\r\n}"), QoS: 1, Retain: true})
			for id, text := range []string{"acknowledged in 8 ms", "queued until there is a connection", "acknowledged in 12 ms"} {
				r.asked(uint64(id))
				r.Outcome(uint64(id), Progress{Text: text, Failed: false, Final: true})
			}
		}},
		{"refused", func(r *rig) {
			r.SetDraft(Draft{Topic: "lamp/cmd", Payload: []byte(`{"on": tru}`)})
			r.asked(1)
			r.Outcome(1, Progress{Text: "refused: not authorized", Failed: true, Final: true})
		}},
		{"wildcard", func(r *rig) { r.Edit(); r.typed("lamp/+/cmd") }},
		{"binary", func(r *rig) {
			r.SetDraft(Draft{Topic: "raw", Payload: []byte(strings.Repeat("\x08\x96\x01\xff text ", 20))})
		}},
		{"not-formatted", func(r *rig) {
			r.SetDraft(Draft{Topic: "lamp/cmd", Payload: []byte("{\n  \"on\": tru\n}")})
			r.press("ctrl+f")
		}},
	}
	for _, tt := range tests {
		for _, size := range [][2]int{{30, 8}, {30, 23}, {34, 15}, {42, 27}, {100, 12}} {
			name := fmt.Sprintf("%s-%dx%d", tt.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := plain(t)
				r.SetSize(size[0], size[1])
				tt.fill(r)
				panetest.Exact(t, r.draw(), size[0], size[1])
				golden(t, name, r.draw())
			})
		}
	}
}
