package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFolderName(t *testing.T) {
	for name, want := range map[string]string{
		"": "%", "local": "local", "..": "%2e.", "mqtts://a:8883": "mqtts%3a%2f%2fa%3a8883", ".a": "%2ea",
	} {
		if got := folderName(name); got != want {
			t.Errorf("folderName(%q) = %q; want %q", name, got, want)
		}
	}
	long := folderName(strings.Repeat("/", 300))
	if other := folderName(strings.Repeat("/", 301)); long == other || len(long) > 255 {
		t.Errorf("long names: %q and %q must differ and fit", long, other)
	}
}

func TestLinesOfSeveralWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "log.jsonl")
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 50 {
				if err := appendLine(path, fmt.Sprintf("%d-%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	got, skipped, err := lines[string](path, 1000)
	if err != nil || skipped != 0 || len(got) != 200 {
		t.Fatalf("got %d lines, %d skipped, %v; want 200, 0, nil", len(got), skipped, err)
	}
	newest, _, _ := lines[string](path, 3)
	if diff := cmp.Diff(got[197:], newest); diff != "" {
		t.Errorf("the newest three lines differ (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
}

func TestBrokenLinesAreSkipped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	if err := os.WriteFile(path, []byte("1\n{\n\n2\n3"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, skipped, err := lines[int](path, 10)
	if diff := cmp.Diff([]int{1, 2, 3}, got); diff != "" || skipped != 1 || err != nil {
		t.Errorf("got %v, %d skipped, %v", got, skipped, err)
	}
}

func TestConnectionsHaveFoldersOfTheirOwn(t *testing.T) {
	s := New("/state")
	if got, want := s.connection("ws://a/b", "draft.json"), filepath.FromSlash("/state/connections/ws%3a%2f%2fa%2fb/draft.json"); got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
