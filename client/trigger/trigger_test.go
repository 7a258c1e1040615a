package trigger

import (
	"slices"
	"strings"
	"testing"

	"example.com/thingdeck/client"
)

func TestCheck(t *testing.T) {
	good := Trigger{Name: "n", Filter: wanted(t, "a"), Bell: true}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	tests := []struct {
		change func(*Trigger)
		want   string
	}{
		{func(tr *Trigger) { tr.Name = "" }, "name: "},
		{func(tr *Trigger) { tr.Filter = client.Filter{} }, "filter: "},
		{func(tr *Trigger) { tr.Bell = false }, "it does nothing"},
		{func(tr *Trigger) { tr.Where = ".x >" }, "where: "},
		{func(tr *Trigger) { tr.Rate = 51 }, "rate: "},
		{func(tr *Trigger) { tr.Command = []string{""} }, "command: "},
		{func(tr *Trigger) { tr.Command = []string{"a\x00"} }, "command: "},
		{func(tr *Trigger) { tr.Answer = &client.Draft{Topic: "a/#"} }, "publish: a topic has no wildcards"},
		{func(tr *Trigger) { tr.Answer = &client.Draft{Topic: "a", Payload: []byte("{{noww}}")} }, "no variable is named noww"},
		{func(tr *Trigger) { tr.Answer = &client.Draft{Topic: "a", Payload: []byte(`{{ask "x"}}`)} }, "nobody is there"},
	}
	for _, tt := range tests {
		bad := good
		tt.change(&bad)
		if err := bad.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v; want %q", err, tt.want)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string][]string{
		"":                      nil,
		"a b  c":                {"a", "b", "c"},
		`say "two words" 'a"b'`: {"say", "two words", `a"b`},
		`"a\"b\\c" '' x`:        {`a"b\c`, "", "x"},
		`$HOME * ; | &&`:        {"$HOME", "*", ";", "|", "&&"},
	} {
		got, err := SplitCommand(line)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v; want %q", line, got, err, want)
		}
		if back, err := SplitCommand(JoinCommand(got)); err != nil || !slices.Equal(back, got) {
			t.Errorf("%s: joined and split again it is %q, %v", line, back, err)
		}
	}
	for _, line := range []string{`a "b`, `a 'b`, `a "b\`} {
		if _, err := SplitCommand(line); err == nil {
			t.Errorf("%s: no error", line)
		}
	}
}
