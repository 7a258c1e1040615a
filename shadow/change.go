package shadow

import "slices"

// Change is a value that is not the same in two documents. Objects are compared key by key, everything else as a whole.
type Change struct {
	Part     Part
	Path     []string
	Was, Is  Value
	Had, Has bool // whether there was a value, and is one
}

// Changes returns what is different in b, desired first, in the order of the paths.
func Changes(a, b Document) []Change {
	var out []Change
	for p := Desired; p <= Reported; p++ {
		out = append(out, changes(p, a.Section(p).State, b.Section(p).State)...)
	}
	return out
}

func changes(p Part, a, b Value) []Change {
	c := changer{part: p}
	c.walk(nil, a, b, a.kind == KindObject, b.kind == KindObject)
	return c.out
}

type changer struct {
	part Part
	out  []Change
}

func (c *changer) walk(path []string, a, b Value, had, has bool) {
	descends := func(v Value, there bool) bool { return !there || v.kind == KindObject }
	switch {
	case had && has && a.kind != KindObject && Equal(a, b), !had && !has:
		return
	case !descends(a, had) || !descends(b, has), len(path) > 0 && a.Len() == 0 && b.Len() == 0 && had != has:
		c.out = append(c.out, Change{c.part, slices.Clone(path), a, b, had, has})
		return
	}
	x, y := a.Members(), b.Members()
	for len(x) > 0 || len(y) > 0 {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].Key < y[0].Key:
			c.walk(append(path, x[0].Key), x[0].Value, Value{}, true, false)
			x = x[1:]
		case len(x) == 0 || y[0].Key < x[0].Key:
			c.walk(append(path, y[0].Key), Value{}, y[0].Value, false, true)
			y = y[1:]
		default:
			c.walk(append(path, x[0].Key), x[0].Value, y[0].Value, true, true)
			x, y = x[1:], y[1:]
		}
	}
}

// Clash is a value that others have changed since a document was read, or that own edits of that document change, or both.
type Clash struct {
	Part           Part
	Path           []string
	Was, Now, Own  Section // as it was read, as it is, as the edits want it; Metadata is not told
	Had, Has, Will bool    // whether there is a value in each
}

// Both reports whether others and the edits changed the value, to something else each.
func (c Clash) Both() bool {
	return c.theirs() && !same(c.Was.State, c.Had, c.Own.State, c.Will) && !same(c.Now.State, c.Has, c.Own.State, c.Will)
}

func (c Clash) theirs() bool { return !same(c.Was.State, c.Had, c.Now.State, c.Has) }

func same(a Value, had bool, b Value, has bool) bool { return had == has && (!had || Equal(a, b)) }

// Theirs returns the edit that takes what others made of the value.
func (c Clash) Theirs() Edit {
	return Edit{Part: c.Part, Path: c.Path, Remove: !c.Has, Value: c.Now.State}
}

// Clashes compares the document base, on which the edits of a draft were made, with the one that there is now. A value inside of
// another that clashes is not told by itself.
func Clashes(base, now Document, d Draft) []Clash {
	var out []Clash
	for p := Desired; p <= Reported; p++ {
		was, is, own := base.Section(p).State, now.Section(p).State, d.Want(base, p)
		var paths [][]string
		for _, c := range append(changes(p, was, is), changes(p, was, own)...) {
			paths = append(paths, c.Path)
		}
		slices.SortFunc(paths, slices.Compare[[]string])
		var last []string
		for i, path := range paths {
			if i > 0 && len(path) >= len(last) && slices.Equal(path[:len(last)], last) {
				continue
			}
			last = path
			c := Clash{Part: p, Path: path}
			c.Was.State, c.Had = was.At(path...)
			c.Now.State, c.Has = is.At(path...)
			c.Own.State, c.Will = own.At(path...)
			out = append(out, c)
		}
	}
	return out
}
