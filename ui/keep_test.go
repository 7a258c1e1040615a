package ui

import (
	"context"
	"net"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/subs"
	"example.com/thingdeck/ui/theme"
)

// shelf is a SubscriptionStore in memory.
type shelf struct {
	kept  client.SavedSubscriptions
	known bool
	saves int
}

func (s *shelf) Subscriptions(string) (client.SavedSubscriptions, bool, error) {
	return s.kept, s.known, nil
}

func (s *shelf) KeepSubscriptions(_ uint64, _ string, kept client.SavedSubscriptions) error {
	s.kept, s.known = kept, true
	s.saves++
	return nil
}

func filterOf(t *testing.T, text string) client.Filter {
	t.Helper()
	f, err := client.ParseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// restarted is a root that starts with what is on the shelf.
func restarted(t *testing.T, s *shelf, change func(*Connection)) *rig {
	t.Helper()
	session := client.NewSession(nil, client.Settings{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = session.Close(ctx)
	})
	b, err := client.ParseBroker("mqtt://127.0.0.1:1883")
	if err != nil {
		t.Fatal(err)
	}
	c := Connection{Session: session, Profile: client.Profile{Broker: b}, MaxQoS: 1, Otherwise: []client.Subscription{{Filter: filterOf(t, "#")}}}
	change(&c)
	r := &rig{t: t, now: panetest.Now}
	r.m = New(Deps{Theme: theme.Plain(), Keys: keymap.Default(), Now: func() time.Time { return r.now }, Wake: make(chan struct{}), Subscriptions: s, Connection: c})
	r.resize(120, 36)
	return r
}

// keep does what a frame does to keep the subscriptions.
func (r *rig) keep() {
	r.t.Helper()
	cmd := r.m.keepSubscriptions()
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			if got := c(); got != nil {
				r.t.Errorf("keeping failed: %v", got)
			}
		}
	default:
		r.t.Errorf("keeping failed: %v", msg)
	}
}

func (r *rig) filters() (out []string) {
	for _, s := range r.m.tab().book.rows {
		out = append(out, s.filter.String())
	}
	return out
}

func TestSubscriptionsComeBack(t *testing.T) {
	s := &shelf{}
	r := restarted(t, s, func(*Connection) {})
	if got := r.filters(); !slices.Equal(got, []string{"#"}) {
		t.Fatalf("the first start subscribes to %v; want #", got)
	}
	r.keep()
	if s.saves > 0 {
		t.Error("what did not change was kept")
	}
	r.connect()
	r.keys("s")
	r.typed("a/+@1")
	r.keys("tab", "tab")
	r.typed("kitchen")
	r.keys("enter")
	r.grant()
	r.keys("f", " ")
	r.m.tab().subscribeGroup(subs.SubscribeGroup{Group: "jobs of lamp", Filters: []client.Filter{filterOf(t, "$aws/things/lamp/jobs/notify")}, QoS: 1})
	r.m.tab().unsubscribe(subs.Choose{Filter: "#"})
	r.m.tab().messages.SetDisplays(map[string]string{"a/+": "hex"})
	r.keep()
	want := client.SavedSubscription{Filter: "a/+", QoS: 1, Label: "kitchen", Paused: true}
	if len(s.kept.Subscriptions) != 2 || s.kept.Subscriptions[0] != want || len(s.kept.Favourites) != 1 {
		t.Fatalf("kept %+v", s.kept)
	}

	r = restarted(t, s, func(*Connection) {})
	if got := r.m.tab().messages.Displays(); got["a/+"] != "hex" {
		t.Errorf("payloads are shown as %v; want those of a/+ as hex", got)
	}
	if got := r.filters(); !slices.Equal(got, []string{"a/+", "$aws/things/lamp/jobs/notify"}) {
		t.Errorf("the second start subscribes to %v", got)
	}
	if row := r.m.tab().book.find("a/+", ""); row.options.Label != "kitchen" || !row.paused || row.qos != 1 {
		t.Errorf("got %+v", row)
	}
	r = restarted(t, s, func(c *Connection) {
		c.Subscribe = []client.Subscription{{Filter: filterOf(t, "a/+")}, {Filter: filterOf(t, "b")}}
	})
	if got := r.filters(); !slices.Equal(got, []string{"a/+", "b", "$aws/things/lamp/jobs/notify"}) {
		t.Errorf("with flags it subscribes to %v", got)
	}
	if row := r.m.tab().book.find("a/+", ""); row.qos != 0 || row.options.Label != "kitchen" {
		t.Errorf("got %+v; want the QoS of the flag and the label of before", row)
	}
	r.m.tab().unsubscribe(subs.Choose{Filter: "$aws/things/lamp/jobs/notify", Group: "jobs of lamp"})
	r.keep()
	if got := s.kept.Subscriptions; len(got) != 1 || got[0].Filter != "a/+" {
		t.Errorf("kept %+v; want no filter of a flag that was not there before", got)
	}
	r = restarted(t, s, func(c *Connection) { c.Fresh = true })
	if got := r.filters(); !slices.Equal(got, []string{"#"}) {
		t.Errorf("fresh it subscribes to %v", got)
	}
	r.arrive(nil)
	r.shows("★ kitchen")
	before := s.saves
	r = restarted(t, s, func(c *Connection) { c.Shared = true })
	r.m.tab().unsubscribe(subs.Choose{Filter: "#"})
	r.keep()
	if got := r.filters(); len(got) != 0 || s.saves != before {
		t.Errorf("another process of the same connection has %v and kept %d times", got, s.saves-before)
	}
}

func TestWhatWasRefusedDoesNotComeBack(t *testing.T) {
	s := &shelf{}
	r := restarted(t, s, func(*Connection) {})
	r.connect()
	for text, err := range map[string]error{"no/#": context.Canceled, "slow/#": client.ErrNoAnswer} {
		f := filterOf(t, text)
		r.m.tab().want([]subs.Wanted{{Filter: f}})
		for id, row := range r.m.tab().book.asked {
			if row.filter == f {
				r.arrive([]client.Event{client.Subscribed{ID: id, Filter: f, Err: err}})
			}
		}
	}
	r.keep()
	var got []string
	for _, k := range s.kept.Subscriptions {
		got = append(got, k.Filter)
	}
	if !slices.Equal(got, []string{"#", "slow/#"}) {
		t.Errorf("kept %v; want # and the one that was not answered", got)
	}
}

func TestWhatAFileHoldsIsChecked(t *testing.T) {
	s := &shelf{known: true}
	for range 2 * maxKept {
		s.kept.Subscriptions = append(s.kept.Subscriptions, client.SavedSubscription{Filter: "a/#", QoS: 9, Tone: 99, Keep: -5, Label: "\x1b[2J"})
	}
	s.kept.Subscriptions[0] = client.SavedSubscription{Filter: "a/#/b"}
	s.kept.Subscriptions[1] = client.SavedSubscription{Filter: "x", Group: triggerGroup}
	s.kept.Favourites = []client.SavedSubscription{{Filter: "\xff"}, {Filter: "liked", Tone: -1, QoS: 200}}
	r := restarted(t, s, func(*Connection) {})
	if got := r.filters(); !slices.Equal(got, []string{"a/#"}) {
		t.Fatalf("subscribes to %d filters", len(got))
	}
	if row := r.m.tab().book.rows[0]; row.qos != 1 || row.options.Tone != 0 || row.options.Keep != 0 {
		t.Errorf("got %+v", row)
	}
	r.connect()
	r.keys("1", "j", "e", "tab", "tab", "tab", "right", "esc", "G", "enter")
	panetest.Safe(t, r.m.View())
}
