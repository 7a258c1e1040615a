package store

import (
	"path/filepath"
	"slices"
	"testing"

	"example.com/thingdeck/client"
)

func TestTabsSurvive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s := New(dir)
	if got, err := s.Tabs("local"); got != nil || err != nil {
		t.Errorf("got %v, %v; want nothing", got, err)
	}
	if err := s.KeepTabs(2, "local", []string{"", "prod"}); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepTabs(1, "local", []string{"late"}); err != nil {
		t.Fatal(err)
	}
	if got, err := New(dir).Tabs("local"); !slices.Equal(got, []string{"", "prod"}) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWhatIsRememberedIsRenamed(t *testing.T) {
	s := New(filepath.Join(t.TempDir(), "state"))
	if err := s.SaveShadows(1, "desk", Shadows{Recents: []Shadow{{Thing: "lamp"}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveDraft(1, "desk", client.Draft{Topic: "a/b"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Move("desk", "bench"); err != nil {
		t.Fatal(err)
	}
	if d, ok, err := s.Draft("bench"); !ok || d.Topic != "a/b" || err != nil {
		t.Errorf("got %+v, %v, %v", d, ok, err)
	}
	if got, err := s.Shadows("bench"); len(got.Recents) != 1 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if err := s.Move("nothing", "there"); err != nil {
		t.Error(err)
	}
}
