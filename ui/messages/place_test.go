package messages

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

func widthOf(s string) int { return widget.Width(s) }

func (r *rig) wantChosen(want string) {
	r.t.Helper()
	if got := r.chosen(); got != want {
		r.t.Errorf("the cursor is on %q; want %q", got, want)
	}
}

func (r *rig) wantFollowing(want bool) {
	r.t.Helper()
	if got := r.Following(); got != want {
		r.t.Errorf("following: %v; want %v", got, want)
	}
}

func TestFollowsUntilTheUserMovesUp(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.wantChosen("m29")
	r.count(1)
	r.wantChosen("m30")
	r.wantLine(0, "31 · 0/s · following")
	r.press("up")
	r.count(5)
	r.wantChosen("m29")
	r.wantFollowing(false)
	r.wantLine(0, "36 · 0/s · 5 new")
}

func TestMovingToTheEndFollowsAgain(t *testing.T) {
	for _, keys := range [][]string{{"G"}, {"end"}, {"down"}, {"pgdown"}, {"j"}} {
		t.Run(keys[0], func(t *testing.T) {
			r := plain(t)
			r.count(30)
			r.press("k")
			r.wantFollowing(false)
			r.press(keys...)
			r.wantFollowing(true)
			r.count(3)
			r.wantChosen("m32")
		})
	}
}

func TestAKeyMeansTheRowsThatWereDrawn(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.draw()
	r.count(10) // not drawn yet
	if got := panetest.Press(r.Pane, "y"); len(got) != 1 || got[0].(Copy).Text != "m29" {
		t.Errorf("y copied %v; want m29, the row that was drawn under the cursor", got)
	}
	panetest.Press(r.Pane, "up")
	r.wantChosen("m28")
	panetest.Press(r.Pane, "down")
	r.count(1)
	panetest.Press(r.Pane, "down")
	r.wantChosen("m30")
	r.wantFollowing(false)
}

func TestASingleRowKeepsFollowing(t *testing.T) {
	r := plain(t)
	r.count(1)
	r.press("up", "pgup", "home")
	r.wantFollowing(true)
}

func TestPauseFreezesTheView(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press(" ")
	before := strings.Split(r.draw(), "\n")
	r.count(12)
	after := strings.Split(r.draw(), "\n")
	if got, want := strings.Join(after[1:], "\n"), strings.Join(before[1:], "\n"); got != want {
		t.Errorf("the view moved:\n%s\nwant\n%s", got, want)
	}
	r.wantLine(0, "30 · 0/s · paused · 12 new")
	r.press("up", "G")
	r.wantChosen("m29")
	r.press(" ")
	r.wantChosen("m41")
	r.wantLine(0, "42 · 0/s · following")
}

func TestResumingStaysWhereTheUserWent(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press(" ", "up", "up")
	r.count(4)
	r.press(" ")
	r.wantChosen("m27")
	r.wantLine(0, "34 · 0/s · 4 new")
}

func TestAPauseSaysWhenAllOfItWasEvicted(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 10}, theme.Plain())
	r.count(10)
	r.press(" ")
	r.count(20)
	r.want("no messages from before the pause", "space resumes", "paused · 10 new · evicted 20")
	r.press(" ")
	r.wantChosen("m29")
}

func TestTheCursorSurvivesEviction(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 20}, theme.Plain())
	r.count(20)
	r.press("up", "up", "up")
	r.wantChosen("m16")
	r.count(10)
	r.wantChosen("m16")
	r.count(10)
	r.wantChosen("m20")
	r.wantLine(1, "m20")
	r.count(1)
	r.wantChosen("m21")
	r.wantLine(1, "m21")
	r.wantFollowing(false)
	r.wantLine(0, "evicted 21")
}

func TestTheViewStandsStillWhileOthersComeAndGo(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 100}, theme.Plain())
	r.count(100)
	r.press("pgup", "pgup", "pgup")
	before := strings.Split(r.draw(), "\n")
	r.count(30)
	after := strings.Split(r.draw(), "\n")
	if got, want := strings.Join(after[1:], "\n"), strings.Join(before[1:], "\n"); got != want {
		t.Errorf("the view moved:\n%s\nwant\n%s", got, want)
	}
}

func TestShowChoosesByTopicAndNumber(t *testing.T) {
	r := plain(t)
	scene(r)
	r.count(1)
	lamp := func(topic string) bool { return topic == "lamp/state" }
	tests := []struct {
		name   string
		title  string
		topics func(string) bool
		since  uint64
		want   string
	}{
		{"all", "", nil, 0, "9 · 0/s · following"},
		{"a topic", "lamp/#", lamp, 0, "2 · 0/s · following"},
		{"a topic since", "lamp/#", lamp, 3, "1 · 0/s · following"},
		{"all since", "", nil, 3, "6 · 0/s · following"},
		{"none", "x", func(string) bool { return false }, 0, "0 · 0/s · following"},
		{"yet to come", "", nil, 100, "0 · 0/s · following"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r.Show(tt.title, tt.topics, tt.since)
			r.wantLine(0, strings.TrimSuffix("2 Messages  "+tt.title, "  ")+" ")
			r.wantLine(0, tt.want)
		})
	}
	r.Show("lamp/#", lamp, 0)
	r.add(history.Message{Topic: "lamp/state", Payload: []byte("off")}, history.Message{Topic: "other"})
	r.wantChosen("off")
}

func TestALongTitleLeavesRoomForTheCounts(t *testing.T) {
	r := plain(t)
	r.count(3)
	r.Show(strings.Repeat("a/very/long/filter/", 10)+"#", nil, 0)
	r.wantLine(0, "2 Messages  a/very/")
	r.wantLine(0, "… ")
	r.wantLine(0, "3 · following")
	for w, want := range map[int]string{
		18: "2 Messages  a… ", 26: "2 Messages  a/very/lo… ", 27: "2 Messages ─ following", 32: "2 Messages  a/… ─ following",
		38: "2 Messages  a/very/l… ─ following",
	} {
		r.SetSize(w, 10)
		r.wantLine(0, want)
	}
}

func mouse(x, y int, b tea.MouseButton) tea.MouseMsg {
	return tea.MouseMsg{X: x, Y: y, Button: b, Action: tea.MouseActionPress}
}

func TestTheWheelScrollsAndTheEndFollows(t *testing.T) {
	r := plain(t)
	r.count(50)
	r.draw()
	r.Update(mouse(5, 5, tea.MouseButtonWheelUp))
	r.wantFollowing(false)
	r.wantLine(1, "m34") // 13 rows: 37 to 49 before
	r.wantChosen("m46")
	r.Update(mouse(5, 5, tea.MouseButtonWheelDown))
	r.count(1)
	r.wantFollowing(true)
	r.wantChosen("m50")
}

func TestAClickChoosesTheRowThatWasDrawn(t *testing.T) {
	r := plain(t)
	r.count(50)
	r.draw()
	r.count(7)
	r.Update(mouse(5, 3, tea.MouseButtonLeft))
	r.wantChosen("m39")
	r.wantFollowing(false)
	r.Update(mouse(5, 0, tea.MouseButtonLeft)) // the border
	r.Update(mouse(5, 14, tea.MouseButtonLeft))
	r.wantChosen("m39")
}

func TestAClickOnTheNewestKeepsFollowing(t *testing.T) {
	r := plain(t)
	r.count(50)
	r.draw()
	r.Update(mouse(5, 13, tea.MouseButtonLeft))
	r.wantFollowing(true)
}
