package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// HeldError says that another process has the lock.
type HeldError struct {
	// Name is what was to be locked; PID the process that has it, 0 where unknown.
	Name string
	PID  int
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("%s is in use by another thingdeck", e.Name)
	}
	return fmt.Sprintf("%s is in use by another thingdeck (process %d)", e.Name, e.PID)
}

// Lock is what makes a process the first one of a profile. The system lets it go when the process ends, however it ends.
type Lock struct{ file *os.File }

// LockProfile makes this process the owner of the drafts and tabs of a profile, or of another connection: name may be any
// text, such as the URL of a broker. It does not wait: the error is a *HeldError when another process is the owner. One
// process can have it twice only by mistake, and is told the same.
func LockProfile(f Folders, name string) (*Lock, error) {
	l, err := tryLock(filepath.Join(f.State, "locks", lockName(name)))
	var held *HeldError
	switch {
	case errors.As(err, &held):
		held.Name = oneLine(name)
		return nil, held
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", oneLine(name), err)
	}
	return l, nil
}

// Release lets the next process have it. It may be called more than once and on nil.
func (l *Lock) Release() {
	if l != nil {
		l.release()
	}
}

func (l *Lock) release() {
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
}

// lockName is a file name for any text. Case does not count, as for profiles.
func lockName(name string) string {
	if CheckName(name) == nil {
		return strings.ToLower(name) + ".lock"
	}
	sum := sha256.Sum256([]byte(name))
	return "other-" + hex.EncodeToString(sum[:16]) + ".lock"
}

// tryLock locks the file, which stays for ever: removing it would let two processes lock two files of one name.
func tryLock(file string) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	ok, err := lockFile(f)
	if err != nil || !ok {
		pid := ownerOf(f)
		_ = f.Close()
		if err == nil {
			err = &HeldError{PID: pid}
		}
		return nil, err
	}
	// For the others to read; the lock holds without it.
	_ = f.Truncate(0)
	_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return &Lock{f}, nil
}

func ownerOf(f *os.File) int {
	text, _ := io.ReadAll(io.LimitReader(f, 32))
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 1 {
		return 0
	}
	return pid
}

// waitLock is for locks that are held for a moment only.
func waitLock(file string, most time.Duration) (*Lock, error) {
	deadline := time.Now().Add(most)
	for {
		l, err := tryLock(file)
		var held *HeldError
		if !errors.As(err, &held) {
			return l, err
		}
		if time.Now().After(deadline) {
			held.Name = filepath.Base(file)
			return nil, held
		}
		time.Sleep(5 * time.Millisecond)
	}
}
