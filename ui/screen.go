package ui

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

// paintTime is the shortest time between two writes of frames: what changes faster is one frame.
const paintTime = 8 * time.Millisecond

// rendererRate is how often Bubble Tea's renderer looks for something to write: as seldom as it can, for it writes no frames here.
const rendererRate = 1

// blank is the frame that Bubble Tea's renderer gets. An application program command shows nothing in any terminal, and is not let
// through.
const blank = "\x1b_thingdeck\x1b\\"

// screen is the terminal. Bubble Tea's renderer looks for a new frame at a fixed rate, which costs a program that does nothing most
// of what it uses, makes keys wait, and holds the event loop while the terminal takes no output. So it keeps the terminal's modes
// only; frames are painted by a goroutine of the screen, as soon as they are there, and the newest one when they come faster than the
// terminal takes them.
type screen struct {
	*os.File

	mu     sync.Mutex // held while writing: one at a time
	active bool       // the alternate screen is shown, and nobody else has the terminal
	shown  []string   // the lines that stand there; nil: not known

	next  sync.Mutex // guards what is to be painted, for a moment at a time
	frame string
	other []byte // sequences that are no part of a frame
	fresh bool   // paint all of the frame

	wake chan struct{}
	done chan struct{}
	end  sync.WaitGroup
}

// newScreen paints until close is called.
func newScreen(out *os.File) *screen {
	s := &screen{File: out, wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.end.Go(s.paint)
	return s
}

// close ends the painting; what was sent is written.
func (s *screen) close() {
	close(s.done)
	s.end.Wait()
}

// show is the frame to paint next; all of it when the terminal has another size than it had for the last one.
func (s *screen) show(frame string, resized bool) {
	s.next.Lock()
	defer s.next.Unlock()
	if s.frame != frame || resized {
		s.frame = frame
		s.fresh = s.fresh || resized
		s.ask()
	}
}

// repaint paints all of the frame again: what stands there is not known.
func (s *screen) repaint() {
	s.next.Lock()
	defer s.next.Unlock()
	s.fresh = true
	s.ask()
}

// send writes a sequence that is no part of a frame.
func (s *screen) send(sequence string) {
	s.next.Lock()
	defer s.next.Unlock()
	s.other = append(s.other, sequence...)
	s.ask()
}

// ask wakes the painting.
func (s *screen) ask() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// copy puts text on the clipboard of the terminal (OSC 52).
func (s *screen) copy(text string) { s.send(ansi.SetSystemClipboard(text)) }

// Write takes what Bubble Tea writes: modes of the terminal, which also tell whose the terminal is, and frames without anything.
func (s *screen) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(blank)) {
		return len(p), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes.Contains(p, []byte(ansi.ResetModeAltScreenSaveCursor)) {
		s.active = false
	}
	n, err := s.File.Write(p)
	if bytes.Contains(p, []byte(ansi.SetModeAltScreenSaveCursor)) {
		s.active = true
	}
	if s.active {
		s.repaint() // it may have cleared some of what stands there
	}
	return n, err
}

// WriteString is as Write.
func (s *screen) WriteString(text string) (int, error) { return s.Write([]byte(text)) }

func (s *screen) paint() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	var buf []byte
	for {
		select {
		case <-s.done:
			s.write(nil)
			return
		case <-s.wake:
		}
		select {
		case <-s.done:
		case <-pause.C:
		}
		buf = s.write(buf[:0])
		pause.Reset(paintTime)
	}
}

// write paints the newest frame into the terminal.
func (s *screen) write(buf []byte) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next.Lock()
	frame, other, fresh := s.frame, s.other, s.fresh
	s.other = nil
	if s.active {
		s.fresh = false
	}
	s.next.Unlock()
	buf = append(buf, other...)
	if s.active && frame != "" {
		if fresh {
			s.shown = nil
		}
		lines := strings.Split(frame, "\n")
		buf = difference(buf, s.shown, lines)
		s.shown = lines
	}
	if len(buf) > 0 {
		_, _ = s.File.Write(buf) // a terminal that is gone ends the reading of keys
	}
	return buf
}

// difference is what makes the lines of one frame those of the next, in a terminal of the same size: the lines that changed, each as
// wide as the terminal.
func difference(buf []byte, before, after []string) []byte {
	start := len(buf)
	for y, line := range after {
		if y < len(before) && before[y] == line {
			continue
		}
		buf = append(buf, ansi.CursorPosition(1, y+1)...)
		buf = append(buf, line...)
	}
	if len(buf) > start {
		buf = append(buf, ansi.CursorPosition(1, len(after))...)
	}
	return buf
}

// painted is the Model as Bubble Tea runs it: its frames go to the screen.
type painted struct {
	*Model
	screen  *screen
	resized bool // since the last frame
}

// Update also notices that the terminal's size changed.
func (p *painted) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.WindowSizeMsg); ok {
		p.resized = true
	}
	_, cmd := p.Model.Update(msg)
	return p, cmd
}

// View gives the frame to the screen.
func (p *painted) View() string {
	p.screen.show(p.Model.View(), p.resized)
	p.resized = false
	return blank
}
