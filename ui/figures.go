package ui

import (
	"context"
	"log/slog"
	"runtime/metrics"
)

// logFigures writes what the garbage collector took up to its last run and how much was allocated, for those who measure with
// --log.
func logFigures(log *slog.Logger) {
	if !log.Enabled(context.Background(), slog.LevelInfo) {
		return
	}
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/gc/heap/allocs:objects"}}
	metrics.Read(s)
	log.Info("figures", "collector-seconds", s[0].Value.Float64(), "allocations", s[1].Value.Uint64())
}
