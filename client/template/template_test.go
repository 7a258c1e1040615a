package template_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/thingdeck/client/template"
)

func values(seed uint64) template.Values {
	return template.Values{
		Now: time.Date(2026, 11, 22, 13, 4, 1, 203e6, time.FixedZone("", 3600)), Seq: 7, Rand: rand.New(rand.NewPCG(seed, 0)),
		Env: func(name string) (string, bool) { return "bench \"1\"", name == "PLACE" },
	}
}

func render(t *testing.T, text string, v template.Values) string {
	t.Helper()
	parsed, err := template.Parse("payload", text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := parsed.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestRender(t *testing.T) {
	answered := values(1)
	answered.Answers = map[string]string{"Room": "attic\x00"}
	for _, tt := range []struct {
		name, text, want string
		values           template.Values
	}{
		{"nothing", "", "", values(1)},
		{"no variable", "a }} {b}\x00\xff", "a }} {b}\x00\xff", values(1)},
		{"now", "{{now}}", "2026-11-22T12:04:01.203Z", values(1)},
		{"now_ms", "{{ now_ms }}", "1795349041203", values(1)},
		{"seq twice in one message", "{{seq}}-{{seq}}", "7-7", values(1)},
		{"rand of one number", "{{rand -3 -3}}", "-3", values(1)},
		{"decimals as long as the longer one", "{{rand 1.50 1.5}}", "1.50", values(1)},
		{"a small negative decimal", "{{rand -0.05 -0.05}}", "-0.05", values(1)},
		{"pick of one", `{{pick "a\"\\\n\x00\u00e9"}}`, "a\"\\\n\x00é", values(1)},
		{"pick of numbers", `{{pick 1.5 1.5}}`, "1.5", values(1)},
		{"env", `{{env "PLACE"}} {{env "NONE" "else"}}`, `bench "1" else`, values(1)},
		{"ask with an answer", `{{ask "Room"}} {{ask "Room" "hall"}}`, "attic\x00 attic\x00", answered},
		{"ask by default", `{{ask "Room" "hall"}}`, "hall", values(1)},
		{"the escape", `{{"{{"}}now}} {{"\xff"}}`, "{{now}} \xff", values(1)},
		{"in JSON", `{"a":{"b":{{seq}}}}`, `{"a":{"b":7}}`, values(1)},
		{"over lines", "{{\n\trand\r\n1 1\n}}", "1", values(1)},
		{"what it puts in is not read again", `{{"{{"}}seq}}{{pick "{{seq}}"}}`, "{{seq}}{{seq}}", values(1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := render(t, tt.text, tt.values); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
		})
	}
}

func TestChance(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for seed := range uint64(300) {
		if a := render(t, "{{uuid}}", values(seed)); !uuid.MatchString(a) || seen[a] {
			t.Fatalf("%q is no new UUID", a)
		} else {
			seen[a] = true
		}
		seen[render(t, "{{rand 1 3}}", values(seed))] = true
		seen[render(t, "{{rand -0.1 0.1}}", values(seed))] = true
		seen[render(t, `{{pick "x" "y"}}`, values(seed))] = true
		if n := render(t, "{{rand -9223372036854775808 9223372036854775807}}", values(seed)); len(n) < 5 {
			t.Errorf("%s of all whole numbers", n)
		}
	}
	for _, want := range []string{"1", "2", "3", "-0.1", "0.0", "0.1", "x", "y"} {
		if !seen[want] {
			t.Errorf("%s never came", want)
		}
	}
	if n := len(seen) - 300; n != 8 {
		t.Errorf("%d different values of rand and pick; want 8", n)
	}
	if a, b := render(t, "{{uuid}}{{rand 1 1000000}}", values(3)), render(t, "{{uuid}}{{rand 1 1000000}}", values(3)); a != b {
		t.Errorf("the same source gave %s and %s", a, b)
	}
}

func TestErrorsNameLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"{{noww}}":                       "line 1 column 3: no variable is named noww",
		"é\n漢字 {{now":                    "line 2 column 4: {{ without }}",
		"\xff\xfe{{":                     "line 1 column 3: {{ without }}",
		"{{}}":                           `line 1 column 3: a variable or a text in quotes is missing; {{ itself is written {{"{{"}}`,
		"a\n\n  {{ rand 1 }}":            "line 3 column 6: rand is written {{rand 1 10}}",
		"{{rand 1 x}}":                   "line 1 column 10: this does not belong here: write {{rand 1 10}}",
		"{{rand 10 1}}":                  "line 1 column 8: the smaller number comes first: 10 is more than 1",
		"{{rand 1 9999999999999999999}}": "line 1 column 8: 9999999999999999999 is no number that fits",
		"{{rand 1. 2}}":                  "line 1 column 8: 1. is no number that fits",
		"{{rand 1.2.3 2}}":               "line 1 column 8: 1.2.3 is no number that fits",
		`{{rand "1" 2}}`:                 "line 1 column 8: a number is missing, as in {{rand 1 10}}",
		"{{now 1}}":                      "line 1 column 7: this does not belong here: write {{now}}",
		"{{env HOME}}":                   `line 1 column 7: a text in quotes is missing, as in {{env "NAME"}} or {{env "NAME" "else"}}`,
		"{{pick}}":                       `line 1 column 3: pick is written {{pick "a" "b"}}`,
		`{{pick "a`:                      "line 1 column 8: a quote without its end",
		`{{"\q"}}`:                       `line 1 column 4: a backslash goes before ", \, n, r, t, xHH or uHHHH`,
		`{{"\ud800"}}`:                   `line 1 column 4: a backslash goes before ", \, n, r, t, xHH or uHHHH`,
		`{{"a" "b"}}`:                    "line 1 column 7: }} is missing",
		`{{ask "Room" "a" "b"}}`:         `line 1 column 3: ask is written {{ask "Label"}} or {{ask "Label" "default"}}`,
		strings.Repeat("{{seq}}", 20000): "line 1 column 70008: more than 10000 variables",
	} {
		_, err := template.Parse("payload", text)
		if err == nil || err.Error() != "payload: "+want {
			t.Errorf("%.40q: got %v; want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"\n {{env \"NONE\"}}": "topic: line 2 column 2: NONE is not set in the environment",
		`{{ask "Room"}}`:      `topic: line 1 column 1: "Room" is not answered`,
	} {
		parsed, err := template.Parse("topic", text)
		if err != nil {
			t.Fatal(err)
		}
		var fault *template.Error
		if _, err = parsed.Render(values(1)); err == nil || err.Error() != want || !errors.As(err, &fault) {
			t.Errorf("%q: got %v; want %s", text, err, want)
		}
	}
}

func TestAsks(t *testing.T) {
	parsed, err := template.Parse("", `{{ask "Room"}}{{now}}{{ask "Level" "3"}}{{ask "Room" "hall"}}{{ask "Room" "attic"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(parsed.Asks()), "[{Room hall} {Level 3}]"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if parsed.Fixed() {
		t.Error("a text with variables is said to be fixed")
	}
	if plain, _ := template.Parse("", `a{{"{{"}}`); !plain.Fixed() {
		t.Error("a text without variables is said to change")
	}
}

// What is no variable comes out byte for byte.
func TestBytesStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := string(rapid.SliceOf(rapid.ByteRange(0, 255)).Draw(t, "payload"))
		escaped := strings.ReplaceAll(payload, "{{", `{{"{{"}}`)
		parsed, err := template.Parse("", escaped)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.Render(template.Values{}); err != nil || string(got) != payload {
			t.Fatalf("got %q, %v; want %q", got, err, payload)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"{{now}}", `{{pick "a" 2 "\x00\u00e9"}}`, "{{rand -1.25 3}}", `{{ask "Room" "hall"}}{{env "A" "b"}}`, `{{"{{"}}`, "{{", "{{}}", "\xff{{seq}}\n{{uuid}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := template.Parse("payload", text)
		if err != nil {
			var fault *template.Error
			if !errors.As(err, &fault) || fault.Line < 1 || fault.Column < 1 || fault.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%q: the error %v has no place", text, err)
			}
			return
		}
		v := values(1)
		v.Answers = map[string]string{}
		for _, a := range parsed.Asks() {
			v.Answers[a.Label] = a.Default
		}
		out, err := parsed.Render(v)
		if err != nil && !strings.Contains(err.Error(), "not set") {
			t.Fatalf("%q: %v", text, err)
		}
		if parsed.Fixed() && !strings.Contains(text, "{{") && string(out) != text {
			t.Fatalf("%q became %q", text, out)
		}
	})
}
