// Package shadow holds what a Device Shadow is, for both of its sides: JSON values, documents, merging, differences,
// topics, and the Manager, the state machine of a client of one shadow. It does no input or output, and time is an argument.
// RULES.md beside this file lists the rules (S-nn) that it follows.
package shadow

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Kind is the type of a JSON value.
type Kind uint8

// The six kinds of JSON values.
const (
	KindNull Kind = iota
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// String returns the kind's name as JSON's specification writes it: "null", "boolean", "number", ...
func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// Value is one immutable JSON value. The zero Value is null. Objects keep their members sorted by key, each key once;
// numbers keep the text they came with. Values may be copied and shared freely, also between goroutines.
type Value struct {
	text string // of a string or number; "true" or "false"
	kids *kids  // of a filled array or object
	kind Kind
}

type kids struct {
	members []Member
	elems   []Value
}

// Member is one key of an object with its value.
type Member struct {
	Key   string
	Value Value
}

// Bool returns a JSON boolean.
func Bool(b bool) Value { return Value{kind: KindBool, text: strconv.FormatBool(b)} }

// Int returns a JSON number.
func Int(n int64) Value { return Value{kind: KindNumber, text: strconv.FormatInt(n, 10)} }

// Number returns the JSON number written as text; ok is false if text is not one (RFC 8259, section 6).
func Number(text string) (v Value, ok bool) {
	if n := numberLen(text); n == 0 || n != len(text) {
		return Value{}, false
	}
	return Value{kind: KindNumber, text: text}, true
}

// String returns a JSON string. Bytes that are not UTF-8 become U+FFFD.
func String(s string) Value {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return Value{kind: KindString, text: s}
}

// ArrayOf returns the array of elems, which it copies.
func ArrayOf(elems ...Value) Value { return arrayOf(slices.Clone(elems)) }

// ObjectOf returns the object of members, which it copies. Of two members with one key the last wins.
func ObjectOf(members ...Member) Value { return objectOf(tidy(slices.Clone(members))) }

func arrayOf(elems []Value) Value {
	if len(elems) == 0 {
		return Value{kind: KindArray}
	}
	return Value{kind: KindArray, kids: &kids{elems: elems}}
}

// objectOf takes over members, which must be sorted and unique.
func objectOf(members []Member) Value {
	if len(members) == 0 {
		return Value{kind: KindObject}
	}
	return Value{kind: KindObject, kids: &kids{members: members}}
}

// tidy sorts members by key in place and keeps the last of equal keys.
func tidy(members []Member) []Member {
	sorted := true
	for i := 1; i < len(members) && sorted; i++ {
		sorted = members[i-1].Key < members[i].Key
	}
	if sorted {
		return members
	}
	slices.SortStableFunc(members, func(a, b Member) int { return strings.Compare(a.Key, b.Key) })
	n := 0
	for i, m := range members {
		if i+1 < len(members) && members[i+1].Key == m.Key {
			continue
		}
		members[n] = m
		n++
	}
	clear(members[n:])
	return members[:n]
}

// Kind returns the type of v.
func (v Value) Kind() Kind { return v.kind }

// IsNull reports whether v is null.
func (v Value) IsNull() bool { return v.kind == KindNull }

// IsContainer reports whether v is an array or object: what is not is a leaf of a document.
func (v Value) IsContainer() bool { return v.kind >= KindArray }

// Bool returns the truth of a boolean, false for every other kind.
func (v Value) Bool() bool { return v.kind == KindBool && v.text == "true" }

// Text returns the content of a string, or the literal of a number or boolean; "" for other kinds.
func (v Value) Text() string { return v.text }

// Len returns the number of members or elements, 0 for leaves.
func (v Value) Len() int {
	if v.kids == nil {
		return 0
	}
	return len(v.kids.members) + len(v.kids.elems)
}

// Members returns the members of an object in the order of their keys, nil for other kinds. It must not be changed.
func (v Value) Members() []Member {
	if v.kids == nil {
		return nil
	}
	return v.kids.members
}

// Elems returns the elements of an array, nil for other kinds. It must not be changed.
func (v Value) Elems() []Value {
	if v.kids == nil {
		return nil
	}
	return v.kids.elems
}

// Member returns the value under key of an object; ok is false if there is none or v is no object.
func (v Value) Member(key string) (m Value, ok bool) {
	if i, found := v.index(key); found {
		return v.kids.members[i].Value, true
	}
	return Value{}, false
}

func (v Value) index(key string) (int, bool) {
	return slices.BinarySearchFunc(v.Members(), key, func(m Member, key string) int { return strings.Compare(m.Key, key) })
}

// At follows path from v: a key for each object, a decimal index for each array. The empty path is v itself.
func (v Value) At(path ...string) (Value, bool) {
	for _, step := range path {
		i, ok := v.child(step)
		if !ok {
			return Value{}, false
		}
		v = v.at(i)
	}
	return v, true
}

// child returns the position of the member or element that step names.
func (v Value) child(step string) (int, bool) {
	if v.kind == KindObject {
		return v.index(step)
	}
	i, err := strconv.Atoi(step)
	return i, err == nil && v.kind == KindArray && i >= 0 && i < v.Len() && strconv.Itoa(i) == step
}

// at returns the member or element at position i.
func (v Value) at(i int) Value {
	if v.kind == KindObject {
		return v.kids.members[i].Value
	}
	return v.kids.elems[i]
}

// Clone returns a copy of v that keeps none of the memory v was parsed from.
func (v Value) Clone() Value {
	c := Value{kind: v.kind, text: strings.Clone(v.text)}
	if v.kids == nil {
		return c
	}
	k := &kids{}
	for _, m := range v.kids.members {
		k.members = append(k.members, Member{strings.Clone(m.Key), m.Value.Clone()})
	}
	for _, e := range v.kids.elems {
		k.elems = append(k.elems, e.Clone())
	}
	c.kids = k
	return c
}

// Equal reports whether a and b are the same JSON value. Numbers are compared by value: 1, 1.0 and 10e-1 are equal.
func Equal(a, b Value) bool {
	if a.kind != b.kind || a.Len() != b.Len() {
		return false
	}
	switch a.kind {
	case KindNumber:
		return equalNumbers(a.text, b.text)
	case KindArray:
		for i, e := range a.Elems() {
			if !Equal(e, b.kids.elems[i]) {
				return false
			}
		}
		return true
	case KindObject:
		for i, m := range a.Members() {
			if other := b.kids.members[i]; m.Key != other.Key || !Equal(m.Value, other.Value) {
				return false
			}
		}
		return true
	}
	return a.text == b.text
}
