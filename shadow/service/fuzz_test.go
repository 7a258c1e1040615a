package service_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/shadow/service"
)

// FuzzUpdate sends two hostile updates: whatever they are, what is stored is valid, not too large, and comes back.
func FuzzUpdate(f *testing.F) {
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		f.Fatal(err)
	}
	var all struct {
		Cases []struct {
			Steps []struct {
				Send struct{ Payload json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal(data, &all); err != nil {
		f.Fatal(err)
	}
	for _, c := range all.Cases {
		f.Add([]byte(c.Steps[0].Send.Payload), []byte(c.Steps[len(c.Steps)-1].Send.Payload))
	}
	f.Add([]byte(`{"state":{"desired":{"a":1e999999999}}}`), []byte(`{"state":{"reported":{"a":10e999999998}}}`))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		store := &memoryStore{records: map[string]string{}}
		s := newService(t, service.Options{Store: store})
		for i, payload := range [][]byte{first, second} {
			now := start.Add(time.Duration(i) * time.Second)
			for _, r := range s.Handle(lamp+"update", payload, now) {
				if !json.Valid(r.Payload) {
					t.Fatalf("got %q; want JSON", r.Payload)
				}
			}
			checkStored(t, s, store, now)
		}
	})
}

func checkStored(t *testing.T, s *service.Service, store *memoryStore, now time.Time) {
	t.Helper()
	got := s.Handle(lamp+"get", nil, now)[0]
	if strings.HasSuffix(got.Topic, "rejected") {
		return
	}
	d, err := shadow.ParseDocument(got.Payload)
	if err != nil {
		t.Fatalf("get: %v in %s", err, got.Payload)
	}
	size := 0
	for _, section := range []shadow.Section{d.Desired, d.Reported} {
		if section.Exists() {
			size += len(section.State.String())
		}
	}
	if size > 8192 {
		t.Fatalf("got a document of %d bytes; want at most 8192", size)
	}
	again := newService(t, service.Options{Store: store}).Handle(lamp+"get", nil, now)[0]
	if string(again.Payload) != string(got.Payload) {
		t.Fatalf("after a restart got %s; want %s", again.Payload, got.Payload)
	}
	// What get shows, written to a new shadow, gives the same state.
	v, err := shadow.Parse(got.Payload)
	if err != nil {
		t.Fatal(err)
	}
	state, _ := v.Member("state")
	copied := newService(t, service.Options{})
	copied.Handle(lamp+"update", []byte(`{"state":`+string(d.AppendState(nil))+`}`), now)
	v, err = shadow.Parse(copied.Handle(lamp+"get", nil, now)[0].Payload)
	if err != nil {
		t.Fatal(err)
	}
	if back, _ := v.Member("state"); back.String() != state.String() {
		t.Fatalf("written again got %s; want %s", back, state)
	}
}

func TestHostilePayloadsAreRefusedQuickly(t *testing.T) {
	const n = 60000
	for name, payload := range map[string]string{
		"deep arrays":    `{"clientToken":"t","state":{"reported":{"a":` + strings.Repeat("[", n) + "1" + strings.Repeat("]", n) + `}}}`,
		"deep objects":   `{"clientToken":"t","state":{"reported":` + strings.Repeat(`{"a":`, n/3) + "1" + strings.Repeat("}", n/3) + `}}`,
		"many keys":      `{"clientToken":"t","state":{"reported":{` + strings.TrimSuffix(strings.Repeat(`"a`+"\u00e9"+`":1,"b":2,`, n/10), ",") + strings.Repeat(`,"c":{"d":"xxxxxxxxxxxxxxxxxxxxxxx"}`, 1) + `},"x":1}}`,
		"long exponent":  `{"clientToken":"t","state":{"reported":{"a":1e` + strings.Repeat("9", n) + `},"desired":{"a":1e` + strings.Repeat("9", n) + `}}}`,
		"array of nulls": `{"clientToken":"t","state":{"reported":{"a":[` + strings.Repeat("null,", n/5) + `1]}}}`,
	} {
		s := newService(t, service.Options{})
		got := payloads(s.Handle(lamp+"update", []byte(payload), start))["update/rejected"]
		if !strings.Contains(got, `"clientToken":"t"`) {
			t.Errorf("%s: got %q; want a refusal with the token", name, got)
		}
	}
}
