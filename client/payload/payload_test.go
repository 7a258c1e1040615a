package payload

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"example.com/thingdeck/client"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCBOR: the examples of RFC 8949, appendix A.
func TestCBOR(t *testing.T) {
	for text, want := range map[string]string{
		"00": "0", "17": "23", "1818": "24", "1903e8": "1000", "1b000000e8d4a51000": "1000000000000", "1bffffffffffffffff": "18446744073709551615",
		"20": "-1", "3863": "-100", "3bffffffffffffffff": "-18446744073709551616",
		"c249010000000000000000": `{"$tag":[2,{"$bytes":"010000000000000000"}]}`,
		"f90000":                 "0", "f98000": "-0", "f93c00": "1", "f93e00": "1.5", "f97bff": "65504", "fa47c35000": "100000", "fa7f7fffff": "3.4028235e+38",
		"fb3ff199999999999a": "1.1", "fb7e37e43c8800759c": "1e+300", "f90001": "5.960464477539063e-8", "f9c400": "-4",
		"f97c00": `{"$float":"Infinity"}`, "f97e00": `{"$float":"NaN"}`, "faff800000": `{"$float":"-Infinity"}`,
		"f4": "false", "f5": "true", "f6": "null", "f7": `{"$undefined":true}`, "f0": `{"$simple":16}`, "f8ff": `{"$simple":255}`,
		"c074323031332d30332d32315432303a30343a30305a": `{"$tag":[0,"2013-03-21T20:04:00Z"]}`, "c11a514b67b0": `{"$tag":[1,1363896240]}`,
		"40": `{"$bytes":""}`, "4401020304": `{"$bytes":"01020304"}`, "60": `""`, "6449455446": `"IETF"`, "62225c": `"\"\\"`, "62c3bc": `"ü"`,
		"64f0908591": "\"\U00010151\"", "80": "[]", "83010203": "[1,2,3]", "8301820203820405": "[1,[2,3],[4,5]]", "a0": "{}",
		"a201020304": `{"$map":[[1,2],[3,4]]}`, "a26161016162820203": `{"a":1,"b":[2,3]}`, "826161a161626163": `["a",{"b":"c"}]`,
		"5f42010243030405ff": `{"$bytes":"0102030405"}`, "7f657374726561646d696e67ff": `"streaming"`, "9fff": "[]", "9f018202039f0405ffff": "[1,[2,3],[4,5]]",
		"bf61610161629f0203ffff": `{"a":1,"b":[2,3]}`, "bf6346756ef563416d7421ff": `{"Fun":true,"Amt":-2}`, "a2616101616102": `{"$map":[["a",1],["a",2]]}`,
	} {
		d, ok := cborJSON(unhex(t, text))
		if !ok || string(d.out) != want && text != "f90001" || !json.Valid(d.out) {
			t.Errorf("%s: got %s, %v; want %s", text, d.out, ok, want)
		}
	}
	for _, text := range []string{"", "18", "1c", "5f", "5f00ff", "7f", "9f", "9f01", "bf01ff", "ff", "a1", "61ff", "0000", "f800", "1f", "3f", "df00", "9bffffffffffffffff", strings.Repeat("81", 1000) + "00"} {
		if d, ok := cborJSON(unhex(t, text)); ok {
			t.Errorf("%s is taken as %s", text, d.out)
		}
	}
}

// TestMessagePack: one of each format of the specification.
func TestMessagePack(t *testing.T) {
	for text, want := range map[string]string{
		"00": "0", "7f": "127", "ff": "-1", "e0": "-32", "c0": "null", "c2": "false", "c3": "true", "cc80": "128", "cdffff": "65535", "ceffffffff": "4294967295",
		"cfffffffffffffffff": "18446744073709551615", "d080": "-128", "d18000": "-32768", "d280000000": "-2147483648", "d38000000000000000": "-9223372036854775808",
		"ca3fc00000": "1.5", "cb3ff199999999999a": "1.1", "cb7ff8000000000000": `{"$float":"NaN"}`, "a161": `"a"`, "a0": `""`, "d90161": `"a"`, "da000161": `"a"`,
		"db0000000161": `"a"`, "c40201ff": `{"$bytes":"01ff"}`, "c5000101": `{"$bytes":"01"}`, "c60000000101": `{"$bytes":"01"}`,
		"920102": "[1,2]", "dc0002c0c3": "[null,true]", "dd00000001a161": `["a"]`, "82a16101a162c0": `{"a":1,"b":null}`, "de0001a16101": `{"a":1}`,
		"df00000001a16101": `{"a":1}`, "8101a161": `{"$map":[[1,"a"]]}`, "d40501": `{"$ext":[5,"01"]}`, "c7020501ff": `{"$ext":[5,"01ff"]}`, "c800010501": `{"$ext":[5,"01"]}`,
		"d6ff00000000": `{"$time":"1970-01-01T00:00:00Z"}`, "d7ff0000000400000001": `{"$time":"1970-01-01T00:00:01.000000001Z"}`,
		"c70cff00000001ffffffffffffffff": `{"$time":"1969-12-31T23:59:59.000000001Z"}`,
	} {
		d, ok := packJSON(unhex(t, text))
		if !ok || string(d.out) != want || !json.Valid(d.out) {
			t.Errorf("%s: got %s, %v; want %s", text, d.out, ok, want)
		}
	}
	for _, text := range []string{"", "c1", "cc", "a1", "91", "81a161", "d6", "c4ff", "0000", "a1ff", "dd7fffffff", strings.Repeat("91", 1000) + "00"} {
		if d, ok := packJSON(unhex(t, text)); ok {
			t.Errorf("%s is taken as %s", text, d.out)
		}
	}
}

// birth is an NBIRTH of Sparkplug B, made by hand: timestamp, seq and the metric Temperature = 21.5.
const birth = "08 80 c0 e5 f4 c9 30 12 1a 0a 0b 54 65 6d 70 65 72 61 74 75 72 65 18 01 20 0a 69 00 00 00 00 00 80 35 40 18 00"

func packed(t testing.TB, gz bool, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if gz {
		w := gzip.NewWriter(&b)
		w.Write(data)
		w.Close()
	} else {
		w := zlib.NewWriter(&b)
		w.Write(data)
		w.Close()
	}
	return b.Bytes()
}

func TestDetect(t *testing.T) {
	for name, c := range map[string]struct {
		data  []byte
		about About
		want  Kind
	}{
		"nothing":                   {nil, About{}, Empty},
		"JSON":                      {[]byte(` {"a":1}`), About{}, JSON},
		"a number":                  {[]byte("55.49"), About{}, JSON},
		"a number on Sparkplug":     {[]byte("55.49"), About{Topic: "spBv1.0/g/NDATA/n"}, JSON},
		"nearly JSON":               {[]byte(`{"a":1`), About{}, Text},
		"text":                      {[]byte("warm\nday\t"), About{}, Text},
		"text of another alphabet":  {[]byte("größe"), About{}, Text},
		"CBOR":                      {unhex(t, "a26161016162820203"), About{}, CBOR},
		"CBOR, an array of maps":    {unhex(t, "82a1616101a1616102"), About{}, CBOR},
		"MessagePack":               {unhex(t, "82a16101a162c0"), About{}, MessagePack},
		"a few bytes":               {unhex(t, "83010203"), About{}, Hex},
		"one byte":                  {unhex(t, "80"), About{}, Hex},
		"a map of numbers":          {unhex(t, "a1fe01"), About{}, Hex},
		"text with escapes":         {[]byte("\x1b[31mred"), About{}, Text},
		"Sparkplug":                 {unhex(t, birth), About{Topic: "spBv1.0/g/NBIRTH/n"}, Sparkplug},
		"the same on another topic": {unhex(t, birth), About{Topic: "a"}, Hex},
		"random bytes on Sparkplug": {unhex(t, "ffffffff"), About{Topic: "spBv1.0/g/NDATA/n"}, Hex},
		"gzip":                      {packed(t, true, []byte("x")), About{}, Gzip},
		"zlib":                      {packed(t, false, []byte("hello")), About{}, Zlib},
		"broken gzip":               {packed(t, true, []byte("x"))[:18], About{}, Hex},
		"said to be text":           {[]byte("12"), About{ContentType: "text/plain; charset=utf-8"}, Text},
		"said to be CBOR":           {unhex(t, "83010203"), About{ContentType: "application/cbor"}, CBOR},
		"said to be what it is not": {[]byte("x"), About{ContentType: "application/cbor"}, Text},
	} {
		if got := Detect(c.data, c.about); got != c.want {
			t.Errorf("%s: got %s; want %s", name, got, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	if diff := cmp.Diff([]Kind{CBOR, Text, Hex}, Kinds(unhex(t, "a26161016162820203"), About{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Kind{JSON, Text, Hex}, Kinds([]byte(`{"a":1}`), About{})); diff != "" {
		t.Error(diff)
	}
	if got := Kinds(nil, About{}); !slices.Equal(got, []Kind{Empty}) {
		t.Errorf("got %v", got)
	}
}

func TestSparkplug(t *testing.T) {
	got, ok := Decode(Sparkplug, unhex(t, birth), About{})
	var v struct {
		Metrics []struct {
			Name  string  `json:"name"`
			Value float64 `json:"double_value"`
		} `json:"metrics"`
		Timestamp string `json:"timestamp"`
	}
	if err := json.Unmarshal(got, &v); !ok || err != nil || len(v.Metrics) != 1 || v.Metrics[0].Name != "Temperature" || v.Metrics[0].Value != 21.5 || v.Timestamp == "" {
		t.Errorf("got %s, %v", got, err)
	}
}

// descriptors writes a descriptor set with a message room.Reading { double temp = 1; }.
func descriptors(t *testing.T) (file string, message protoreflect.MessageDescriptor) {
	t.Helper()
	f := &descriptorpb.FileDescriptorProto{Name: proto.String("room.proto"), Package: proto.String("room"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("Reading"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name: proto.String("temp"), Number: proto.Int32(1), Type: f64.Enum(), Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(), JsonName: proto.String("temp")}}}}}
	data, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{f}})
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "room.binpb")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := protodesc.NewFile(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file, d.Messages().Get(0)
}

func TestProtobufByTopic(t *testing.T) {
	file, d := descriptors(t)
	m := dynamicpb.NewMessage(d)
	m.Set(d.Fields().Get(0), protoreflect.ValueOfFloat64(21.5))
	data, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	rooms, _ := client.ParseFilter("room/+")
	var s Schemas
	if err := s.Add(rooms, file, "room.Reading"); err != nil {
		t.Fatal(err)
	}
	about := About{Topic: "room/hall", Schemas: &s}
	if got := Detect(data, about); got != Protobuf {
		t.Errorf("detected %s", got)
	}
	var v map[string]float64
	got, ok := Decode(Protobuf, data, about)
	if err := json.Unmarshal(got, &v); !ok || err != nil || v["temp"] != 21.5 {
		t.Errorf("got %s, %v", got, err)
	}
	if got := Detect(data, About{Topic: "cellar", Schemas: &s}); got == Protobuf {
		t.Error("another topic is decoded")
	}
	if err := s.Add(rooms, file, "room.Other"); err == nil || !strings.Contains(err.Error(), "describes no message room.Other") {
		t.Errorf("a message that is not there: %v", err)
	}
	if err := s.Add(rooms, os.Args[0], "room.Reading"); err == nil || !strings.Contains(err.Error(), "is no descriptor set") {
		t.Errorf("a file of another kind: %v", err)
	}
}

func TestOpen(t *testing.T) {
	inner, cut, ok := Open(Gzip, packed(t, true, []byte(`{"a":1}`)))
	if string(inner) != `{"a":1}` || cut || !ok {
		t.Errorf("got %s, %v, %v", inner, cut, ok)
	}
	bomb := packed(t, true, make([]byte, 64<<20))
	if inner, cut, ok := Open(Gzip, bomb); len(inner) != maxOpened || !cut || !ok {
		t.Errorf("a bomb of %d bytes: got %d bytes, %v, %v", len(bomb), len(inner), cut, ok)
	}
}

func TestBase64(t *testing.T) {
	for text, want := range map[string]string{"eyJhIjoxfQ==": `{"a":1}`, "eyJhIjoxfQ": `{"a":1}`, "__7__g_-": "\xff\xfe\xff\xfe\x0f\xfe", "short": "", "not base 64 at all": "", "eyJhIjoxfR==": ""} {
		if got, ok := Base64(text); string(got) != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v", text, got, ok)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xa2aa\x01ab\x82\x02\x03"), "a")
	f.Add([]byte("\x82\xa1a\x01\xa1b\xc0"), "a")
	data, _ := hex.DecodeString(strings.ReplaceAll(birth, " ", ""))
	f.Add(data, "spBv1.0/a")
	f.Add(packed(f, true, []byte("x")), "a")
	f.Fuzz(func(t *testing.T, data []byte, topic string) {
		about := About{Topic: topic}
		for _, k := range Kinds(data, about) {
			if out, ok := Decode(k, data, about); ok && !json.Valid(out) {
				t.Errorf("%q as %s is no JSON: %s", data, k, out)
			}
		}
	})
}
