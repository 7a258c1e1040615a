package messages

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// TestAnyWalkKeepsThePromises does a long run of random steps and checks after each frame what must always hold.
func TestAnyWalkKeepsThePromises(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		r := newRig(t, history.Limits{Messages: 40}, theme.Plain())
		w, h := 80, 24
		var steps []string
		for range 400 {
			step := ""
			switch k := rnd.IntN(24); {
			case k < 4:
				n := rnd.IntN(30)
				step = fmt.Sprint("add ", n)
				for range n {
					r.add(history.Message{Topic: fmt.Sprint("t", rnd.IntN(3)), Payload: []byte(panetest.Hostile[rnd.IntN(9)])})
				}
			case k == 4:
				step = "clear"
				r.history.Clear()
			case k == 5:
				w, h = rnd.IntN(120), rnd.IntN(30)
				step = fmt.Sprint("size ", w, " ", h)
				r.SetSize(w, h)
			case k == 6:
				topic := fmt.Sprint("t", rnd.IntN(4))
				step = "show " + topic
				r.Show(topic, func(s string) bool { return s == topic }, r.history.End()-min(r.history.End(), 20))
			case k == 7:
				step = "show all"
				r.Show("", nil, 0)
			case k < 11:
				button := []tea.MouseButton{tea.MouseButtonLeft, tea.MouseButtonWheelUp, tea.MouseButtonWheelDown}[rnd.IntN(3)]
				x, y := rnd.IntN(w+1), rnd.IntN(h+1)
				step = fmt.Sprint("mouse ", button, " ", y)
				r.Update(mouse(x, y, button))
			default:
				keys := []string{"up", "up", "down", "pgup", "pgdown", "g", "G", " ", "v", "enter", "esc", "left", "y", "m", "[", "]"}
				step = keys[rnd.IntN(len(keys))]
				panetest.Press(r.Pane, step)
			}
			steps = append(steps, step)
			if rnd.IntN(3) == 0 {
				continue // the next step comes before the next frame
			}
			if why := r.broken(w, h); why != "" {
				t.Fatalf("seed %d: %s after %s", seed, why, strings.Join(steps, ", "))
			}
		}
	}
}

// broken draws a frame and says what does not hold.
func (r *rig) broken(w, h int) string {
	view := r.draw()
	if w > 0 && h > 0 && len(strings.Split(view, "\n")) != h {
		return "wrong height"
	}
	win := r.list.window(r.place.end(r.history))
	if w == 0 || h == 0 || win.len() == 0 {
		return ""
	}
	i := win.search(r.place.cursor)
	list := r.areas(win.len()).list
	if r.left.row >= 0 {
		list--
	}
	switch {
	case i == win.len() || win.seq(i) != r.place.cursor:
		return fmt.Sprintf("cursor %d is not in the list", r.place.cursor)
	case r.place.follow && i != win.len()-1:
		return "following, but not on the newest"
	case list == 0:
		return ""
	case len(r.rows) < min(win.len(), list):
		return "rows missing"
	case r.place.cursor < r.rows[0].seq || r.place.cursor > r.rows[len(r.rows)-1].seq:
		return "cursor out of sight"
	}
	for _, row := range r.rows {
		if j := win.search(row.seq); j == win.len() || win.seq(j) != row.seq {
			return fmt.Sprintf("row %d is drawn but not in the list", row.seq)
		}
	}
	return ""
}
