package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client"
)

func draft(topic, payload string) client.Draft {
	return client.Draft{Topic: topic, Payload: []byte(payload), QoS: 1, Retain: true}
}

func TestDraftsSurvive(t *testing.T) {
	dir := t.TempDir()
	s := New(dir)
	if _, ok, err := s.Draft("local"); ok || err != nil {
		t.Errorf("a draft before any: %v, %v", ok, err)
	}
	want := draft("a/b\x01", "\x00\xff\r\n\t")
	for _, err := range []error{s.SaveDraft(2, "local", want), s.SaveDraft(1, "local", draft("old", "")), s.SaveDraft(1, "other", draft("x", "y"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := New(dir).Draft("local")
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Errorf("%v %v\n%s", ok, err, diff)
	}
	left, fresh := s.connection("local", ".new-1"), s.connection("local", ".new-2")
	for _, path := range []string{left, fresh} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(left, old, old); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Draft("local"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed process left is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("what another process writes was taken away")
	}
	if info, err := os.Stat(s.connection("local", "draft.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestPublishedIsBounded(t *testing.T) {
	s := New(t.TempDir())
	if err := s.AddPublished("local", client.Publication{Draft: draft("big", strings.Repeat("\x01", 1<<20))}); err != nil {
		t.Fatal(err)
	}
	payload := strings.Repeat("x", 20<<10)
	for i := range 450 { // 9 MiB: the file becomes the older one twice
		p := client.Publication{Draft: draft(fmt.Sprint(i), payload), Time: time.UnixMilli(int64(i)).UTC()}
		if err := s.AddPublished("local", p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Published("local")
	if err != nil || len(got) < 200 || len(got) > 449 || got[len(got)-1].Topic != "449" || string(got[0].Payload) != payload {
		t.Fatalf("%d publications, the newest %q; want the newest few hundred", len(got), got[len(got)-1].Topic)
	}
	for i := range got[1:] {
		if got[i+1].Time.Sub(got[i].Time) != time.Millisecond {
			t.Fatalf("%s follows %s", got[i+1].Topic, got[i].Topic)
		}
	}
}

func TestALineAfterABrokenOneIsWhole(t *testing.T) {
	s := New(t.TempDir())
	path := s.connection("local", "published.jsonl")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"topic":"cut off","payl`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.AddPublished("local", client.Publication{Draft: draft("whole", "x")}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Published("local"); err != nil || len(got) != 1 || got[0].Topic != "whole" {
		t.Errorf("got %v, %v; want the whole one", got, err)
	}
}

func TestTemplatesOfAConnectionAndOfAll(t *testing.T) {
	dir := t.TempDir()
	s := New(dir)
	mine, all := client.Template{Draft: draft("a", "\xff"), Name: "mine"}, client.Template{Draft: draft("b", "{{now}}"), Name: "all", Global: true}
	for _, global := range []bool{false, true} {
		if err := s.SaveTemplates("local", global, []client.Template{all, mine}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := New(dir).Templates("local")
	if diff := cmp.Diff([]client.Template{mine, all}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err = New(dir).Templates("other"); err != nil || !cmp.Equal(got, []client.Template{all}) {
		t.Errorf("another connection has %v, %v", got, err)
	}
	if err := s.SaveTemplates("local", false, nil); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Templates("local"); err != nil || !cmp.Equal(got, []client.Template{all}) {
		t.Errorf("after the deletion there are %v, %v", got, err)
	}
}

func TestABrokenTemplateFileIsToldAndKept(t *testing.T) {
	s := New(t.TempDir())
	if err := os.WriteFile(s.templates("", true), []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Templates("local"); err == nil || !strings.Contains(err.Error(), "templates.json") {
		t.Errorf("error %v; want one that names the file", err)
	}
	if s.SaveTemplates("local", true, nil) == nil {
		t.Error("a file that cannot be read was overwritten")
	}
}
