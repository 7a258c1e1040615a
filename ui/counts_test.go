package ui

import (
	"regexp"
	"testing"

	"example.com/thingdeck/client"
)

// TestEveryMessageIsCounted: what was received is stored, evicted, cleared or dropped.
func TestEveryMessageIsCounted(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.arrive(nil, r.message("a", `{"n":1}`), r.message("b", `{"n":2}`))
	r.m.act([]any{chooseFilter("")})
	r.keys("2", "C")
	r.arrive(nil, r.message("a", `{"n":3}`), r.message("a", `{"n":4}`), r.message("b", `{"n":5}`))
	r.m.act(r.m.tab().take(client.Batch{Dropped: 4}, r.now))
	r.keys("m")
	p := r.m.tab().messages
	if err := p.SetFilter(".n > 4"); err != nil {
		t.Fatal(err)
	}
	for cmd := p.Work(); cmd != nil; cmd = p.Work() {
		p.Update(cmd())
	}
	r.keys("#")
	for _, text := range []string{`received +9`, `stored +3 +held now; at most 1.000.000`, `evicted +0`, `cleared +2 +taken away with C`, `dropped +4`,
		`memory .* at most 256 MiB`, `/ \.n > 4`, `shown +1`, `excluded +2`, `cut +0`, `waiting +0`, `marked +1`} {
		if !regexp.MustCompile(text).MatchString(r.m.View()) {
			t.Errorf("no %q in\n%s", text, r.m.View())
		}
	}
	r.keys("esc")
	r.hides("held now")
}

func TestClearSparesWhatTheFilterHides(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.arrive(nil, r.message("a", "1"), r.message("b", "2"))
	if err := r.m.tab().messages.SetFilter("1"); err != nil {
		t.Fatal(err)
	}
	r.keys("2", "C")
	if got := r.m.tab().history.Len(); got != 2 {
		t.Errorf("%d messages left; want 2", got)
	}
	r.shows("take the filter away first")
	r.keys("esc", "C")
	if got := r.m.tab().history.Len(); got != 0 {
		t.Errorf("%d messages left; want none", got)
	}
}

func TestLostMarksAreTold(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.arrive(nil, r.message("a", "1"), r.message("b", "2"))
	r.keys("2", "m", "k", "m", "C")
	r.m.frame()
	r.m.rebuild()
	r.shows("2 marked messages are no longer held")
}
