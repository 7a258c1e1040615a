package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/thingdeck/shadow/service"
	"github.com/google/go-cmp/cmp"
)

// memoryStore keeps records in memory, and fails when told to.
type memoryStore struct {
	mu      sync.Mutex
	records map[string]string
	broken  bool
}

func (m *memoryStore) Load(f func(key string, record []byte) error) error {
	for k, r := range m.records {
		if err := f(k, []byte(r)); err != nil {
			return err
		}
	}
	return nil
}

func (m *memoryStore) Save(key string, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errors.New("disk full")
	}
	if len(record) == 0 {
		delete(m.records, key)
	} else {
		m.records[key] = string(record)
	}
	return nil
}

func (m *memoryStore) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.records))
}

var start = time.Unix(1790000000, 0)

// payloads returns what was published on each suffix.
func payloads(replies []service.Reply) map[string]string {
	all := map[string]string{}
	for _, r := range replies {
		_, suffix, _ := strings.Cut(r.Topic, "/shadow/")
		all[suffix] = string(r.Payload)
	}
	return all
}

const lamp = "$aws/things/lamp/shadow/"

func TestShadowsSurviveARestart(t *testing.T) {
	store := &memoryStore{records: map[string]string{}}
	s := newService(t, service.Options{Store: store})
	s.Handle(lamp+"update", []byte(`{"state":{"desired":{"a":[1,{"b":1.50}],"c":{}},"reported":{"é\n":"\u0000"}}}`), start)
	s.Handle(lamp+"update", []byte(`{"state":{"desired":{"d":9007199254740993}}}`), start.Add(5*time.Second))
	s.Handle(lamp+"name/empty/update", []byte(`{"state":null}`), start)
	s.Handle(lamp+"name/gone/update", []byte(`{"state":{}}`), start)
	s.Handle(lamp+"name/gone/delete", nil, start)
	if diff := cmp.Diff([]string{"lamp", "lamp/empty", "lamp/gone"}, store.keys()); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	again := newService(t, service.Options{Store: store})
	later := start.Add(time.Hour)
	for _, topic := range []string{"get", "name/empty/get", "name/gone/get"} {
		want := payloads(s.Handle(lamp+topic, nil, later))
		if diff := cmp.Diff(want, payloads(again.Handle(lamp+topic, nil, later))); diff != "" {
			t.Errorf("%s (-before +after):\n%s", topic, diff)
		}
	}
	got := payloads(again.Handle(lamp+"name/gone/update", []byte(`{"state":{}}`), later))["name/gone/update/accepted"]
	if want := `{"state":{},"metadata":{},"version":3,"timestamp":1790003600}`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if diff := cmp.Diff([]string{"empty", "gone"}, again.Names("lamp")); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestDeletedShadowsAreForgottenAfter48Hours(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		store := &memoryStore{records: map[string]string{}}
		s := newService(t, service.Options{Store: store})
		s.Handle(lamp+"update", []byte(`{"state":{}}`), start)
		s.Handle(lamp+"delete", nil, start)
		s.Handle(lamp+"name/kept/update", []byte(`{"state":{}}`), start)
		if restarted {
			s = newService(t, service.Options{Store: store})
		}
		s.Handle("$aws/things/other/shadow/get", nil, start.Add(48*time.Hour-time.Second))
		if diff := cmp.Diff([]string{"lamp", "lamp/kept"}, store.keys()); diff != "" {
			t.Errorf("before 48 hours (-want +got):\n%s", diff)
		}
		s.Handle("$aws/things/other/shadow/get", nil, start.Add(48*time.Hour))
		if diff := cmp.Diff([]string{"lamp/kept"}, store.keys()); diff != "" {
			t.Errorf("after 48 hours (-want +got):\n%s", diff)
		}
	}
}

func TestAFailingStoreRefusesAndChangesNothing(t *testing.T) {
	store := &memoryStore{records: map[string]string{}}
	s := newService(t, service.Options{Store: store})
	s.Handle(lamp+"update", []byte(`{"state":{"reported":{"a":1}}}`), start)
	before := payloads(s.Handle(lamp+"get", nil, start))
	store.broken = true
	want := `{"code":500,"message":"Internal service failure","clientToken":"t"}`
	for _, op := range []string{"update", "delete", "name/new/update"} {
		got := payloads(s.Handle(lamp+op, []byte(`{"state":{"reported":{"a":2}},"clientToken":"t"}`), start))
		if diff := cmp.Diff(map[string]string{op + "/rejected": want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", op, diff)
		}
	}
	if diff := cmp.Diff(before, payloads(s.Handle(lamp+"get", nil, start))); diff != "" {
		t.Errorf("get (-before +after):\n%s", diff)
	}
	if names := s.Names("lamp"); len(names) != 0 {
		t.Errorf("got names %v; want none", names)
	}
}

func TestDamagedRecordsAreErrorsThatNameThem(t *testing.T) {
	for name, record := range map[string]string{
		"no JSON":           `{`,
		"another format":    `{"format":99,"version":1}`,
		"metadata missing":  `{"format":1,"version":1,"desired":{"a":1}}`,
		"section no object": `{"format":1,"version":1,"desired":[1],"metadata":"AA=="}`,
		"metadata too long": `{"format":1,"version":1,"desired":{"a":1},"metadata":"AAAA"}`,
	} {
		_, err := service.New(service.Options{Store: &memoryStore{records: map[string]string{"lamp/x": record}}})
		if err == nil || !strings.Contains(err.Error(), "lamp/x") {
			t.Errorf("%s: got error %v; want one that names lamp/x", name, err)
		}
	}
	for _, key := range []string{"", "lamp/", "a/b/c", "a b", "/x"} {
		if _, err := service.New(service.Options{Store: &memoryStore{records: map[string]string{key: `{"format":1,"version":1}`}}}); err == nil {
			t.Errorf("key %q: got no error; want one", key)
		}
	}
}

func TestUpdatesOfOneShadowAreDeliveredInOrder(t *testing.T) {
	s := newService(t, service.Options{})
	var versions []int64 // guarded by the service: deliver runs before the next request goes on
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				s.HandleTo(lamp+"update", []byte(`{"state":{"reported":{"a":1}}}`), start, func(r []service.Reply) {
					var p struct{ Version int64 }
					if err := json.Unmarshal(r[0].Payload, &p); err != nil {
						t.Error(err)
					}
					versions = append(versions, p.Version)
				})
			}
		})
	}
	wg.Wait()
	if len(versions) != 1600 || !slices.IsSorted(versions) || versions[1599] != 1600 {
		t.Errorf("got %d versions, sorted %t; want 1600 in order", len(versions), slices.IsSorted(versions))
	}
}

// TestAWaitingStoreHoldsOnlyItsShadow blocks in Save for one shadow and uses others.
func TestAWaitingStoreHoldsOnlyItsShadow(t *testing.T) {
	store := &blockingStore{entered: make(chan struct{}), leave: make(chan struct{})}
	s := newService(t, service.Options{Store: store})
	var wg sync.WaitGroup
	wg.Go(func() { s.Handle(lamp+"update", []byte(`{"state":{}}`), start) })
	<-store.entered
	for _, topic := range []string{"$aws/things/other/shadow/update", lamp + "name/x/update"} {
		if n := len(s.Handle(topic, []byte(`{"state":{}}`), start)); n != 2 {
			t.Errorf("%s: got %d replies; want 2", topic, n)
		}
	}
	close(store.leave)
	wg.Wait()
}

type blockingStore struct{ entered, leave chan struct{} }

func (b *blockingStore) Load(func(string, []byte) error) error { return nil }

func (b *blockingStore) Save(key string, _ []byte) error {
	if key == "lamp" {
		close(b.entered)
		<-b.leave
	}
	return nil
}

func TestCreationAndDeletionMeet(t *testing.T) {
	s := newService(t, service.Options{Store: &memoryStore{records: map[string]string{}}})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 300 {
				now := start.Add(time.Duration(j) * time.Hour)
				switch (i + j) % 4 {
				case 0:
					s.Handle(lamp+"update", []byte(`{"state":{"reported":{"a":1}}}`), now)
				case 1:
					s.Handle(lamp+"delete", nil, now)
				case 2:
					s.Handle(lamp+"update", []byte(`{"state":{},"version":77}`), now)
				case 3:
					s.Handle(lamp+"get", nil, now)
				}
			}
		})
	}
	wg.Wait()
	replies := s.Handle(lamp+"update", []byte(`{"state":{"reported":{"a":1}}}`), start)
	if _, ok := payloads(replies)["update/accepted"]; !ok {
		t.Errorf("got %v; want accepted", payloads(replies))
	}
}

// TestARefusedCreationLosesNoOther makes a shadow while another request for it is refused, which leaves nothing behind.
func TestARefusedCreationLosesNoOther(t *testing.T) {
	s := newService(t, service.Options{})
	for i := range 3000 {
		prefix := fmt.Sprintf("$aws/things/t%d/shadow/", i)
		var wg sync.WaitGroup
		wg.Go(func() { s.Handle(prefix+"update", []byte(`{"state":{},"version":7}`), start) })
		s.Handle(prefix+"update", []byte(`{"state":{}}`), start)
		wg.Wait()
		if got := payloads(s.Handle(prefix+"get", nil, start)); got["get/accepted"] == "" {
			t.Fatalf("got %v; want accepted", got)
		}
	}
}

func TestSettings(t *testing.T) {
	zero := int64(0)
	s := newService(t, service.Options{Depth: 2, Size: 20, FirstVersion: &zero})
	tests := map[string]string{
		`{"state":{"reported":{"a":{"b":{"c":1}}}}}`:                     `{"code":400,"message":"JSON contains too many levels of nesting; maximum is 2"}`,
		`{"state":{"reported":{"a":"` + strings.Repeat("x", 13) + `"}}}`: `{"code":413,"message":"The payload exceeds the maximum size allowed"}`,
	}
	for payload, want := range tests {
		if got := payloads(s.Handle(lamp+"update", []byte(payload), start))["update/rejected"]; got != want {
			t.Errorf("got %s; want %s", got, want)
		}
	}
	want := `{"state":{"reported":{"a":"xxxxxxxxxxxx"}},"metadata":{"reported":{"a":{"timestamp":1790000000}}},"version":0,"timestamp":1790000000}`
	if got := payloads(s.Handle(lamp+"update", []byte(`{"state":{"reported":{"a":"xxxxxxxxxxxx"}}}`), start))["update/accepted"]; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
	if got := payloads(s.Handle(lamp+"update", []byte(`{"state":{},"version":0}`), start))["update/accepted"]; !strings.Contains(got, `"version":1`) {
		t.Errorf("got %s; want version 1", got)
	}
}

func TestIsRequest(t *testing.T) {
	for topic, want := range map[string]bool{
		lamp + "get": true, lamp + "update": true, lamp + "delete": true, lamp + "name/x/get": true, lamp + "name/get/get": true,
		lamp + "get/accepted": false, lamp + "update/delta": false, lamp + "name/get": false, lamp + "list": false,
		"$aws/things/lamp/shadow": false, lamp: false, "$aws/things//shadow/get": false, "$aws/things/a b/shadow/get": false,
		lamp + "name//get": false, lamp + "get/": false, "lamp/shadow/get": false, "$aws/things/lamp/shadow/name/a/b/get": false,
	} {
		if got := service.IsRequest(topic); got != want {
			t.Errorf("IsRequest(%q): got %t; want %t", topic, got, want)
		}
		s := newService(t, service.Options{})
		if got := s.Handle(topic, nil, start) != nil; got != want {
			t.Errorf("Handle(%q) answers: got %t; want %t", topic, got, want)
		}
	}
}
