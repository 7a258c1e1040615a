package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFilters(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"a", `"b c" .x > 1`} {
		if err := New(dir).AddFilter(text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := New(dir).Filters()
	if diff := cmp.Diff([]string{"a", `"b c" .x > 1`}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
