package messages

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"example.com/thingdeck/client/history"
)

// below is the lines of the detail, without their borders.
func (r *rig) below() (out []string) {
	r.t.Helper()
	lines := strings.Split(r.draw(), "\n")
	for _, line := range lines[ruleLine+1 : len(lines)-1] {
		if text := strings.TrimSpace(strings.Trim(ansi.Strip(line), "│")); text != "" {
			out = append(out, text)
		}
	}
	return out
}

func TestDifferenceToTheOneBefore(t *testing.T) {
	for name, c := range map[string]struct {
		before, now string
		want        string
	}{
		"JSON":          {`{"a":1,"b":{"c.d":[1,2]},"gone":true,"same":"x"}`, `{"same":"x","b":{"c.d":[1,3]},"a":"1","new":null}`, `~ .b["c.d"][1]  2 → 3|~ .a  1 → "1"|+ .new  null|- .gone  true`},
		"the same":      {`{"a":1}`, `{"a":1}`, "the payload is the same"},
		"another order": {`{"a":1,"b":2}`, `{"b": 2, "a": 1}`, "the same values, written in another way"},
		"text":          {"one\ntwo\nthree", "one\n2\nthree\nfour", "- two|+ 2|+ four"},
		"CBOR":          {"\xa1aa\x01", "\xa1aa\x02", "~ .a  1 → 2"},
		"bytes":         {"\x00\xff", "\x00\xfe", "- 00000000  00 ff                    ..|+ 00000000  00 fe                    .."},
		"kinds":         {"text", `{"a":1}`, `- text|+ {"a":1}`},
		"hostile":       {`{"a\u001b":"\u202e"}`, `{"a\u001b":"\u0007"}`, `~ .["a\u001b"]  "\u202e" → "\u0007"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := plain(t)
			r.add(history.Message{Topic: "t", Payload: []byte(c.before)}, history.Message{Topic: "other", Payload: []byte("x")}, history.Message{Topic: "t", Payload: []byte(c.now)})
			r.press("d")
			if got := strings.Join(r.below(), "|"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			r.wantLine(ruleLine, "difference to the one before, 12:04:01.203")
			r.press("up")
			if got := strings.Join(r.below(), "|"); got != "no message before it on this topic is held" {
				t.Errorf("the first of a topic: %s", got)
			}
			r.press("d")
			if got := strings.Join(r.below(), "|"); got != "x" {
				t.Errorf("after d again: %s", got)
			}
		})
	}
}

func TestDifferenceOfTwoMarked(t *testing.T) {
	r := plain(t)
	for i := range 5 {
		r.add(history.Message{Topic: fmt.Sprint("t/", i), Payload: fmt.Appendf(nil, `{"n":%d}`, i)})
	}
	r.press("m", "up", "up", "m", "d")
	if got := strings.Join(r.below(), "|"); got != "~ .n  4 → 2" {
		t.Errorf("got %s", got)
	}
	r.press("m")
	if got := strings.Join(r.below(), "|"); got != "no message before it on this topic is held" {
		t.Errorf("with one mark: %s", got)
	}
}

// TestLineChangesMakeTheNewText: taking the changes gives the new lines, and what stays is in both.
func TestLineChangesMakeTheNewText(t *testing.T) {
	line := rapid.SampledFrom([]string{"a", "b", "c"})
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOfN(line, 0, 12).Draw(t, "a"), rapid.SliceOfN(line, 0, 12).Draw(t, "b")
		out, came, went := lineChanges(a, b), 0, 0
		for _, c := range out {
			if c.is {
				came++
			} else {
				went++
			}
		}
		if len(a)-went != len(b)-came {
			t.Fatalf("%v to %v: %d went and %d came", a, b, went, came)
		}
		if strings.Join(a, "") == strings.Join(b, "") && len(out) > 0 {
			t.Fatalf("%v: changes where there are none", a)
		}
		kept := common(a, b)
		for i, k := range kept {
			if a[k[0]] != b[k[1]] || i > 0 && (k[0] <= kept[i-1][0] || k[1] <= kept[i-1][1]) {
				t.Fatalf("%v to %v: kept %v", a, b, kept)
			}
		}
		if longest := lcs(a, b); len(kept) != longest {
			t.Fatalf("%v to %v: %d lines are kept; %d could be", a, b, len(kept), longest)
		}
	})
}

func lcs(a, b []string) int {
	best := make([]int, len(b)+1)
	for _, x := range a {
		last := 0
		for j, y := range b {
			was := best[j+1]
			if x == y {
				best[j+1] = last + 1
			} else {
				best[j+1] = max(best[j+1], best[j])
			}
			last = was
		}
	}
	return best[len(b)]
}
