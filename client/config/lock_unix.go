//go:build unix && !aix && !solaris

package config

import (
	"errors"
	"os"
	"syscall"
)

// lockFile locks without waiting; ok is false when another open file has the lock.
func lockFile(f *os.File) (ok bool, err error) {
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		default:
			return err == nil, err
		}
	}
}
