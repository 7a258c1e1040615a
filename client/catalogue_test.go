package client_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client"
)

// listed reads testdata/reserved-topics.txt: pattern → what its row says.
func listed(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/reserved-topics.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{
		"T": "thing", "N": "shadow", "J": "job", "C": "client", "G": "group", "K": "parent", "Y": "type", "I": "certificate", "D": "command",
		"E": "execution", "F": "format", "X": "template", "Z": "stream", "L": "device", "R": "rule", "M": "model", "A": "asset", "Q": "property",
		"U": "name", "V": "topic", "W": "filter",
	}
	letter := regexp.MustCompile(`(^|/)([A-Z])(/|$)`)
	out := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Fields(line)
		if len(cells) != 3 {
			t.Fatalf("a row has three cells: %q", line)
		}
		for _, pattern := range expand(cells[2]) {
			for letter.MatchString(pattern) {
				pattern = letter.ReplaceAllStringFunc(pattern, func(m string) string {
					return strings.Replace(m, strings.Trim(m, "/"), "{"+names[strings.Trim(m, "/")]+"}", 1)
				})
			}
			if _, twice := out[pattern]; twice {
				t.Errorf("%s stands twice", pattern)
			}
			out[pattern] = cells[0] + " " + cells[1]
		}
	}
	return out
}

// expand writes out (a|b) and [x].
func expand(text string) []string {
	i := strings.IndexAny(text, "([")
	if i < 0 {
		return []string{text}
	}
	head, end := text[:i], ")"
	choices := []string{""}
	if text[i] == '[' {
		end = "]"
	}
	inside, rest, _ := strings.Cut(text[i+1:], end)
	if end == ")" {
		choices = strings.Split(inside, "|")
	} else {
		choices = append(choices, inside)
	}
	var out []string
	for _, c := range choices {
		for _, r := range expand(rest) {
			out = append(out, head+c+r)
		}
	}
	return out
}

func TestTheCatalogueIsTheListOfReservedTopics(t *testing.T) {
	got := map[string]string{}
	for _, r := range client.Catalogue() {
		who := map[bool]string{true: "P"}[r.Publish] + map[bool]string{true: "S"}[r.Subscribe] + map[bool]string{true: " enable", false: " -"}[r.Enable]
		if _, twice := got[r.Pattern]; twice {
			t.Errorf("%s stands twice", r.Pattern)
		}
		if got[r.Pattern] = who; r.Of == "" {
			t.Errorf("%s belongs to nothing", r.Pattern)
		}
	}
	if diff := cmp.Diff(listed(t), got); diff != "" {
		t.Errorf("the catalogue differs (-listed +catalogue):\n%s", diff)
	}
	if len(got) < 100 {
		t.Errorf("%d entries; want more than 100", len(got))
	}
}

func TestEveryEntryIsATopicOrFilterOnceFilled(t *testing.T) {
	for _, r := range client.Catalogue() {
		names := map[string]string{}
		for _, name := range r.Placeholders() {
			if _, err := r.Fill(names); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s without its %s: %v", r.Pattern, name, err)
			}
			names[name] = "x" + name
		}
		text, err := r.Fill(names)
		if err != nil {
			t.Errorf("%s: %v", r.Pattern, err)
			continue
		}
		if r.Subscribe {
			_, err = client.ParseFilter(text)
		} else {
			_, err = client.ParseTopic(text)
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if got, ok := r.Names(text); !ok || !maps.Equal(got, names) {
			t.Errorf("names of %s: %v; want %v", text, got, names)
		}
		if found, ok := client.ReservedFor(text); !ok {
			t.Errorf("%s is not found again", text)
		} else if _, ok := found.Names(text); !ok {
			t.Errorf("%s is found as %s", text, found.Pattern)
		}
	}
}

func TestReservedFor(t *testing.T) {
	for topic, want := range map[string]string{
		"$aws/things/lamp/shadow/get":                     "$aws/things/{thing}/shadow/get",
		"$aws/things/+/shadow/name/x/update/delta":        "$aws/things/{thing}/shadow/name/{shadow}/update/delta",
		"$aws/things/lamp/jobs/notify":                    "$aws/things/{thing}/jobs/notify",
		"$aws/rules/r/a/b/c":                              "$aws/rules/{rule}/{topic}",
		"$aws/things//shadow/get":                         "",
		"$aws/things/lamp/shadow/get/":                    "",
		"$aws/things/lamp/shadow":                         "",
		"$SYS/broker":                                     "",
		"aws/things/lamp/shadow/get":                      "",
		"$share/g/a/b":                                    "$share/{name}/{filter}",
		"$aws/commands/things/t/executions/+/request":     "$aws/commands/things/{thing}/executions/{execution}/request",
		"$aws/commands/things/t/executions/+/request/any": "$aws/commands/things/{thing}/executions/{execution}/request/{format}",
	} {
		got, ok := client.ReservedFor(topic)
		if got.Pattern != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v; want %q", topic, got.Pattern, ok, want)
		}
	}
}

func TestFillTakesOneLevelForAName(t *testing.T) {
	r, _ := client.ReservedFor("$aws/things/x/shadow/get")
	if _, err := r.Fill(map[string]string{"thing": "a/b"}); err == nil || err.Error() != "a thing is one level: not a/b" {
		t.Errorf("got %v", err)
	}
}

func TestCompleteReserved(t *testing.T) {
	known := client.Known{"thing": {"lamp", "pump"}, "shadow": {"wifi"}}
	tests := []struct {
		name, typed string
		use         client.Use
		known       client.Known
		want        []string // the first ones
	}{
		{"nothing that is not reserved", "lamp", client.ToSubscribe, known, nil},
		{"nothing known", "$aws/th", client.ToPublish, nil, []string{"$aws/things/"}},
		{"things known", "$aws/things/l", client.ToPublish, known, []string{
			"$aws/things/lamp/shadow/get", "$aws/things/lamp/shadow/update", "$aws/things/lamp/shadow/delete", "$aws/things/lamp/shadow/name/wifi/get",
		}},
		{"a thing that nothing is known of", "$aws/things/fan/jobs/", client.ToPublish, known, []string{
			"$aws/things/fan/jobs/get", "$aws/things/fan/jobs/start-next",
		}},
		{"only what clients subscribe to", "$aws/things/lamp/jobs/n", client.ToSubscribe, known, []string{
			"$aws/things/lamp/jobs/notify", "$aws/things/lamp/jobs/notify-next", "$aws/things/lamp/jobs/n/get/accepted",
		}},
		{"a wildcard in the place of a name", "$aws/things/+/shadow/update/d", client.ToSubscribe, known, []string{
			"$aws/things/+/shadow/update/delta", "$aws/things/+/shadow/update/documents",
		}},
		{"no wildcard in a topic", "$aws/things/+/shadow/", client.ToPublish, known, nil},
		{"no wildcard for the thing of a command", "$aws/commands/things/+/", client.ToSubscribe, known, nil},
		{"but for its execution", "$aws/commands/things/lamp/executions/+/request/", client.ToSubscribe, known, []string{
			"$aws/commands/things/lamp/executions/+/request/json", "$aws/commands/things/lamp/executions/+/request/cbor",
		}},
		{"formats", "$aws/certificates/create/", client.ToPublish, nil, []string{"$aws/certificates/create/json", "$aws/certificates/create/cbor"}},
		{"shared", "$sh", client.ToSubscribe, nil, []string{"$share/"}},
		{"past its end", "$aws/things/lamp/shadow/get/accepted/more", client.ToSubscribe, known, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, c := range client.CompleteReserved(tt.typed, tt.use, tt.known, 50) {
				if c.Open != (c.Next != "") || c.Of == "" {
					t.Errorf("%+v", c)
				}
				got = append(got, c.Text)
			}
			if slices.Contains(got, tt.typed) {
				t.Errorf("%q completes to itself", tt.typed)
			}
			if len(tt.want) == 0 && len(got) > 0 || len(got) < len(tt.want) || !slices.Equal(got[:len(tt.want)], tt.want) {
				t.Errorf("got %q; want first %q", got, tt.want)
			}
		})
	}
}

func TestCompletionIsBounded(t *testing.T) {
	known := client.Known{}
	for i := range 1000 {
		known.Add("thing", "thing-"+strings.Repeat("x", i%50)+string(rune('a'+i%26)), 1000)
	}
	if got := client.CompleteReserved("$", client.ToSubscribe, known, 20); len(got) != 20 {
		t.Errorf("got %d; want 20", len(got))
	}
}

func TestKnownFrom(t *testing.T) {
	got := client.KnownFrom(slices.Values([]string{
		"$aws/things/lamp/shadow/get", "sensors/a", "$aws/things/lamp/shadow/name/wifi/update", "$aws/things/pump/jobs/notify",
		"$aws/events/presence/connected/me", "$aws/things/+/shadow/get",
	}), 10)
	want := client.Known{"thing": {"lamp", "pump"}, "shadow": {"wifi"}, "client": {"me"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
