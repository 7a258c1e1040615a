// Package ptytest runs a program in a pseudo-terminal with a terminal emulator behind it, and drives it as a user would.
package ptytest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Patience is how long Wait waits before it fails the test.
const Patience = 20 * time.Second

// A Terminal is a running program and the screen it draws on.
type Terminal struct {
	t       testing.TB
	master  *os.File
	slave   *os.File
	cmd     *exec.Cmd
	before  *term.State
	ended   chan struct{}
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	screen  *vt.Emulator
	raw     strings.Builder
	frames  []time.Time   // when output came, apart by at least frameGap
	changed chan struct{} // closed and replaced at each output
}

// Options say how to start the program.
type Options struct {
	W, H int
	Args []string
	Env  []string // beside a plain terminal's
	Mute bool     // the terminal answers no query
}

// Start runs the program and ends it, with all that it drew shown when the test failed, at the end of the test.
func Start(t testing.TB, binary string, o Options) *Terminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatalf("open a pseudo-terminal: %v", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Cols: uint16(o.W), Rows: uint16(o.H)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	cmd := exec.CommandContext(ctx, binary, o.Args...)
	cmd.Env = append([]string{"TERM=xterm-256color", "COLORTERM=truecolor", "PATH=" + os.Getenv("PATH"), "HOME=" + dir,
		"XDG_CONFIG_HOME=" + dir + "/config", "XDG_STATE_HOME=" + dir + "/state"}, o.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	tm := &Terminal{t: t, master: master, slave: slave, cmd: cmd, ended: make(chan struct{}), cancel: cancel,
		screen: vt.NewEmulator(o.W, o.H), changed: make(chan struct{})}
	tm.before, err = term.GetState(slave.Fd())
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tm.running.Go(tm.read)
	tm.running.Go(func() { tm.answer(o.Mute) })
	go func() {
		_ = cmd.Wait()
		close(tm.ended)
	}()
	t.Cleanup(tm.stop)
	return tm
}

func (tm *Terminal) stop() {
	tm.cancel()
	<-tm.ended
	_ = tm.slave.Close()
	_ = tm.master.Close()
	if answers, ok := tm.screen.InputPipe().(io.Closer); ok {
		_ = answers.Close()
	}
	tm.running.Wait()
	if tm.t.Failed() {
		tm.t.Logf("the screen at the end:\n%s", tm.Screen())
	}
}

func (tm *Terminal) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := tm.master.Read(buf)
		tm.mu.Lock()
		_, _ = tm.screen.Write(buf[:n])
		if tm.raw.Len() < 8<<20 {
			tm.raw.Write(buf[:n])
		}
		if now := time.Now(); len(tm.frames) == 0 || now.Sub(tm.frames[len(tm.frames)-1]) > frameGap {
			tm.frames = append(tm.frames, now)
		}
		close(tm.changed)
		tm.changed = make(chan struct{})
		tm.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// answer gives the program what the terminal says to its queries.
func (tm *Terminal) answer(mute bool) {
	buf := make([]byte, 4096)
	for {
		n, err := tm.screen.Read(buf)
		if err != nil {
			return
		}
		if !mute {
			_, _ = tm.master.Write(buf[:n])
		}
	}
}

// Screen is the text on the screen now.
func (tm *Terminal) Screen() string {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.screen.String()
}

// Raw is every byte that the program wrote, up to 8 MiB.
func (tm *Terminal) Raw() string {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.raw.String()
}

// frameGap parts one frame from the next: a frame comes in several reads, closely one after the other.
const frameGap = 4 * time.Millisecond

// Frames is when each frame came since the program started.
func (tm *Terminal) Frames() []time.Time {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return append([]time.Time(nil), tm.frames...)
}

// Pid is the process of the program.
func (tm *Terminal) Pid() int { return tm.cmd.Process.Pid }

// Usage is what the program used; it must have ended.
func (tm *Terminal) Usage() *syscall.Rusage { return tm.cmd.ProcessState.SysUsage().(*syscall.Rusage) }

// AltScreen reports whether the program holds the alternate screen.
func (tm *Terminal) AltScreen() bool {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.screen.IsAltScreen()
}

// CursorHidden reports whether the cursor is hidden.
func (tm *Terminal) CursorHidden() bool {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.screen.CursorHidden()
}

// Restored reports whether the terminal is in the mode (echo, line editing) in which the program found it.
func (tm *Terminal) Restored() bool {
	now, err := term.GetState(tm.slave.Fd())
	return err == nil && *now == *tm.before
}

// Wait waits until the screen matches the regular expression and returns the time that took.
func (tm *Terminal) Wait(pattern string) time.Duration {
	tm.t.Helper()
	re := regexp.MustCompile(pattern)
	return tm.Until("a match of "+pattern, func(screen string) bool { return re.MatchString(screen) })
}

// Gone waits until the screen no longer matches.
func (tm *Terminal) Gone(pattern string) time.Duration {
	tm.t.Helper()
	re := regexp.MustCompile(pattern)
	return tm.Until("no match of "+pattern, func(screen string) bool { return !re.MatchString(screen) })
}

// Until waits until the screen is as it should be.
func (tm *Terminal) Until(what string, ok func(screen string) bool) time.Duration {
	tm.t.Helper()
	start := time.Now()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		tm.mu.Lock()
		screen, changed := tm.screen.String(), tm.changed
		tm.mu.Unlock()
		if ok(screen) {
			return time.Since(start)
		}
		select {
		case <-changed:
		case <-deadline.C:
			tm.t.Fatalf("no %s within %v", what, Patience)
		}
	}
}

// Send writes bytes as the keyboard would.
func (tm *Terminal) Send(keys string) {
	tm.t.Helper()
	if _, err := tm.master.WriteString(keys); err != nil {
		tm.t.Fatalf("type: %v", err)
	}
}

// Paste sends text as a bracketed paste.
func (tm *Terminal) Paste(text string) { tm.Send("\x1b[200~" + text + "\x1b[201~") }

// Resize changes the size of the terminal.
func (tm *Terminal) Resize(w, h int) {
	tm.t.Helper()
	tm.mu.Lock()
	tm.screen.Resize(w, h)
	tm.mu.Unlock()
	if err := pty.Setsize(tm.master, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		tm.t.Fatal(err)
	}
}

// Signal sends the program a signal.
func (tm *Terminal) Signal(sig os.Signal) {
	tm.t.Helper()
	if err := tm.cmd.Process.Signal(sig); err != nil {
		tm.t.Fatal(err)
	}
}

// Hangup closes the terminal, as a closed window does.
func (tm *Terminal) Hangup() {
	_ = tm.slave.Close()
	_ = tm.master.Close()
}

// Exit waits for the program to end and returns its status.
func (tm *Terminal) Exit() int {
	tm.t.Helper()
	select {
	case <-tm.ended:
	case <-time.After(Patience):
		tm.t.Fatalf("still running after %v", Patience)
	}
	return tm.cmd.ProcessState.ExitCode()
}

// Keys that have no letter.
const (
	Enter    = "\r"
	Esc      = "\x1b"
	Tab      = "\t"
	ShiftTab = "\x1b[Z"
	Up       = "\x1b[A"
	Down     = "\x1b[B"
	CtrlC    = "\x03"
	CtrlS    = "\x13"
)
