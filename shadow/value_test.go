package shadow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/thingdeck/shadow"
	"pgregory.net/rapid"
)

func parse(t testing.TB, text string) shadow.Value {
	t.Helper()
	v, err := shadow.Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse %s: %v", text, err)
	}
	return v
}

func TestParseWritesCompactSortedJSON(t *testing.T) {
	for text, want := range map[string]string{
		` { "b" : [ 1 , -0.50e+2 ] , "a" : { } } `: `{"a":{},"b":[1,-0.50e+2]}`,
		`{"a":1,"b":2,"a":{"x":3}}`:                `{"a":{"x":3},"b":2}`,
		`"\u0041\ud83d\ude00\/\n\u001f\u007f\""`:   "\"A\U0001f600/\\n\\u001f\x7f\\\"\"",
		`"\ud800x\udc00\ud800\u0041"`:              "\"\ufffdx\ufffd\ufffdA\"",
		`[]`:                                       `[]`, `[[],{}]`: `[[],{}]`, `true`: `true`, `false`: `false`, `null`: `null`, `0`: `0`, `-0`: `-0`, `1E5`: `1E5`,
		`"<é&>` + "\u2028" + `"`: `"<é&>` + "\u2028" + `"`, `{"":0}`: `{"":0}`,
	} {
		if got := parse(t, text).String(); got != want {
			t.Errorf("%s: got %s; want %s", text, got, want)
		}
	}
}

func TestParseTellsWhereTheErrorIs(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "line 1, column 1: unexpected end, want a value",
		"{\n  \"é\": 1,\n}":    "line 3, column 1: unexpected '}', want a key in quotation marks",
		"[1 2]":                "line 1, column 4: unexpected '2', want a comma or ']'",
		"{\"é\" 1}":            "line 1, column 6: unexpected '1', want a colon",
		"\"a\x01\"":            "line 1, column 3: control character in a string",
		"\"\\q\"":              "line 1, column 2: unknown escape",
		"\"\\u12g4\"":          "line 1, column 2: unknown escape",
		"\"abc":                "line 1, column 5: unexpected end, want a quotation mark",
		"\"abc\\":              "line 1, column 6: unexpected end, want an escape",
		"1 x":                  "line 1, column 3: unexpected text after the value",
		"\"é\xff\"":            "line 1, column 3: not UTF-8",
		"-":                    "line 1, column 1: unexpected '-', want a value",
		"01":                   "line 1, column 2: unexpected text after the value",
		"{\"a\":tru}":          "line 1, column 6: unexpected 't', want a value",
		strings.Repeat("[", 9): "line 1, column 10: unexpected end, want a value",
		strings.Repeat("[", 1001) + strings.Repeat("]", 1001): "line 1, column 1: more than 1000 levels of nesting",
	} {
		_, err := shadow.Parse([]byte(text))
		if syntax := (*shadow.SyntaxError)(nil); !errors.As(err, &syntax) || err.Error() != want {
			t.Errorf("%.20q: got %v; want %s", text, err, want)
		}
	}
}

func TestParserChecksWhatItLeavesOut(t *testing.T) {
	var p shadow.Parser
	for text, want := range map[string]string{
		`{"a":{"b":{"c":[1,{"d":[]}]}},"e":[[2],3]}`: `{"a":{"b":{}},"e":[[],3]} true`,
		`{"a":{"b":1}}`:         `{"a":{"b":1}} false`,
		`{"a":{"b":{"c":}}}`:    `null line 1, column 16: unexpected '}', want a value`,
		`{"a":{"b":[1,]}}`:      `null line 1, column 14: unexpected ']', want a value`,
		`{"a":{"b":{"c":1]}}`:   `null line 1, column 17: unexpected ']', want a comma or '}'`,
		`{"a":{"b":{"c":1,2}}}`: `null line 1, column 18: unexpected '2', want a key in quotation marks`,
	} {
		v, cut, err := p.Parse(2, text)
		got := fmt.Sprintf("%s %t", v, cut)
		if err != nil {
			got = fmt.Sprintf("%s %v", v, err)
		}
		if got != want {
			t.Errorf("%s: got %s; want %s", text, got, want)
		}
	}
	deep := strings.Repeat(`[{"a":`, 100000) + "1" + strings.Repeat("}]", 100000)
	if v, cut, err := p.Parse(1, deep); v.String() != "[{}]" || !cut || err != nil {
		t.Errorf("got %s, %t, %v; want [{}], cut", v, cut, err)
	}
}

func TestValuesAreReadByPath(t *testing.T) {
	v := parse(t, `{"a":{"b":[10,{"c":true}]},"1":"x"}`)
	for path, want := range map[string]string{
		"": v.String(), "a.b.0": "10", "a.b.1.c": "true", "1": `"x"`, "a.b.2": "", "a.b.01": "", "a.b.-1": "", "a.b.x": "", "1.0": "", "z": "",
	} {
		var steps []string
		if path != "" {
			steps = strings.Split(path, ".")
		}
		got := ""
		if at, ok := v.At(steps...); ok {
			got = at.String()
		}
		if got != want {
			t.Errorf("%q: got %q; want %q", path, got, want)
		}
	}
}

func TestConstructors(t *testing.T) {
	members := []shadow.Member{{"b", shadow.Int(-5)}, {"a", shadow.String("x\xff")}, {"b", shadow.Bool(true)}}
	elems := []shadow.Value{shadow.ObjectOf(members...), {}}
	v := shadow.ArrayOf(elems...)
	members[0].Key, elems[0] = "changed", shadow.Value{}
	if got, want := v.String(), `[{"a":"x`+"\ufffd"+`","b":true},null]`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	for _, text := range []string{"", "-", "1.", "01", "1e", " 1", "1 ", "0x1", "NaN", "+1", ".5"} {
		if _, ok := shadow.Number(text); ok {
			t.Errorf("Number(%q): got ok; want not", text)
		}
	}
	if n, ok := shadow.Number("1e5"); !ok || n.Text() != "1e5" || n.Kind() != shadow.KindNumber {
		t.Errorf("got %v, %t; want 1e5", n, ok)
	}
}

func TestEqualNumbers(t *testing.T) {
	huge := strings.Repeat("9", 100)
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true}, {"1", "10e-1", true}, {"1", "0.1e1", true}, {"100", "1e2", true}, {"-0", "0", true}, {"0e5", "0.000", true},
		{"1", "-1", false}, {"1", "2", false}, {"10", "1", false}, {"0.10", "1E-1", true}, {"120", "12e1", true}, {"1.2e3", "1200", true},
		{"9007199254740993", "9007199254740992", false}, {"1e999999999", "10e999999998", true}, {"1e999999999", "1e999999998", false},
		{"1e" + huge, "10e" + huge, false}, {"1e1" + strings.Repeat("0", 100), "10e" + huge, true}, {"1e-" + huge, "0.1e-" + huge, false},
		{"0.0012", "12e-4", true}, {"0.0012", "12e-5", false}, {"12.34", "1234e-2", true}, {"12.34", "1.234", false}, {"1e007", "1e7", true},
	} {
		a, _ := shadow.Number(c.a)
		b, _ := shadow.Number(c.b)
		if shadow.Equal(a, b) != c.want || shadow.Equal(b, a) != c.want {
			t.Errorf("%s and %s: got %t; want %t", c.a, c.b, !c.want, c.want)
		}
	}
}

func TestEqualNumbersAsRationals(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?([eE][-+]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		x, y := number.Draw(t, "x"), number.Draw(t, "y")
		if rapid.Bool().Draw(t, "same") {
			r, _ := new(big.Rat).SetString(x)
			if s := r.FloatString(60); rapid.Bool().Draw(t, "plain") {
				y = s
			}
		}
		p, _ := new(big.Rat).SetString(x)
		q, _ := new(big.Rat).SetString(y)
		a, _ := shadow.Number(x)
		b, _ := shadow.Number(y)
		if got, want := shadow.Equal(a, b), p.Cmp(q) == 0; got != want {
			t.Fatalf("%s and %s: got %t; want %t", x, y, got, want)
		}
	})
}

func TestCloneIsEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := patchGen(3).Draw(t, "v")
		if c := v.Clone(); !shadow.Equal(v, c) || c.String() != v.String() {
			t.Fatalf("got %s; want %s", c, v)
		}
	})
}

// FuzzParse compares with encoding/json, which is laxer in one point: it accepts bytes that are not UTF-8.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e-3,"x\u00e9\ud83d\ude00"],"b":{"c":null,"d":true}}`, `{"a":1,"a":2}`, `"\ud800"`, ` [ ] `, `-0`, `1e400`, `01`, `{"a":}`, "\"\xff\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := shadow.Parse(data)
		if want := json.Valid(data) && utf8.Valid(data); (err == nil) != want {
			t.Skip(deepEnough(t, data, err, want))
		}
		if err != nil {
			return
		}
		text := v.String()
		again, err := shadow.Parse([]byte(text))
		if err != nil || again.String() != text || !shadow.Equal(v, again) {
			t.Fatalf("got %s, %v; want %s", again, err, text)
		}
		if got, want := canonical(t, []byte(text)), canonical(t, data); got != want {
			t.Fatalf("got %s; want %s", got, want)
		}
	})
}

// deepEnough ends the test unless only the depth explains the difference.
func deepEnough(t *testing.T, data []byte, err error, want bool) string {
	if want && bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > shadow.MaxDepth {
		return "too deep"
	}
	t.Fatalf("got %v; want accepted %t", err, want)
	return ""
}

// canonical is encoding/json's own sorted form.
func canonical(t *testing.T, data []byte) string {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
