package shadow

// Merge writes patch over the section old at the time seconds and returns the new section: objects are merged key by key,
// null removes a key, everything else replaces what was there. A null patch removes the section, and a section left without
// keys does not exist. Times of what patch does not touch stay.
func Merge(old Section, patch Value, seconds int64) Section {
	if patch.kind != KindObject {
		return Section{}
	}
	s := merger{seconds}.object(old, patch)
	if s.State.Len() == 0 {
		return Section{}
	}
	return s
}

type merger struct{ seconds int64 }

// object walks both objects in the order of their keys.
func (m merger) object(old Section, patch Value) Section {
	have, want := old.State.Members(), patch.Members()
	members := make([]Member, 0, max(len(have), len(want)))
	metadata := make([]Metadata, 0, max(len(have), len(want)))
	keep := func(key string, s Section) {
		members = append(members, Member{key, s.State})
		metadata = append(metadata, s.Metadata)
	}
	i := 0
	for _, w := range want {
		for ; i < len(have) && have[i].Key < w.Key; i++ {
			keep(have[i].Key, Section{have[i].Value, old.Metadata.Child(i)})
		}
		if i < len(have) && have[i].Key == w.Key {
			if s, ok := m.over(Section{have[i].Value, old.Metadata.Child(i)}, w.Value); ok {
				keep(have[i].Key, s)
			}
			i++
		} else if s, ok := m.fresh(w.Value); ok {
			keep(w.Key, s)
		}
	}
	for ; i < len(have); i++ {
		keep(have[i].Key, Section{have[i].Value, old.Metadata.Child(i)})
	}
	return Section{objectOf(members), kidsOf(metadata)}
}

// over writes a value over one that is there; ok is false if it removes it.
func (m merger) over(old Section, patch Value) (Section, bool) {
	if patch.kind != KindObject {
		return m.fresh(patch)
	}
	if old.State.kind != KindObject {
		old = Section{}
	}
	return m.object(old, patch), true
}

// fresh writes a value where none was: nulls in it are dropped, and an object of nothing but nulls is not created.
func (m merger) fresh(v Value) (Section, bool) {
	switch v.kind {
	case KindNull:
		return Section{}, false
	case KindObject:
		s := m.object(Section{}, v)
		return s, s.State.Len() > 0 || v.Len() == 0
	case KindArray:
		return m.array(v), true
	}
	return Section{v, Stamp(m.seconds)}, true
}

// array takes a whole array: objects in it lose their null members but keep their place.
func (m merger) array(v Value) Section {
	if v.Len() == 0 {
		return Section{State: v}
	}
	elems := make([]Value, v.Len())
	metadata := make([]Metadata, v.Len())
	for i, e := range v.Elems() {
		s, ok := m.fresh(e)
		if !ok && e.kind == KindObject {
			s = Section{State: objectOf(nil)}
		} else if !ok {
			s = Section{e, Stamp(m.seconds)}
		}
		elems[i], metadata[i] = s.State, s.Metadata
	}
	return Section{arrayOf(elems), kidsOf(metadata)}
}

// Delta returns what desired asks for and reported does not show, with the desired values and their times. It does not exist
// if there is no difference. Objects are compared key by key, arrays as a whole, numbers by value.
func Delta(desired, reported Section) Section {
	if !desired.Exists() || !reported.Exists() {
		return desired
	}
	d, _ := difference(desired, reported.State)
	return d
}

func difference(desired Section, reported Value) (Section, bool) {
	if desired.State.kind != KindObject || reported.kind != KindObject {
		return desired, !Equal(desired.State, reported)
	}
	var members []Member
	var metadata []Metadata
	have, i := reported.Members(), 0
	for n, w := range desired.State.Members() {
		for i < len(have) && have[i].Key < w.Key {
			i++
		}
		s, differs := Section{w.Value, desired.Metadata.Child(n)}, true
		if i < len(have) && have[i].Key == w.Key {
			s, differs = difference(s, have[i].Value)
		}
		if differs {
			members = append(members, Member{w.Key, s.State})
			metadata = append(metadata, s.Metadata)
		}
	}
	if len(members) == 0 {
		return Section{}, false
	}
	return Section{objectOf(members), kidsOf(metadata)}, true
}
