package messages

import (
	"fmt"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// TestTheNewestMessageFirst: the list stands upside down, and keys, wheel and clicks mean what is seen.
func TestTheNewestMessageFirst(t *testing.T) {
	r := plain(t)
	r.SetNewestFirst(true)
	r.count(3)
	r.wantLine(1, "m2")
	r.wantLine(3, "m0")
	r.count(60)
	r.wantLine(1, "m62")
	last := listRows(r)
	r.wantLine(last, fmt.Sprintf("m%d", 63-last))
	if !r.Following() || r.chosen() != "m62" {
		t.Errorf("at %s, following %v; want the newest", r.chosen(), r.Following())
	}
	for _, step := range []struct{ key, at string }{{"down", "m61"}, {"j", "m60"}, {"up", "m61"}, {"G", "m0"}, {"g", "m62"}, {"end", "m0"}, {"home", "m62"}} {
		if r.press(step.key); r.chosen() != step.at {
			t.Errorf("%s goes to %s; want %s", step.key, r.chosen(), step.at)
		}
	}
	if !r.Following() {
		t.Error("at the top again it does not follow")
	}
	r.count(1)
	r.wantLine(1, "m63")
	r.Update(tea.MouseMsg{Action: tea.MouseActionPress, Button: tea.MouseButtonLeft, X: 5, Y: 4})
	if r.chosen() != "m61" { // the second line says where one left off
		t.Errorf("a click on the fourth line chooses %s; want m61", r.chosen())
	}
	r.Update(tea.MouseMsg{Action: tea.MouseActionPress, Button: tea.MouseButtonWheelDown, X: 5, Y: 4})
	r.wantLine(1, "m60")
	r.press("g", "o")
	r.wantLine(last, "m63")
	r.press("o")
	r.wantLine(1, "m63")
}

// TestTheLineWhereOneLeftOffStandsBelowWhatIsNew, when the newest message stands first.
func TestTheLineWhereOneLeftOffStandsBelowWhatIsNew(t *testing.T) {
	r := plain(t)
	r.SetNewestFirst(true)
	r.count(3)
	r.press("down")
	r.count(2)
	for i, want := range []string{"m4", "m3", "left off", "m2", "m1"} {
		r.wantLine(1+i, want)
	}
	r.Update(tea.MouseMsg{Action: tea.MouseActionPress, Button: tea.MouseButtonLeft, X: 5, Y: 2})
	if r.chosen() != "m3" {
		t.Errorf("a click above the line chooses %s; want m3", r.chosen())
	}
	r.Update(tea.MouseMsg{Action: tea.MouseActionPress, Button: tea.MouseButtonLeft, X: 5, Y: 4})
	if r.chosen() != "m2" {
		t.Errorf("a click below the line chooses %s; want m2", r.chosen())
	}
}

// listRows is the number of the list's last line in the frame.
func listRows(r *rig) int {
	for i, line := range strings.Split(r.draw(), "\n") {
		if strings.HasPrefix(line, "├") {
			return i - 1
		}
	}
	return 0
}
