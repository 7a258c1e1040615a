package messages

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// leftLineOf is the line of the frame where the user left off, -1 for none.
func (r *rig) leftLineOf() int {
	for i, line := range strings.Split(r.draw(), "\n") {
		if strings.Contains(line, "left off") {
			return i
		}
	}
	return -1
}

func (r *rig) wantLeft(above, below string) {
	r.t.Helper()
	i := r.leftLineOf()
	if lines := strings.Split(r.draw(), "\n"); i < 1 || !strings.Contains(lines[i-1], above) || !strings.Contains(lines[i+1], below) {
		r.t.Errorf("no line between %s and %s in\n%s", above, below, r.draw())
	}
}

func TestALineWhereFollowingEnded(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press("up")
	if i := r.leftLineOf(); i >= 0 {
		t.Errorf("a line without anything below it, in line %d", i)
	}
	r.count(3)
	r.press("down", "down", "down")
	r.wantLeft("m29", "m30")
	r.want("── left off 12:04:01 ──")
	r.press("G")
	r.count(2)
	r.press("up", "up") // to the line, which stays
	r.wantLeft("m29", "m30")
	r.press("G")
	r.count(20)
	if i := r.leftLineOf(); i >= 0 {
		t.Errorf("the line is drawn out of its place, in line %d", i)
	}
	r.press("up")
	r.count(1)
	r.press("G")
	r.wantLeft("m54", "m55")
}

func TestALineWhereAPauseBegan(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press(" ")
	r.count(4)
	r.press(" ")
	r.wantLeft("m29", "m30")
	r.wantFollowing(true)
}

func TestALineWhereThePaneLostTheKeys(t *testing.T) {
	clock := panetest.Now
	r := plain(t)
	r.now = func() time.Time { return clock }
	r.count(30)
	for _, tt := range []struct {
		away time.Duration
		new  int
		want bool
	}{{time.Second, 1, false}, {time.Hour, 0, false}, {awayTime, 2, true}} {
		r.draw()
		r.SetFocus(false)
		r.count(tt.new)
		r.draw()
		clock = clock.Add(tt.away)
		r.SetFocus(true)
		if got := r.leftLineOf() >= 0; got != tt.want {
			t.Errorf("away for %v while %d came: a line %v; want %v", tt.away, tt.new, got, tt.want)
		}
	}
	r.wantLeft("m30", "m31")
}

func TestAClickBelowTheLineChoosesItsRow(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press(" ")
	r.count(4)
	r.press(" ")
	i := r.leftLineOf()
	for line, want := range map[int]string{i - 1: "m29", i + 1: "m30", i + 2: "m31"} {
		r.press("G")
		r.Update(mouse(5, line, tea.MouseButtonLeft))
		r.wantChosen(want)
		r.press("G")
	}
	r.Update(mouse(5, i, tea.MouseButtonLeft))
	r.wantChosen("m33")
}

func TestTheLineGoesWithEviction(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 10}, theme.Plain())
	r.count(10)
	r.press(" ")
	r.count(5)
	r.press(" ")
	r.wantLeft("m9", "m10")
	r.count(6)
	if i := r.leftLineOf(); i >= 0 {
		t.Errorf("a line with nothing above it, in line %d", i)
	}
}
