//go:build unix

package widget

import (
	"os"
	"syscall"
)

// openFile opens a file without waiting for the other end of a pipe.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
