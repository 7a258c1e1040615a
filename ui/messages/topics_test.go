package messages

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

// garden is a rig with a few topics.
func garden(t testing.TB) *rig {
	r := plain(t)
	for i := range 6 {
		r.add(history.Message{Topic: "sensors/hall/temp", Payload: fmt.Appendf(nil, `{"t":%d}`, i)},
			history.Message{Topic: fmt.Sprint("sensors/kitchen/", i%2), Payload: []byte("on"), Retain: i == 0})
	}
	r.add(history.Message{Topic: "lamp", Payload: []byte("x")}, history.Message{Topic: "/lead", Payload: []byte("y")})
	return r
}

// tree is the lines of the tree: name and count.
func (r *rig) treeLines() (out []string) {
	r.draw()
	for _, row := range r.topics.rows {
		i := r.topics.tree.Info(row.node)
		out = append(out, fmt.Sprintf("%s%s %d", strings.Repeat(" ", row.depth), i.Name, i.Total))
	}
	return out
}

func TestTopicTree(t *testing.T) {
	r := garden(t)
	r.press("T")
	if diff := cmp.Diff([]string{" 1", "lamp 1", "sensors 12"}, r.treeLines()); diff != "" {
		t.Error(diff)
	}
	r.press("G", "right", "down", "right")
	if got := r.below(); len(got) == 0 || got[0] != "{" {
		t.Errorf("the newest message of the topic is not below: %v", got)
	}
	r.add(history.Message{Topic: "lamp", Payload: []byte("z")}, history.Message{Topic: "a", Payload: []byte("z")}, history.Message{Topic: "sensors/hall/hum"})
	if diff := cmp.Diff([]string{" 1", "a 1", "lamp 2", "sensors 13", " hall 7", "  hum 1", "  temp 6", " kitchen 6"}, r.treeLines()); diff != "" {
		t.Error(diff)
	}
	if got := r.topics.tree.Path(r.topics.cursor); got != "sensors/hall" {
		t.Errorf("the cursor moved to %s", got)
	}
	r.press("left", "left", "left", "o", "o", "o", "o", "*", "*")
	if len(r.topics.rows) == 0 || r.topics.order != byName {
		t.Errorf("%d rows, order %v", len(r.topics.rows), r.topics.order)
	}
	r.press("T")
	if r.inTopics || !strings.Contains(r.draw(), "12:04") {
		t.Errorf("the log is not back:\n%s", r.draw())
	}
}

func TestWhatATopicAsksFor(t *testing.T) {
	r := garden(t)
	r.press("T", "G", "right")
	for key, want := range map[string]any{"a": Subscribe{"sensors/#"}, "x": Unsubscribe{[]string{"sensors", "sensors/#"}}, "D": ClearRetained{Below: "sensors", Topics: []string{"sensors/kitchen/0"}}} {
		if diff := cmp.Diff([]any{want}, r.press(key)); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	r.press("f")
	if r.inTopics || r.FilterText() != "topic:sensors/#" || len(r.shown()) != 12 {
		t.Errorf("filter %q shows %d", r.FilterText(), len(r.shown()))
	}
	r.press("T", "g", "down", "-")
	if r.FilterText() != "-topic:lamp topic:sensors/#" {
		t.Errorf("filter %q", r.FilterText())
	}
	r.add(history.Message{Topic: `a "b" c`, Payload: []byte("1")})
	r.press("T", "g", "down", "f")
	if r.FilterText() != `topic:"a \"b\" c"` || len(r.shown()) != 1 {
		t.Errorf("filter %q shows %d", r.FilterText(), len(r.shown()))
	}
}

func TestTheTreeAfterClear(t *testing.T) {
	r := garden(t)
	r.press("T")
	r.history.Clear()
	r.Cleared()
	if got := r.treeLines(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	r.press("enter", "f", "a", "D", "left", "right", "*", "d", "v", "y")
	r.press("T")
	r.press("T")
	r.add(history.Message{Topic: "new", Payload: []byte("1")})
	if diff := cmp.Diff([]string{"new 1"}, r.treeLines()); diff != "" {
		t.Error(diff)
	}
}

func TestTheTreeContract(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		panetest.Contract(t, func() panetest.Pane {
			r := newRig(t, history.Limits{}, theme.New(theme.Options{ASCII: ascii}))
			for _, topic := range panetest.Hostile {
				r.add(history.Message{Topic: strings.ToValidUTF8(topic, "?"), Payload: []byte(topic)})
			}
			r.press("T", "*", "*")
			return r.Pane
		})
	}
}

func TestTheTreeGolden(t *testing.T) {
	for _, size := range [][2]int{{50, 23}, {85, 20}, {140, 40}} {
		r := garden(t)
		r.SetSize(size[0], size[1])
		r.now = func() time.Time { return panetest.Now.Add(3 * time.Second) }
		r.press("T", "*", "G")
		panetest.Golden(t, *update, fmt.Sprintf("topics-%dx%d", size[0], size[1]), r.draw())
	}
}

// BenchmarkTopics draws the tree of a million messages on a thousand topics while others come.
func BenchmarkTopics(b *testing.B) {
	r := newRig(b, history.Limits{}, theme.Plain())
	for range 100 {
		for i := range 10_000 {
			r.tail.Append(history.Message{Time: r.at, Topic: fmt.Sprintf("site/%d/sensor/%d", i%10, i%1000), Payload: []byte("1")})
		}
		r.history.Add(r.tail.Take())
	}
	r.Do("messages.topics")
	for r.topics.left = 1; r.topics.left > 0; {
		r.Refresh(panetest.Now)
	}
	r.Do("list.foldall")
	r.Do("list.foldall")
	for b.Loop() {
		for i := range 3000 {
			r.tail.Append(history.Message{Time: r.at, Topic: fmt.Sprintf("site/%d/sensor/%d", i%10, i%1000), Payload: []byte("1")})
		}
		r.history.Add(r.tail.Take())
		r.Refresh(panetest.Now)
	}
}

// TestWhatOnlyTheLogShowsLeavesTheTree: a filter typed in the tree would show nothing there.
func TestWhatOnlyTheLogShowsLeavesTheTree(t *testing.T) {
	for _, keys := range [][]string{{"/"}, {"ctrl+f"}, {"@"}, {"]"}, {"n"}} {
		r := garden(t)
		r.press("m", "up", "T")
		r.press(keys...)
		if r.inTopics {
			t.Errorf("%v leaves the tree on the screen", keys)
		}
	}
	r := garden(t)
	r.press("T", "enter", "ctrl+f")
	if !r.inTopics || !r.inDetail {
		t.Error("find in the payload leaves the tree")
	}
}

func TestTheTreeSaysWhyNothingIsCleared(t *testing.T) {
	r := garden(t)
	r.press("T", "g")
	r.press("D")
	r.want(noRetained)
	r.press("down")
	if strings.Contains(r.draw(), noRetained) {
		t.Error("it is said after the next key too")
	}
}
