package messages

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestMarksStandInRowAndDetail(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press("up", "up", "m")
	r.wantLine(11, "◆ m27")
	r.want("◆ marked")
	r.press("M")
	r.want("note on 12:04:05.901 sensors/hall/temp:")
	r.typed("the valve \x1b[2Jopened far too early for this row")
	r.press("enter")
	r.wantLine(11, "◆ the valve ")
	r.want("QoS 0 · ◆ the valve ", "opened far too early")
	panetest.Safe(t, r.View())
	r.press("M")
	for range 100 {
		panetest.Press(r.Pane, "backspace")
	}
	r.press("enter")
	r.wantLine(11, "◆ m27")
	r.press("m")
	if got := r.Marked(); len(got) != 0 || strings.Contains(r.draw(), "◆") {
		t.Errorf("still marked: %v", got)
	}
}

func TestANoteMarksItsMessage(t *testing.T) {
	r := plain(t)
	r.count(3)
	r.press("M")
	r.count(4) // the note stays with the message that it was begun on
	r.typed("here")
	r.press("enter")
	if got := r.Marked(); !slices.Equal(got, []uint64{2}) {
		t.Errorf("marked %v; want 2", got)
	}
	r.press("M")
	r.press("esc")
	r.press("M", "enter")
	if got := r.Marked(); !slices.Equal(got, []uint64{2}) {
		t.Errorf("an empty note marks: %v", got)
	}
}

func TestFromMarkToMark(t *testing.T) {
	r := plain(t)
	r.count(60)
	for _, keys := range [][]string{{"G", "m"}, {"pgup", "m"}, {"g", "m"}, {"down", "down"}} {
		r.press(keys...)
	}
	var got []string
	for _, key := range []string{"]", "]", "]", "[", "["} {
		r.press(key)
		got = append(got, r.chosen())
	}
	if diff := cmp.Diff([]string{"m47", "m59", "m0", "m59", "m47"}, got); diff != "" {
		t.Error(diff)
	}
	if err := r.SetFilter("-m47"); err != nil {
		t.Fatal(err)
	}
	r.work()
	r.press("[")
	r.wantChosen("m0")
	r.press("]")
	r.wantChosen("m59")
	_ = r.SetFilter("m59")
	r.work()
	r.press("]")
	r.want("no other mark here")
	r.press("down")
	if strings.Contains(r.draw(), "no other mark") {
		t.Error("it is said for ever")
	}
}

func TestMarksGoWithTheirMessages(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 10}, theme.Plain())
	r.count(10)
	r.press("m", "up", "m", "up", "m")
	r.count(8)
	if got := r.Marked(); !slices.Equal(got, []uint64{8, 9}) {
		t.Errorf("marked %v; want 8 and 9", got)
	}
	if n := r.LostMarks(); n != 1 {
		t.Errorf("%d marks are told as lost; want 1", n)
	}
	r.history.Clear()
	if n, again := r.LostMarks(), r.LostMarks(); n != 2 || again != 0 {
		t.Errorf("%d marks are told as lost, and then %d; want 2 and 0", n, again)
	}
}

func TestMarksAreBounded(t *testing.T) {
	r := plain(t)
	r.count(maxMarks + 1)
	for seq := range uint64(maxMarks) {
		r.marks.toggle(seq)
	}
	r.press("m")
	r.want(noMoreMarks)
	if len(r.Marked()) != maxMarks {
		t.Errorf("%d marks", len(r.Marked()))
	}
}

func TestFindInsideThePayload(t *testing.T) {
	r := plain(t)
	r.add(history.Message{Topic: "a", Payload: []byte(`{"one":1,"two":{"one":2},"three":"One"}`)})
	r.press("enter", "ctrl+f")
	r.typed("one")
	r.press("enter")
	var got []int
	for _, key := range []string{"n", "n", "n", "N"} {
		got = append(got, r.detail.scroll.Cursor)
		r.press(key)
	}
	if diff := cmp.Diff([]int{1, 3, 5, 1}, got); diff != "" {
		t.Errorf("lines %s\n%s", diff, r.draw())
	}
	r.press("ctrl+f")
	for range 3 {
		panetest.Press(r.Pane, "backspace")
	}
	r.typed("nowhere")
	r.press("enter")
	r.want("not found")
}
