package shadow_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/thingdeck/shadow"
	"pgregory.net/rapid"
)

func document(t testing.TB, desired, reported string) shadow.Document {
	return shadow.Document{Desired: sectionOf(t, desired), Reported: sectionOf(t, reported), Version: 1}
}

func sectionOf(t testing.TB, state string) shadow.Section {
	v, err := shadow.Parse([]byte(state))
	if err != nil {
		t.Fatal(err)
	}
	return shadow.Section{State: v}
}

func set(path, value string) shadow.Edit {
	v, err := shadow.Parse([]byte(value))
	if err != nil {
		panic(err)
	}
	return shadow.Edit{Path: strings.Split(path, "."), Value: v}
}

func removed(path string) shadow.Edit {
	return shadow.Edit{Path: strings.Split(path, "."), Remove: true}
}

func TestDraftUndoesStepsAsAWhole(t *testing.T) {
	doc := document(t, `{"a":1}`, `{"r":1}`)
	var d shadow.Draft
	rename := []shadow.Edit{set("b", "1"), removed("a")}
	report := set("r", "2")
	report.Part = shadow.Reported
	for _, step := range [][]shadow.Edit{rename, {report}} {
		if err := d.Add(doc, step...); err != nil {
			t.Fatal(err)
		}
	}
	want := func(desired, reported string) {
		t.Helper()
		if got := d.Want(doc, shadow.Desired).String(); got != desired {
			t.Errorf("got desired %s; want %s", got, desired)
		}
		if got := d.Want(doc, shadow.Reported).String(); got != reported {
			t.Errorf("got reported %s; want %s", got, reported)
		}
	}
	want(`{"b":1}`, `{"r":2}`)
	d.Undo()
	want(`{"b":1}`, `{"r":1}`)
	d.Undo()
	want(`{"a":1}`, `{"r":1}`)
	if !d.Empty() {
		t.Errorf("got %v left; want nothing", d.Edits())
	}
}

func TestDraftForgetsWhatCancelsOut(t *testing.T) {
	doc := document(t, `{"a":1}`, `{}`)
	var d shadow.Draft
	for _, e := range []shadow.Edit{set("a", "1"), set("a", "2"), set("a", "1")} {
		if err := d.Add(doc, e); err != nil {
			t.Fatal(err)
		}
	}
	if !d.Empty() {
		t.Errorf("got %v; want nothing", d.Edits())
	}
	if err := d.Add(doc, set("b", "1"), set("a.x", "1")); err == nil || !d.Empty() {
		t.Errorf("got %v with %v; want an error and nothing of the step", err, d.Edits())
	}
}

func TestRebase(t *testing.T) {
	for name, tt := range map[string]struct {
		edit    shadow.Edit
		now     string
		want    string
		dropped int
	}{
		"others changed something else": {set("a", "5"), `{"a":1,"b":7}`, `{"a":5,"b":7}`, 0},
		"others changed the same":       {set("a", "5"), `{"a":9}`, `{"a":5}`, 0},
		"others did the same":           {set("a", "5"), `{"a":5}`, `{"a":5}`, 0},
		"others removed it first":       {removed("a"), `{"b":2}`, `{"b":2}`, 0},
		"there is no place any more":    {set("b.c", "1"), `{"b":2}`, `{"b":2}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var d shadow.Draft
			if err := d.Add(document(t, `{"a":1,"b":{}}`, `{}`), tt.edit); err != nil {
				t.Fatal(err)
			}
			now := document(t, tt.now, `{}`)
			if dropped := d.Rebase(now); len(dropped) != tt.dropped {
				t.Errorf("got %v dropped; want %d", dropped, tt.dropped)
			}
			if got := d.Want(now, shadow.Desired).String(); got != tt.want {
				t.Errorf("got %s; want %s", got, tt.want)
			}
			if unchanged := tt.want == tt.now; d.Empty() != unchanged {
				t.Errorf("got empty %t; want %t", d.Empty(), unchanged)
			}
		})
	}
}

func TestEditsToLeavesAloneWhatIsBeside(t *testing.T) {
	have, now := sectionOf(t, `{"a":1,"o":{"x":1,"y":1}}`).State, sectionOf(t, `{"a":1,"n":1,"o":{"x":1,"y":1,"z":1}}`).State
	want := sectionOf(t, `{"a":1,"o":{"x":2}}`).State
	edits := shadow.EditsTo(shadow.Desired, have, want)
	for _, e := range edits {
		var err error
		if now, err = e.Apply(now); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := now.String(), `{"a":1,"n":1,"o":{"x":2,"z":1}}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestEditsToReachesTheGoal(t *testing.T) {
	object := patchGen(3).Filter(func(v shadow.Value) bool { return !strings.Contains(v.String(), "null") })
	rapid.Check(t, func(t *rapid.T) {
		have, want := object.Draw(t, "have"), object.Draw(t, "want")
		got := have
		for _, e := range shadow.EditsTo(shadow.Reported, have, want) {
			var err error
			if got, err = e.Apply(got); err != nil {
				t.Fatal(err)
			}
		}
		if !shadow.Equal(got, want) {
			t.Errorf("got %s; want %s", got, want)
		}
	})
}

func TestChanges(t *testing.T) {
	a := document(t, `{"a":1,"gone":{"x":1},"l":[1],"o":{"k":1,"s":true}}`, `{"e":{}}`)
	b := document(t, `{"a":1.0,"l":[1,2],"new":{"y":{}},"o":{"k":"1","s":true}}`, `null`)
	var got []string
	for _, c := range shadow.Changes(a, b) {
		got = append(got, fmt.Sprintf("%s.%s %t %s %t %s", c.Part, strings.Join(c.Path, "."), c.Had, c.Was, c.Has, c.Is))
	}
	want := []string{
		"desired.gone.x true 1 false null", "desired.l true [1] true [1,2]", "desired.new.y false null true {}",
		`desired.o.k true 1 true "1"`, "reported.e true {} false null",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestClashes(t *testing.T) {
	base := document(t, `{"a":1,"b":1,"c":1,"o":{"x":1}}`, `{}`)
	now := document(t, `{"a":2,"b":2,"c":2,"o":5}`, `{}`)
	var d shadow.Draft
	for _, e := range []shadow.Edit{set("b", "3"), set("c", "2"), set("n", "1"), set("o.x", "2")} {
		if err := d.Add(base, e); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, c := range shadow.Clashes(base, now, d) {
		got = append(got, fmt.Sprintf("%s %s %s %s %t", strings.Join(c.Path, "."), c.Was.State, c.Now.State, c.Own.State, c.Both()))
	}
	want := []string{"a 1 2 1 false", "b 1 2 3 true", "c 1 2 2 false", "n null null 1 false", `o {"x":1} 5 {"x":2} true`}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
