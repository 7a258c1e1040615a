package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestSanitizeShowsWhatATerminalWouldObey(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text stays", `{"a": 1}`, `{"a": 1}`},
		{"escape", "a\x1b[2Jb", "a␛[2Jb"},
		{"carriage return and backspace", "a\rb\b", "a␍b␈"},
		{"delete", "\x7f", "␡"},
		{"C1", "\u009b31m", `\u9b31m`},
		{"direction", "a\u202eb", `a\u202eb`},
		{"invalid UTF-8", "a\xff\xc3", `a\xff\xc3`},
		{"tab and line end", "a\tb\n", "a b↵"},
		{"wide characters stay", "漢字", "漢字"},
		{"one accent stays, a pile does not", "e\u0301\u0302", "e\u0301" + `\u302`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := Sanitize(tt.in, 0); got != tt.want {
				t.Errorf("Sanitize(%q) = %q; want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestSanitizeStopsAtTheLimit(t *testing.T) {
	for _, in := range []string{strings.Repeat("x", 1<<17), strings.Repeat("漢", 1<<17), strings.Repeat("\x1b", 1<<17)} {
		got, cut := Sanitize(in, 10)
		if w := ansi.StringWidth(got); w > 10 || w < 9 || !cut {
			t.Errorf("%d cells, cut %v; want 9 or 10 and true", w, cut)
		}
	}
}

func FuzzSanitize(f *testing.F) {
	for _, s := range panetest.Hostile {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < 0 || limit > 1000 {
			return
		}
		safe, _ := Sanitize(s, limit)
		panetest.Safe(t, safe)
		if limit > 0 && ansi.StringWidth(safe) > limit {
			t.Errorf("%q is wider than %d", safe, limit)
		}
		panetest.Exact(t, Fit(safe, 30), 30, 1)
	})
}

func TestBoxIsExact(t *testing.T) {
	th := theme.Plain()
	for _, size := range panetest.Sizes {
		b := Box{W: size[0], H: size[1], Title: "2 Messages  漢字/#", Right: "1 204 · 38/s",
			Lines: []string{"short", strings.Repeat("漢", 200), ""}, Dividers: map[int]string{1: "JSON · 212 B"}}
		panetest.Exact(t, b.Render(th), size[0], size[1])
	}
}

func TestBoxShows(t *testing.T) {
	got := Box{W: 30, H: 5, Title: "2 Messages", Right: "1 204", Lines: []string{"a", "", "b"}, Dividers: map[int]string{1: "JSON"}}.Render(theme.Plain())
	want := strings.Join([]string{
		"╭ 2 Messages ──────── 1 204 ─╮",
		"│a                           │",
		"├─ JSON ─────────────────────┤",
		"│b                           │",
		"╰────────────────────────────╯",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestJSONLines(t *testing.T) {
	tests := []struct {
		name, in string
		w        int
		want     []string
	}{
		{"object", `{"temp":21.4,"tags":["a",true,null],"o":{},"l":[]}`, 40, []string{"{", `  "temp": 21.4,`, `  "tags": [`, `    "a",`, "    true,", "    null", "  ],", `  "o": {},`, `  "l": []`, "}"}},
		{"scalar", ` "x" `, 40, []string{`"x"`}},
		{"long strings wrap", `{"a":"0123456789"}`, 12, []string{"{", `  "a": "0123`, `  456789"`, "}"}},
		{"escapes in strings", `{"a\"}":"\\"}`, 40, []string{"{", `  "a\"}": "\\"`, "}"}},
		{"hostile text", "{\"\u202e\":\"\u009b\"}", 40, []string{"{", `  "\u202e": "\u9b"`, "}"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := JSONLines(theme.Plain(), []byte(tt.in), tt.w)
			if !ok || strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got %v\n%s\nwant\n%s", ok, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
	for _, bad := range []string{"", "  ", "{", "nul", "1 2", strings.Repeat("[", 20000)} {
		if got, ok := JSONLines(theme.Plain(), []byte(bad), 40); ok {
			t.Errorf("%.20q is no JSON, but drew %q", bad, got)
		}
	}
}

func TestPayloadLinesFit(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for _, in := range append([]string{deep, `{"k":"` + strings.Repeat("漢", 5000) + `"}`, strings.Repeat("\n", 30000)}, panetest.Hostile...) {
		for _, w := range []int{1, 2, 7, 80} {
			all := append(TextLines([]byte(in), w), HexLines([]byte(in), max(w, 20))...)
			js, _ := JSONLines(theme.Plain(), []byte(in), w)
			if len(js) > maxLines+1 {
				t.Errorf("%d lines of JSON; want at most %d", len(js), maxLines+1)
			}
			for _, line := range append(all, js...) {
				if got := ansi.StringWidth(line); got > max(w, 40) {
					t.Fatalf("%d cells in a line of %d: %.80q", got, w, line)
				}
			}
			panetest.Safe(t, strings.Join(append(all, js...), "\n"))
		}
	}
}

func TestHexLines(t *testing.T) {
	got := strings.Join(HexLines([]byte("hello, thing\x00\xff"), 80), "\n")
	want := "00000000  68 65 6c 6c 6f 2c 20 74 68 69 6e 67 00 ff        hello, thing.."
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestOverlayKeepsTheScreen(t *testing.T) {
	screen := strings.TrimSuffix(strings.Repeat("漢字漢字漢\n", 4), "\n")
	got := ansi.Strip(Overlay(screen, "##\n##", 3, 1))
	want := "漢字漢字漢\n漢 ## 字漢\n漢 ## 字漢\n漢字漢字漢"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestScrollKeepsTheCursorInSight(t *testing.T) {
	var s Scroll
	s.Fit(100, 10)
	for _, step := range []struct {
		action      string
		cursor, top int
	}{
		{"list.down", 1, 0}, {"list.pagedown", 10, 1}, {"list.bottom", 99, 90}, {"list.down", 99, 90}, {"list.up", 98, 90}, {"list.top", 0, 0}, {"list.up", 0, 0},
	} {
		if !s.Do(step.action) || s.Cursor != step.cursor || s.Top != step.top {
			t.Errorf("after %s: cursor %d, top %d; want %d, %d", step.action, s.Cursor, s.Top, step.cursor, step.top)
		}
	}
	s.Fit(3, 10)
	if first, end := s.Visible(); first != 0 || end != 3 {
		t.Errorf("visible %d to %d; want 0 to 3", first, end)
	}
	s.Fit(0, 0)
	if first, end := s.Visible(); s.Cursor != 0 || first != 0 || end != 0 {
		t.Errorf("an empty list shows %d to %d, cursor %d", first, end, s.Cursor)
	}
}

func TestFigures(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(1204): "1 204", Count(1234567): "1 234 567",
		Size(212): "212 B", Size(1434): "1.4 KiB", Size(256 << 20): "256 MiB",
		Age(300 * time.Millisecond): "now", Age(3 * time.Second): "3 s", Age(49 * time.Hour): "2 d",
		Rate(0): "0/s", Rate(0.25): "0.2/s", Rate(38): "38/s", Rate(100_000): "100k/s",
	} {
		if got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}

func TestToasts(t *testing.T) {
	var ts Toasts
	ts.Show(1, "sent", false, panetest.Now)
	if ts.Current(panetest.Now.Add(time.Second)) == nil || ts.Current(panetest.Now.Add(time.Minute)) != nil {
		t.Error("a success stays a few seconds and goes")
	}
	ts.Show(2, "refused\x1b[2J", true, panetest.Now)
	if got := ts.Current(panetest.Now.Add(time.Hour)); got == nil || got.Text != "refused␛[2J" {
		t.Errorf("an error stays until a key, made safe; got %+v", got)
	}
	ts.Key()
	if ts.Current(panetest.Now) != nil {
		t.Error("the next key takes an error away")
	}
}

func TestFieldFits(t *testing.T) {
	f := NewField(theme.Plain(), "Topic", nil)
	f.Focus()
	f.SetValue("lamp/漢字/\u202e" + strings.Repeat("x", 200))
	for _, w := range []int{0, 1, 2, 5, 30, 80} {
		if w == 0 {
			if f.View(0) != "" {
				t.Error("a field without room draws something")
			}
			continue
		}
		panetest.Exact(t, f.View(w), w, 1)
		panetest.Safe(t, f.View(w))
	}
}

func TestHeadStopsAfterTheLinesAskedFor(t *testing.T) {
	js := func(in string, n int) []string {
		out, ok := JSONHead(theme.Plain(), []byte(in), 10, n)
		if !ok {
			t.Fatalf("%.20q is JSON; JSONHead says it is not", in)
		}
		return out
	}
	text := func(in string, n int) []string { return TextHead([]byte(in), 10, n) }
	const more = "… the rest is not shown here"
	tests := []struct {
		name string
		got  []string
		want []string
	}{
		{"JSON that ends there is whole", js(`[1,2]`, 4), []string{"[", "  1,", "  2", "]"}},
		{"JSON that goes on says so", js(`[1,2]`, 2), []string{"[", "  1,", more}},
		{"a long string", js(`"`+strings.Repeat("é", 1<<17)+`"`, 2), []string{`"ééééééééé`, "éééééééééé", more}},
		{"lines that end there are whole", text("a\nb\n", 2), []string{"a", "b"}},
		{"lines that go on say so", text("a\nb\nc", 2), []string{"a", "b", more}},
		{"one long line", text(strings.Repeat("x", 1<<17), 2), []string{"xxxxxxxxxx", "xxxxxxxxxx", more}},
		{"a long line that fits", text(strings.Repeat("x", 20), 2), []string{"xxxxxxxxxx", "xxxxxxxxxx"}},
		{"characters of four bytes with accents", text(strings.Repeat("漢\u0301", 1000), 1), []string{strings.Repeat("漢\u0301", 5), more}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := strings.Join(tt.got, "|"), strings.Join(tt.want, "|"); got != want {
				t.Errorf("got %s; want %s", got, want)
			}
		})
	}
}

func TestTextLinesSaysThatLinesWereLeftOut(t *testing.T) {
	got := TextLines([]byte(strings.Repeat("a\n", maxLines+5)), 20)
	if len(got) != maxLines+1 || got[maxLines] != "… the rest is not shown here" {
		t.Errorf("%d lines, the last %q; want %d and a note", len(got), got[len(got)-1], maxLines+1)
	}
}
