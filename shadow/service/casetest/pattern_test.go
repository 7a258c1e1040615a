package casetest

import (
	"math/big"
	"testing"
)

func TestPatternsRefuseWhatDoesNotMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`{"a":1}`, `{"a":1.0,"b":2}`, true},
		{`{"$exact":{"a":{"x":1}}}`, `{"a":{"x":1,"y":2}}`, false},
		{`{"$exact":{"a":{"x":1}}}`, `{"a":{"x":1}}`, true},
		{`{"a":1}`, `{"b":1}`, false},
		{`[1,2]`, `[1]`, false},
		{`[1,2]`, `[2,1]`, false},
		{`1`, `"1"`, false},
		{`null`, `0`, false},
		{`{"$any":"timestamp"}`, `5`, false},
		{`{"$any":"timestamp"}`, `1790000000`, true},
		{`{"$any":"int"}`, `1.5`, false},
		{`{"$any":"string"}`, `{}`, false},
		{`{"$oneOf":[1,"x"]}`, `"x"`, true},
		{`{"$oneOf":[1,"x"]}`, `"y"`, false},
		{`[{"$save":"n"},{"$eq":"n"},{"$gt":"n"},{"$le":"n"}]`, `[3,3,4,2]`, true},
		{`[{"$save":"n"},{"$gt":"n"}]`, `[3,3]`, false},
		{`{"$eq":"never"}`, `3`, false},
		{`{"$repeat":{"s":"ab","n":2}}`, `"abab"`, true},
	} {
		p, err := decode([]byte(c.pattern))
		if err != nil {
			t.Fatal(err)
		}
		v, err := decode([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		m := matcher{saved: map[string]*big.Rat{}}
		if bad := m.match(expand(p, nil), v, false, ""); (bad == "") != c.want {
			t.Errorf("%s with %s: got %q; want match %t", c.pattern, c.text, bad, c.want)
		}
	}
}

func TestPointers(t *testing.T) {
	v, err := decode([]byte(`{"a":{"b/c":[1,null]}}`))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]bool{"/a": true, "/a/b~1c/1": true, "/a/b~1c/2": false, "/a/x": false, "/a/b~1c/0/z": false} {
		if got := exists(v, pointer); got != want {
			t.Errorf("%s: got %t; want %t", pointer, got, want)
		}
	}
}

func TestPayloads(t *testing.T) {
	for spec, want := range map[string]string{
		`{"raw":"x y"}`: "x y", `{"raw":""}`: "", `{"raw_base64":"/w=="}`: "\xff", `{ "a" : [ 1.0 ] }`: `{"a":[1.0]}`,
		`{"a":{"$repeat":{"s":"<","n":3}}}`: `{"a":"<<<"}`, `{"raw":"x","b":1}`: `{"raw":"x","b":1}`,
	} {
		got, err := payload([]byte(spec))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v; want %q", spec, got, err, want)
		}
	}
}
