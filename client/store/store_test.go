package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShadowsSurvive(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	want := Shadows{Recents: []Shadow{{"lamp", ""}, {"pump", "config"}}, Favourites: []Shadow{{"lamp", ""}}}
	s := New(dir)
	if err := s.SaveShadows(1, "local", want); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveShadows(2, "mqtt://other:1883", Shadows{Recents: []Shadow{{"x", ""}}}); err != nil {
		t.Fatal(err)
	}
	got, err := New(dir).Shadows("local")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	info, err := os.Stat(filepath.Join(dir, "shadows.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file mode %v, %v; want 0600", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".shadows-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestTheNewestGenerationCounts(t *testing.T) {
	s := New(t.TempDir())
	newest := Shadows{Recents: []Shadow{{"new", ""}}}
	if err := s.SaveShadows(5, "local", newest); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveShadows(4, "local", Shadows{Recents: []Shadow{{"old", ""}}}); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Shadows("local"); !cmp.Equal(got, newest) {
		t.Errorf("got %v; want %v", got, newest)
	}
}

func TestABrokenFileIsToldAndKept(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "shadows.json")
	if err := os.WriteFile(file, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(dir)
	if _, err := s.Shadows("local"); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error %v; want one that names %s", err, file)
	}
	if err := s.SaveShadows(1, "local", Shadows{}); err == nil {
		t.Error("a file that cannot be read was overwritten")
	}
	if data, _ := os.ReadFile(file); string(data) != "{broken" {
		t.Errorf("the file holds %q now", data)
	}
}

func TestAFolderThatCannotBeWrittenIsTold(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := New(filepath.Join(file, "state")).SaveShadows(1, "local", Shadows{}); err == nil {
		t.Error("no error")
	}
}

func TestNothingRememberedIsNoError(t *testing.T) {
	if got, err := New(t.TempDir()).Shadows("local"); err != nil || len(got.Recents)+len(got.Favourites) > 0 {
		t.Errorf("got %v, %v; want nothing", got, err)
	}
}
