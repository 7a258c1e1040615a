package composer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/thingdeck/ui/panetest"
)

// A walk of keys, pastes and sizes: the frame keeps its size, and the cursor parts the text without changing it.
func TestAnyKeysKeepTheTextWhole(t *testing.T) {
	keys := []string{"a", "漢", "é", "{", " ", "enter", "up", "down", "left", "right", "home", "end", "backspace", "delete", "ctrl+w", "ctrl+k", "ctrl+u",
		"alt+left", "alt+right", "alt+d", "alt+<", "alt+>", "ctrl+t", "alt+u", "pgup", "pgdown", "ctrl+f", "tab", "shift+tab", "esc", "ctrl+home"}
	pastes := []string{"\t", "a\rb\r\nc", "e\u0301\u200b", "\U0001F468\u200d\U0001F469", strings.Repeat("word ", 40), "x\x1by", `{"a":[1,2,{}]}`}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			r := with(t, "one\n\ttwo\r\n{}")
			for range 150 {
				what := ""
				switch n := rnd.IntN(40); {
				case n == 0:
					r.SetSize(rnd.IntN(70), rnd.IntN(24))
				case n < 3:
					what = pastes[rnd.IntN(len(pastes))]
					r.paste(what)
				case n < 5:
					r.press("esc", "G", "enter")
				default:
					what = keys[rnd.IntN(len(keys))]
					r.press(what)
				}
				panetest.Exact(t, r.draw(), r.w, r.h)
				panetest.Safe(t, r.draw())
				if r.payload.held || r.payload.kind == kindHex {
					r.SetDraft(Draft{Topic: "a", Payload: []byte("again\n")})
					continue
				}
				before, after := r.payload.editor.around()
				if got := string(r.Draft().Payload); got != before+after {
					t.Fatalf("after %q the cursor parts %q into %q and %q", what, got, before, after)
				}
			}
		})
	}
}

func TestTheCursorStaysInSightWhileTyping(t *testing.T) {
	r := with(t, "")
	r.SetSize(30, 10)
	r.press("G", "enter")
	for i := range 20 {
		r.typed(fmt.Sprintf("row%d", i))
		r.wants(fmt.Sprintf("row%d", i))
		r.press("enter")
	}
	r.typed(strings.Repeat("long ", 60) + "end.")
	r.wants("end.")
	r.press("ctrl+home")
	r.wants("row0")
}

func TestAWordBackIsTheBeginningWhereThereIsNone(t *testing.T) {
	for _, payload := range []string{"", "   ", "\n \n", "\t\t", "word"} {
		r := with(t, payload)
		r.press("G", "enter", "ctrl+end", "alt+left", "alt+b")
		if before, _ := r.payload.editor.around(); before != "" {
			t.Errorf("in %q the cursor stands after %q; want the beginning", payload, before)
		}
	}
}

func FuzzPayload(f *testing.F) {
	for _, s := range panetest.Hostile {
		f.Add([]byte(s[:min(len(s), 2000)]))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r := with(t, string(payload))
		r.Refresh(panetest.Now)
		if got := r.Draft().Payload; string(got) != string(payload) {
			t.Errorf("the draft is %q; want %q", got, payload)
		}
		panetest.Exact(t, r.View(), 60, 15)
		panetest.Safe(t, r.View())
	})
}
