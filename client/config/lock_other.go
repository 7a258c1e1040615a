//go:build !windows && (!unix || aix || solaris)

package config

import "os"

// lockFile has nothing to lock with here: every process believes to be the first.
func lockFile(*os.File) (ok bool, err error) { return true, nil }
