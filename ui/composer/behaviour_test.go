package composer

import (
	"bytes"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/ui/panetest"
)

func TestATopicWithAWildcardIsRefusedBesideTheField(t *testing.T) {
	for typed, want := range map[string]string{
		"a/+/b": "a topic has no wildcards: + at 3",
		"#":     "a topic has no wildcards: # at 1",
		"":      "a topic has at least one character",
	} {
		r := plain(t)
		r.Edit()
		r.hides("a topic has")
		r.typed(typed)
		r.press("tab", "tab", "tab")
		r.typed("kept")
		if got := r.press("ctrl+s"); len(got) != 0 {
			t.Errorf("topic %q: ctrl+s wants %v; want nothing", typed, got)
		}
		r.wants(want, "kept")
		if !r.Typing() || r.at != fieldTopic {
			t.Errorf("topic %q: the topic has not got the focus", typed)
		}
	}
}

func TestPublishKeepsTheDraft(t *testing.T) {
	r := plain(t)
	r.Edit()
	r.typed("lamp/cmd")
	r.press("tab", " ", "tab", " ", "tab")
	r.typed(`{"on": true}`)
	got := r.sent()
	if got.Topic.String() != "lamp/cmd" || string(got.Payload) != `{"on": true}` || got.QoS != 1 || !got.Retain {
		t.Errorf("published %+v", got)
	}
	again := r.press("alt+enter")
	if len(again) != 2 {
		t.Errorf("alt+enter wants %v; want one publish and its row", again)
	}
	want := Draft{Topic: "lamp/cmd", Payload: []byte(`{"on": true}`), QoS: 1, Retain: true}
	if d := r.Draft(); d.Topic != want.Topic || !bytes.Equal(d.Payload, want.Payload) || d.QoS != 1 || !d.Retain {
		t.Errorf("the draft is %+v; want %+v", d, want)
	}
}

func TestADraftIsPublishedByteForByte(t *testing.T) {
	payloads := map[string]string{
		"nothing":                    "",
		"text":                       "hello",
		"a line end at the end":      "hello\n",
		"only line ends":             "\n\n\n",
		"tabs":                       "{\n\t\"a\":\t1\n}",
		"CR LF":                      "a\r\nb\r\n",
		"CR alone":                   "a\rb",
		"NUL":                        "a\x00b",
		"escape sequences":           "\x1b[2J",
		"not UTF-8":                  "\xff\xfe\xc3(",
		"the replacement character":  "a\ufffdb",
		"accents apart from letters": "e\u0301 Z\u0300\u0301\u0302",
		"invisible characters":       "a\u200bb\u202ec\ufeff",
		"emoji":                      "\U0001F468\u200d\U0001F469 \u2764\ufe0f \U0001F1E9\U0001F1EA",
		"private use":                "\U000f0000\U000f0001\ue000 \t",
		"wide characters":            strings.Repeat("漢字", 200),
		"C1 controls":                "a\u009b31mb",
		"128 KiB on one line":        strings.Repeat("x", 128<<10),
		"16 KiB on one line":         strings.Repeat("x", 16<<10),
		"1000 lines":                 strings.Repeat("x\n", 1000),
		"trailing blanks":            "a  \n  b  ",
	}
	for name, payload := range payloads {
		t.Run(name, func(t *testing.T) {
			r := with(t, payload)
			r.press("end", "enter", "home", "up", "esc") // into the payload and about in it
			r.wantPayload(payload)
			if got := r.Draft().Payload; string(got) != payload {
				t.Errorf("the draft is %.100q; want %.100q", got, payload)
			}
		})
	}
}

func TestEditingChangesOnlyWhatIsTyped(t *testing.T) {
	r := with(t, "\ta\r\n\u200bb\tc")
	r.press("G", "enter", "down", "end")
	r.typed("!é")
	r.press("enter")
	r.typed("new")
	r.press("up", "home", "delete")
	r.wantPayload("\ta\r\nb\tc!é\nnew")
	r.wants("␉a␍", "b␉c!é")
}

func TestATopicIsPublishedAsItWasGiven(t *testing.T) {
	r := plain(t)
	r.SetDraft(Draft{Topic: "a\tb\x01c", Payload: []byte("x")})
	if got := r.sent().Topic.String(); got != "a\tb\x01c" {
		t.Errorf("published to %q", got)
	}
	r.wants("the field can't show")
	r.Edit()
	r.typed("/d")
	r.press("backspace", "backspace")
	if got, want := r.Draft().Topic, r.topic.Value(); got != want {
		t.Errorf("after typing the topic is %q; want what the field shows, %q", got, want)
	}
	r.hides("the field can't show")
}

func TestBytesAreEditedAsHex(t *testing.T) {
	r := with(t, "\x00\x01binary\xff")
	r.wants("hex · binary", "00 01 62 69", "..binary")
	r.press("G", "enter", "right")
	r.wants("digits go over the bytes")
	r.typed("fE")
	r.wantPayload("\x00\xfebinary\xff")
	r.press("i", "home")
	r.wants("digits go between the bytes")
	r.typed("7f4")
	r.wantPayload("\x7f\x40\x00\xfebinary\xff")
	r.press("backspace", "delete", "ctrl+end", "backspace")
	r.typed("zq0a")
	r.wantPayload("\x7f\xfebinary\x0a")
	r.press("home", "down", "up", "pgdown", "pgup", "ctrl+home")
	r.paste("0x01, 02 ff")
	r.paste("text")
	r.wantPayload("\x01\x02\xfftext\x7f\xfebinary\x0a")
	r.press("ctrl+u")
	r.hides("hex")
	r.typed("text")
	r.wantPayload("text")
}

func TestAKindConvertsWithoutLosingBytes(t *testing.T) {
	for _, payload := range []string{"", "text", `{"a":[1]}`, "\x00\xff", "tab\tCR\rLF\n", strings.Repeat("\xfe", 20000), strings.Repeat("long ", 40000), strings.Repeat("\x00", 2<<20)} {
		r := with(t, payload)
		for range 6 {
			r.press("alt+v")
			if got := r.Draft().Payload; string(got) != payload {
				t.Fatalf("%.20q became %.20q as %s", payload, got, kindNames[r.payload.kind])
			}
		}
	}
	r := with(t, "a")
	r.press("alt+v")
	r.wants("not JSON: line 1 column 1")
	r.press("alt+v")
	r.wants("hex · text", "61")
	r.press("alt+v")
	r.wants("base64 · text", "YQ==")
	r.press("alt+v")
	r.hides("base64")
}

func TestBase64IsDecodedAsItIsTyped(t *testing.T) {
	r := with(t, "")
	r.press("alt+v", "alt+v", "alt+v", "G", "enter")
	r.typed("AP_-")
	r.wantPayload("\x00\xff\xfe")
	r.press("enter")
	r.typed("Y")
	r.wants("not base64: a digit is missing at the end")
	if got := r.press("ctrl+s"); len(got) != 0 {
		t.Errorf("it was published: %v", got)
	}
	r.press("alt+v")
	r.wants("it is not base64")
	r.typed("Q==")
	r.wantPayload("\x00\xff\xfea")
	r.typed("x")
	r.wants("text after the = at 8")
	r.press("backspace", "backspace", "backspace")
	r.typed("!")
	r.wants("character 8 does not belong to it")
}

func TestAPasteIsInsertedAtTheCursor(t *testing.T) {
	tests := []struct{ name, before, paste, want string }{
		{"line ends as terminals send them", "<>", "a\rb\r\nc\nd", "<a\nb\nc\nd>"},
		{"tabs", "<>", "\ta\t", "<\ta\t>"},
		{"128 KiB on one line", "<>", strings.Repeat("x", 128<<10), "<" + strings.Repeat("x", 128<<10) + ">"},
		{"escape sequences", "<>", "\x1b[2J", "<\x1b[2J>"},
		{"wide characters", "<>", "漢字", "<漢字>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := with(t, tt.before)
			r.press("G", "enter", "right")
			r.paste(tt.paste)
			r.wantPayload(tt.want)
		})
	}
	t.Run("in a wrapped line after others", func(t *testing.T) {
		long := strings.Repeat("word ", 60)
		r := with(t, "one\n\ttwo\n"+long+"end")
		r.press("G", "enter", "down", "down", "end", "left", "left", "left")
		r.paste("<\x00>")
		r.wantPayload("one\n\ttwo\n" + long + "<\x00>end")
	})
	t.Run("not while no field is typed into", func(t *testing.T) {
		r := with(t, "x")
		r.paste("q")
		r.wantPayload("x")
	})
	t.Run("only the first line into the topic", func(t *testing.T) {
		r := plain(t)
		r.Edit()
		r.paste("\n a/b \nc")
		if got := r.Draft().Topic; got != "a/b" {
			t.Errorf("the topic is %q; want a/b", got)
		}
	})
}

func TestTheCursorIsInSightAfterALongPaste(t *testing.T) {
	r := with(t, "")
	r.press("G", "enter")
	r.paste(strings.Repeat("line\r", 100) + "last")
	r.wants("last")
	r.SetSize(60, 9)
	r.wants("last")
}

func TestFormat(t *testing.T) {
	tests := []struct{ name, payload, want, says string }{
		{"an object", `{"a":[1,2],"b":{}}`, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}", "JSON ok"},
		{"again takes the blanks out", "{\n  \"a\": 1\n}", `{"a":1}`, "JSON ok"},
		{"numbers and strings keep their text", `{"n":1.0e+2,"big":12345678901234567890123,"s":"\u00e9<&"}`,
			"{\n  \"n\": 1.0e+2,\n  \"big\": 12345678901234567890123,\n  \"s\": \"\\u00e9<&\"\n}", "JSON ok"},
		{"not JSON", "{\n  \"a\": tru\n}", "{\n  \"a\": tru\n}", "not formatted: not JSON: line 2 column 11"},
		{"cut off", `{"a":`, `{"a":`, "line 1 column 6: unexpected end"},
		{"text", "hello", "hello", "not formatted: not JSON: line 1 column 1"},
		{"monstrously deep", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "nested deeper than 128 levels"},
		{"brackets in strings are not deep", `["` + strings.Repeat(`[\"`, 500) + `"]`, "[\n  \"" + strings.Repeat(`[\"`, 500) + "\"\n]", "JSON ok"},
		{"nothing", "", "", "no payload"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := with(t, tt.payload)
			r.SetSize(100, 20)
			r.press("ctrl+f")
			r.wants(tt.says)
			r.wantPayload(tt.want)
		})
	}
}

func TestFormattingWorksWhileTyping(t *testing.T) {
	r := with(t, "")
	r.press("G", "enter")
	r.typed(`{"a":1}`)
	r.press("ctrl+f")
	r.typed("\t") // no rune of its own
	r.wantPayload("\t{\n  \"a\": 1\n}")
}

func TestThePayloadIsDescribed(t *testing.T) {
	for payload, want := range map[string]string{
		`{"on": true}`: "─ JSON ok ─", "21.5": "─ JSON ok ─", "on": "─ text ─", `{"on": tru}`: "not JSON: line 1 column 11",
		"\xff": "─ hex · binary ─", "": "──────",
	} {
		r := with(t, payload)
		r.wants(want)
	}
	r := with(t, strings.Repeat("x", 2048))
	r.wants("2 KiB")
}

func TestOutcomes(t *testing.T) {
	r := with(t, "x")
	r.wants("ctrl+s publishes")
	r.asked(7)
	r.wants("publishing")
	r.Outcome(7, Progress{Text: "acknowledged in 12 ms", Failed: false, Final: true})
	r.wants("acknowledged in 12 ms · a/b")
	r.Outcome(6, Progress{Text: "of nobody", Failed: false, Final: true})
	r.hides("of nobody")
	r.asked(8)
	r.Outcome(8, Progress{Text: "not connected", Failed: true, Final: true})
	r.Outcome(7, Progress{Text: "late", Failed: false, Final: true})
	lines := strings.Split(r.draw(), "\n")
	if newest, older := lines[len(lines)-3], lines[len(lines)-2]; !strings.Contains(newest, "! not connected") || !strings.Contains(older, "late") {
		t.Errorf("the outcomes are\n%s\n%s", newest, older)
	}
	r.asked(9)
	r.asked(10)
	r.hides("late")
	r.SetSize(40, 9)
	r.hides("not connected")
}

func TestQoSGoesRoundWhatTheBrokerOffers(t *testing.T) {
	r := plain(t)
	r.press("down", " ", " ", " ")
	if r.qos != 1 {
		t.Errorf("three changes of QoS 0 and 1 end at %d; want 1", r.qos)
	}
	r.SetMaxQoS(2)
	r.press("right", "right", "left")
	if r.qos != 2 {
		t.Errorf("QoS is %d; want 2", r.qos)
	}
	r.SetMaxQoS(1)
	if got := r.Draft().QoS; got != 1 {
		t.Errorf("QoS is %d after the broker offers 1; want 1", got)
	}
	r.SetDraft(Draft{QoS: 2})
	if got := r.Draft().QoS; got != 1 {
		t.Errorf("a draft of QoS 2 has QoS %d; want 1", got)
	}
	r.press("enter")
	r.wants("QoS 0")
	r.Edit()
	r.press("tab", "1")
	r.wants("QoS 1")
	r.press("2")
	r.wants("QoS 1")
}

func TestCommandsUntilAFieldIsEntered(t *testing.T) {
	r := plain(t)
	if r.Typing() {
		t.Fatal("the pane takes text before a field was entered")
	}
	r.press("j", "j", " ")
	if !r.Draft().Retain {
		t.Error("space did not set retain")
	}
	r.press("up", "up", "enter")
	r.typed("jk q")
	if got := r.Draft().Topic; got != "jk q" {
		t.Errorf("the topic is %q; want what was typed", got)
	}
	r.press("esc")
	if r.Typing() {
		t.Error("esc does not leave the field")
	}
	r.press("x", "q", "7")
	if got := r.Draft(); got.Topic != "jk q" || len(got.Payload) != 0 {
		t.Errorf("letters after esc changed the draft to %+v", got)
	}
}

func TestTabGoesThroughTheForm(t *testing.T) {
	r := plain(t)
	r.Edit()
	for _, want := range []field{fieldQoS, fieldRetain, fieldPayload} {
		if got := r.press("tab"); len(got) != 0 || r.at != want || !r.Typing() {
			t.Fatalf("tab wants %v and goes to %d; want field %d", got, r.at, want)
		}
	}
	if got := r.press("tab"); len(got) != 1 || got[0] != (Leave{Forward: true}) || r.Typing() {
		t.Errorf("tab past the payload wants %v, typing %v", got, r.Typing())
	}
	r.Edit()
	if got := r.press("shift+tab"); len(got) != 1 || got[0] != (Leave{}) {
		t.Errorf("shift+tab before the topic wants %v", got)
	}
}

func TestArrowsGoThroughTheForm(t *testing.T) {
	r := plain(t)
	r.Edit()
	r.press("down", "down")
	r.typed("body")
	r.press("esc", "up", "up", "up", "enter")
	r.typed("a")
	if d := r.Draft(); d.Topic != "a" || string(d.Payload) != "body" {
		t.Errorf("the draft is %+v", d)
	}
}

func TestLosingTheFocusEndsTyping(t *testing.T) {
	r := plain(t)
	r.Edit()
	r.SetFocus(false)
	r.SetFocus(true)
	if r.Typing() {
		t.Error("the field still has the keys")
	}
}

func TestTheMouseEntersFields(t *testing.T) {
	r := with(t, "x")
	click := func(x, y int) {
		r.draw()
		r.Update(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: tea.MouseActionPress})
	}
	click(10, 1)
	r.typed("/c")
	click(3, 2)
	click(12, 2)
	click(5, 5)
	r.typed("y")
	d := r.Draft()
	if d.Topic != "a/b/c" || d.QoS != 1 || !d.Retain || string(d.Payload) != "yx" {
		t.Errorf("the draft is %+v (payload %q)", d, d.Payload)
	}
}

func TestHeldBytesScroll(t *testing.T) {
	r := with(t, strings.Repeat("row\n", 2000)+"last")
	r.wants("too large to edit here")
	r.press("G", "enter", "end")
	r.wants("last")
	r.press("home")
	r.hides("last")
	r.press("esc", "pgdown", "pgdown", "pgup")
	r.Update(tea.MouseMsg{X: 5, Y: 6, Button: tea.MouseButtonWheelDown, Action: tea.MouseActionPress})
	if r.payload.top == 0 {
		t.Error("nothing scrolled")
	}
}

func TestRefreshDrawsOnlyWhatMoved(t *testing.T) {
	r := with(t, "x")
	r.draw()
	r.view = "kept"
	r.Refresh(panetest.Now)
	if r.View() != "kept" {
		t.Error("the pane was drawn again though nothing moved")
	}
	r.Outcome(1, Progress{Text: "x", Failed: false, Final: true})
	r.Refresh(panetest.Now)
	if r.View() != "kept" {
		t.Error("an outcome of nobody drew the pane again")
	}
}

func TestEveryLineEndsAtTheBorder(t *testing.T) {
	for _, s := range panetest.Hostile {
		r := with(t, s)
		r.press("G", "enter", "end")
		for i, line := range strings.Split(r.draw(), "\n") {
			if got := ansi.StringWidth(line); got != 60 {
				t.Errorf("%.20q: line %d is %d cells wide; want 60", s, i, got)
			}
		}
	}
}

func BenchmarkKeyIn(b *testing.B) {
	for name, payload := range map[string]string{
		"a short payload":    `{"on": true}`,
		"a line of 8 KiB":    strings.Repeat("x", 8<<10),
		"500 lines of 100":   strings.Repeat(strings.Repeat("x", 100)+"\n", 499),
		"64 KiB with blanks": strings.Repeat("word word word word\n", 499),
	} {
		b.Run(name, func(b *testing.B) {
			r := with(b, payload)
			r.press("G", "enter")
			for b.Loop() {
				r.Update(panetest.Key("x"))
				r.Refresh(panetest.Now)
				r.Update(panetest.Key("backspace"))
				r.Refresh(panetest.Now)
			}
		})
	}
}
