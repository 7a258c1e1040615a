// Package payload tells what the bytes of a message are, and shows them as JSON where they are structured: CBOR, MessagePack, Sparkplug
// B, Protobuf, and what is in gzip or zlib. Its functions are pure and bounded; payloads are hostile.
//
// What JSON has no word for stands in objects of one member whose name begins with $:
//
//	{"$bytes":"01ff"}          bytes, in hex
//	{"$map":[[key,value],…]}   a map with keys that are no texts, or with a key twice
//	{"$float":"NaN"}           NaN, Infinity, -Infinity
//	{"$tag":[2,value]}         a tag of CBOR
//	{"$ext":[5,"01ff"]}        an extension of MessagePack: its type and its bytes
//	{"$time":"2026-…Z"}        a timestamp of MessagePack
//	{"$simple":99}             a simple value of CBOR; undefined is {"$undefined":true}
package payload

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Kind is what a payload is, or is shown as.
type Kind string

// The kinds.
const (
	Empty       Kind = "empty"
	JSON        Kind = "JSON"
	Text        Kind = "text"
	Hex         Kind = "hex"
	CBOR        Kind = "CBOR"
	MessagePack Kind = "MessagePack"
	Sparkplug   Kind = "Sparkplug B"
	Protobuf    Kind = "Protobuf"
	Gzip        Kind = "gzip"
	Zlib        Kind = "zlib"
)

// Packed says that the kind holds another payload, which Open returns.
func (k Kind) Packed() bool { return k == Gzip || k == Zlib }

// Structured says that Decode shows the kind as JSON.
func (k Kind) Structured() bool {
	return k == JSON || k == CBOR || k == MessagePack || k == Sparkplug || k == Protobuf
}

// About is what is known of a payload beside its bytes.
type About struct {
	Topic string
	// ContentType is the property of MQTT 5, "" when there is none.
	ContentType string
	// Schemas decode Protobuf by topic; nil for none.
	Schemas *Schemas
}

// maxTried is how large a payload may be to be tried as anything but JSON and text.
const maxTried = 1 << 20

// Detect tells what a payload is: by its content type, if that fits, else by its topic and its bytes. It errs on the side of text and
// hex: bytes are taken for CBOR or MessagePack only when they are exactly one map, or an array that holds one, whose keys are texts.
func Detect(data []byte, about About) Kind {
	if len(data) == 0 {
		return Empty
	}
	if k, ok := named(about.ContentType); ok && Fits(k, data, about) {
		return k
	}
	switch {
	case looksLikeJSON(data) && json.Valid(data):
		return JSON
	case len(data) > maxTried:
	case strings.HasPrefix(about.Topic, "spBv1.0/") && Fits(Sparkplug, data, about):
		return Sparkplug
	case Fits(Protobuf, data, about):
		return Protobuf
	case Fits(Gzip, data, about):
		return Gzip
	case Fits(Zlib, data, about):
		return Zlib
	}
	if utf8.Valid(data) && !controls(data) {
		return Text
	}
	if len(data) <= maxTried {
		cbor, isCBOR := cborJSON(data)
		pack, isPack := packJSON(data)
		switch {
		case isCBOR && cbor.keyed && (!isPack || !pack.keyed || !pack.topMap || cbor.topMap):
			return CBOR
		case isPack && pack.keyed:
			return MessagePack
		}
	}
	if utf8.Valid(data) {
		return Text
	}
	return Hex
}

// looksLikeJSON saves most other payloads from being checked.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && strings.IndexByte(`{["-0123456789tfn`, data[0]) >= 0
}

// controls says that a text holds control characters that no text file has.
func controls(data []byte) bool {
	for _, c := range data {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// named is the kind that a content type says.
func named(contentType string) (Kind, bool) {
	name, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch name = strings.TrimSpace(name); {
	case name == "application/json" || strings.HasSuffix(name, "+json"):
		return JSON, true
	case name == "application/cbor" || strings.HasSuffix(name, "+cbor"):
		return CBOR, true
	case name == "application/msgpack" || name == "application/x-msgpack" || name == "application/vnd.msgpack":
		return MessagePack, true
	case name == "application/protobuf" || name == "application/x-protobuf" || name == "application/vnd.google.protobuf":
		return Protobuf, true
	case name == "application/gzip":
		return Gzip, true
	case strings.HasPrefix(name, "text/"):
		return Text, true
	}
	return "", false
}

// Fits says whether a payload can be shown as a kind.
func Fits(k Kind, data []byte, about About) bool {
	switch k {
	case Hex, Text: // text shows what is no UTF-8 as marks
		return len(data) > 0
	case Empty:
		return len(data) == 0
	case Gzip, Zlib:
		_, _, ok := Open(k, data)
		return ok
	}
	_, ok := Decode(k, data, about)
	return ok
}

// Kinds are those that a payload can be shown as: the one that Detect tells first, hex last.
func Kinds(data []byte, about About) []Kind {
	first := Detect(data, about)
	if first == Empty {
		return []Kind{Empty}
	}
	out := []Kind{first}
	for _, k := range []Kind{JSON, CBOR, MessagePack, Sparkplug, Protobuf, Gzip, Zlib, Text, Hex} {
		if k != first && (len(data) <= maxTried || k == Hex || k == Text) && Fits(k, data, about) {
			out = append(out, k)
		}
	}
	return out
}

// Decode shows a payload of a structured kind as JSON text. False when it is not of the kind.
func Decode(k Kind, data []byte, about About) ([]byte, bool) {
	switch k {
	case JSON:
		return data, looksLikeJSON(data) && json.Valid(data)
	case CBOR:
		d, ok := cborJSON(data)
		return d.out, ok
	case MessagePack:
		d, ok := packJSON(data)
		return d.out, ok
	case Sparkplug:
		return sparkplugJSON(data)
	case Protobuf:
		return about.Schemas.decode(about.Topic, data)
	}
	return nil, false
}
