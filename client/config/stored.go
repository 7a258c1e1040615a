package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// readSettings reads settings.toml. What cannot be used is left out, and the first of it is the error: the file is the
// program's own, and one it does not understand must not keep it from starting.
func readSettings(f Folders) (Values, error) {
	var v Values
	entries, err := readEntries(f.settings())
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	for _, e := range entries {
		if wrong := v.take(e, inState, f.Home); wrong != nil && err == nil {
			err = wrong
		}
	}
	return v, err
}

// patience bounds the wait for another process that saves at the same moment.
const patience = 2 * time.Second

// SaveSetting keeps in settings.toml what was changed in a dialog; no text takes it out. Keys that this version does not
// know are kept, and so are those that other processes save at the same time. A file that is not TOML is not replaced:
// the error names the place.
func SaveSetting(f Folders, name string, texts ...string) error {
	s, ok := findSetting(name)
	if !ok || s.in&inState == 0 {
		return fmt.Errorf("%s is no setting of a dialog", name)
	}
	var checked Values
	if len(texts) > 0 {
		if err := checked.put(s, texts, ""); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	lock, err := waitLock(filepath.Join(f.State, "settings.lock"), patience)
	if err != nil {
		return fmt.Errorf("save %s: %w", f.settings(), err)
	}
	defer lock.release()
	root, err := rawSettings(f)
	if err != nil {
		return err
	}
	delete(root, name)
	if g, ok := checked.said[name]; ok {
		if root[name], err = s.tomlValue(g.texts, f.Home); err != nil {
			return err
		}
	}
	data, err := toml.Marshal(root)
	if err != nil {
		return fmt.Errorf("save %s: %w", f.settings(), err)
	}
	return writeFile(f.settings(), data, false)
}

func rawSettings(f Folders) (map[string]any, error) {
	root := map[string]any{}
	if _, err := readEntries(f.settings()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return root, nil
		}
		return nil, err
	}
	data, err := os.ReadFile(f.settings())
	if err != nil {
		return nil, err
	}
	return root, toml.Unmarshal(data, &root)
}

func lastRune(s string) (rune, int) { return utf8.DecodeLastRuneInString(s) }
