package tree

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client/history"
)

// feeder fills a history.
type feeder struct {
	tail history.Tail
	h    *history.History
	at   time.Time
}

func newFeeder(l history.Limits) *feeder {
	return &feeder{h: history.New(l), at: time.Unix(1000, 0)}
}

func (f *feeder) add(topic, payload string, retain bool) {
	f.tail.Append(history.Message{Time: f.at, Topic: topic, Payload: []byte(payload), Retain: retain})
	f.h.Add(f.tail.Take())
}

// lines are all nodes with their totals.
func lines(t *Tree, id Node) (out []string) {
	for _, c := range t.Children(id) {
		i := t.Info(c)
		out = append(out, fmt.Sprintf("%s %d/%d", t.Path(c), i.Count, i.Total))
		out = append(out, lines(t, c)...)
	}
	return out
}

func TestCountsByLevels(t *testing.T) {
	f := newFeeder(history.Limits{})
	for _, topic := range []string{"b/y", "a", "a/x", "a/x", "/lead", "a//", "b/x/z"} {
		f.add(topic, "1", false)
	}
	tr := New(0)
	if left := tr.Feed(f.h, time.Minute); left != 0 {
		t.Errorf("%d left", left)
	}
	f.add("a/x", "2", false)
	tr.Feed(f.h, time.Minute)
	want := []string{" 0/1", "/lead 1/1", "a 1/5", "a/ 0/1", "a// 1/1", "a/x 3/3", "b 0/2", "b/x 0/1", "b/x/z 1/1", "b/y 1/1"}
	if diff := cmp.Diff(want, lines(tr, Root)); diff != "" {
		t.Error(diff)
	}
	if i := tr.Info(Root); i.Total != 8 || i.Newest != 7 {
		t.Errorf("the root: %+v", i)
	}
}

func TestRates(t *testing.T) {
	f, tr := newFeeder(history.Limits{}), New(0)
	for second := range 20 {
		for range second % 4 {
			f.add("a/b", "1", false)
		}
		f.at = f.at.Add(time.Second)
		tr.Feed(f.h, time.Minute)
	}
	rates := tr.Rates(tr.Children(Root)[0], f.at)
	if diff := cmp.Diff([Spark]uint32{1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0}, rates); diff != "" {
		t.Error(diff)
	}
	if got := tr.PerSecond(Root, f.at); got != 2 {
		t.Errorf("got %v a second; want 2", got)
	}
	if got := tr.PerSecond(Root, f.at.Add(time.Hour)); got != 0 {
		t.Errorf("an hour later: %v", got)
	}
}

func TestRetained(t *testing.T) {
	f, tr := newFeeder(history.Limits{}), New(0)
	f.add("a/b", "1", true)
	f.add("a/c", "1", true)
	f.add("a/c", "2", false)
	f.add("a/d", "1", false)
	f.add("x", "1", true)
	f.add("x", "", false) // cleared while we listened
	tr.Feed(f.h, time.Minute)
	if diff := cmp.Diff([]string{"a/b", "a/c"}, tr.Retained(Root, 10)); diff != "" {
		t.Error(diff)
	}
	if got := tr.Retained(Root, 1); len(got) != 1 {
		t.Errorf("got %v; want one", got)
	}
}

func TestBounds(t *testing.T) {
	f, tr := newFeeder(history.Limits{Messages: 50}), New(10)
	for i := range 100 {
		f.add(fmt.Sprint("t/", i), "1", false)
	}
	tr.Feed(f.h, time.Minute)
	if tr.Len() > 10 || tr.Missed != 50 || tr.Outside == 0 || tr.Info(Root).Total+tr.Outside != 50 {
		t.Errorf("%d nodes, %d missed, %d outside, %d counted", tr.Len(), tr.Missed, tr.Outside, tr.Info(Root).Total)
	}
	for i := range 1000 { // topics let go and their numbers given to others
		f.add(fmt.Sprint("u/", i%7, "/", i), "1", false)
		tr.Feed(f.h, time.Minute)
	}
	if got := tr.Info(Root).Total + tr.Outside + tr.Missed; got != 1100 {
		t.Errorf("%d counted in all; want 1100", got)
	}
}

func TestChildrenStaySorted(t *testing.T) {
	f, tr := newFeeder(history.Limits{}), New(0)
	for i := range 500 {
		f.add(fmt.Sprint("t/", i*7919%1000), "1", false)
		if i%37 == 0 {
			tr.Feed(f.h, time.Minute)
			tr.Children(tr.Children(Root)[0])
		}
	}
	tr.Feed(f.h, time.Minute)
	children := tr.Children(tr.Children(Root)[0])
	for i := 1; i < len(children); i++ {
		if tr.Info(children[i-1]).Name >= tr.Info(children[i]).Name {
			t.Fatalf("%s stands before %s", tr.Info(children[i-1]).Name, tr.Info(children[i]).Name)
		}
	}
	if len(children) != 500 {
		t.Errorf("%d children; want 500", len(children))
	}
}

// BenchmarkChildren asks for the children of a node of which 3,000 are new and 97,000 are not.
func BenchmarkChildren(b *testing.B) {
	f, tr := newFeeder(history.Limits{}), New(0)
	for i := range 100_000 {
		f.tail.Append(history.Message{Topic: fmt.Sprint("t/", i*7919%1_000_003)})
	}
	f.h.Add(f.tail.Take())
	tr.Feed(f.h, time.Minute)
	n := tr.Children(Root)[0]
	asCame := slices.Clone(tr.nodes[n].children)
	for b.Loop() {
		b.StopTimer()
		tr.nodes[n].children, tr.nodes[n].sorted = slices.Clone(asCame), 0
		tr.nodes[n].children = tr.nodes[n].children[:97_000]
		tr.Children(n)
		tr.nodes[n].children = append(tr.nodes[n].children, asCame[97_000:]...)
		b.StartTimer()
		tr.Children(n)
	}
}

func BenchmarkFeed(b *testing.B) {
	for _, topics := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprintf("1000000 messages, %d topics", topics), func(b *testing.B) {
			var tail history.Tail
			h := history.New(history.Limits{Messages: 1_000_000, Bytes: 1 << 30})
			for i := range 1_000_000 {
				tail.Append(history.Message{Time: time.Unix(int64(i/50_000), 0), Topic: fmt.Sprintf("site/%d/room/%d/sensor/%d", i%10, i%100, i%topics), Payload: []byte("1")})
				if i%10_000 == 9999 {
					h.Add(tail.Take())
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				tr := New(0)
				tr.Feed(h, time.Hour)
				b.ReportMetric(float64(tr.Len()), "nodes")
			}
		})
	}
}

// TestRatesAboveWhenManySecondsAreReadAtOnce: a tree that is opened late gives each message to its own second, on every level.
func TestRatesAboveWhenManySecondsAreReadAtOnce(t *testing.T) {
	f, tr := newFeeder(history.Limits{}), New(0)
	for range 20 {
		f.add("a/b", "1", false)
		f.at = f.at.Add(time.Second)
	}
	f.add("a/c", "1", false)
	tr.Feed(f.h, time.Minute)
	want := [Spark]uint32{}
	for i := range want {
		want[i] = 1
	}
	for _, id := range []Node{Root, tr.Children(Root)[0]} {
		if diff := cmp.Diff(want, tr.Rates(id, f.at)); diff != "" {
			t.Errorf("%s: %s", tr.Path(id), diff)
		}
	}
	if got := tr.Info(Root).Total; got != 21 {
		t.Errorf("got %d messages; want 21", got)
	}
}
