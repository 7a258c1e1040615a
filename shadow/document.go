package shadow

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Section is one section of a document, desired or reported, or a difference between them: an object and the times of its
// leaves. The zero Section does not exist.
type Section struct {
	State    Value // an object; null if the section does not exist
	Metadata Metadata
}

// Exists reports whether the section is there.
func (s Section) Exists() bool { return s.State.kind == KindObject }

// At follows path (keys, and decimal indexes in arrays) to a value and its metadata.
func (s Section) At(path ...string) (Value, Metadata, bool) {
	v, m := s.State, s.Metadata
	for _, step := range path {
		i, ok := v.child(step)
		if !ok {
			return Value{}, Metadata{}, false
		}
		v, m = v.at(i), m.Child(i)
	}
	return v, m, s.Exists()
}

// Document is the state of a shadow at one version. The zero Document is that of a shadow that does not exist.
type Document struct {
	Desired, Reported Section
	Version           int64
	Timestamp         int64 // when the message that carried it was sent, seconds since 1970; 0 if that is not known
}

// Time returns Timestamp as a time, the zero time if it is not known.
func (d Document) Time() time.Time { return unixTime(d.Timestamp) }

// Delta returns what is desired and not reported.
func (d Document) Delta() Section { return Delta(d.Desired, d.Reported) }

// Newest returns when the document was last written as its metadata tells, in seconds since 1970; 0 if that is not known.
func (d Document) Newest() int64 {
	return max(d.Desired.Metadata.Newest(), d.Reported.Metadata.Newest())
}

// AppendState appends {"desired":...,"reported":...} with the sections that exist.
func (d Document) AppendState(dst []byte) []byte {
	return d.appendSections(dst, func(dst []byte, s Section) []byte { return s.State.Append(dst) })
}

// AppendMetadata appends the metadata of both sections in the same form.
func (d Document) AppendMetadata(dst []byte) []byte {
	return d.appendSections(dst, func(dst []byte, s Section) []byte { return AppendMetadata(dst, s.State, s.Metadata) })
}

func (d Document) appendSections(dst []byte, appendOne func([]byte, Section) []byte) []byte {
	dst = append(dst, '{')
	if d.Desired.Exists() {
		dst = appendOne(append(dst, `"desired":`...), d.Desired)
	}
	if d.Reported.Exists() {
		if d.Desired.Exists() {
			dst = append(dst, ',')
		}
		dst = appendOne(append(dst, `"reported":`...), d.Reported)
	}
	return append(dst, '}')
}

// Int returns a number that is a whole one written without fraction and exponent; ok is false for every other value and for
// what int64 cannot hold.
func (v Value) Int() (n int64, ok bool) {
	if v.kind != KindNumber {
		return 0, false
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	return n, err == nil
}

// ParseDocument reads the payload of get/accepted. What the service adds (delta, clientToken) is ignored.
func ParseDocument(payload []byte) (Document, error) {
	v, err := Parse(payload)
	if err != nil {
		return Document{}, fmt.Errorf("read document: %w", err)
	}
	d, err := documentOf(v)
	if err != nil {
		return Document{}, fmt.Errorf("read document: %w", err)
	}
	return d, nil
}

// documentOf reads {state, metadata, version, timestamp?}.
func documentOf(v Value) (Document, error) {
	if v.kind != KindObject {
		return Document{}, fmt.Errorf("want an object, got %s", v.kind)
	}
	var d Document
	var ok bool
	version, _ := v.Member("version")
	if d.Version, ok = version.Int(); !ok {
		return Document{}, errors.New("no version")
	}
	timestamp, _ := v.Member("timestamp")
	d.Timestamp, _ = timestamp.Int()
	state, ok := v.Member("state")
	if !ok || state.kind != KindObject {
		return Document{}, errors.New("no state")
	}
	metadata, _ := v.Member("metadata")
	d.Desired = sectionOf("desired", state, metadata)
	d.Reported = sectionOf("reported", state, metadata)
	return d, nil
}

func sectionOf(name string, state, metadata Value) Section {
	s, _ := state.Member(name)
	if s.kind != KindObject || s.Len() == 0 {
		return Section{}
	}
	m, _ := metadata.Member(name)
	return Section{State: s, Metadata: ParseMetadata(m, s)}
}
