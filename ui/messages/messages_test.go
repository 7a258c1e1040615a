package messages

import (
	"fmt"
	"strings"
	"testing"

	"github.com/muesli/termenv"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func hostile(r *rig) {
	for _, s := range panetest.Hostile {
		r.add(history.Message{Topic: s[:min(len(s), 60000)], Payload: []byte(s), Retain: true})
		r.add(history.Message{Topic: "json", Payload: []byte(fmt.Sprintf("{%q:[%q]}", s, s))})
		r.add(history.Message{Topic: "brackets", Payload: []byte("[" + s)})
	}
}

func TestContract(t *testing.T) {
	colour := theme.New(theme.Options{Profile: termenv.TrueColor})
	ascii := theme.New(theme.Options{Profile: termenv.Ascii, ASCII: true})
	tests := []struct {
		name string
		fill func(*rig)
	}{
		{"empty", func(*rig) {}},
		{"empty with a hostile title", func(r *rig) { r.Show(panetest.Hostile[0]+panetest.Hostile[9], nil, 0) }},
		{"a few", scene},
		{"hostile", hostile},
		{"hostile, in the detail", func(r *rig) { hostile(r); r.press("g", "enter") }},
		{"hostile, long JSON key", func(r *rig) { hostile(r); r.press("up", "up", "up", "enter", "down") }},
		{"filtered and paused", func(r *rig) {
			scene(r)
			r.Show("lamp/#", func(topic string) bool { return strings.HasPrefix(topic, "lamp/") }, 0)
			r.press(" ")
			scene(r)
		}},
		{"marked, with a hostile note, where the user left off", func(r *rig) {
			scene(r)
			for _, note := range panetest.Hostile[:4] {
				m, _ := r.message()
				r.marks.write(m.Seq, note)
				r.press("up")
			}
			scene(r)
			r.press("m", "G")
		}},
		{"as text", func(r *rig) { hostile(r); r.press("v", "v") }},
		{"as hex", func(r *rig) { hostile(r); r.press("v", "v", "v", "enter") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			panetest.Contract(t, func() panetest.Pane {
				r := newRig(t, history.Limits{}, colour)
				tt.fill(r)
				return r.Pane
			})
		})
	}
	t.Run("without box drawing", func(t *testing.T) {
		panetest.Contract(t, func() panetest.Pane {
			r := newRig(t, history.Limits{}, ascii)
			scene(r)
			return r.Pane
		})
	})
}

func TestEveryHostileRowIsSafeUnderTheCursor(t *testing.T) {
	r := newRig(t, history.Limits{}, theme.New(theme.Options{Profile: termenv.TrueColor}))
	hostile(r)
	r.press("g")
	for range r.history.Len() {
		for range 4 {
			r.Refresh(panetest.Now)
			panetest.Exact(t, r.View(), 80, 24)
			panetest.Safe(t, r.View())
			r.press("v")
		}
		r.press("down")
	}
}

func TestGoldenFrames(t *testing.T) {
	sizes := [][2]int{{30, 8}, {50, 23}, {85, 20}, {92, 59}}
	tests := []struct {
		name string
		fill func(*rig)
	}{
		{"empty", func(*rig) {}},
		{"rows", func(r *rig) { scene(r); r.SetRate(38.2) }},
		{"filtered", func(r *rig) {
			scene(r)
			r.Show("sensors/#", func(topic string) bool { return strings.HasPrefix(topic, "sensors/") }, 0)
			r.press("up")
			scene(r)
		}},
		{"detail", func(r *rig) { scene(r); r.press("up", "up", "up", "up", "enter", "down") }},
	}
	for _, tt := range tests {
		for _, size := range sizes {
			name := fmt.Sprintf("%s-%dx%d", tt.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := plain(t)
				r.SetSize(size[0], size[1])
				tt.fill(r)
				golden(t, name, r.draw())
			})
		}
	}
}

func TestTheTopicColumnOnlyGrows(t *testing.T) {
	r := plain(t)
	topics := []string{"a", "sensors/hall/temp", "b", "a/topic/of/thirty/two/characters", "c"}
	last := 0
	for _, topic := range topics {
		r.add(history.Message{Topic: topic, Payload: []byte("x")})
		r.draw()
		if r.columns.topic < last || r.columns.topic%topicStep != 0 && r.columns.topic != (r.columns.payload+r.columns.topic)/2 {
			t.Errorf("the column is %d wide after %d; want steps of %d that only go up", r.columns.topic, last, topicStep)
		}
		last = r.columns.topic
	}
	if last < 16 {
		t.Errorf("the column is %d wide; want room for the topics seen", last)
	}
	r.count(100)
	r.draw()
	if r.columns.topic != last {
		t.Errorf("the column went from %d to %d when the long topics were out of sight", last, r.columns.topic)
	}
}

func TestLongTopicsKeepBothEnds(t *testing.T) {
	for topic, want := range map[string]string{
		"short":                         "short       ",
		"sensors/kitchen/temp":          "senso…n/temp",
		"漢漢漢漢漢漢漢漢漢漢":                    "漢漢…漢漢漢 ",
		"$aws/things/x/update/accepted": "$aws/…cepted",
	} {
		if got := fitTopic(topic, 12, "…"); got != want {
			t.Errorf("%s is drawn %q; want %q", topic, got, want)
		}
	}
}

func TestPreview(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"JSON on one line", "{\n  \"a\": 1,\n\t\"b\": \"x  y\"\n}\n", `{ "a": 1, "b": "x  y" }`},
		{"text with brackets keeps its blanks", "[INFO]  started", "[INFO] started"},
		{"text", "a\nb\tc", "a↵b c"},
		{"empty", "", "(empty)"},
		{"exactly the room", strings.Repeat("x", 29), strings.Repeat("x", 29)},
		{"too long", strings.Repeat("x", 30), strings.Repeat("x", 29) + "…"},
		{"too long JSON", `{"a":"` + strings.Repeat("x", 1<<17) + `"}`, `{"a":"` + strings.Repeat("x", 23) + "…"},
		{"an unfinished string", `{"a\`, `{"a\`},
		{"wide characters", strings.Repeat("漢", 20), strings.Repeat("漢", 14) + "…"},
		{"blanks without end", strings.Repeat(" ", 10000), strings.Repeat(" ", 29) + "…"},
		{"blanks in JSON without end", "[" + strings.Repeat(" ", 10000) + "]", "[…"},
		{"escapes", "{\"\x1b[2J\":\"\x07\"}", `{"␛[2J":"␇"}`},
		{"invalid UTF-8", "\xff\xfe", `\xff\xfe`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(appendPreview(nil, []byte(tt.in), 30, tones{}, "…")); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestPreviewGivesKeysTheirTone(t *testing.T) {
	key := theme.Style{On: "<", Off: ">"}
	got := string(appendPreview(nil, []byte(`{"a" : "b", "c":["d"]}`), 60, tones{key: key}, "…"))
	if want := `{<"a"> : "b", <"c">:["d"]}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func FuzzPreview(f *testing.F) {
	for _, s := range panetest.Hostile {
		f.Add([]byte(s), 20)
		f.Add([]byte("{\""+s), 20)
	}
	f.Fuzz(func(t *testing.T, payload []byte, w int) {
		if w < 0 || w > 300 {
			return
		}
		got := string(appendPreview(nil, payload, w, tones{}, "…"))
		panetest.Safe(t, got)
		if n := widthOf(got); n > w {
			t.Errorf("%d cells in a room of %d: %q", n, w, got)
		}
	})
}
