package shadow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Part names a section of a document.
type Part uint8

// The two sections that clients write.
const (
	Desired Part = iota
	Reported
)

// String returns "desired" or "reported".
func (p Part) String() string { return [...]string{"desired", "reported"}[p] }

// Section returns one section of the document.
func (d Document) Section(p Part) Section {
	if p == Desired {
		return d.Desired
	}
	return d.Reported
}

// Edit is one change that a user makes to a section: a value set or removed at a path.
type Edit struct {
	Part   Part
	Path   []string // keys, and decimal indexes in arrays; empty for the whole section
	Remove bool
	Value  Value // what to set
}

// Apply returns the section's state with the edit made. Missing objects on the way are created; the index after the last element
// of an array appends to it. state null stands for a section that does not exist. The error says what does not fit where.
func (e Edit) Apply(state Value) (Value, error) {
	if state.kind != KindObject {
		state = Value{kind: KindObject}
	}
	if len(e.Path) == 0 && e.Remove {
		return Value{}, nil
	}
	if !e.Remove && hasNull(e.Value) {
		return Value{}, fmt.Errorf("%s: null cannot be stored; remove the key instead", e)
	}
	if len(e.Path) == 0 && e.Value.kind != KindObject {
		return Value{}, fmt.Errorf("%s: a section must be an object", e)
	}
	return e.in(state, 0)
}

// String returns where the edit is, as in "desired.lamp.rgb".
func (e Edit) String() string {
	return strings.Join(append([]string{e.Part.String()}, e.Path...), ".")
}

// in makes the edit in v, which stands at the first depth steps of the path.
func (e Edit) in(v Value, depth int) (Value, error) {
	if depth == len(e.Path) {
		return e.Value, nil
	}
	i, found := v.child(e.Path[depth])
	appends := v.kind == KindArray && !e.Remove && e.Path[depth] == strconv.Itoa(v.Len())
	switch {
	case !v.IsContainer():
		at := Edit{Part: e.Part, Path: e.Path[:depth]}
		return Value{}, fmt.Errorf("%s: a %s has no %q", at, v.kind, e.Path[depth])
	case !found && v.kind == KindArray && !appends, !found && e.Remove:
		return Value{}, fmt.Errorf("%s: nothing is there", Edit{Part: e.Part, Path: e.Path[:depth+1]})
	case e.Remove && depth == len(e.Path)-1:
		return v.without(i), nil
	}
	child := Value{kind: KindObject} // of a path that does not exist yet
	if found {
		child = v.at(i)
	}
	child, err := e.in(child, depth+1)
	if err != nil {
		return Value{}, err
	}
	return v.with(e.Path[depth], i, found, child), nil
}

// with returns v with child at position i, where it is put in place or, for a new key or element, inserted.
func (v Value) with(key string, i int, found bool, child Value) Value {
	if v.kind == KindArray {
		elems := slices.Clone(v.Elems())
		if !found {
			return arrayOf(append(elems, child))
		}
		elems[i] = child
		return arrayOf(elems)
	}
	members := slices.Clone(v.Members())
	if !found {
		return objectOf(slices.Insert(members, i, Member{key, child}))
	}
	members[i].Value = child
	return objectOf(members)
}

// without returns v without the member or element at position i.
func (v Value) without(i int) Value {
	if v.kind == KindArray {
		return arrayOf(slices.Delete(slices.Clone(v.Elems()), i, i+1))
	}
	return objectOf(slices.Delete(slices.Clone(v.Members()), i, i+1))
}

func hasNull(v Value) bool {
	for _, m := range v.Members() {
		if hasNull(m.Value) {
			return true
		}
	}
	return v.IsNull() || slices.ContainsFunc(v.Elems(), hasNull)
}

// Patch returns the state of the smallest update that makes the edits, one after the other, to the document: only what changes,
// null for what is removed, arrays whole. It is the empty object if nothing changes. It fails as Edit.Apply does.
func Patch(d Document, edits ...Edit) (state Value, err error) {
	want := [...]Value{Desired: d.Desired.State, Reported: d.Reported.State}
	for _, e := range edits {
		if want[e.Part], err = e.Apply(want[e.Part]); err != nil {
			return Value{}, err
		}
	}
	var members []Member
	for p := Desired; p <= Reported; p++ {
		if patch, changed := patchSection(d.Section(p).State, want[p]); changed {
			members = append(members, Member{p.String(), patch})
		}
	}
	return objectOf(members), nil
}

// patchSection removes a section by null, since the empty object would change nothing.
func patchSection(have, want Value) (Value, bool) {
	if want.Len() == 0 {
		return Value{}, have.Len() > 0
	}
	if have.Len() == 0 {
		return want, true
	}
	return Diff(have, want)
}

// Diff returns what to merge into have, by the rules of Merge, to make it want; changed is false if nothing. A number written
// in another way is a change. want must not contain null.
func Diff(have, want Value) (patch Value, changed bool) {
	if have.kind != KindObject || want.kind != KindObject {
		return want, have.String() != want.String()
	}
	var members []Member
	h := have.Members()
	for _, w := range want.Members() {
		for len(h) > 0 && h[0].Key < w.Key {
			members = append(members, Member{Key: h[0].Key})
			h = h[1:]
		}
		if len(h) == 0 || h[0].Key != w.Key {
			members = append(members, w)
			continue
		}
		if p, changed := Diff(h[0].Value, w.Value); changed {
			members = append(members, Member{w.Key, p})
		}
		h = h[1:]
	}
	for _, m := range h {
		members = append(members, Member{Key: m.Key})
	}
	return objectOf(members), len(members) > 0
}

// Check tells why the value cannot be a section.
func (e Edit) Check() error {
	_, err := e.Apply(Value{})
	return err
}
