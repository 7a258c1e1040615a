package widget

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Expand puts the user's folder in the place of ~.
func Expand(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			return home + path[1:]
		}
	}
	return path
}

// ReadFile reads an ordinary file of at most limit bytes, exactly; ~ is the user's folder. It waits for no pipe.
func ReadFile(path string, limit int64) ([]byte, error) {
	path = Expand(path)
	info, err := os.Stat(path)
	if err == nil {
		err = ordinary(path, info, limit)
	}
	if err != nil {
		return nil, err
	}
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil { // it may be another one by now
		err = ordinary(path, info, limit)
	}
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = tooLarge(path, limit)
	}
	return data, err
}

func tooLarge(path string, limit int64) error {
	return fmt.Errorf("%s is larger than %s", path, Size(limit))
}

// ordinary refuses folders, devices, which have no end, and pipes, which may have no beginning.
func ordinary(path string, info os.FileInfo, limit int64) error {
	switch {
	case info.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no ordinary file", path)
	case info.Size() > limit:
		return tooLarge(path, limit)
	}
	return nil
}

// WriteFile writes a file of mode 0600 that is there whole or not at all; ~ is the user's folder.
func WriteFile(path string, data []byte) (err error) {
	path = Expand(path)
	f, err := os.CreateTemp(filepath.Dir(path), ".thingdeck-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
