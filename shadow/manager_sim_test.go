package shadow_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/shadow/service"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// world is a service with one Manager and other clients, and a network that may delay, double and reorder.
type world struct {
	t       *rapid.T
	service *service.Service
	manager *shadow.Manager
	now     time.Time
	wire    []service.Reply
	asked   map[string]bool // own tokens
	told    map[string]int  // own answers
	results []shadow.Result
}

func newWorld(t *rapid.T) *world {
	s, err := service.New(service.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	w := &world{t: t, service: s, now: time.Unix(1790000000, 0), asked: map[string]bool{}, told: map[string]int{}}
	w.manager = shadow.NewManager(shadow.Name{Thing: "lamp"}, shadow.Options{
		Token: func() string { n++; return fmt.Sprintf("own-%d", n) },
	})
	w.manager.Connect()
	return w
}

func (w *world) request(topic string, payload []byte) {
	for _, r := range w.service.Handle(topic, payload, w.now) {
		copies := 1
		if rapid.IntRange(0, 4).Draw(w.t, "twice") == 0 {
			copies = 2
		}
		for range copies {
			w.wire = append(w.wire, r)
		}
	}
}

func (w *world) own(r shadow.Request) {
	w.asked[r.Token] = true
	w.request(r.Topic, r.Payload)
}

// deliver hands over the i-th message on the wire.
func (w *world) deliver(i int) {
	r := w.wire[i]
	w.wire = slices.Delete(w.wire, i, i+1)
	for _, result := range w.manager.Handle(r.Topic, r.Payload, w.now) {
		w.results = append(w.results, result)
		switch a := result.(type) {
		case shadow.Accepted:
			w.told[a.Request.Token]++
		case shadow.Rejected:
			w.told[a.Request.Token]++
		case shadow.Unreadable:
			w.t.Fatalf("got %v for %s", a.Err, r.Payload)
		}
	}
}

func (w *world) step() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 3).Draw(w.t, "seconds")) * time.Second)
	state := stateGen().Draw(w.t, "state")
	prefix := w.manager.Name().Prefix()
	switch rapid.IntRange(0, 12).Draw(w.t, "what") {
	case 0:
		w.own(w.manager.Get(w.now))
	case 1, 2:
		w.own(w.manager.Update(state, 0, w.now))
	case 3:
		w.own(w.manager.Update(state, w.manager.Version(), w.now))
	case 4:
		if rapid.Bool().Draw(w.t, "delete") {
			w.own(w.manager.Delete(w.now))
		}
	case 5:
		if rapid.Bool().Draw(w.t, "delete") {
			w.request(prefix+"/delete", nil)
		}
	case 6:
		w.request(prefix+"/get", nil)
	case 7, 8:
		w.request(prefix+"/update", []byte(`{"state":`+state.String()+`}`))
	default:
		if n := len(w.wire); n > 0 {
			w.deliver(rapid.IntRange(0, n-1).Draw(w.t, "which"))
		}
	}
}

// truth returns what the service holds.
func (w *world) truth() (shadow.Document, bool) {
	replies := w.service.Handle(w.manager.Name().Prefix()+"/get", nil, w.now)
	d, err := shadow.ParseDocument(replies[0].Payload)
	return d, err == nil
}

func stateGen() *rapid.Generator[shadow.Value] {
	return rapid.Custom(func(t *rapid.T) shadow.Value {
		var members []shadow.Member
		for _, part := range []string{"desired", "reported"} {
			switch rapid.IntRange(0, 5).Draw(t, part) {
			case 0:
				members = append(members, shadow.Member{Key: part})
			case 1, 2, 3:
				members = append(members, shadow.Member{Key: part, Value: patchGen(2).Draw(t, part)})
			}
		}
		if rapid.IntRange(0, 20).Draw(t, "null") == 0 {
			return shadow.Value{}
		}
		return shadow.ObjectOf(members...)
	})
}

// patchGen makes objects as updates hold them, with nulls but not in arrays.
func patchGen(depth int) *rapid.Generator[shadow.Value] {
	return rapid.Custom(func(t *rapid.T) shadow.Value {
		var members []shadow.Member
		for _, key := range []string{"a", "b", "c"} {
			v := shadow.Value{}
			switch rapid.IntRange(0, 6).Draw(t, key) {
			case 0, 1:
				continue
			case 2:
			case 3:
				v = shadow.Int(rapid.Int64Range(-2, 2).Draw(t, "n"))
			case 4:
				v = shadow.String(rapid.String().Draw(t, "s"))
			case 5:
				v = shadow.ArrayOf(shadow.Bool(true), shadow.ObjectOf(shadow.Member{Key: "x", Value: shadow.Int(1)}))
			case 6:
				if depth > 0 {
					v = patchGen(depth-1).Draw(t, "object")
				}
			}
			members = append(members, shadow.Member{Key: key, Value: v})
		}
		return shadow.ObjectOf(members...)
	})
}

// texts shows documents in a form that can be compared.
func texts(d shadow.Document) []string {
	return []string{fmt.Sprint(d.Version), string(d.AppendState(nil)), string(d.AppendMetadata(nil))}
}

func TestNewestVersionWinsInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			w.step()
		}
		for len(w.wire) > 0 {
			w.deliver(rapid.IntRange(0, len(w.wire)-1).Draw(t, "which"))
		}
		for token := range w.asked {
			if w.told[token] != 1 {
				t.Errorf("got %d answers to %s; want 1", w.told[token], token)
			}
		}
		want, exists := w.truth()
		if diff := cmp.Diff(texts(want), texts(w.manager.Document())); diff != "" {
			t.Errorf("document (-service +manager):\n%s", diff)
		}
		if got, known := w.manager.Exists(); got != exists && (known || exists) {
			t.Errorf("got exists %t; want %t", got, exists)
		}
		if exists && w.manager.Behind() {
			t.Error("got behind; want up to date")
		}
	})
}

// TestLossIsNoticed loses messages: what is shown is right, or the Manager says that it may not be.
func TestLossIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			w.step()
		}
		want, exists := w.truth()
		heard := false
		for len(w.wire) > 0 {
			i := rapid.IntRange(0, len(w.wire)-1).Draw(t, "which")
			if rapid.Bool().Draw(t, "lost") {
				w.wire = slices.Delete(w.wire, i, i+1)
				continue
			}
			w.deliver(i)
		}
		for _, r := range w.results {
			switch r := r.(type) {
			case shadow.Updated:
				heard = heard || r.Version == want.Version
			case shadow.Documents:
				heard = heard || r.Current.Version == want.Version
			case shadow.Differs:
				heard = heard || r.Version == want.Version
			}
		}
		if exists && heard && !w.manager.Behind() {
			if diff := cmp.Diff(texts(want), texts(w.manager.Document())); diff != "" {
				t.Errorf("document (-service +manager):\n%s", diff)
			}
		}
		w.own(w.manager.Get(w.now))
		for len(w.wire) > 0 {
			w.deliver(0)
		}
		if diff := cmp.Diff(texts(want), texts(w.manager.Document())); diff != "" {
			t.Errorf("after get (-service +manager):\n%s", diff)
		}
	})
}
