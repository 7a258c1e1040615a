package client_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/thingdeck/client"
)

func TestParseTopic(t *testing.T) {
	long := strings.Repeat("x", 65536)
	for _, c := range []struct{ name, in, err string }{
		{"plain", "a/b", ""},
		{"a space, a slash, an empty level", "/a b//", ""},
		{"reserved", "$aws/things/x/shadow/update", ""},
		{"not ASCII", "küche/温度", ""},
		{"the replacement character itself", "a/\uFFFD", ""},
		{"longest", long[1:], ""},
		{"empty", "", "a topic has at least one character"},
		{"too long", long, "a topic has at most 65535 bytes: this one has 65536"},
		{"hash", "a/b/#", "a topic has no wildcards: # at 5"},
		{"plus, counted in characters", "ü/+/a", "a topic has no wildcards: + at 3"},
		{"null", "a\x00b", "a topic has no null character: one at 2"},
		{"not UTF-8", "a/\xff", "a topic is UTF-8: byte 0xff at 3"},
		{"a surrogate", "a\xed\xa0\x80", "a topic is UTF-8: byte 0xed at 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := client.ParseTopic(c.in)
			check(t, got.String(), c.in, err, c.err)
		})
	}
}

func check(t *testing.T, got, in string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && (err != nil || got != in):
		t.Errorf("%.50q: got %q, %v; want it as it is", in, got, err)
	case want != "" && (err == nil || err.Error() != want || got != ""):
		t.Errorf("%.50q: got %q, %v; want the error %q", in, got, err, want)
	}
}

func TestParseFilter(t *testing.T) {
	const shared = "a shared filter is $share/NAME/FILTER"
	for _, c := range []struct{ name, in, err string }{
		{"all", "#", ""},
		{"one level", "+", ""},
		{"wildcards in their levels", "+/a/+/#", ""},
		{"shared", "$share/group/a/+/#", ""},
		{"shared, a filter that begins with a slash", "$share/group//a", ""},
		{"looks like shared", "$shared/a", ""},
		{"empty", "", "a filter has at least one character"},
		{"hash in a word", "a/b#", "a wildcard stands alone in its level: # at 4"},
		{"plus in a word", "a/b+/c", "a wildcard stands alone in its level: + at 4"},
		{"two in a level", "a/+#", "a wildcard stands alone in its level: + at 3"},
		{"hash in the middle", "a/#/b", "# stands only at the end: not at 3"},
		{"hash before a slash", "#/", "# stands only at the end: not at 1"},
		{"hash in the middle of a shared one", "$share/g/#/b", "# stands only at the end: not at 10"},
		{"plus in a shared word", "$share/g/b+", "a wildcard stands alone in its level: + at 11"},
		{"share alone", "$share", shared},
		{"share without a filter", "$share/g", shared},
		{"share with an empty filter", "$share/g/", shared},
		{"share with an empty name", "$share//a", shared},
		{"share with a wildcard name", "$share/g+/a", "the name of a shared filter has no wildcards: + at 9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := client.ParseFilter(c.in)
			check(t, got.String(), c.in, err, c.err)
		})
	}
}

func TestParseSubscription(t *testing.T) {
	for _, c := range []struct {
		in, filter string
		qos        byte
		err        string
	}{
		{"a/#", "a/#", 0, ""},
		{"a/#@1", "a/#", 1, ""},
		{"a@0", "a", 0, ""},
		{"a@2", "a", 2, ""},
		{"a@1@1", "a@1", 1, ""},
		{"a@b", "a@b", 0, ""},
		{"a@10", "a@10", 0, ""},
		{"user@host/1", "user@host/1", 0, ""},
		{"a@", "a@", 0, ""},
		{"a@3", "", 0, "QoS is 0, 1 or 2: not 3"},
		{"@1", "", 0, "a filter has at least one character"},
	} {
		got, err := client.ParseSubscription(c.in)
		if text := errText(err); text != c.err {
			t.Errorf("%q: got error %q; want %q", c.in, text, c.err)
		} else if err == nil && (got.Filter.String() != c.filter || got.QoS != c.qos) {
			t.Errorf("%q: got %v@%d; want %s@%d", c.in, got.Filter, got.QoS, c.filter, c.qos)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		filter, topic string
		aws, standard bool
	}{
		{"a/b", "a/b", true, true},
		{"a/b", "a/c", false, false},
		{"a/b", "a", false, false},
		{"a", "a/b", false, false},
		{"a", "A", false, false},
		{"a/", "a", false, false},
		{"a", "a/", false, false},
		{"#", "a", true, true},
		{"#", "/", true, true},
		{"#", "a/b/c", true, true},
		{"#", "$aws/x", false, false},
		{"+/x", "$aws/x", false, false},
		{"+", "$SYS", false, false},
		{"$aws/#", "$aws/x/y", true, true},
		{"$aws/+", "$aws/x", true, true},
		{"a/#", "a/b", true, true},
		{"a/#", "a/", true, true},
		{"a/#", "a", false, true},
		{"a/b/#", "a/b", false, true},
		{"+/#", "a", false, true},
		{"a/#", "ab", false, false},
		{"a/+/#", "a", false, false},
		{"a/+", "a/b", true, true},
		{"a/+", "a/", true, true},
		{"a/+", "a", false, false},
		{"a/+", "a/b/c", false, false},
		{"+", "a", true, true},
		{"+", "/a", false, false},
		{"/+", "/a", true, true},
		{"+/+", "/a", true, true},
		{"+/b", "a/b", true, true},
		{"+/b/#", "a/b/c/d", true, true},
		{"a//b", "a//b", true, true},
		{"a/+/b", "a//b", true, true},
		{"a/$x/#", "a/$x/b", true, true},
		{"+/$x", "a/$x", true, true},
		{"$share/g/a/#", "a/b", true, true},
		{"$share/g/a/#", "a", false, true},
		{"$share/g/#", "$aws/x", false, false},
		{"#", "", false, false},
	} {
		f := filter(t, c.filter)
		if got := f.Matches(c.topic); got != c.aws {
			t.Errorf("%s, %s, by AWS: got %v; want %v", c.filter, c.topic, got, c.aws)
		}
		if got := f.MatchesStandard(c.topic); got != c.standard {
			t.Errorf("%s, %s, by the standard: got %v; want %v", c.filter, c.topic, got, c.standard)
		}
	}
	if (client.Filter{}).Matches("a") {
		t.Error("the zero filter matches a; want nothing")
	}
}

func TestMatchesDoesNotAllocate(t *testing.T) {
	f := filter(t, "$share/g/a/+/c/#")
	if n := testing.AllocsPerRun(100, func() { f.Matches("a/b/c/d/e") }); n != 0 {
		t.Errorf("got %v allocations; want 0", n)
	}
}

// slowMatch says the rule again, level by level and without care for speed.
func slowMatch(filter, topic []string, parent bool) bool {
	switch {
	case len(filter) == 0:
		return len(topic) == 0
	case filter[0] == "#":
		return len(topic) > 0 || parent
	case len(topic) == 0:
		return false
	}
	return (filter[0] == "+" || filter[0] == topic[0]) && slowMatch(filter[1:], topic[1:], parent)
}

func FuzzFilter(f *testing.F) {
	for _, s := range [][2]string{{"a/#", "a"}, {"$share/g/+/b", "a/b"}, {"#", "$x"}, {"+/", "/"}, {"a\x00", "\xff"}, {"$share/", "a+"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, in, name string) {
		filter, err := client.ParseFilter(in)
		topic, topicErr := client.ParseTopic(name)
		if err != nil {
			if msg := err.Error(); msg == "" || !utf8.ValidString(msg) || strings.ContainsAny(msg, "\x00\n\x1b") {
				t.Errorf("%q: got the error %q; want one safe line", in, msg)
			}
			return
		}
		if filter.String() != in || !strings.HasSuffix(in, filter.Pattern()) || filter.Pattern() == "" {
			t.Errorf("%q: got %q with pattern %q", in, filter, filter.Pattern())
		}
		if topicErr != nil {
			return
		}
		if strings.ContainsAny(topic.String(), "#+") {
			t.Errorf("%q has a wildcard", topic)
		}
		for _, parent := range []bool{false, true} {
			want := slowMatch(strings.Split(filter.Pattern(), "/"), strings.Split(name, "/"), parent)
			if name[0] == '$' && strings.ContainsAny(filter.Pattern()[:1], "#+") {
				want = false
			}
			got := filter.Matches(name)
			if parent {
				got = filter.MatchesStandard(name)
			}
			if got != want {
				t.Errorf("%q, %q, parent %v: got %v; want %v", in, name, parent, got, want)
			}
		}
	})
}

func BenchmarkMatches(b *testing.B) {
	f := filter(b, "sensors/+/temp/#")
	b.ReportAllocs()
	for b.Loop() {
		f.Matches("sensors/kitchen/temp/now")
	}
}

func TestOverlaps(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"a/b", "a/b", true}, {"a/#", "a/b", true}, {"a/+", "a/b", true}, {"a/+/c", "a/b/+", true}, {"#", "a/b", true}, {"+/b", "a/#", true},
		{"$share/g/a/#", "a/b", true}, {"a/#", "+/+/c", true},
		{"a/b", "a/c", false}, {"a/+", "a/b/c", false}, {"a/b", "a", false}, {"#", "$aws/x", false}, {"+/x", "$aws/x", false}, {"$aws/#", "$aws/x", true},
		{"a/#", "b/#", false}, {"a/#", "a", false},
	} {
		a, errA := client.ParseFilter(c.a)
		b, errB := client.ParseFilter(c.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if a.Overlaps(b) != c.want || b.Overlaps(a) != c.want {
			t.Errorf("%s and %s: got %v and %v; want %v", c.a, c.b, a.Overlaps(b), b.Overlaps(a), c.want)
		}
	}
}
