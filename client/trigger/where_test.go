package trigger

import (
	"strings"
	"testing"
)

func TestWhere(t *testing.T) {
	const doc = `{"temp":31.5,"unit":"C","on":true,"none":null,"list":[1,{"x":"y"}],"state":{"desired":{"on":false}}}`
	tests := []struct {
		where, payload string
		want           bool
	}{
		{"", "anything", true},
		{"temp > 30", doc, true},
		{"temp>31.5", doc, false},
		{"temp >= 31.50", doc, true},
		{"temp < 1e3", doc, true},
		{`unit == "C" and temp > 30`, doc, true},
		{`unit == "C" and temp > 40`, doc, false},
		{`unit != "F"`, doc, true},
		{`unit ~ "C"`, doc, true},
		{"on == true", doc, true},
		{"on == false", doc, false},
		{"on != false", doc, true},
		{"none == null", doc, true},
		{"list.0 == 1", doc, true},
		{`list.1.x == "y"`, doc, true},
		{"list.9 == 1", doc, false},
		{"state.desired.on == false", doc, true},
		{"absent == null", doc, false},
		{"absent != 1", doc, false},
		{"temp == \"31.5\"", doc, false},
		{"temp > 30", "no JSON", false},
		{`payload == "on"`, "on", true},
		{"payload > 20", "21.5", true},
		{"payload > 20", "warm", false},
		{`payload ~ "ar"`, "warm", true},
		{`list ~ "\"x\""`, doc, true},
		{`unit == "a and b" and on == true`, `{"unit":"a and b","on":true}`, true},
		{"n == 1e999999999", `{"n":1}`, false},
	}
	for _, tt := range tests {
		w, err := ParseWhere(tt.where)
		if err != nil {
			if tt.where != "n == 1e999999999" {
				t.Errorf("%s: %v", tt.where, err)
			}
			continue
		}
		if got := w.Match([]byte(tt.payload)); got != tt.want {
			t.Errorf("%s on %s: got %v; want %v", tt.where, tt.payload, got, tt.want)
		}
	}
	w, _ := ParseWhere("n > 1")
	if w.Match([]byte(`{"n":1e999999999}`)) {
		t.Error("a number that fills the memory is compared")
	}
}

func TestWhereTellsWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"temp":                 "as in temp > 30",
		"> 30":                 "name of a JSON member",
		"temp >":               "a value is missing",
		"temp > warm":          "is no value",
		`unit == "C`:           "not a text in quotes",
		"on > true":            "by == and !=",
		"temp > 30 or on == 1": "joined by and",
	} {
		if _, err := ParseWhere(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want %q", text, err, want)
		}
	}
}
