package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/subs"
)

func TestTellsOfMessagesNearTheRateThatAWSDiscards(t *testing.T) {
	r := newRig(t, 120, 36, "")
	tab := r.m.tab()
	tab.conn.Profile.Limits = client.AWSLimits()
	second := func(n int) string {
		for range 4 {
			messages := make([]history.Message, n)
			for i := range messages {
				messages[i] = history.Message{Time: r.now, Topic: "a"}
			}
			r.arrive(nil, messages...)
			r.now = r.now.Add(time.Second)
		}
		return tab.strained(r.now)
	}
	if got := second(80); got != "" {
		t.Errorf("at 80 a second: %q", got)
	}
	if got := second(95); !strings.Contains(got, "discards what is beyond 100 a second") {
		t.Errorf("at 95 a second: %q", got)
	}
	if got := second(95); got != "" {
		t.Errorf("4 s later again: %q", got)
	}
	r.now = r.now.Add(strainEvery)
	if got := second(200); got == "" {
		t.Error("a minute later: nothing")
	}
	tab.conn.Profile.Limits = client.Limits{}
	r.now = r.now.Add(strainEvery)
	if got := second(200); got != "" {
		t.Errorf("another broker: %q", got)
	}
}

func TestTellsOfMoreSubscriptionsThanAConnectionHas(t *testing.T) {
	r := newRig(t, 120, 36, "")
	tab := r.m.tab()
	tab.conn.Profile.Limits = client.AWSLimits()
	for i := range 51 {
		f, _ := client.ParseFilter(fmt.Sprint("t/", i))
		tab.subscribe([]subs.Wanted{{Filter: f}}, "", "")
		for id, of := range tab.book.asked {
			if of.filter == f {
				r.arrive([]client.Event{client.Subscribed{ID: id, Filter: f}})
			}
		}
		if got := tab.strained(r.now); (got != "") != (i == 50) {
			t.Errorf("with %d: %q", i+1, got)
		}
	}
}
