package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client"
)

func TestSubscriptionsSurvive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	if _, known, err := New(dir).Subscriptions("local"); known || err != nil {
		t.Errorf("known %v, %v; want nothing kept and no error", known, err)
	}
	want := client.SavedSubscriptions{
		Subscriptions: []client.SavedSubscription{{Filter: "a/#", QoS: 1, Label: "kitchen", Tone: 2, Keep: 50, Paused: true}, {Filter: "$aws/x", Group: "jobs of lamp"}},
		Favourites:    []client.SavedSubscription{{Filter: "a/#", QoS: 1}},
	}
	s := New(dir)
	if err := s.KeepSubscriptions(2, "local", want); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepSubscriptions(1, "local", client.SavedSubscriptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepSubscriptions(1, "other", client.SavedSubscriptions{}); err != nil {
		t.Fatal(err)
	}
	got, known, err := New(dir).Subscriptions("local")
	if diff := cmp.Diff(want, got); diff != "" || !known || err != nil {
		t.Errorf("known %v, %v\n%s", known, err, diff)
	}
	if _, known, _ := New(dir).Subscriptions("other"); !known {
		t.Error("that there are none any more was not kept")
	}
}

func TestABrokenFileOfSubscriptionsIsTold(t *testing.T) {
	s := New(t.TempDir())
	file := s.subscriptionFile("local")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, known, err := s.Subscriptions("local"); known || err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("known %v, %v; want an error that names %s", known, err, file)
	}
}
