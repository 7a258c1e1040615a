package messages

import (
	"testing"
	"time"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/panetest"
)

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 4, 1, 0, time.UTC)
	tests := []struct{ text, want string }{
		{"12:04", "2026-11-22 12:04:00"},
		{" 12:04:00.5", "2026-11-22 12:04:00.5"},
		{"12:05", "2026-11-21 12:05:00"},
		{"9:30", "2026-11-22 09:30:00"},
		{"2026-11-20 23:00", "2026-11-20 23:00:00"},
		{"2026-11-20T23:00:01", "2026-11-20 23:00:01"},
		{"2026-11-23 12:05", "2026-11-23 12:05:00"},
		{"-5m", "2026-11-22 11:59:01"},
		{"-1h30m", "2026-11-22 10:34:01"},
		{"-0.5s", "2026-11-22 12:04:00.5"},
		{"", ""}, {"-", ""}, {"-5", ""}, {"5m", ""}, {"25:00", ""}, {"12", ""}, {"noon", ""}, {"12:04 12:04", ""},
	}
	for _, tt := range tests {
		at, err := moment(tt.text, now)
		got := ""
		if err == nil {
			got = at.Format("2006-01-02 15:04:05.999")
		}
		if got != tt.want {
			t.Errorf("%q is %q; want %q", tt.text, got, tt.want)
		}
	}
}

func TestJumpToATime(t *testing.T) {
	r := plain(t)
	r.at = panetest.Now.Add(-20 * time.Minute)
	for range 1200 {
		r.add(history.Message{Topic: "t", Payload: []byte(r.at.Format("15:04:05"))})
		r.at = r.at.Add(time.Second - 174*time.Millisecond)
	}
	tests := []struct{ text, beside, chosen string }{
		{"12:00", "to 12:00:00.203", "12:00:00"},
		{"11:50:30.5", "to 11:50:31.203", "11:50:31"},
		{"-5m", "to 11:59:01.203", "11:59:01"},
		{"11:40", "the oldest", "11:44:01"},
		{"12:04:00.5", "to 12:04:00.203, the newest", "12:04:00"},
	}
	for _, tt := range tests {
		r.press("@")
		r.typed(tt.text)
		r.want(tt.beside)
		r.press("enter")
		r.wantChosen(tt.chosen)
		r.wantFollowing(false)
	}
	r.press("@")
	r.typed("12:61")
	r.want(errMoment.Error())
	r.press("enter")
	if !r.Typing() {
		t.Error("enter takes what is no time")
	}
	r.press("esc")
	r.wantChosen("12:04:00")
	if err := r.SetFilter("re::.0$"); err != nil {
		t.Fatal(err)
	}
	r.work()
	r.press("@")
	r.typed("11:50:01")
	r.press("enter")
	r.wantChosen("11:50:10")
}
