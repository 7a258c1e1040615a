//go:build !unix

package composer

import "os"

func openFile(path string) (*os.File, error) { return os.Open(path) }
