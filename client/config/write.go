package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// tempPrefix begins the names of files under way; they are no profiles.
const tempPrefix = ".thingdeck-"

// writeFile replaces a file at once, readable by the user alone: whoever reads it, and whatever ends the process or the
// machine, finds the old content or the new. With exclusive it fails with fs.ErrExist instead of replacing.
func writeFile(file string, data []byte, exclusive bool) error {
	// A link to elsewhere stays one.
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	removeStale(dir)
	temp, err := writeTemp(dir, data)
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	if err := moveTo(temp, file, exclusive); err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("write %s: %w", file, err)
	}
	return syncDir(dir)
}

func writeTemp(dir string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(dir, tempPrefix+"*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return f.Name(), err
}

// moveTo gives temp its name; with exclusive only if nothing has it.
func moveTo(temp, file string, exclusive bool) error {
	if !exclusive {
		return os.Rename(temp, file)
	}
	err := os.Link(temp, file)
	if err == nil {
		return os.Remove(temp)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// No hard links here: a race with another process is left.
	if _, err := os.Lstat(file); err == nil {
		return fs.ErrExist
	}
	return os.Rename(temp, file)
}

// syncDir makes the new name durable, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return nil
	}
	_ = d.Sync()
	return d.Close()
}

// removeStale removes what processes that were killed left behind.
func removeStale(dir string) {
	found, _ := os.ReadDir(dir)
	for _, e := range found {
		if !strings.HasPrefix(e.Name(), tempPrefix) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
