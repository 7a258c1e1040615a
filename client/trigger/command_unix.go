//go:build unix

package trigger

import (
	"os/exec"
	"syscall"
)

// ownGroup puts the command into a process group of its own, which is ended as a whole: a script's children too. It also keeps the
// terminal's signals from it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
