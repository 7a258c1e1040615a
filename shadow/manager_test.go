package shadow_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/shadow"
	"github.com/google/go-cmp/cmp"
)

var noon = time.Unix(1790000000, 0)

const prefix = "$aws/things/lamp/shadow/"

func newManager(o shadow.Options) *shadow.Manager {
	n := 0
	o.Token = func() string { n++; return fmt.Sprintf("own-%d", n) }
	return shadow.NewManager(shadow.Name{Thing: "lamp"}, o)
}

func TestRequests(t *testing.T) {
	m := newManager(shadow.Options{})
	for want, r := range map[string]shadow.Request{
		`get {"clientToken":"own-1"}`:                                         m.Get(noon),
		`update {"state":{"desired":{"a":1}},"clientToken":"own-2"}`:          m.Update(parse(t, `{"desired":{"a":1}}`), 0, noon),
		`update {"state":{"desired":null},"version":7,"clientToken":"own-3"}`: m.Update(parse(t, `{"desired":null}`), 7, noon),
		`update {"state":{"reported":{"a":1}},"clientToken":"own-4"}`:         m.Create(parse(t, `{"reported":{"a":1}}`), noon),
		`delete {"clientToken":"own-5"}`:                                      m.Delete(noon),
	} {
		if got := strings.TrimPrefix(r.Topic, prefix) + " " + string(r.Payload); got != want {
			t.Errorf("got %s; want %s", got, want)
		}
	}
	if n := len(m.Pending()); n != 5 {
		t.Errorf("got %d pending; want 5", n)
	}
}

func TestDefaultTokensAreFreshAndShort(t *testing.T) {
	m := shadow.NewManager(shadow.Name{Thing: "lamp"}, shadow.Options{})
	a, b := m.Get(noon).Token, m.Get(noon).Token
	if a == b || len(a) == 0 || len(a) > 64 {
		t.Errorf("got %q and %q; want two of 1 to 64 bytes", a, b)
	}
}

func TestFilters(t *testing.T) {
	if got := newManager(shadow.Options{}).Filters(); len(got) != 8 || got[0] != prefix+"get/accepted" {
		t.Errorf("got %v; want the eight topics", got)
	}
	want := []string{prefix + "get/+", prefix + "update/+", prefix + "delete/+"}
	if diff := cmp.Diff(want, newManager(shadow.Options{Wildcards: true}).Connect()); diff != "" {
		t.Errorf("wildcards (-want +got):\n%s", diff)
	}
	want = []string{prefix + "update/delta"}
	if diff := cmp.Diff(want, newManager(shadow.Options{Answers: []string{"update/delta"}}).Filters()); diff != "" {
		t.Errorf("subset (-want +got):\n%s", diff)
	}
}

// briefly writes results for comparison.
func briefly(results []shadow.Result) string {
	var all []string
	for _, r := range results {
		name := strings.TrimPrefix(fmt.Sprintf("%T", r), "shadow.")
		switch r := r.(type) {
		case shadow.Accepted:
			name += fmt.Sprintf(" %s v%d late=%t", r.Request.Token, r.Version, r.Late)
		case shadow.Rejected:
			name += fmt.Sprintf(" %s %d %s late=%t", r.Request.Token, r.Code, r.Message, r.Late)
		case shadow.TimedOut:
			name += " " + r.Request.Token
		case shadow.Loaded:
			name += fmt.Sprintf(" %v v%d", r.By, r.Document.Version)
		case shadow.Updated:
			name += fmt.Sprintf(" %v v%d %s", r.By, r.Version, r.State)
		case shadow.Differs:
			name += fmt.Sprintf(" %v v%d %s", r.By, r.Version, r.Delta.State)
		case shadow.Documents:
			name += fmt.Sprintf(" %v v%d created=%t", r.By, r.Current.Version, r.Previous == nil)
		case shadow.Deleted:
			name += fmt.Sprintf(" %v v%d", r.By, r.Version)
		case shadow.Refused:
			name += fmt.Sprintf(" %v %s %d", r.By, r.Op, r.Code)
		case shadow.Ignored:
			name += " " + r.Reason.String()
		case shadow.Unreadable:
			name += " " + r.Err.Error()
		}
		all = append(all, name)
	}
	return strings.Join(all, "; ")
}

// A line of a conversation: a message that arrives, or "own get" and the like, and what it must mean.
type line struct{ message, want string }

func converse(t *testing.T, m *shadow.Manager, lines []line) {
	t.Helper()
	now := noon
	for _, l := range lines {
		now = now.Add(time.Second)
		topic, payload, _ := strings.Cut(l.message, " ")
		switch l.message {
		case "own get":
			m.Get(now)
			continue
		case "own update":
			m.Update(parse(t, `{"reported":{"o":1}}`), 0, now)
			continue
		case "own delete":
			m.Delete(now)
			continue
		case "connect":
			m.Connect()
			continue
		}
		if got := briefly(m.Handle(prefix+topic, []byte(payload), now)); got != l.want {
			t.Errorf("%s:\ngot  %s\nwant %s", l.message, got, l.want)
		}
	}
}

func TestConversations(t *testing.T) {
	const (
		v1 = `update/documents {"previous":null,"current":{"state":{"reported":{"a":1}},"metadata":{},"version":1},"timestamp":1790000000}`
		v3 = `update/documents {"previous":{"state":{},"metadata":{},"version":2},"current":{"state":{"reported":{"a":3}},"metadata":{},"version":3},"timestamp":1790000003,"clientToken":"x"}`
	)
	tests := map[string]struct {
		lines  []line
		state  string
		behind bool
	}{
		"an own update's answers in any order": {[]line{
			{"own update", ""},
			{`update/delta {"state":{"b":1},"metadata":{},"version":1,"timestamp":1790000000,"clientToken":"own-1"}`, "Accepted own-1 v1 late=false; Differs {true own-1} v1 {\"b\":1}"},
			{`update/documents {"previous":null,"current":{"state":{"reported":{"o":1},"desired":{"b":1}},"metadata":{},"version":1},"timestamp":1790000000,"clientToken":"own-1"}`, "Documents {true own-1} v1 created=true"},
			{`update/accepted {"state":{"reported":{"o":1}},"metadata":{},"version":1,"timestamp":1790000000,"clientToken":"own-1"}`, `Updated {true own-1} v1 {"reported":{"o":1}}`},
			{`update/accepted {"state":{"reported":{"o":1}},"metadata":{},"version":1,"timestamp":1790000000,"clientToken":"own-1"}`, `Ignored seen before`},
		}, `{"desired":{"b":1},"reported":{"o":1}}`, false},
		"old versions are dropped": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{v1, "Ignored older than what is known"},
			{`update/accepted {"state":{"reported":{"a":2}},"metadata":{},"version":2,"timestamp":1790000002}`, "Ignored older than what is known"},
			{`update/delta {"state":{"a":2},"metadata":{},"version":2,"timestamp":1790000002}`, "Ignored older than what is known"},
			{`delete/accepted {"version":2,"timestamp":1790000002}`, "Ignored older than what is known"},
			{`get/accepted {"state":{},"metadata":{},"version":2,"timestamp":1790000002}`, "Ignored older than what is known"},
			{v3, "Ignored seen before"},
		}, `{"reported":{"a":3}}`, false},
		"accepted updates are merged, also when they come in the wrong order": {[]line{
			{v1, "Documents {false } v1 created=true"},
			{`update/accepted {"state":{"reported":{"a":null,"c":1}},"metadata":{},"version":3,"timestamp":1790000003}`, `Updated {false } v3 {"reported":{"a":null,"c":1}}`},
			{`update/accepted {"state":{"desired":{"b":1}},"metadata":{},"version":2,"timestamp":1790000002}`, `Updated {false } v2 {"desired":{"b":1}}`},
			{`update/accepted {"state":{"desired":null},"metadata":{},"version":4,"timestamp":1790000004}`, `Updated {false } v4 {"desired":null}`},
		}, `{"reported":{"c":1}}`, false},
		"a missing version is noticed": {[]line{
			{v1, "Documents {false } v1 created=true"},
			{`update/accepted {"state":{"reported":{"c":1}},"metadata":{},"version":3,"timestamp":1790000003}`, `Updated {false } v3 {"reported":{"c":1}}`},
		}, `{"reported":{"a":1}}`, true},
		"a delta alone tells of a version but not of its document": {[]line{
			{v1, "Documents {false } v1 created=true"},
			{`update/delta {"state":{"c":1},"metadata":{},"version":2,"timestamp":1790000003}`, `Differs {false } v2 {"c":1}`},
		}, `{"reported":{"a":1}}`, true},
		"a deleted shadow begins anew": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{"own delete", ""},
			{`delete/accepted {"version":3,"timestamp":1790000004,"clientToken":"own-1"}`, "Accepted own-1 v3 late=false; Deleted {true own-1} v3"},
			{`delete/accepted {"version":3,"timestamp":1790000004,"clientToken":"own-1"}`, "Ignored seen before"},
			{v3, "Ignored older than what is known"},
			{`update/accepted {"state":{"reported":{"n":1}},"metadata":{},"version":5,"timestamp":1790000005}`, `Updated {false } v5 {"reported":{"n":1}}`},
		}, `{"reported":{"n":1}}`, false},
		"48 hours after the delete the numbers begin anew": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{`delete/accepted {"version":3,"timestamp":1790000004}`, "Deleted {false } v3"},
			{`update/documents {"previous":null,"current":{"state":{"reported":{"n":1}},"metadata":{},"version":1},"timestamp":1790200000}`, "Documents {false } v1 created=true"},
			{v3, "Ignored older than what is known"},
			{`delete/accepted {"version":3,"timestamp":1790000004}`, "Ignored older than what is known"},
		}, `{"reported":{"n":1}}`, false},
		"creation after a delete that was not seen": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{`update/documents {"previous":null,"current":{"state":{"reported":{"n":1}},"metadata":{},"version":1},"timestamp":1790000009}`, "Documents {false } v1 created=true"},
		}, `{"reported":{"n":1}}`, false},
		"an own get after the last news is believed, whatever its version": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{"own get", ""},
			{`get/accepted {"state":{"reported":{"n":1}},"metadata":{},"version":1,"timestamp":1789000000,"clientToken":"own-1"}`, "Accepted own-1 v1 late=false; Loaded {true own-1} v1"},
		}, `{"reported":{"n":1}}`, false},
		"an own get that was overtaken is not": {[]line{
			{"own get", ""},
			{v3, "Documents {false x} v3 created=false"},
			{`get/rejected {"code":404,"message":"none","clientToken":"own-1"}`, "Rejected own-1 404 none late=false"},
		}, `{"reported":{"a":3}}`, false},
		"404 for an own get means that there is none": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{"own get", ""},
			{`get/rejected {"code":404,"message":"none","clientToken":"own-1"}`, "Rejected own-1 404 none late=false"},
			{`get/rejected {"code":404,"message":"none","clientToken":"own-1"}`, "Ignored seen before"},
		}, `{}`, false},
		"404 after an own get answers what a delta told": {[]line{
			{`update/delta {"state":{"c":1},"metadata":{},"version":2,"timestamp":1790000003}`, `Differs {false } v2 {"c":1}`},
			{"own get", ""},
			{`get/rejected {"code":404,"message":"none","clientToken":"own-1"}`, "Rejected own-1 404 none late=false"},
		}, `{}`, false},
		"404 for an own get that a delta overtook leaves a doubt": {[]line{
			{"own get", ""},
			{`update/delta {"state":{"c":1},"metadata":{},"version":2,"timestamp":1790000003}`, `Differs {false } v2 {"c":1}`},
			{`get/rejected {"code":404,"message":"none","clientToken":"own-1"}`, "Rejected own-1 404 none late=false"},
		}, `{}`, true},
		"other clients' doings": {[]line{
			{v1, "Documents {false } v1 created=true"},
			{`update/rejected {"code":409,"message":"Version conflict","clientToken":"z"}`, "Refused {false z} update 409"},
			{`get/rejected {"code":404,"message":"none"}`, "Refused {false } get 404"},
			{`update/accepted {"state":{"reported":{"b":1}},"metadata":{},"version":2,"timestamp":1790000001,"clientToken":"z"}`, `Updated {false z} v2 {"reported":{"b":1}}`},
			{`get/accepted {"state":{"reported":{"a":1,"b":1}},"metadata":{},"version":2,"timestamp":1790000009,"clientToken":"z"}`, `Loaded {false z} v2`},
		}, `{"reported":{"a":1,"b":1}}`, false},
		"a new connection may lead to a service that begins anew": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{"connect", ""},
			{`update/documents {"previous":null,"current":{"state":{"reported":{"n":1}},"metadata":{},"version":1},"timestamp":1789000000}`, "Documents {false } v1 created=true"},
		}, `{"reported":{"n":1}}`, false},
		"what was held of an old life is not merged into a new one, by its time": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{`update/accepted {"state":{"reported":{"old":1}},"metadata":{},"version":9,"timestamp":1790000004}`, `Updated {false } v9 {"reported":{"old":1}}`},
			{`update/documents {"previous":{"state":{},"metadata":{},"version":7},"current":{"state":{"reported":{"n":1}},"metadata":{},"version":8},"timestamp":1790200000}`, "Documents {false } v8 created=false"},
		}, `{"reported":{"n":1}}`, false},
		"what was held of an old life is not merged into a new one, by its number": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{`update/accepted {"state":{"reported":{"old":1}},"metadata":{},"version":5,"timestamp":1790000004}`, `Updated {false } v5 {"reported":{"old":1}}`},
			{`update/documents {"previous":null,"current":{"state":{},"metadata":{},"version":1},"timestamp":1790000009}`, "Documents {false } v1 created=true"},
			{`update/documents {"previous":{"state":{},"metadata":{},"version":3},"current":{"state":{"reported":{"n":1}},"metadata":{},"version":4},"timestamp":1790000010}`, "Documents {false } v4 created=false"},
		}, `{"reported":{"n":1}}`, false},
		"version 1 long after another begins a new life": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{`update/accepted {"state":{"reported":{"n":1}},"metadata":{},"version":1,"timestamp":1790200000}`, `Updated {false } v1 {"reported":{"n":1}}`},
		}, `{"reported":{"n":1}}`, false},
		"version 2 long after another tells only that something was missed": {[]line{
			{v3, "Documents {false x} v3 created=false"},
			{`update/accepted {"state":{"reported":{"n":1}},"metadata":{},"version":2,"timestamp":1790200000}`, `Updated {false } v2 {"reported":{"n":1}}`},
		}, `{"reported":{"a":3}}`, true},
		"a new connection forgets what was held": {[]line{
			{v1, "Documents {false } v1 created=true"},
			{`update/accepted {"state":{"reported":{"c":1}},"metadata":{},"version":3,"timestamp":1790000003}`, `Updated {false } v3 {"reported":{"c":1}}`},
			{"connect", ""},
			{`update/documents {"previous":{"state":{},"metadata":{},"version":1},"current":{"state":{"reported":{"n":1}},"metadata":{},"version":2},"timestamp":1790000004}`, "Documents {false } v2 created=false"},
		}, `{"reported":{"n":1}}`, false},
		"what is not a message of the service": {[]line{
			{v1, "Documents {false } v1 created=true"},
			{`update/accepted nope`, "Unreadable line 1, column 1: unexpected 'n', want a value"},
			{`update/accepted [1]`, "Unreadable want an object, got array"},
			{`update/accepted {"version":2}`, "Unreadable no state"},
			{`update/accepted {"state":{}}`, "Unreadable no version"},
			{`update/documents {"current":null}`, "Unreadable no version"},
			{`update/documents {"current":{"version":2,"state":{}},"previous":5}`, "Unreadable previous: want an object, got number"},
			{`update {"state":{}}`, "Ignored no answer of this shadow"},
			{`name/x/get/accepted {}`, "Ignored no answer of this shadow"},
		}, `{"reported":{"a":1}}`, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := newManager(shadow.Options{})
			converse(t, m, test.lines)
			if got := string(m.Document().AppendState(nil)); got != test.state {
				t.Errorf("got document %s; want %s", got, test.state)
			}
			if m.Behind() != test.behind {
				t.Errorf("got behind %t; want %t", m.Behind(), test.behind)
			}
		})
	}
}

func TestRequestsTimeOut(t *testing.T) {
	m := newManager(shadow.Options{})
	m.Get(noon)
	m.Update(parse(t, `{}`), 0, noon.Add(4*time.Second))
	if at, ok := m.NextExpiry(); !ok || !at.Equal(noon.Add(10*time.Second)) {
		t.Errorf("got %v, %t; want 10 s after the first request", at, ok)
	}
	if got := briefly(m.Expire(noon.Add(10*time.Second - 1))); got != "" {
		t.Errorf("got %s; want nothing", got)
	}
	if got := briefly(m.Expire(noon.Add(10 * time.Second))); got != "TimedOut own-1" {
		t.Errorf("got %s; want TimedOut own-1", got)
	}
	got := briefly(m.Handle(prefix+"get/rejected", []byte(`{"code":404,"message":"none","clientToken":"own-1"}`), noon.Add(11*time.Second)))
	if want := "Rejected own-1 404 none late=true"; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if got := briefly(m.Expire(noon.Add(time.Hour))); got != "TimedOut own-2" {
		t.Errorf("got %s; want TimedOut own-2", got)
	}
	if _, ok := m.NextExpiry(); ok {
		t.Error("got an expiry; want none")
	}
}

func TestWhoChangedTheDocument(t *testing.T) {
	m := newManager(shadow.Options{})
	if by, known := m.Author(); known {
		t.Errorf("got %v; want unknown", by)
	}
	m.Update(parse(t, `{}`), 0, noon)
	m.Handle(prefix+"update/accepted", []byte(`{"state":{"reported":{"a":1}},"metadata":{"reported":{"a":{"timestamp":1789999999}}},"version":1,"timestamp":1790000000,"clientToken":"own-1"}`), noon)
	if by, known := m.Author(); !known || !by.Own {
		t.Errorf("got %v, %t; want own", by, known)
	}
	if _, at, _ := m.Document().Reported.At("a"); at.Seconds() != 1789999999 {
		t.Errorf("got time %d; want that of the metadata", at.Seconds())
	}
	m.Handle(prefix+"get/accepted", []byte(`{"state":{"reported":{"a":1}},"metadata":{},"version":1,"timestamp":1790000003}`), noon)
	if by, known := m.Author(); !known || !by.Own {
		t.Errorf("after get of the same version: got %v, %t; want own", by, known)
	}
	m.Handle(prefix+"get/accepted", []byte(`{"state":{"reported":{"a":2}},"metadata":{},"version":2,"timestamp":1790000003}`), noon)
	if by, known := m.Author(); known {
		t.Errorf("after get of another version: got %v; want unknown", by)
	}
}
