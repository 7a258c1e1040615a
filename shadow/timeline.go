package shadow

import (
	"slices"
	"time"
)

// Moment is what the Timeline tells of.
type Moment uint8

// The moments of a shadow's life.
const (
	Written Moment = iota
	Created
	Removed
)

// String returns the moment in a word: "updated", "created" or "deleted".
func (m Moment) String() string { return [...]string{"updated", "created", "deleted"}[m] }

// Version is one entry of a Timeline.
type Version struct {
	Number int64
	Time   time.Time
	By     Author
	Moment Moment
	Before Document // the zero Document where Moment is Created
	After  Document // the zero Document where Moment is Removed
}

// Changes returns what the version changed.
func (v Version) Changes() []Change { return Changes(v.Before, v.After) }

// Timeline keeps the latest versions of a shadow as update/documents told of them, and its deletions. The zero Timeline is
// empty.
type Timeline struct{ versions []Version }

// TimelineKept is how many versions a Timeline holds; the oldest go first.
const TimelineKept = 200

// Add takes what the Manager returned; results that tell of no version are ignored. now is the time of versions that came
// without one.
func (t *Timeline) Add(r Result, now time.Time) {
	switch r := r.(type) {
	case Documents:
		v := Version{Number: r.Current.Version, Time: r.Current.Time(), By: r.By, Moment: Created, After: r.Current}
		if r.Previous != nil {
			v.Moment, v.Before = Written, *r.Previous
		}
		t.append(v, now)
	case Deleted:
		v := Version{Number: r.Version, Time: r.Time, By: r.By, Moment: Removed}
		if n := len(t.versions); n > 0 {
			v.Before = t.versions[n-1].After
		}
		t.append(v, now)
	}
}

func (t *Timeline) append(v Version, now time.Time) {
	if v.Time.IsZero() {
		v.Time = now
	}
	if n := len(t.versions); n > 0 && v.Before.Version == t.versions[n-1].Number {
		v.Before = t.versions[n-1].After // the same, and kept once
	}
	t.versions = append(t.versions, v)
	if n := len(t.versions) - TimelineKept; n > 0 {
		t.versions = slices.Delete(t.versions, 0, n)
	}
}

// Versions returns what is kept, oldest first. It must not be changed.
func (t *Timeline) Versions() []Version { return t.versions }

// Missed reports whether versions between the i-th and the one before it were not heard of.
func (t *Timeline) Missed(i int) bool {
	if i <= 0 || i >= len(t.versions) {
		return false
	}
	v := t.versions[i]
	return v.Moment == Written && v.Number != t.versions[i-1].Number+1
}
