package messages

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
)

// work does what the pane wants done in the background, to the end.
func (r *rig) work() {
	r.t.Helper()
	for range 10_000 {
		r.Refresh(panetest.Now)
		cmd := r.Work()
		if cmd == nil {
			return
		}
		r.Update(cmd())
	}
	r.t.Fatal("the work does not end")
}

// shown is the payloads of all rows.
func (r *rig) shown() (out []string) {
	r.t.Helper()
	r.work()
	win := r.list.window(r.place.end(r.history))
	for i := range win.len() {
		m, _ := r.history.At(win.seq(i))
		out = append(out, string(m.Payload))
	}
	return out
}

func (r *rig) typed(text string) { panetest.Type(r.Pane, text) }

func TestFilterHides(t *testing.T) {
	r := plain(t)
	for i := range 10 {
		r.add(history.Message{Topic: fmt.Sprint("t/", i%2), Payload: fmt.Appendf(nil, `{"n":%d}`, i)})
	}
	r.press("/")
	r.typed("t/1 .n > 4")
	if diff := cmp.Diff([]string{`{"n":5}`, `{"n":7}`, `{"n":9}`}, r.shown()); diff != "" {
		t.Error(diff)
	}
	r.add(history.Message{Topic: "t/1", Payload: []byte(`{"n":11}`)}, history.Message{Topic: "t/1", Payload: []byte(`{"n":1}`)})
	intents := r.press("enter")
	if diff := cmp.Diff([]any{Filtered{"t/1 .n > 4"}}, intents); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`{"n":5}`, `{"n":7}`, `{"n":9}`, `{"n":11}`}, r.shown()); diff != "" {
		t.Error(diff)
	}
	if frame := r.draw(); !strings.Contains(frame, "/ t/1 .n > 4") || !strings.Contains(frame, "4 of 12") {
		t.Errorf("no word of the filter in\n%s", frame)
	}
	r.press("esc")
	if got := len(r.shown()); got != 12 {
		t.Errorf("%d rows after esc; want all 12", got)
	}
}

func TestFilterWithTheChoice(t *testing.T) {
	r := plain(t)
	for i := range 6 {
		r.add(history.Message{Topic: fmt.Sprint("t/", i%2), Payload: fmt.Append(nil, i)})
	}
	if err := r.SetFilter("-4"); err != nil {
		t.Fatal(err)
	}
	r.Show("t/0", func(topic string) bool { return topic == "t/0" }, 1)
	if diff := cmp.Diff([]string{"2"}, r.shown()); diff != "" {
		t.Error(diff)
	}
	if frame := r.draw(); !strings.Contains(frame, "1 of 2") {
		t.Errorf("the excluded are not those of the choice:\n%s", frame)
	}
	if err := r.SetFilter("qos:7"); err == nil || r.FilterText() != "-4" {
		t.Errorf("a filter that cannot be read: %v, now %q", err, r.FilterText())
	}
}

func TestFilterErrorStandsBesideTheField(t *testing.T) {
	r := plain(t)
	r.count(3)
	r.press("/")
	r.typed("m1 -")
	if frame := r.draw(); !strings.Contains(frame, "at 4: nothing to exclude after the minus sign") {
		t.Errorf("no error in\n%s", frame)
	}
	if diff := cmp.Diff([]string{"m1"}, r.shown()); diff != "" {
		t.Errorf("what could be read last is not shown: %s", diff)
	}
	if got := r.press("enter"); len(got) != 0 || !r.Typing() {
		t.Errorf("enter takes a filter that cannot be read: %v", got)
	}
	r.press("esc")
	if r.Typing() || r.FilterText() != "" {
		t.Errorf("esc leaves %q", r.FilterText())
	}
}

func TestFiltersUsedBefore(t *testing.T) {
	r := plain(t)
	r.SetFilters([]string{"one", "two", "one"})
	r.press("/")
	r.typed("x")
	var got []string
	for _, key := range []string{"up", "up", "up", "down", "down"} {
		r.press(key)
		got = append(got, r.FilterText())
	}
	if diff := cmp.Diff([]string{"one", "two", "two", "one", "x"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFilterOfWhatComesAndGoes(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 3000}, plain(t).theme)
	if err := r.SetFilter("m1"); err != nil {
		t.Fatal(err)
	}
	var want []string
	for range 20 {
		r.count(500)
		r.work()
		want = nil
		for seq := r.history.First(); seq < r.history.End(); seq++ {
			if m, _ := r.history.At(seq); strings.Contains(string(m.Payload), "m1") {
				want = append(want, string(m.Payload))
			}
		}
		if diff := cmp.Diff(want, r.shown()); diff != "" {
			t.Fatalf("at %d: %s", r.history.End(), diff)
		}
	}
	r.history.Clear()
	if got := r.shown(); len(got) != 0 {
		t.Errorf("after Clear: %v", got)
	}
	r.count(1001)
	if r.shown(); !strings.Contains(r.draw(), " of ") {
		t.Errorf("nothing counted in\n%s", r.draw())
	}
}

func TestWorkForAnotherFilterIsLetGo(t *testing.T) {
	r := plain(t)
	r.count(9000)
	_ = r.SetFilter("m8999")
	r.Refresh(panetest.Now)
	late := r.Work()
	_ = r.SetFilter("m1")
	r.Update(late())
	if r.shown()[0] != "m1" {
		t.Errorf("got %v", r.shown()[:1])
	}
}

func TestFind(t *testing.T) {
	r := plain(t)
	r.count(30)
	r.press("ctrl+f")
	r.typed("m1")
	r.press("enter")
	var got []string
	for _, key := range []string{"", "N", "N", "n", "n", "n", "n"} {
		if key != "" {
			r.press(key)
		}
		r.work()
		got = append(got, r.chosen())
	}
	if diff := cmp.Diff([]string{"m19", "m18", "m17", "m18", "m19", "m1", "m10"}, got); diff != "" {
		t.Error(diff)
	}
	r.press("ctrl+f")
	for range 2 {
		panetest.Press(r.Pane, "backspace")
	}
	r.typed("nowhere")
	r.press("enter")
	r.work()
	if frame := r.draw(); !strings.Contains(frame, "not found") || r.chosen() != "m10" {
		t.Errorf("at %s:\n%s", r.chosen(), frame)
	}
}

// TestKeysAreAnsweredDuringAScan: no call of Update takes longer than a slice.
func TestKeysAreAnsweredDuringAScan(t *testing.T) {
	r := plain(t)
	for range 20 {
		r.count(10_000)
	}
	_ = r.SetFilter("jq:.")
	cmd := r.Work()
	if cmd == nil || r.Work() != nil {
		t.Fatal("want one Cmd at a time")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.t.Log(cmd())
	}()
	r.press("up", "up") // the race detector looks at what the Cmd shares
	<-done

}

// TestALongSearchIsAskedForOnce: frames and keys meanwhile do not multiply it.
func TestALongSearchIsAskedForOnce(t *testing.T) {
	r := plain(t)
	for range 300 {
		r.add(history.Message{Topic: "t", Payload: []byte("1")})
	}
	r.press("ctrl+f")
	r.typed("jq:[range(1e9)]")
	r.press("enter")
	if r.Work() == nil || r.Work() != nil {
		t.Error("want one Cmd at a time")
	}
	r.press("n") // another search
	if r.Work() == nil {
		t.Error("the new search does not go on")
	}
}

// TestSlowExpressionsDoNotHoldTheScreenUp: what comes is tested in no time to speak of, and the rest in the background.
func TestSlowExpressionsDoNotHoldTheScreenUp(t *testing.T) {
	r := plain(t)
	if err := r.SetFilter("jq:[range(1e9)]"); err != nil {
		t.Fatal(err)
	}
	r.work()
	for range 5000 { // 10 s of tests
		r.add(history.Message{Topic: "t", Payload: []byte("1")})
	}
	began := time.Now()
	r.Refresh(panetest.Now)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a frame took %v", took)
	}
}

// TestWhatIsFoundFirstStaysWhereItIs: while a filter still looks, the newest matches stand at the lower end, and older ones join above.
func TestWhatIsFoundFirstStaysWhereItIs(t *testing.T) {
	r := plain(t)
	r.count(20_000)
	if err := r.SetFilter("re:m[0-9]*7999"); err != nil { // m7999 and m17999
		t.Fatal(err)
	}
	r.Refresh(panetest.Now)
	lineOf := func(text string) int {
		return slices.IndexFunc(strings.Split(r.draw(), "\n"), func(line string) bool { return strings.Contains(line, text) && strings.Contains(line, "sensors/") })
	}
	for lineOf("m17999") < 0 {
		r.Update(r.Work()())
	}
	if r.list.found().done {
		t.Fatal("everything was found at once")
	}
	at := lineOf("m17999")
	if want := r.areas(1).list; at != want {
		t.Errorf("the first match stands in line %d; want %d", at, want)
	}
	r.work()
	if now, older := lineOf("m17999"), lineOf(" m7999"); now != at || older != at-1 {
		t.Errorf("the matches stand in lines %d and %d; want %d and %d", older, now, at-1, at)
	}
	r.Update(mouse(5, at-1, tea.MouseButtonLeft))
	if got := r.chosen(); got != "m7999" {
		t.Errorf("a click chose %s; want m7999", got)
	}
	r.Update(mouse(5, 2, tea.MouseButtonLeft))
	if got := r.chosen(); got != "m7999" {
		t.Errorf("a click above the rows chose %s", got)
	}
}
