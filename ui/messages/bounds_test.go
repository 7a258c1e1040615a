package messages

import (
	"strings"
	"testing"

	"example.com/thingdeck/client/history"
)

func TestBounds(t *testing.T) {
	for _, topics := range []func(string) bool{nil, func(topic string) bool { return strings.HasPrefix(topic, "sensors/") }} {
		tests := []struct {
			name        string
			bounds      Bounds
			first, last string
			state       string
		}{
			{"none", Bounds{}, "m0", "m9", "following"},
			{"cleared", Bounds{Since: 4}, "m4", "m9", "following"},
			{"keeping three", Bounds{Keep: 3}, "m7", "m9", "following"},
			{"keeping more than there are", Bounds{Keep: 30}, "m0", "m9", "following"},
			{"standing still", Bounds{Still: true, Until: 6}, "m0", "m5", "subscription paused · 4 new"},
			{"all of it", Bounds{Since: 2, Keep: 2, Still: true, Until: 6}, "m4", "m5", "subscription paused · 4 new"},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				r := plain(t)
				r.count(10)
				r.Show("sensors/#", topics, 0)
				r.SetBounds(tt.bounds)
				if got := r.chosen(); got != tt.last {
					t.Errorf("the last is %q; want %q", got, tt.last)
				}
				if !strings.Contains(r.draw(), tt.state) {
					t.Errorf("no %q in\n%s", tt.state, r.draw())
				}
				r.press("g")
				if got := r.chosen(); got != tt.first {
					t.Errorf("the first is %q; want %q", got, tt.first)
				}
			})
		}
	}
}

func TestNothingIsShownWhenAllWasCleared(t *testing.T) {
	r := plain(t)
	r.count(3)
	r.SetBounds(Bounds{Since: r.history.End()})
	r.draw()
	r.add(history.Message{Topic: "a", Payload: []byte("new")})
	if got := r.chosen(); got != "new" {
		t.Errorf("got %q; want the message after the clearing", got)
	}
}
