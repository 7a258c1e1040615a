package messages

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// waves is a rig with two curves under keys that need quotes, and another topic between.
func waves(t testing.TB, th *theme.Theme, n int) *rig {
	r := newRig(t, history.Limits{}, th)
	for i := range n {
		r.add(history.Message{Topic: "room/1", Payload: fmt.Appendf(nil, `{"a.b":%.3f,"list":[1,{"c":%.3f}],"text":"5"}`, 20+5*math.Sin(float64(i)/8), 22+3*math.Cos(float64(i)/12))},
			history.Message{Topic: "room/2", Payload: []byte(`{"a.b":900}`)})
	}
	r.add(history.Message{Topic: "room/1", Payload: []byte(`{"a.b":20,"list":[1,{"c":22}]}`)})
	r.Pane.now = func() time.Time { return r.at }
	return r
}

func TestPlot(t *testing.T) {
	r := waves(t, theme.Plain(), 40)
	r.SetSize(120, 36)
	r.press("P")
	r.work()
	frame := r.draw()
	for _, want := range []string{"plot of room/1", `a .["a.b"]`, "last 20  min 15.0", "max 2", "41 points", "b .list[0]", "c .list[1].c", "messages a second", "following"} {
		if !strings.Contains(frame, want) {
			t.Errorf("no %q in\n%s", want, frame)
		}
	}
	if strings.Contains(frame, "900") {
		t.Errorf("another topic is in\n%s", frame)
	}
	r.add(history.Message{Topic: "room/1", Payload: []byte(`{"a.b":99}`)})
	if frame := r.draw(); !strings.Contains(frame, "last 99") || !strings.Contains(frame, "42 points") {
		t.Errorf("what came is not in\n%s", frame)
	}
	for _, key := range []string{"+", "+", "left", "left", "right", "-", "G", "f", "o", " ", "down", " ", "up", "end", "home"} {
		r.press(key)
		panetest.Exact(t, r.View(), 120, 36)
	}
	r.press("esc")
	if r.plot != nil || strings.Contains(r.draw(), "plot of") {
		t.Error("esc leaves the plot open")
	}
}

// TestPlotOfSeveralTopics: the topics of marked messages are drawn beside the chosen one, where they have the same numbers.
func TestPlotOfSeveralTopics(t *testing.T) {
	r := waves(t, theme.Plain(), 40)
	r.SetSize(120, 36)
	r.add(history.Message{Topic: "a/topic/that/is/very/long/room/3", Payload: []byte(`{"z":7,"a.b":30}`)}, history.Message{Topic: "no/numbers", Payload: []byte(`"x"`)},
		history.Message{Topic: "room/1", Payload: []byte(`{"a.b":20,"list":[1,{"c":22}]}`)})
	r.press("up", "m", "up", "m", "up", "up", "m", "G", "P")
	r.work()
	var got []string
	for _, s := range r.plot.series {
		got = append(got, fmt.Sprint(s.topic, s.path, " ", s.on, " ", len(s.older)+len(s.newer)))
	}
	want := []string{`.["a.b"] true 42`, `.list[0] true 42`, `.list[1].c true 42`, ` false 42`, `room/2.["a.b"] true 40`,
		`a/topic/that/is/very/long/room/3.["a.b"] true 1`, `a/topic/that/is/very/long/room/3.z false 1`}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	frame := r.draw()
	for _, want := range []string{"plot of room/1 and 2 more", `e room/2 .["a.b"]`, "last 900", `…/very/long/room/3 .["a.b"]`} {
		if !strings.Contains(frame, want) {
			t.Errorf("no %q in\n%s", want, frame)
		}
	}
	r.add(history.Message{Topic: "room/2", Payload: []byte(`{"a.b":901}`)})
	if frame := r.draw(); !strings.Contains(frame, "last 901") {
		t.Errorf("what came is not in\n%s", frame)
	}
}

func TestPlotOfTheValueUnderTheCursor(t *testing.T) {
	r := waves(t, theme.Plain(), 3)
	r.press("enter", "down", "down", "down", "down", "down", "P") // .list[1].c
	r.work()
	if s := r.plot.series; s[0].path != ".list[1].c" || !s[0].on || s[1].on {
		t.Errorf("got %+v", s)
	}
}

func TestPlotOfABareNumber(t *testing.T) {
	r := plain(t)
	for i := range 5 {
		r.add(history.Message{Topic: "t", Payload: fmt.Append(nil, i)})
	}
	r.press("P")
	r.work()
	if s := r.plot.series[0]; s.path != "." || len(s.older) != 5 || s.older[0].value != 4 {
		t.Errorf("got %+v", r.plot.series)
	}
}

// TestASpikeIsDrawn: one point among a hundred thousand is not lost between the columns.
func TestASpikeIsDrawn(t *testing.T) {
	s := series{path: ".a", on: true}
	for i := range int64(100_000) {
		v := 1.0
		if i == 54_321 {
			v = 50
		}
		s.newer = append(s.newer, point{i * 1000, v})
	}
	q := &plot{series: []series{s}}
	c := widget.NewCanvas(60, 10)
	low, high := q.draw(c, 0, 100_000_000)
	if low != 0 || high != 60 {
		t.Errorf("scale %v to %v", low, high)
	}
	top := c.Row(1, []theme.Style{{}}, "a", true) // 50 of 60 is in the second row of ten
	if strings.Count(top, "a") != 1 || strings.Index(top, "a") != 54_321*60/100_000 {
		t.Errorf("the top row is %q", top)
	}
	if bottom := c.Row(9, []theme.Style{{}}, "a", true); strings.Count(bottom, "a") != 60 {
		t.Errorf("the bottom row is %q", bottom)
	}
}

func TestAxisNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 21.5: "21.5", 100: "100", -0.125: "-0.125", 1234567: "1.23e+06", 0.0001: "1.00e-04", 1.0 / 3: "0.333"} {
		if got := axisNumber(v); got != want {
			t.Errorf("%v: got %s; want %s", v, got, want)
		}
	}
}

// TestPlotOfAClockThatIsSetBack: times out of order are neither lost nor the end of the program.
func TestPlotOfAClockThatIsSetBack(t *testing.T) {
	r := plain(t)
	for i := range 40 {
		if i%10 == 5 {
			r.at = r.at.Add(-30 * time.Second)
		}
		r.add(history.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		r.at = r.at.Add(time.Second)
	}
	r.Pane.now = func() time.Time { return r.at.Add(time.Minute) }
	r.press("P", "down", "space", "f")
	r.work()
	for i := range 40 {
		if i%10 == 5 {
			r.at = r.at.Add(-30 * time.Second)
		}
		r.add(history.Message{Topic: "t", Payload: fmt.Append(nil, i)})
		r.press([]string{"+", "left", "-", "right"}[i%4])
	}
	r.press("f")
	if frame := r.draw(); !strings.Contains(frame, "80 points") || !strings.Contains(frame, "80 messages") {
		t.Errorf("not all points are in sight:\n%s", frame)
	}
}

// TestAPlotKeepsTheNewestPoints: a series has its bound, whatever comes.
func TestAPlotKeepsTheNewestPoints(t *testing.T) {
	var s series
	for i := range int64(60_000) {
		s.before(point{at: -i})
	}
	for i := range int64(300_000) {
		s.after(point{at: i})
		if n := len(s.older) + len(s.newer); n > maxPoints+maxPoints/4 {
			t.Fatalf("%d points after %d", n, i)
		}
	}
	if n := len(s.newer); len(s.older) != 0 || n < maxPoints || s.newer[n-1].at != 299_999 {
		t.Errorf("%d older, %d newer", len(s.older), n)
	}
}

func TestNice(t *testing.T) {
	for _, c := range [][4]float64{{4.941, 11.286, 4, 12}, {1, 50, 0, 60}, {15.004, 24.993, 14, 26}, {-3, 7, -4, 8}, {0.011, 0.019, 0.011, 0.019}, {-1e300, 1e300, -1e300, 1e300}} {
		low, high := nice(c[0], c[1])
		if low > c[0] || high < c[1] || math.IsInf(high-low, 0) || math.Abs(low-c[2]) > 1e-9*math.Abs(c[2]) && c[2] != 0 || math.Abs(high-c[3]) > 1e-9*math.Abs(c[3]) {
			t.Errorf("%v to %v: got %v to %v; want %v to %v", c[0], c[1], low, high, c[2], c[3])
		}
	}
}

func TestPlotContract(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		panetest.Contract(t, func() panetest.Pane {
			r := waves(t, theme.New(theme.Options{ASCII: ascii}), 10)
			for _, hostile := range panetest.Hostile {
				r.add(history.Message{Topic: "h", Payload: []byte(hostile)})
			}
			r.add(history.Message{Topic: "h", Payload: []byte(`{"\u001b[31m":1,"\u202e":1e308,"c":-1e308}`)})
			r.add(history.Message{Topic: "h", Payload: []byte(`{"\u001b[31m":2,"\u202e":-1e308,"c":1e308}`)})
			r.press("P", "o", "o")
			return r.Pane
		})
	}
}

func TestPlotGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		w, h int
		o    theme.Options
	}{{"80x24", 80, 24, theme.Options{}}, {"120x36", 120, 36, theme.Options{}}, {"ascii", 80, 24, theme.Options{ASCII: true}}, {"50x15", 50, 15, theme.Options{}}, {"200x60", 200, 60, theme.Options{}}} {
		r := waves(t, theme.New(c.o), 60)
		r.SetSize(c.w, c.h)
		r.press("P", "down", "space", "up")
		r.work()
		panetest.Golden(t, *update, "plot-"+c.name, r.draw())
	}
}

// BenchmarkPlot opens the plot of one topic of a thousand among a million messages, and draws four series of 100,000 points.
func BenchmarkPlot(b *testing.B) {
	b.Run("open", func(b *testing.B) {
		r := newRig(b, history.Limits{}, theme.Plain())
		for range 100 {
			for i := range 10_000 {
				r.tail.Append(history.Message{Time: r.at, Topic: fmt.Sprint("site/", i%1000), Payload: []byte(`{"temp":21.5,"hum":40}`)})
			}
			r.history.Add(r.tail.Take())
		}
		r.draw()
		for b.Loop() {
			r.togglePlot()
			for r.plot.more(r.history) {
				r.plot.follow(r.Pane)
			}
			r.togglePlot()
		}
	})
	// The longest that one frame takes for payloads of 50 KB of CBOR, which are read in the background.
	b.Run("large", func(b *testing.B) {
		large := append([]byte("\x82\x99\xc3\x50"), make([]byte, 50_000)...)
		large = append(large, 0xa1, 0x61, 'a', 1)
		r := newRig(b, history.Limits{}, theme.Plain())
		for range 300 {
			r.add(history.Message{Topic: "t", Payload: large})
		}
		r.draw()
		longest := time.Duration(0)
		for b.Loop() {
			r.togglePlot()
			for r.plot.more(r.history) {
				began := time.Now()
				r.plot.follow(r.Pane)
				longest = max(longest, time.Since(began))
				msg := r.Work()()
				began = time.Now()
				r.Update(msg)
				longest = max(longest, time.Since(began))
			}
			r.togglePlot()
		}
		b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
	})
	b.Run("draw", func(b *testing.B) {
		r := newRig(b, history.Limits{}, theme.Plain())
		r.add(history.Message{Topic: "t", Payload: []byte(`{"a":1,"b":2,"c":3,"d":4}`)})
		r.SetSize(200, 60)
		r.draw()
		r.togglePlot()
		for i := range 4 {
			for j := range 100_000 {
				r.plot.series[i].newer = append(r.plot.series[i].newer, point{panetest.Now.Add(time.Duration(j-100_000) * time.Millisecond).UnixNano(), math.Sin(float64(j) / 1000)})
			}
		}
		for b.Loop() {
			r.Refresh(panetest.Now)
		}
	})
}

// TestTheEndOfATopicIsKept, in cells, with the mark that the terminal can draw.
func TestTheEndOfATopicIsKept(t *testing.T) {
	for _, tt := range []struct {
		theme       *theme.Theme
		topic, want string
	}{
		{theme.Plain(), "room/2", "room/2"},
		{theme.Plain(), "a/topic/that/is/very/long/room/3", "…/very/long/room/3"},
		{theme.New(theme.Options{ASCII: true}), "a/topic/that/is/very/long/room/3", "~/very/long/room/3"},
		{theme.Plain(), "部屋/部屋/部屋/部屋/3", "…/部屋/部屋/部屋/3"},
	} {
		if got := newRig(t, history.Limits{}, tt.theme).Pane.tail(tt.topic); got != tt.want {
			t.Errorf("%s: got %s; want %s", tt.topic, got, tt.want)
		}
	}
}
