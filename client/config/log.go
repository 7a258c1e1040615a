package config

import (
	"fmt"
	"log/slog"
	"os"
)

// OpenLog opens the log for appending, readable by the user alone; when the settings name none, nothing is logged. done closes it.
func (e *Effective) OpenLog() (log *slog.Logger, done func(), err error) {
	if e.Settings.Log == "" {
		return slog.New(slog.DiscardHandler), func() {}, nil
	}
	file, err := os.OpenFile(e.Settings.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: log: %w", e.Origin("log"), err)
	}
	return slog.New(slog.NewTextHandler(file, nil)), func() { _ = file.Close() }, nil
}
