package shadow_test

import (
	"testing"
	"time"

	"example.com/thingdeck/shadow"
	"pgregory.net/rapid"
)

var clock = time.Unix(1790000000, 0)

func value(t testing.TB, text string) shadow.Value { return sectionOf(t, text).State }

func TestDeviceAnswersADifferenceOnce(t *testing.T) {
	var d shadow.Device
	due := func(want string) {
		t.Helper()
		got, ok := d.Due(clock)
		if !ok {
			got = shadow.Value{}
		}
		if got.String() != want {
			t.Errorf("got %s due; want %s", got, want)
		}
	}
	d.Notice(value(t, `{"on":true}`), 1, clock)
	due(`null`) // off
	d.Switch(shadow.PlayNow, 0)
	d.Notice(value(t, `{"on":true,"e":{}}`), 1, clock)
	due(`{"e":{},"on":true}`)
	d.Notice(value(t, `{"on":true,"e":{}}`), 1, clock)
	due(`null`)
	d.Notice(value(t, `{"on":true,"n":1}`), 1, clock)
	due(`{"n":1}`)
	d.Notice(value(t, `{"on":false,"n":1}`), 1, clock)
	due(`{"on":false}`)
	d.Notice(shadow.Value{}, 1, clock)
	d.Notice(value(t, `{"on":false}`), 1, clock) // wished again after it was fulfilled
	due(`{"on":false}`)
}

func TestDeviceWaits(t *testing.T) {
	var d shadow.Device
	d.Switch(shadow.PlayLater, 5*time.Second)
	d.Notice(value(t, `{"on":true}`), 1, clock)
	d.Notice(value(t, `{"on":true}`), 1, clock.Add(3*time.Second))
	if _, ok := d.Due(clock.Add(4 * time.Second)); ok {
		t.Error("got an answer after 4 s; want none before 5 s")
	}
	if got, ok := d.Due(clock.Add(5 * time.Second)); !ok || got.String() != `{"on":true}` {
		t.Errorf("got %s, %t; want the whole difference", got, ok)
	}
}

func TestDeviceThatAsksWaitsForTheAnswer(t *testing.T) {
	var d shadow.Device
	d.Switch(shadow.PlayAsk, 0)
	d.Notice(value(t, `{"a":1,"b":{"c":2}}`), 1, clock)
	if _, ok := d.Due(clock.Add(time.Hour)); ok || d.Open().Len() != 2 {
		t.Errorf("got an answer unasked, %s open", d.Open())
	}
	d.Answered(value(t, `{"a":1}`))
	d.Notice(value(t, `{"b":{"c":2}}`), 1, clock)
	if !d.Open().IsNull() {
		t.Errorf("got %s open; want nothing: it was answered", d.Open())
	}
	d.Notice(value(t, `{"b":{"c":3}}`), 1, clock)
	if got := d.Open().String(); got != `{"b":{"c":3}}` {
		t.Errorf("got %s open; want the new wish", got)
	}
}

// TestDeviceEndsEveryDifference plays the device against the service, whatever is desired and in whatever order messages arrive.
func TestDeviceEndsEveryDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var device shadow.Device
		device.Switch(shadow.PlayNow, 0)
		reports, seen := map[string]bool{}, 0
		play := func() {
			for ; seen < len(w.results); seen++ {
				if a, ok := w.results[seen].(shadow.Accepted); ok && reports[a.Request.Token] {
					device.Accepted(a.Version)
				}
			}
			doc := w.manager.Document()
			device.Notice(doc.Delta().State, doc.Version, w.now)
			if report, ok := device.Due(w.now); ok {
				r := w.manager.Update(shadow.ObjectOf(shadow.Member{Key: "reported", Value: report}), 0, w.now)
				reports[r.Token] = true
				w.own(r)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			w.step()
			play()
		}
		for len(w.wire) > 0 {
			w.deliver(rapid.IntRange(0, len(w.wire)-1).Draw(t, "which"))
			play()
		}
		d, exists := w.truth()
		if got := d.Delta(); exists && got.Exists() {
			t.Errorf("got %s desired and not reported; want nothing", got.State)
		}
	})
}

func TestTimelineTellsWhatTheManagerHeard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var line shadow.Timeline
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			w.step()
		}
		for len(w.wire) > 0 {
			w.deliver(0)
		}
		documents := 0
		for _, r := range w.results {
			line.Add(r, w.now)
			if _, ok := r.(shadow.Documents); ok {
				documents++
			}
		}
		kept := 0
		for _, v := range line.Versions() {
			if v.Moment != shadow.Removed {
				kept++
			}
		}
		if kept != documents {
			t.Errorf("got %d versions; want %d", kept, documents)
		}
		if n := len(line.Versions()); n > 0 {
			last := line.Versions()[n-1]
			want, exists := w.truth()
			if exists && last.Moment != shadow.Removed && last.Number == want.Version && !shadow.Equal(last.After.Desired.State, want.Desired.State) {
				t.Errorf("got %s as the last; want %s", last.After.Desired.State, want.Desired.State)
			}
		}
	})
}

func TestTimelineIsBoundedAndKnowsItsGaps(t *testing.T) {
	var line shadow.Timeline
	doc := func(n int64) shadow.Document {
		return shadow.Document{Version: n, Desired: shadow.Section{State: shadow.ObjectOf(shadow.Member{Key: "n", Value: shadow.Int(n)})}}
	}
	for n := int64(1); n <= shadow.TimelineKept+10; n++ {
		before := doc(n - 1)
		line.Add(shadow.Documents{Previous: &before, Current: doc(n)}, clock)
	}
	before := doc(500)
	line.Add(shadow.Documents{Previous: &before, Current: doc(501)}, clock)
	line.Add(shadow.Deleted{Version: 501}, clock)
	all := line.Versions()
	if len(all) != shadow.TimelineKept || !line.Missed(len(all)-2) || line.Missed(len(all)-3) || line.Missed(len(all)-1) {
		t.Errorf("got %d versions, gaps %t %t %t; want %d, one gap before v501", len(all), line.Missed(len(all)-3),
			line.Missed(len(all)-2), line.Missed(len(all)-1), shadow.TimelineKept)
	}
	last := all[len(all)-1]
	if last.Moment != shadow.Removed || last.Before.Version != 501 || len(last.Changes()) != 1 {
		t.Errorf("got %+v as the last; want the deletion with what was lost", last)
	}
	if !last.Time.Equal(clock) {
		t.Errorf("got time %v; want %v where a message has none", last.Time, clock)
	}
}
