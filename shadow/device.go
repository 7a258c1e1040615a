package shadow

import "time"

// Play is how a Device answers.
type Play uint8

// The ways to answer.
const (
	PlayOff   Play = iota
	PlayNow        // at once
	PlayLater      // after a while
	PlayAsk        // by asking the user
)

// Device plays the device of a shadow: it takes what is desired and not reported, and tells what to report. It sends nothing
// itself. A difference is answered once: every update repeats what is still open, and is no new order. The zero Device is off.
type Device struct {
	play  Play
	delay time.Duration

	open    Value // the differences that wait for an answer, null if none
	since   time.Time
	handled Value // the differences that were answered and still stand
	granted Value // those of them that were reported as desired
	settled int64 // the version by which they are gone, 0 while that is not known
}

// Switch says how to answer from now on; delay is for PlayLater. Differences that were answered before are open again.
func (d *Device) Switch(p Play, delay time.Duration) { *d = Device{play: p, delay: delay} }

// Playing returns what Switch said.
func (d *Device) Playing() (Play, time.Duration) { return d.play, d.delay }

// Notice takes all that is desired and not reported at a version, an object or null.
func (d *Device) Notice(delta Value, version int64, now time.Time) {
	if d.play == PlayOff {
		return
	}
	if delta.kind != KindObject {
		d.Switch(d.play, d.delay)
		return
	}
	if d.settled != 0 && version >= d.settled { // what stands in spite of the report came after it
		d.handled = Delta(Section{State: d.handled}, Section{State: d.granted}).State
		d.granted, d.settled = Value{}, 0
	}
	d.handled = common(d.handled, delta)
	open := Delta(Section{State: delta}, Section{State: d.handled}).State
	if !Equal(open, d.open) {
		d.open, d.since = open, now
	}
}

// Open returns what waits for an answer, null if nothing does.
func (d *Device) Open() Value { return d.open }

// Due returns what to report now without asking; ok is false if nothing.
func (d *Device) Due(now time.Time) (reported Value, ok bool) {
	at, waits := d.DueAt()
	if !waits || now.Before(at) {
		return Value{}, false
	}
	reported = d.open
	d.Answered(reported)
	return reported, true
}

// DueAt returns when Due has something; ok is false if nothing waits for time to pass.
func (d *Device) DueAt() (at time.Time, ok bool) {
	if d.open.kind != KindObject || d.play != PlayNow && d.play != PlayLater {
		return time.Time{}, false
	}
	if d.play == PlayNow {
		return d.since, true
	}
	return d.since.Add(d.delay), true
}

// Accepted notes that what was to be reported last is in the shadow since version.
func (d *Device) Accepted(version int64) { d.settled = version }

// Answered notes that all that is open was answered in some way, and granted of it, an object or null, by reporting just that.
func (d *Device) Answered(granted Value) {
	if granted.kind == KindObject {
		d.granted = Merge(Section{State: d.granted}, granted, 0).State
	}
	d.handled = Merge(Section{State: d.handled}, d.open, 0).State
	d.open = Value{}
}

// common returns what the objects a and b both hold, null if nothing.
func common(a, b Value) Value {
	var members []Member
	for _, m := range a.Members() {
		other, ok := b.Member(m.Key)
		switch {
		case !ok:
		case Equal(m.Value, other):
			members = append(members, m)
		case m.Value.kind == KindObject && other.kind == KindObject:
			if v := common(m.Value, other); v.kind == KindObject {
				members = append(members, Member{m.Key, v})
			}
		}
	}
	if members == nil {
		return Value{}
	}
	return objectOf(members)
}
