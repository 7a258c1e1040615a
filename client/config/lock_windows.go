package config

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile locks without waiting; ok is false when another open file has the lock. The byte locked is far behind the
// content, which others read.
func lockFile(f *os.File) (ok bool, err error) {
	at := windows.Overlapped{Offset: 1 << 30}
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
