package shadow_test

import (
	"strings"
	"testing"

	"example.com/thingdeck/shadow"
	"pgregory.net/rapid"
)

func TestPatchIsMinimal(t *testing.T) {
	const desired, reported = `{"a":{"b":1,"c":{"d":2}},"l":[1,{"x":1}],"s":"x"}`, `{"r":1}`
	set := func(path, value string) shadow.Edit {
		e := shadow.Edit{Value: parse(t, value)}
		if path != "" {
			e.Path = strings.Split(path, ".")
		}
		return e
	}
	remove := func(path string) shadow.Edit { return shadow.Edit{Path: strings.Split(path, "."), Remove: true} }
	whole := shadow.Edit{Remove: true}
	inReported := func(e shadow.Edit) shadow.Edit { e.Part = shadow.Reported; return e }
	for name, c := range map[string]struct {
		edits []shadow.Edit
		want  string
	}{
		"one value":                      {[]shadow.Edit{set("a.b", "5")}, `{"desired":{"a":{"b":5}}}`},
		"the same value":                 {[]shadow.Edit{set("a.b", "1")}, `{}`},
		"the same number in other words": {[]shadow.Edit{set("a.b", "1.0")}, `{"desired":{"a":{"b":1.0}}}`},
		"a new path":                     {[]shadow.Edit{set("n.m.o", "true")}, `{"desired":{"n":{"m":{"o":true}}}}`},
		"removed":                        {[]shadow.Edit{remove("a.c.d")}, `{"desired":{"a":{"c":{"d":null}}}}`},
		"set and removed again":          {[]shadow.Edit{set("n", "1"), remove("n")}, `{}`},
		"a smaller object":               {[]shadow.Edit{set("a", `{"b":1}`)}, `{"desired":{"a":{"c":null}}}`},
		"the empty object":               {[]shadow.Edit{set("a", `{}`)}, `{"desired":{"a":{"b":null,"c":null}}}`},
		"the empty object for a value":   {[]shadow.Edit{set("s", `{}`)}, `{"desired":{"s":{}}}`},
		"an element":                     {[]shadow.Edit{set("l.0", "7")}, `{"desired":{"l":[7,{"x":1}]}}`},
		"inside an element":              {[]shadow.Edit{remove("l.1.x")}, `{"desired":{"l":[1,{}]}}`},
		"an element more":                {[]shadow.Edit{set("l.2", "8")}, `{"desired":{"l":[1,{"x":1},8]}}`},
		"an element less":                {[]shadow.Edit{remove("l.0")}, `{"desired":{"l":[{"x":1}]}}`},
		"the section":                    {[]shadow.Edit{whole}, `{"desired":null}`},
		"the section's keys":             {[]shadow.Edit{remove("a"), remove("l"), remove("s")}, `{"desired":null}`},
		"the section emptied":            {[]shadow.Edit{set("", `{}`)}, `{"desired":null}`},
		"the section replaced":           {[]shadow.Edit{set("", `{"s":"x","t":1}`)}, `{"desired":{"a":null,"l":null,"t":1}}`},
		"both sections":                  {[]shadow.Edit{set("s", `"y"`), inReported(remove("r"))}, `{"desired":{"s":"y"},"reported":null}`},
		"a dot in a key":                 {[]shadow.Edit{{Path: []string{"x.y"}, Value: shadow.Int(1)}}, `{"desired":{"x.y":1}}`},
	} {
		d := shadow.Document{Desired: section(t, desired), Reported: section(t, reported)}
		got, err := shadow.Patch(d, c.edits...)
		if err != nil || got.String() != c.want {
			t.Errorf("%s: got %s, %v; want %s", name, got, err, c.want)
		}
	}
	for want, e := range map[string]shadow.Edit{
		"desired.q: nothing is there":                              remove("q"),
		"desired.a.q: nothing is there":                            remove("a.q.r"),
		"desired.l.3: nothing is there":                            set("l.3", "1"),
		"desired.l.x: nothing is there":                            set("l.x", "1"),
		`desired.s: a string has no "x"`:                           set("s.x", "1"),
		`desired.s: a string has no "y"`:                           remove("s.y"),
		"desired: a section must be an object":                     set("", "5"),
		"desired.n: null cannot be stored; remove the key instead": set("n", `{"x":[null]}`),
	} {
		if _, err := shadow.Patch(shadow.Document{Desired: section(t, desired)}, e); err == nil || err.Error() != want {
			t.Errorf("got %v; want %s", err, want)
		}
	}
}

func section(t testing.TB, text string) shadow.Section {
	return shadow.Section{State: parse(t, text), Metadata: shadow.Stamp(1)}
}

func TestEditsOfNothingCreateASection(t *testing.T) {
	e := shadow.Edit{Part: shadow.Reported, Path: []string{"a", "0"}, Value: shadow.Int(1)}
	if got, err := shadow.Patch(shadow.Document{}, e); err != nil || got.String() != `{"reported":{"a":{"0":1}}}` {
		t.Errorf("got %s, %v; want reported", got, err)
	}
	if got, err := shadow.Patch(shadow.Document{}, shadow.Edit{Remove: true}); err != nil || got.Len() != 0 {
		t.Errorf("got %s, %v; want nothing", got, err)
	}
}

func TestMergingADiffMakesTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, want := sectionGen().Draw(t, "have"), sectionGen().Draw(t, "want")
		if !have.Exists() || !want.Exists() {
			return
		}
		patch, changed := shadow.Diff(have.State, want.State)
		got := shadow.Merge(have, patch, 9)
		if !shadow.Equal(got.State, want.State) || changed == shadow.Equal(have.State, want.State) {
			t.Fatalf("%s with %s (changed %t): got %s; want %s", have.State, patch, changed, got.State, want.State)
		}
	})
}
