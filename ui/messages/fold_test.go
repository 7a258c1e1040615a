package messages

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestValuesAreFoldedAndCopied(t *testing.T) {
	r := plain(t)
	r.add(history.Message{Topic: "t", Payload: []byte(`{"a":{"b c":["x\n","y"]},"d":1}`)})
	r.press("enter")
	if got := strings.Join(r.below(), "|"); got != `▌{|"a": {|"b c": [|"x\n",|"y"|]|},|"d": 1` {
		t.Errorf("unfolded: %s", got)
	}
	r.press("down", "down", "down")
	for key, want := range map[string]Copy{"y": {Text: "x\n", What: `the value of .a["b c"][0]`}, "Y": {Text: `.a["b c"][0]`, What: "the path"}} {
		if got := r.press(key); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v; want %v", key, got, want)
		}
	}
	r.press("left")
	if got := strings.Join(r.below(), "|"); got != `{|"a": {|▌    "b c": ▸[…2]|},|"d": 1|}` {
		t.Errorf("folded: %s", got)
	}
	if got := r.press("y"); len(got) != 1 || got[0] != (Copy{Text: `["x\n","y"]`, What: `the value of .a["b c"]`}) {
		t.Errorf("a container: %v", got)
	}
	r.press("right", "*")
	if got := strings.Join(r.below(), "|"); got != `{|▌  "a": ▸{…1},|"d": 1|}` && got != `{|"a": ▸{…1},|▌  "d": 1|}` {
		t.Errorf("all folded: %s", got)
	}
	r.press("g", "left", "left")
	if r.inDetail {
		t.Error("left at the outermost stays in the detail")
	}
}

func TestBase64IsOpened(t *testing.T) {
	inner := base64.StdEncoding.EncodeToString([]byte(`{"deep":"` + base64.StdEncoding.EncodeToString([]byte("plain text")) + `"}`))
	r := plain(t)
	r.SetSize(120, 24)
	r.add(history.Message{Topic: "t", Payload: []byte(`{"data":"` + inner + `"}`)})
	r.press("enter", "down", "enter")
	r.wantLine(ruleLine, "base64 of .data: JSON")
	r.press("down", "right")
	r.wantLine(ruleLine, "base64 of .deep: text · 10 B")
	if got := strings.Join(r.below(), "|"); got != "▌plain text" {
		t.Errorf("got %s", got)
	}
	r.press("esc")
	r.wantLine(ruleLine, "base64 of .data: JSON")
	r.press("esc")
	r.wantLine(ruleLine, "├─ JSON")
	r.press("esc")
	if r.inDetail {
		t.Error("esc stays in the detail")
	}
}

func TestRowsShowWhatIsEncoded(t *testing.T) {
	r := plain(t)
	r.add(history.Message{Topic: "cbor", Payload: []byte("\xa1aa\x01")}, history.Message{Topic: "bytes", Payload: []byte("\x83\x01\x02\x03")})
	frame := r.draw()
	if !strings.Contains(frame, `{"a":1}`) {
		t.Errorf("no JSON of CBOR in\n%s", frame)
	}
}

func TestHostileJSONStaysInside(t *testing.T) {
	for _, payload := range []string{
		`{"` + strings.Repeat("k", 3000) + `":"` + strings.Repeat("宽", 3000) + `"}`, strings.Repeat("[", 5000) + strings.Repeat("]", 5000),
		`{"\u001b[31m":"\u202e` + "\u009b" + `"}`, `[` + strings.Repeat("1,", 50_000) + `1]`, `"` + strings.Repeat(`\"`, 5000) + `"`,
	} {
		r := newRig(t, history.Limits{}, theme.Plain())
		r.add(history.Message{Topic: "t", Payload: []byte(payload)})
		for _, key := range []string{"enter", "*", "*", "G", "left", "down", "y", "d", "v", "v", "v"} {
			r.press(key)
			panetest.Exact(t, r.View(), 80, 24)
			panetest.Safe(t, r.View())
		}
	}
}

// BenchmarkDetail opens a payload of 128 KiB: its first screenful, as rows go by, and all of it.
func BenchmarkDetail(b *testing.B) {
	var text strings.Builder
	for i := 0; text.Len() < 128<<10-40; i++ {
		fmt.Fprintf(&text, `"key%d":{"n":%d,"s":"text"},`, i, i)
	}
	payloads := map[string]string{"object": "{" + strings.TrimSuffix(text.String(), ",") + "}", "line": `"` + strings.Repeat("x", 128<<10-2) + `"`}
	for name, payload := range payloads {
		for _, enter := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/entered=%v", name, enter), func(b *testing.B) {
				r := newRig(b, history.Limits{}, theme.Plain())
				r.add(history.Message{Topic: "t", Payload: []byte(payload)})
				r.draw()
				for b.Loop() {
					r.inDetail = enter
					r.detail.built = false
					r.openDetail(10)
				}
			})
		}
	}
}
