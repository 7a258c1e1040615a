package shadow_test

import (
	"slices"
	"strings"
	"testing"

	"example.com/thingdeck/shadow"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sectionGen makes a section by several updates at different times.
func sectionGen() *rapid.Generator[shadow.Section] {
	return rapid.Custom(func(t *rapid.T) shadow.Section {
		var s shadow.Section
		for i, patch := range rapid.SliceOfN(patchGen(2), 0, 4).Draw(t, "patches") {
			s = shadow.Merge(s, patch, int64(100+i))
		}
		return s
	})
}

func TestMergingTheDeltaIntoReportedLeavesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, reported := sectionGen().Draw(t, "desired"), sectionGen().Draw(t, "reported")
		delta := shadow.Delta(desired, reported)
		if !delta.Exists() {
			return
		}
		if left := shadow.Delta(desired, shadow.Merge(reported, delta.State, 200)); left.Exists() {
			t.Fatalf("got %s left of %s", left.State, delta.State)
		}
	})
}

// shape is a value with its metadata's times instead of its leaves.
func shape(v shadow.Value, m shadow.Metadata) string {
	return string(shadow.AppendMetadata(nil, v, m))
}

func TestMetadataHasTheShapeOfTheState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sectionGen().Draw(t, "section")
		if !s.Exists() {
			return
		}
		metadata, err := shadow.Parse([]byte(shape(s.State, s.Metadata)))
		if err != nil {
			t.Fatal(err)
		}
		checkShape(t, s.State, metadata)
		back := shadow.ParseMetadata(metadata, s.State)
		if got, want := shape(s.State, back), shape(s.State, s.Metadata); got != want {
			t.Fatalf("read again got %s; want %s", got, want)
		}
		unpacked, rest, err := shadow.Unpack(s.Metadata.Pack(nil), s.State)
		if got, want := shape(s.State, unpacked), shape(s.State, s.Metadata); got != want || err != nil || len(rest) > 0 {
			t.Fatalf("unpacked got %s, %v, %d left; want %s", got, err, len(rest), want)
		}
	})
}

func checkShape(t *rapid.T, state, metadata shadow.Value) {
	if !state.IsContainer() {
		at, _ := metadata.Member("timestamp")
		if seconds, ok := at.Int(); !ok || seconds < 100 || metadata.Len() != 1 {
			t.Fatalf("got %s; want a timestamp", metadata)
		}
		return
	}
	if state.Kind() != metadata.Kind() || state.Len() != metadata.Len() {
		t.Fatalf("got %s; want the shape of %s", metadata, state)
	}
	for i, m := range state.Members() {
		if metadata.Members()[i].Key != m.Key {
			t.Fatalf("got %s; want the keys of %s", metadata, state)
		}
		checkShape(t, m.Value, metadata.Members()[i].Value)
	}
	for i, e := range state.Elems() {
		checkShape(t, e, metadata.Elems()[i])
	}
}

func TestMergeKeepsNoNullsAndTouchesOnlyWhatIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		old, patch := sectionGen().Draw(t, "old"), patchGen(2).Draw(t, "patch")
		s := shadow.Merge(old, patch, 500)
		if s.Exists() && hasNull(s.State) {
			t.Fatalf("got %s; want no null", s.State)
		}
		if again := shadow.Merge(s, patch, 500); again.State.String() != s.State.String() {
			t.Fatalf("merged twice got %s; want %s", again.State, s.State)
		}
		for _, m := range old.State.Members() {
			if _, named := patch.Member(m.Key); named {
				continue
			}
			v, at, _ := s.At(m.Key)
			_, before, _ := old.At(m.Key)
			if v.String() != m.Value.String() || shape(v, at) != shape(m.Value, before) {
				t.Fatalf("%q: got %s; want %s as it was", m.Key, v, m.Value)
			}
		}
	})
}

func hasNull(v shadow.Value) bool {
	for _, m := range v.Members() {
		if hasNull(m.Value) {
			return true
		}
	}
	return v.IsNull() || slices.ContainsFunc(v.Elems(), hasNull)
}

func TestParseMetadataTakesWhatFits(t *testing.T) {
	state := parse(t, `{"a":1,"b":{"c":[1,{"d":2}],"e":{}},"timestamp":3}`)
	for text, want := range map[string]string{
		`null`: `{"a":{"timestamp":0},"b":{"c":[{"timestamp":0},{"d":{"timestamp":0}}],"e":{}},"timestamp":{"timestamp":0}}`,
		`{"a":{"timestamp":7},"b":{"c":[{"timestamp":8}],"e":5},"timestamp":9}`: `{"a":{"timestamp":7},"b":{"c":[{"timestamp":8},{"d":{"timestamp":0}}],"e":{}},"timestamp":{"timestamp":0}}`,
		`{"b":{"timestamp":7},"timestamp":{"timestamp":9}}`:                     `{"a":{"timestamp":0},"b":{"c":[{"timestamp":0},{"d":{"timestamp":0}}],"e":{}},"timestamp":{"timestamp":9}}`,
	} {
		if got := shape(state, shadow.ParseMetadata(parse(t, text), state)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestParseDocument(t *testing.T) {
	d, err := shadow.ParseDocument([]byte(`{"state":{"desired":{"a":1,"b":2},"reported":{"a":1},"delta":{"b":2}},
		"metadata":{"desired":{"a":{"timestamp":5},"b":{"timestamp":6}},"reported":{"a":{"timestamp":7}}},"version":3,"timestamp":9,"clientToken":"t"}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"3", `{"desired":{"a":1,"b":2},"reported":{"a":1}}`, `{"desired":{"a":{"timestamp":5},"b":{"timestamp":6}},"reported":{"a":{"timestamp":7}}}`}
	if diff := cmp.Diff(want, texts(d)); diff != "" || d.Timestamp != 9 || d.Newest() != 7 || d.Time().Unix() != 9 {
		t.Errorf("timestamp %d, newest %d, document (-want +got):\n%s", d.Timestamp, d.Newest(), diff)
	}
	if delta := d.Delta(); delta.State.String() != `{"b":2}` || shape(delta.State, delta.Metadata) != `{"b":{"timestamp":6}}` {
		t.Errorf("got delta %s; want b", delta.State)
	}
	for _, text := range []string{`{`, `[]`, `{"version":1}`, `{"state":{}}`, `{"state":5,"version":1}`, `{"state":{},"version":"1"}`, `{"state":{},"version":1.5}`} {
		if _, err := shadow.ParseDocument([]byte(text)); err == nil {
			t.Errorf("%s: got no error; want one", text)
		}
	}
}

func TestTopics(t *testing.T) {
	classic, named := shadow.Name{Thing: "lamp"}, shadow.Name{Thing: "lamp", Shadow: "cfg"}
	for topic, want := range map[string]shadow.Topic{
		"$aws/things/lamp/shadow/get":                       {Name: classic, Op: shadow.OpGet},
		"$aws/things/lamp/shadow/update/delta":              {Name: classic, Op: shadow.OpUpdate, Answer: shadow.AnswerDelta},
		"$aws/things/lamp/shadow/name/cfg/update/documents": {Name: named, Op: shadow.OpUpdate, Answer: shadow.AnswerDocuments},
		"$aws/things/lamp/shadow/name/cfg/delete/rejected":  {Name: named, Op: shadow.OpDelete, Answer: shadow.AnswerRejected},
		"$aws/things/shadow/shadow/name/shadow/get":         {Name: shadow.Name{Thing: "shadow", Shadow: "shadow"}, Op: shadow.OpGet},
		"$aws/things/a/shadow/name/$x/get/accepted":         {Name: shadow.Name{Thing: "a", Shadow: "$x"}, Op: shadow.OpGet, Answer: shadow.AnswerAccepted},
	} {
		if got, ok := shadow.ParseTopic(topic); !ok || got != want {
			t.Errorf("%s: got %v, %t; want %v", topic, got, ok, want)
		}
		if got := want.String(); got != topic {
			t.Errorf("got %s; want %s", got, topic)
		}
	}
	for _, topic := range []string{"", "$aws/things/lamp/shadow", "$aws/things/lamp/shadow/get/delta", "$aws/things/lamp/shadow/delete/documents",
		"$aws/things/lamp/shadow/update/accepted/x", "$aws/things/lamp/shadow/name/cfg", "$aws/things/$x/shadow/get", "$AWS/things/lamp/shadow/get",
		"$aws/things/+/shadow/get", "$aws/things/" + strings.Repeat("x", 129) + "/shadow/get"} {
		if got, ok := shadow.ParseTopic(topic); ok {
			t.Errorf("%s: got %v; want none", topic, got)
		}
	}
	if all := named.AnswerTopics(); len(all) != 8 {
		t.Errorf("got %d answer topics; want 8", len(all))
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[shadow.Name]string{
		{Thing: "a:b_c-D9"}:               "",
		{Thing: strings.Repeat("x", 128)}: "",
		{}:                                "thing name is empty",
		{Thing: strings.Repeat("x", 129)}: "thing name is longer than 128 characters",
		{Thing: "a.b"}:                    "thing name has '.': only a-z A-Z 0-9 : _ - are allowed",
		{Thing: "a", Shadow: strings.Repeat("x", 65)}: "shadow name is longer than 64 characters",
		{Thing: "a", Shadow: "$x"}:                    "shadow name has '$': only a-z A-Z 0-9 : _ - are allowed",
		{Thing: "a", Shadow: "é"}:                     "shadow name has 'é': only a-z A-Z 0-9 : _ - are allowed",
	} {
		got := ""
		if err := name.Check(); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%v: got %q; want %q", name, got, want)
		}
	}
}
