package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/thingdeck/client/history"
)

// one is a history of one message.
func one(m history.Message) *history.Snapshot {
	var tail history.Tail
	tail.Append(m)
	h := history.New(history.Limits{})
	h.Add(tail.Take())
	return h.Snapshot()
}

func selects(t testing.TB, text string, m history.Message) bool {
	t.Helper()
	f, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	s := one(m)
	var r history.Record
	s.Record(0, &r)
	return f.Matcher().Match(s, &r)
}

func TestSelects(t *testing.T) {
	m := history.Message{Time: time.Unix(0, 0), Topic: "sensors/Hall/temp", QoS: 1, Retain: true,
		Payload: []byte(`{"temp":21.5,"room":"Hall","a.b":{"c d":[1,{"x":null}]},"on":true,"text":"it's \"warm\" now","größe":3}`)}
	for text, want := range map[string]bool{
		"": true, "  ": true,
		"temp": true, "hall": true, "Hall": true, "HALL": false, "warm": true, "cold": false, "-cold": true, "-warm": false,
		"temp hall": true, "temp cold": false, "sensors/hall": true, `"room":"hall"`: false, `"\"room\":\"hall\""`: true,
		`"it's"`: true, `"now\""`: true, `"\\\"warm"`: true, "größe": true, "GRÖßE": false, "-größe": false,
		"topic:sensors/#": true, "topic:sensors/+/temp": true, "topic:other/#": false, "-topic:other/#": true, "-topic:sensors/#": false,
		"qos:1": true, "qos:0": false, "qos:>0": true, "-qos:1": false, "qos:<=1": true, "qos:!=1": false,
		"retained:": true, "-retained:": false, "dup:": false, "-out:": true,
		"size:>100": true, "size:>1k": false, "size:<1k": true, "size:>=0.1k": true, "size:=5": false,
		`re:"21\.[0-9]"`: true, "re:^sensors": true, "re:[": false, "re:cold|warm": true, "-re:warm": false,
		".temp > 21": true, ".temp > 22": false, ".temp": true, ".none": false, ".on": true, `.room == "Hall"`: true,
		`.room == "Hall" and .temp < 22`: true, `.room == "x" or .on`: true, `(.room == "x" or .on) and .temp == 21.5`: true,
		`."a.b"."c d"[0] == 1`: true, `.["a.b"]["c d"][1].x == null`: true, ".temp.x": false, ".none.x == null": true, ".room[0]": true, ".temp[0]": false,
		`.temp < "a"`: true, ".on == true": true, `."größe" == 3`: true, `."größe" == -3`: false, ".none != null": false,
		"jq:.temp > 21": true, `.room | test("^H")`: true, ".temp > 21 | not": false, `.["a.b"][][0] == 1`: true, "jq:empty": false,
		"hall .temp > 21": true, "cold .temp > 21": false, "qos:1 topic:sensors/# -debug .temp > 21": true,
		`.text == "it's \"warm\" now"`: true, "jq:1": true, "jq:null": false, "jq:error": false,
		`jq:env | length > 0`: false, `jq:$ENV.PATH != null`: false,
	} {
		if text == "re:[" {
			continue
		}
		if got := selects(t, text, m); got != want {
			t.Errorf("%s: got %v; want %v", text, got, want)
		}
	}
	if selects(t, ".a", history.Message{Topic: "a", Payload: []byte(`{"a":1`)}) || selects(t, "jq:.", history.Message{Topic: "a", Payload: []byte("1 2")}) {
		t.Error("what is no JSON is selected")
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"-":             "at 1: nothing to exclude after the minus sign",
		"a -":           "at 3: nothing to exclude after the minus sign",
		`a ""`:          "at 3: an empty word",
		`ä "b`:          "at 3: the quote is not closed",
		"a topic:b/#/c": "at 3: topic: # stands only at the end: not at 3",
		"qos:3":         "at 1: qos: is 0, 1 or 2",
		"size:big":      "at 1: size: is a number of bytes, as in size:>1k",
		"size:":         "at 1: size: is a number of bytes, as in size:>1k",
		"retained:yes":  "at 1: retained: stands alone",
		"re:(":          "at 1: re: missing closing ): `(`",
		"re:":           "at 1: re: needs a regular expression",
		"a .temp >":     "at 10: the expression is not complete",
		"a .temp > > 3": "at 11: unexpected >",
		"ä jq:nosuch":   "at 12: function not defined: nosuch/0",
		`x .a == "open`: "at 14: the expression is not complete",
	} {
		_, err := Parse(text)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v; want %s", text, err, want)
		} else if e.Error() != want {
			t.Errorf("%s: got %q; want %q", text, e, want)
		}
	}
}

func TestGojqIsCut(t *testing.T) {
	f, err := Parse("jq:last(repeat(null))")
	if err != nil {
		t.Fatal(err)
	}
	s := one(history.Message{Topic: "a", Payload: []byte("1")})
	var r history.Record
	s.Record(0, &r)
	m := f.Matcher()
	for range 3 {
		if m.Match(s, &r) {
			t.Error("it matches")
		}
	}
	if m.Cut() != 3 {
		t.Errorf("%d are cut; want 3", m.Cut())
	}
}

// drawJSON is a document of a few keys, so that paths meet something.
func drawJSON(depth int) *rapid.Generator[any] {
	leaf := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.SampledFrom([]float64{0, 1, -1, 2.5, 1e3, -0.125, 1 << 60, 1e-7}), func(n float64) any { return n }),
		rapid.Map(rapid.SampledFrom([]string{"", "a", "b", "a\n\"ü", "\u2028😀"}), func(s string) any { return s }),
	)
	if depth == 0 {
		return leaf
	}
	key := rapid.SampledFrom([]string{"a", "b", "c.d", "ü"})
	return rapid.OneOf(leaf,
		rapid.Map(rapid.SliceOfN(drawJSON(depth-1), 0, 3), func(s []any) any { return s }),
		rapid.Map(rapid.MapOfN(key, drawJSON(depth-1), 0, 3), func(m map[string]any) any { return m }),
	)
}

func drawPath(t *rapid.T) string {
	var b strings.Builder
	for i := range rapid.IntRange(1, 3).Draw(t, "steps") {
		step := rapid.SampledFrom([]string{".a", ".b", `."c.d"`, `["c.d"]`, `."ü"`, "[0]", "[1]", `["a"]`}).Draw(t, "step")
		if i == 0 && step[0] == '[' {
			step = "." + step
		}
		b.WriteString(step)
	}
	return b.String()
}

func drawExpression(t *rapid.T, depth int) string {
	constant := func() string {
		return rapid.SampledFrom([]string{"0", "1", "-1", "2.5", "1e3", "null", "true", "false", `""`, `"a"`, `"a\n\"ü"`, "9007199254740991"}).Draw(t, "constant")
	}
	switch rapid.IntRange(0, 4+depth).Draw(t, "shape") {
	case 0:
		return drawPath(t)
	case 1, 2, 3:
		return fmt.Sprint(drawPath(t), " ", rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "op"), " ", constant())
	case 4:
		return fmt.Sprint(constant(), " < ", drawPath(t))
	case 5:
		return fmt.Sprint("(", drawExpression(t, depth-1), ")")
	default:
		return fmt.Sprint(drawExpression(t, depth-1), rapid.SampledFrom([]string{" and ", " or "}).Draw(t, "join"), drawExpression(t, depth-1))
	}
}

// TestTheFastWayMeansTheSame compares it with gojq, and what both read with encoding/json.
func TestTheFastWayMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload, err := json.Marshal(drawJSON(3).Draw(t, "document"))
		if err != nil {
			t.Fatal(err)
		}
		if rapid.IntRange(0, 9).Draw(t, "twice") == 0 { // members of the same key: the last counts
			payload = []byte(`{"a":{"b":1},"a":` + string(payload) + `}`)
		}
		text := drawExpression(t, 2)
		fast, err := Parse("jq:" + text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		e := *fast.expr
		if e.fast = e.translate(e.query); e.fast == nil {
			t.Fatalf("%s is not done the fast way", text)
		}
		quick := &Filter{expr: &e}
		s := one(history.Message{Topic: "a", Payload: payload})
		var r history.Record
		s.Record(0, &r)
		got, want := quick.Matcher().Match(s, &r), fast.Matcher().Match(s, &r)
		if got != want {
			t.Fatalf("%s on %s: the fast way says %v, gojq %v", text, payload, got, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{`temp -x "a b" topic:a/# qos:>=1 size:<1.5k re:a|b .a["b"][0] > 1 and .c`, `jq:.a | not`, "-", `"`, ".a.", "retained:"} {
		f.Add(text, `{"a":{"b":[1,2]},"c":"x"}`)
	}
	f.Fuzz(func(t *testing.T, text, payload string) {
		if strings.Contains(text, "range") || strings.Contains(text, "repeat") {
			return // slow, and cut
		}
		parsed, err := Parse(text)
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) || e.At < 1 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		s := one(history.Message{Topic: "a/b", Payload: []byte(payload)})
		var r history.Record
		s.Record(0, &r)
		parsed.Matcher().Match(s, &r)
		parsed.Find([]byte(payload), 0)
	})
}

// FuzzJSON compares what is taken for JSON, and what it holds, with encoding/json.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,null]}`, `{"a":1,"a":{"a":2}}`, `[`, `{"a" 1}`, `01`, `"\ud800"`, ` 1 `, `{}`, `[[],{}]`, `1e999`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		path := fieldPath{{key: "a"}, {key: "a"}}
		r := fieldReader{fields: []fieldPath{{{key: "a"}}, path, {{index: 0, array: true}}}}
		var d decoder
		_, decoded := d.value(payload)
		if valid := json.Valid(payload); r.read(payload) != valid || decoded != valid {
			t.Fatalf("%q: valid %v, read %v, decoded %v", payload, valid, !valid, decoded)
		}
		var want map[string]any
		if json.Unmarshal(payload, &want) != nil || want == nil {
			return
		}
		a := want["a"]
		v := r.values[0]
		switch a := a.(type) {
		case nil:
			if v.kind != isNull {
				t.Errorf("%q: .a is %+v; want null", payload, v)
			}
		case float64:
			if v.kind != isNumber || v.number != a {
				t.Errorf("%q: .a is %+v; want %v", payload, v, a)
			}
		case string:
			if v.kind != isString || strings.ToValidUTF8(string(v.text), "\ufffd") != strings.ToValidUTF8(a, "\ufffd") && !strings.Contains(a, "\ufffd") {
				t.Errorf("%q: .a is %q; want %q", payload, v.text, a)
			}
		}
	})
}

// TestSlowExpressionsAreCut: a step ends in good time, whatever the expression takes, and nothing is counted twice.
func TestSlowExpressionsAreCut(t *testing.T) {
	f, err := Parse(`jq:if .n % 100 == 0 then true else [range(1e9)] end`)
	if err != nil {
		t.Fatal(err)
	}
	var tail history.Tail
	h := history.New(history.Limits{})
	for i := range 300 {
		tail.Append(history.Message{Topic: "t", Payload: fmt.Appendf(nil, `{"n":%d}`, i)})
	}
	h.Add(tail.Take())
	scan := NewScan(f, h.Snapshot(), nil, 0)
	for scan.More() {
		began, left := time.Now(), scan.Left()
		scan.Step()
		if took := time.Since(began); took > 20*time.Second || scan.Left() == left {
			t.Fatalf("a step took %v and left %d of %d", took, scan.Left(), left)
		}
	}
	quick := []uint64{200, 100, 0} // cut too when another program has the processor just then
	for _, seq := range scan.Found {
		if !slices.Contains(quick, seq) {
			t.Errorf("%d is found", seq)
		}
	}
	if n := uint64(len(scan.Found)); n == 0 || scan.Seen != 300 || scan.Cut()+n != 300 {
		t.Errorf("found %v, seen %d, cut %d; want %v of 300, and the rest cut", scan.Found, scan.Seen, scan.Cut(), quick)
	}
}
