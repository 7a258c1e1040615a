package service

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/thingdeck/shadow"
)

// record is a shadow as the service keeps it: text, so that many of them are small and cost the collector nothing.
type record struct {
	mu       sync.Mutex
	gone     bool // no longer in its shard
	exists   bool
	version  int64  // of the shadow, or the one it was deleted at
	deleted  int64  // when it was deleted, seconds since 1970; 0 if it was not
	desired  string // compact JSON, "" if the section does not exist
	reported string
	packed   string // the metadata of both sections
}

// section parses what the record itself wrote; packed is what is left of the metadata.
func section(text string, packed *[]byte, p *shadow.Parser) (shadow.Section, error) {
	if text == "" {
		return shadow.Section{}, nil
	}
	v, _, err := p.Parse(shadow.MaxDepth, text)
	if err != nil {
		return shadow.Section{}, err
	}
	if v.Len() == 0 || v.Kind() != shadow.KindObject {
		return shadow.Section{}, errors.New("not a filled object")
	}
	m, rest, err := shadow.Unpack(*packed, v)
	*packed = rest
	return shadow.Section{State: v, Metadata: m}, err
}

// document returns the shadow as it is; it is the zero Document if there is none.
func (r *record) document(p *shadow.Parser) (shadow.Document, error) {
	if !r.exists {
		return shadow.Document{}, nil
	}
	packed := []byte(r.packed)
	desired, err := section(r.desired, &packed, p)
	if err != nil {
		return shadow.Document{}, fmt.Errorf("desired: %w", err)
	}
	reported, err := section(r.reported, &packed, p)
	if err != nil {
		return shadow.Document{}, fmt.Errorf("reported: %w", err)
	}
	if len(packed) > 0 {
		return shadow.Document{}, errors.New("more metadata than state")
	}
	return shadow.Document{Desired: desired, Reported: reported, Version: r.version}, nil
}

// next returns the version that the next accepted update gets.
func (r *record) next(first int64) int64 {
	switch {
	case r.exists:
		return r.version + 1
	case r.deleted != 0:
		return r.version + 2 // the delete took a number too
	}
	return first
}

// expired reports whether the record is that of a shadow whose numbering is forgotten.
func (r *record) expired(now time.Time) bool {
	return !r.exists && r.deleted != 0 && now.Unix()-r.deleted >= int64(memory/time.Second)
}

// stored is the form of records in a Store.
type stored struct {
	Format   int             `json:"format"`
	Version  int64           `json:"version"`
	Deleted  int64           `json:"deleted,omitempty"`
	Desired  json.RawMessage `json:"desired,omitempty"`
	Reported json.RawMessage `json:"reported,omitempty"`
	Metadata []byte          `json:"metadata,omitempty"`
}

const format = 1

// marshal returns the record in the form of stored. The texts are JSON already.
func (r *record) marshal() []byte {
	b := make([]byte, 0, 96+len(r.desired)+len(r.reported)+2*len(r.packed))
	b = strconv.AppendInt(append(b, `{"format":`...), format, 10)
	b = appendVersion(append(b, ','), r.version)
	if r.deleted != 0 {
		b = strconv.AppendInt(append(b, `,"deleted":`...), r.deleted, 10)
	}
	if r.desired != "" {
		b = append(append(b, `,"desired":`...), r.desired...)
	}
	if r.reported != "" {
		b = append(append(b, `,"reported":`...), r.reported...)
	}
	if r.packed != "" {
		b = base64.StdEncoding.AppendEncode(append(b, `,"metadata":"`...), []byte(r.packed))
		b = append(b, '"')
	}
	return append(b, '}')
}

func parseRecord(data []byte) (*record, error) {
	var st stored
	if err := json.Unmarshal(data, &st); err != nil {
		return nil, err
	}
	if st.Format != format {
		return nil, fmt.Errorf("unknown format %d", st.Format)
	}
	r := &record{
		exists: st.Deleted == 0, version: st.Version, deleted: st.Deleted,
		desired: string(st.Desired), reported: string(st.Reported), packed: string(st.Metadata),
	}
	if _, err := r.document(&shadow.Parser{}); err != nil {
		return nil, err
	}
	return r, nil
}

func key(n shadow.Name) string { return n.String() }

func parseKey(key string) (shadow.Name, error) {
	var n shadow.Name
	n.Thing, n.Shadow, _ = strings.Cut(key, "/")
	if t, ok := shadow.ParseTopic(n.Prefix() + "/get"); !ok || t.Name != n || n.String() != key {
		return shadow.Name{}, fmt.Errorf("key %q is not that of a shadow", key)
	}
	return n, nil
}
