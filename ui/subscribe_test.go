package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/subs"
)

// rigWith is a connected rig with a filter of the user's, granted and chosen.
func rigWith(t *testing.T, filter string) (*rig, *subscription) {
	t.Helper()
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("s")
	r.typed(filter)
	r.keys("enter")
	r.grant()
	return r, r.m.tab().book.find(filter, "")
}

func TestPauseOfASubscriptionStopsItsViewNotTheIntake(t *testing.T) {
	r, s := rigWith(t, "a/+")
	r.arrive(nil, r.message("a/b", "before"))
	r.keys(" ")
	r.arrive(nil, r.message("a/b", "meanwhile"))
	r.shows("before", "subscription paused · 1 new", "‖ a/+")
	r.hides("meanwhile")
	if s.total != 2 || s.unread != 0 {
		t.Errorf("total %d, unread %d; want 2 and 0", s.total, s.unread)
	}
	r.m.act([]any{subs.Choose{}})
	r.arrive(nil)
	r.shows("meanwhile")
	r.m.act([]any{subs.Choose{Filter: "a/+"}})
	r.keys(" ")
	r.arrive(nil)
	r.shows("meanwhile")
}

func TestClearOfASubscriptionIsALimitOfItsView(t *testing.T) {
	r, s := rigWith(t, "a/+")
	r.arrive(nil, r.message("a/b", "old"))
	r.keys("C")
	r.arrive(nil, r.message("a/b", "new"))
	r.shows("new")
	r.hides(" old")
	if s.total != 1 || r.m.tab().history.Len() != 2 {
		t.Errorf("total %d, history %d; want 1 and 2", s.total, r.m.tab().history.Len())
	}
}

func TestMessagesKeptIsALimitOfTheView(t *testing.T) {
	r, _ := rigWith(t, "a/+")
	r.keys("e", "tab", "tab")
	r.typed("2")
	r.keys("enter")
	r.arrive(nil, r.message("a/b", "one"), r.message("a/b", "two"), r.message("a/b", "three"))
	r.shows("two", "three", "shows the newest 2")
	r.hides(" one")
}

func TestEditChangesTheQoSWithoutUnsubscribing(t *testing.T) {
	r, s := rigWith(t, "a/+")
	r.arrive(nil, r.message("a/b", "kept"))
	b := r.m.tab().book
	r.keys("e", "right", "enter")
	if len(b.changed) != 1 || b.find("a/+", "") != s || s.holds != 1 || s.state != subs.Live {
		t.Fatalf("the row is %+v, %d changes under way", s, len(b.changed))
	}
	answer := func(granted byte, err error) {
		for id := range b.changed {
			r.arrive([]client.Event{client.Subscribed{ID: id, Filter: s.filter, Granted: granted, Err: err}})
		}
	}
	answer(1, nil)
	if s.granted != 1 || s.total != 1 {
		t.Errorf("got %+v", s)
	}
	r.shows("kept")
	r.keys("e", "right", "enter")
	answer(0, errors.New("refused"))
	if s.granted != 1 || s.qos != 1 || s.state != subs.Live {
		t.Errorf("after a refusal the row is %+v; want it as it was", s)
	}
}

func TestTheTitleHasTheRateOfTheChosenRow(t *testing.T) {
	r, _ := rigWith(t, "a/+")
	for range 4 {
		for range 6 {
			r.arrive(nil, r.message("a/b", "1"), r.message("z", "2"), r.message("z", "3"))
		}
		r.now = r.now.Add(time.Second)
	}
	r.arrive(nil)
	r.shows("· 6/s ·")
	r.m.act([]any{subs.Choose{}})
	r.arrive(nil)
	r.shows("· 18/s ·")
}

func TestOverlappingFiltersAreMarked(t *testing.T) {
	r, s := rigWith(t, "a/+")
	if s.overlap != "#" || r.m.tab().book.find("#", "").overlap != "a/+" {
		t.Errorf("got %q and %q", s.overlap, r.m.tab().book.find("#", "").overlap)
	}
	r.shows("∩ #: a message of both")
	r.arrive(nil, r.message("a/b", "1"))
	if got := strings.Join(r.m.tab().filters("a/b"), " "); got != "# a/+" {
		t.Errorf("the filters that matched are %q", got)
	}
	r.m.tab().unsubscribe(subs.Choose{Filter: "#"})
	r.arrive(nil)
	if s.overlap != "" {
		t.Errorf("alone it overlaps with %q", s.overlap)
	}
}

func TestFavouritesAreOfferedOnceUnsubscribed(t *testing.T) {
	r, _ := rigWith(t, "a/+")
	r.keys("f")
	r.arrive(nil)
	r.shows("★ a/+")
	r.keys("x")
	r.arrive(nil)
	row := r.m.tab().book.find("a/+", "")
	if r.shows("★ a/+"); row != nil {
		t.Fatal("it is still subscribed")
	}
	r.keys("G", "enter")
	r.grant()
	if row = r.m.tab().book.find("a/+", ""); row == nil || row.state != subs.Live {
		t.Errorf("the row is %+v", row)
	}
}

func TestAGroupOfReservedTopicsIsOneRow(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("1", "A", "enter")
	r.typed("lamp")
	r.keys("enter")
	r.grant()
	if got := len(r.m.tab().book.of(subs.Choose{Group: "shadow answers of lamp"})); got != 8 {
		t.Fatalf("%d filters; want 8", got)
	}
	r.shows("▸ shadow a")
	r.keys("x")
	if got := len(r.m.tab().book.rows); got != 1 {
		t.Errorf("%d rows are left; want #", got)
	}
}
