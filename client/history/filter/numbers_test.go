package filter

import "testing"

func TestNumbers(t *testing.T) {
	n, err := NewNumbers([]string{`.a["b.c"][1]`, ".", ".t", `.["x y"]`})
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string][4]any{
		`{"a":{"b.c":[1,2.5]},"t":-1e3,"x y":7}`: {2.5, nil, -1000.0, 7.0},
		`21.5`:                                   {nil, 21.5, nil, nil},
		`{"a":1,"t":"5","x y":[]}`:               {nil, nil, nil, nil},
		`[1,2]`:                                  {nil, nil, nil, nil},
		`{"t":1,"t":2}`:                          {nil, nil, 2.0, nil},
	} {
		if !n.Read([]byte(payload)) {
			t.Errorf("%s is no JSON", payload)
		}
		for i, w := range want {
			got, ok := n.At(i)
			if ok != (w != nil) || ok && got != w {
				t.Errorf("%s: path %d is %v, %v; want %v", payload, i, got, ok, w)
			}
		}
	}
	if n.Read([]byte(`{"t":1`)) || n.Read([]byte("x")) {
		t.Error("what is no JSON is read")
	}
	for _, path := range []string{".a[]", "a", ".a | .b", "..", ".a +"} {
		if _, err := NewNumbers([]string{path}); err == nil {
			t.Errorf("%s is taken for a path", path)
		}
	}
}
