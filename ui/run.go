package ui

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"
)

// Statuses that the program leaves with when it was not the user who left.
const (
	StatusHangup     = 129 // the terminal was closed
	StatusTerminated = 143 // SIGTERM
)

// stuckTime is how long a terminal that takes no output may hold up a signal before the program leaves all the same.
const stuckTime = 2 * time.Second

// Run shows the screen until the user leaves or a signal ends it, and restores the terminal. It sets d.Copy when that is nil.
// The status is 0 when the user left; the error says what failed.
func Run(d Deps, log *slog.Logger, in, out *os.File) (Summary, int, error) {
	screen := newScreen(out)
	defer screen.close()
	if d.Copy == nil {
		d.Copy = screen.copy
	}
	if d.Alert == nil {
		d.Alert = screen.alert
	}
	lipgloss.SetColorProfile(termenv.ANSI) // it draws only the cursor of text fields: in reverse, also without colours
	saved, _ := term.GetState(in.Fd())
	model := New(d)
	model.stdin, model.stdout = in, out
	options := []tea.ProgramOption{tea.WithInput(in), tea.WithOutput(screen), tea.WithAltScreen(),
		tea.WithFPS(rendererRate), tea.WithoutSignalHandler(), tea.WithoutCatchPanics()}
	if !d.NoMouse {
		options = append(options, tea.WithMouseCellMotion())
	}
	p := tea.NewProgram(&painted{Model: model, screen: screen}, options...)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	defer signal.Stop(signals)
	s := &signalWatch{program: p, signals: signals, done: make(chan struct{}), restore: func() { restore(in, out, saved) }}
	var watching sync.WaitGroup
	watching.Go(s.watch)
	err := run(p, log)
	close(s.done)
	watching.Wait()
	logFigures(log)
	if e := model.endRecords(); err == nil {
		err = e
	}
	model.endTriggers()
	if e := model.lastTabs(); err == nil {
		err = e
	}
	model.goodbye(log)
	if e := model.keepLast(); err == nil {
		err = e
	}
	if e := model.lastDrafts(); err == nil {
		err = e
	}
	status := model.Exit()
	if s.status != 0 {
		status = s.status
	}
	if err != nil && (status != 0 || closedTerminal(err)) {
		return model.Summary(), max(status, StatusHangup), nil
	}
	return model.Summary(), status, err
}

// run makes a panic an error, after the terminal is restored; the trace goes to the log.
func run(p *tea.Program, log *slog.Logger) (err error) {
	defer func() {
		if r := recover(); r != nil {
			_ = p.ReleaseTerminal()
			log.Error("panic", "reason", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("internal error: %v (--log FILE keeps the details)", r)
		}
	}()
	_, err = p.Run()
	return err
}

// closedTerminal says whether reading or writing failed because the terminal has gone.
func closedTerminal(err error) bool {
	return errors.Is(err, syscall.EIO) || errors.Is(err, io.EOF) || errors.Is(err, syscall.EBADF) || errors.Is(err, os.ErrClosed)
}

// signalWatch turns signals into a clean end of the program.
type signalWatch struct {
	program *tea.Program
	signals <-chan os.Signal
	done    chan struct{}
	restore func()
	status  int // read after watch has returned
}

// watch asks the program to leave at the first signal. When it does not within stuckTime, or a second signal comes, the terminal
// takes no output: then the process restores it as far as it can and exits.
func (s *signalWatch) watch() {
	select {
	case <-s.done:
		return
	case sig := <-s.signals:
		switch sig {
		case syscall.SIGTERM:
			s.status = StatusTerminated
		case syscall.SIGHUP:
			s.status = StatusHangup
		}
	}
	go s.program.Send(leaveMsg{s.status}) // returns when the program has ended at the latest
	stuck := time.NewTimer(stuckTime)
	defer stuck.Stop()
	select {
	case <-s.done:
	case <-stuck.C:
		s.restore()
		os.Exit(s.status)
	case <-s.signals:
		s.restore()
		os.Exit(s.status)
	}
}

// restore puts the terminal back without Bubble Tea, which may be blocked in a write.
func restore(in, out *os.File, saved *term.State) {
	if saved != nil {
		_ = term.Restore(in.Fd(), saved)
	}
	_ = out.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.WriteString(out, ansi.ResetMode(ansi.ModeMouseButtonEvent, ansi.ModeMouseExtSgr, ansi.ModeBracketedPaste, ansi.ModeAltScreenSaveCursor)+ansi.ShowCursor)
}
