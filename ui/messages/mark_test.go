package messages

import (
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
)

func TestHighlightedRowsHaveTheNameOfTheTrigger(t *testing.T) {
	r := plain(t)
	r.SetMarker(func(m history.Message) string {
		if string(m.Payload) == "hot" {
			return "a\x1b[2Jname that is far too long for a row"
		}
		return ""
	})
	r.add(history.Message{Topic: "a", Payload: []byte("hot")}, history.Message{Topic: "a", Payload: []byte("cold")}, history.Message{Topic: "a", Payload: []byte("hot")})
	if got := strings.Count(r.draw(), "[a␛[2Jname that i"); got != 2 {
		t.Errorf("%d rows are highlighted; want 2 in\n%s", got, r.draw())
	}
	panetest.Safe(t, r.View())
	r.SetMarker(func(history.Message) string { return "" })
	if strings.Contains(r.draw(), "name") {
		t.Error("the rows stay highlighted")
	}
}

func TestTopicsHaveTheToneOfTheirSubscription(t *testing.T) {
	th := theme.New(theme.Options{Profile: termenv.TrueColor})
	r := newRig(t, history.Limits{}, th)
	r.SetTone(func(topic string) int { return map[string]int{"tinted": 2}[topic] })
	r.add(history.Message{Topic: "tinted"}, history.Message{Topic: "plain"}, history.Message{Topic: "last"})
	r.draw()
	if !strings.Contains(r.View(), th.Tones[2].On+"tinted") || strings.Contains(r.View(), th.Tones[2].On+"plain") {
		t.Errorf("the tones are wrong in %q", r.View())
	}
}

func TestASecondCopyIsMarkedWhereItCanBeTold(t *testing.T) {
	msg := func(topic, payload string) history.Message {
		return history.Message{Topic: topic, Payload: []byte(payload)}
	}
	tests := []struct {
		name string
		in   []history.Message
		gap  time.Duration
		want bool
	}{
		{"two filters, two copies", []history.Message{msg("sensors/a", "1"), msg("sensors/a", "1")}, time.Millisecond, true},
		{"with another between", []history.Message{msg("sensors/a", "1"), msg("x", "1"), msg("sensors/a", "1")}, time.Millisecond, true},
		{"two filters, three copies", []history.Message{msg("sensors/a", "1"), msg("sensors/a", "1"), msg("sensors/a", "1")}, time.Millisecond, false},
		{"one filter", []history.Message{msg("x", "1"), msg("x", "1")}, time.Millisecond, false},
		{"other bytes", []history.Message{msg("sensors/a", "1"), msg("sensors/a", "2")}, time.Millisecond, false},
		{"later", []history.Message{msg("sensors/a", "1"), msg("sensors/a", "1")}, time.Second, false},
		{"alone", []history.Message{msg("sensors/a", "1")}, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := plain(t)
			for i, m := range tt.in {
				m.Time = panetest.Now.Add(time.Duration(i) * tt.gap)
				r.tail.Append(m)
			}
			r.history.Add(r.tail.Take())
			last, _ := r.history.At(r.history.End() - 1)
			if got := r.again(last); got != tt.want {
				t.Errorf("got %v; want %v", got, tt.want)
			}
			if got := strings.Contains(r.draw(), "again, perhaps"); got != tt.want {
				t.Errorf("the detail says so: %v; want %v", got, tt.want)
			}
		})
	}
}
