package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/thingdeck/client"
)

// The index finds what asking each filter finds.
func TestFilterIndexAgainstEachFilter(t *testing.T) {
	levels := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "", "$aws", "$share", "c"}), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		var filters []client.Filter
		for range rapid.IntRange(0, 30).Draw(t, "filters") {
			parts := levels.Draw(t, "levels")
			for i := range parts {
				if rapid.IntRange(0, 2).Draw(t, "plus") == 0 {
					parts[i] = "+"
				}
			}
			if rapid.Bool().Draw(t, "hash") {
				parts[len(parts)-1] = "#"
			}
			if f, err := client.ParseFilter(strings.Join(parts, "/")); err == nil {
				filters = append(filters, f)
			}
		}
		index := client.IndexFilters(append(filters, client.Filter{}))
		for range 20 {
			topic := strings.Join(levels.Draw(t, "topic"), "/")
			for _, standard := range []bool{false, true} {
				want := []int{-1}
				for i, f := range filters {
					if !standard && f.Matches(topic) || standard && f.MatchesStandard(topic) {
						want = append(want, i)
					}
				}
				if got := index.Select(topic, standard, []int{-1}); !slices.Equal(got, want) {
					t.Fatalf("%q by %v, standard %v: got %v; want %v", topic, filters, standard, got, want)
				}
			}
		}
	})
}

func BenchmarkSelect(b *testing.B) {
	var filters []client.Filter
	for i := range 200 {
		filters = append(filters, filter(b, fmt.Sprintf("site/%d/+/temp", i)))
	}
	filters = append(filters, filter(b, "#"))
	index := client.IndexFilters(filters)
	var places []int
	b.ReportAllocs()
	for b.Loop() {
		if places = index.Select("site/77/room4/temp", false, places[:0]); len(places) != 2 {
			b.Fatal(places)
		}
	}
}
