package shadow

import "slices"

// Draft gathers the edits that a user makes to a document before they are sent, in steps that are undone as a whole. The zero
// Draft has none. Copies share nothing that changes.
type Draft struct{ steps [][]Edit }

// Add appends one step made of edits, unless together they change nothing; it fails as Edit.Apply does, and then adds nothing. A
// draft whose steps together change nothing any more forgets them.
func (d *Draft) Add(doc Document, edits ...Edit) error {
	before := [...]Value{d.Want(doc, Desired), d.Want(doc, Reported)}
	after := before
	for _, e := range edits {
		var err error
		if after[e.Part], err = e.Apply(after[e.Part]); err != nil {
			return err
		}
	}
	if Equal(before[Desired], after[Desired]) && Equal(before[Reported], after[Reported]) {
		return nil
	}
	d.steps = append(slices.Clip(d.steps), slices.Clone(edits))
	if Equal(after[Desired], doc.Desired.State) && Equal(after[Reported], doc.Reported.State) {
		d.steps = nil
	}
	return nil
}

// Undo takes the last step back.
func (d *Draft) Undo() {
	if n := len(d.steps); n > 0 {
		d.steps = slices.Clip(d.steps[:n-1])
	}
}

// Empty reports whether there are no edits.
func (d *Draft) Empty() bool { return len(d.steps) == 0 }

// Edits returns all edits in the order they were made.
func (d *Draft) Edits() []Edit { return slices.Concat(d.steps...) }

// Prepend puts the steps of another draft before those of this one.
func (d *Draft) Prepend(earlier Draft) { d.steps = slices.Concat(earlier.steps, d.steps) }

// Want returns a section of the document as the edits make it. Edits that do not fit it are left out.
func (d *Draft) Want(doc Document, p Part) Value {
	v := doc.Section(p).State
	for _, step := range d.steps {
		for _, e := range step {
			if e.Part != p {
				continue
			}
			if next, err := e.Apply(v); err == nil {
				v = next
			}
		}
	}
	return v
}

// Rebase keeps of the edits those that still change the document, which is another than the one they were made on. It returns
// why others do not fit it any more; those whose work is done already are not told.
func (d *Draft) Rebase(doc Document) (dropped []error) {
	state := [...]Value{doc.Desired.State, doc.Reported.State}
	var steps [][]Edit
	for _, step := range d.steps {
		var kept []Edit
		for _, e := range step {
			was := state[e.Part]
			_, there := was.At(e.Path...)
			next, err := e.Apply(was)
			switch {
			case e.Remove && (!there || was.IsNull()):
			case err != nil:
				dropped = append(dropped, err)
			case !Equal(next, was):
				kept = append(kept, e)
				state[e.Part] = next
			}
		}
		if len(kept) > 0 {
			steps = append(steps, kept)
		}
	}
	if Equal(state[Desired], doc.Desired.State) && Equal(state[Reported], doc.Reported.State) {
		steps = nil
	}
	d.steps = steps
	return dropped
}

// EditsTo returns edits that make want of the section have of part p, each of as little as can be, so that they leave alone what
// others change beside them. A null want removes the section.
func EditsTo(p Part, have, want Value) []Edit {
	if have.kind != KindObject {
		have = Value{kind: KindObject}
	}
	if want.kind != KindObject {
		want = Value{kind: KindObject}
	}
	return editsTo(nil, p, nil, have, want)
}

// editsTo compares the objects have and want at path.
func editsTo(out []Edit, p Part, path []string, have, want Value) []Edit {
	for _, m := range have.Members() {
		if _, ok := want.Member(m.Key); !ok {
			out = append(out, Edit{Part: p, Path: appended(path, m.Key), Remove: true})
		}
	}
	for _, m := range want.Members() {
		old, ok := have.Member(m.Key)
		switch {
		case ok && old.kind == KindObject && m.Value.kind == KindObject:
			out = editsTo(out, p, appended(path, m.Key), old, m.Value)
		case !ok || !Equal(old, m.Value):
			out = append(out, Edit{Part: p, Path: appended(path, m.Key), Value: m.Value})
		}
	}
	return out
}

func appended(path []string, key string) []string { return append(slices.Clip(path), key) }
