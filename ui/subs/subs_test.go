package subs

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func hostile(r *rig) {
	var rows []Row
	for i, s := range panetest.Hostile {
		rows = append(rows,
			Row{Filter: s, State: State(i % 4), Reason: s, Unread: 1 << 63, Total: 1<<64 - 1, Granted: 2, Rate: 1e9},
			Row{Filter: s + "g", State: State(i % 4), Reason: s, Group: s[:min(len(s), 4000)]},
			Row{Filter: s + "o", State: Offered, Favourite: true, Options: Options{Label: s, Tone: i, Keep: 1 << 60}},
			Row{Filter: s + "l", State: Live, Paused: true, Overlap: s, Options: Options{Label: s, Tone: i - 3}, Recent: Recent{1<<32 - 1, 1}})
	}
	r.SetRows(rows)
	r.SetAll(1<<64 - 1)
	r.SetSuggestions(panetest.Hostile)
}

func TestContract(t *testing.T) {
	colour := theme.New(theme.Options{Profile: termenv.TrueColor})
	ascii := theme.New(theme.Options{Profile: termenv.Ascii, ASCII: true})
	tests := []struct {
		name  string
		theme *theme.Theme
		fill  func(*rig)
	}{
		{"empty", colour, func(*rig) {}},
		{"a few", colour, scene},
		{"a group unfolded", colour, func(r *rig) { scene(r); r.press("down", "down", "down", "right") }},
		{"hostile", colour, hostile},
		{"hostile, every group unfolded", colour, func(r *rig) {
			hostile(r)
			for range panetest.Hostile {
				r.press("down", "right", "down", "right", "down")
			}
		}},
		{"form", colour, func(r *rig) { scene(r); r.press("a") }},
		{"form with an error", colour, func(r *rig) { hostile(r); r.press("a"); r.typed("a/#/b") }},
		{"form at the QoS", colour, func(r *rig) { scene(r); r.press("a", "tab") }},
		{"form with many lines", colour, func(r *rig) {
			r.press("a")
			r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(strings.Repeat("a/#/b\n", 30)), Paste: true})
		}},
		{"form that edits", colour, func(r *rig) { hostile(r); r.press("G", "e", "tab", "tab") }},
		{"form with hints", colour, func(r *rig) {
			r.SetKnown(client.Known{"thing": panetest.Hostile})
			r.press("a")
			r.typed("$aws/")
			r.press("down")
		}},
		{"without box drawing", ascii, scene},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			panetest.Contract(t, func() panetest.Pane {
				r := newRig(t, tt.theme)
				tt.fill(r)
				return r.Pane
			})
		})
	}
}

func TestEveryHostileRowIsSafeUnderTheCursor(t *testing.T) {
	r := newRig(t, theme.New(theme.Options{Profile: termenv.TrueColor}))
	hostile(r)
	for _, size := range [][2]int{{30, 8}, {48, 20}} {
		r.SetSize(size[0], size[1])
		r.press("g")
		for range len(r.items) {
			r.Refresh(panetest.Now)
			panetest.Exact(t, r.View(), size[0], size[1])
			panetest.Safe(t, r.View())
			r.press("right", "down")
		}
	}
}

func TestGoldenFrames(t *testing.T) {
	tests := []struct {
		name string
		fill func(*rig)
	}{
		{"empty", func(*rig) {}},
		{"rows", scene},
		{"unfolded", func(r *rig) { scene(r); r.press("down", "down", "down", "right", "down") }},
		{"refused", func(r *rig) { scene(r); r.press("down", "down", "down", "down") }},
		{"form", func(r *rig) {
			scene(r)
			r.SetSuggestions([]string{"sensors/kitchen/temp", "sensors/hall/temp", "lamp/state"})
			r.press("a")
			r.typed("sensors/")
		}},
		{"form-error", func(r *rig) { scene(r); r.press("a"); r.typed("sensors/#/x") }},
	}
	for _, tt := range tests {
		for _, size := range [][2]int{{30, 8}, {30, 23}, {34, 20}, {42, 32}, {100, 12}} {
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
