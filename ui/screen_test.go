package ui

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"
)

// TestTheDifferenceMakesTheNextFrame draws frame after frame into a terminal.
func TestTheDifferenceMakesTheNextFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const w, h = 7, 5
		term := vt.NewEmulator(w, h)
		line := rapid.SampledFrom([]string{"       ", "one    ", "\x1b[31mred\x1b[m    ", "\x1b[7mreverse\x1b[m", "ü€ 表 x"})
		var before []string
		for range rapid.IntRange(1, 6).Draw(t, "frames") {
			after := rapid.SliceOfN(line, h, h).Draw(t, "lines")
			if rapid.IntRange(0, 3).Draw(t, "unknown") == 0 {
				before = nil
				_, _ = term.Write([]byte("\x1b[3Hanything"))
			}
			_, _ = term.Write(difference(nil, before, after))
			before = after
			if got, want := seen(term.String()), seen(ansi.Strip(strings.Join(after, "\n"))); got != want {
				t.Fatalf("got\n%s\nwant\n%s", got, want)
			}
		}
	})
}

// seen is text without what nobody sees: the ends of lines.
func seen(text string) string {
	lines := strings.Split(strings.TrimRight(text, " \n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// terminal is a screen on a pipe, and what came out of it.
type terminal struct {
	*screen
	t    *testing.T
	mu   sync.Mutex
	text strings.Builder
	came chan struct{}
}

func newTerminal(t *testing.T) *terminal {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{screen: newScreen(w), t: t, came: make(chan struct{}, 1)}
	var reading sync.WaitGroup
	reading.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			if err != nil {
				return
			}
			term.mu.Lock()
			term.text.Write(buf[:n])
			term.mu.Unlock()
			select {
			case term.came <- struct{}{}:
			default:
			}
		}
	})
	t.Cleanup(func() {
		term.close()
		_ = w.Close()
		reading.Wait()
		_ = r.Close()
	})
	return term
}

func (t *terminal) out() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func (t *terminal) until(text string, count int) {
	t.t.Helper()
	patience := time.After(20 * time.Second)
	for strings.Count(t.out(), text) < count {
		select {
		case <-t.came:
		case <-patience:
			t.t.Fatalf("got %q; want %d times %q", t.out(), count, text)
		}
	}
}

func (t *terminal) write(text string) {
	t.t.Helper()
	if n, err := t.WriteString(text); n != len(text) || err != nil {
		t.t.Errorf("writing %q: %d, %v", text, n, err)
	}
}

func TestFramesArePaintedWhileTheScreenIsOurs(t *testing.T) {
	term := newTerminal(t)
	term.show("first", false)
	term.send("\a")
	term.until("\a", 1)
	if strings.Contains(term.out(), "first") {
		t.Error("a frame is in the user's terminal, before the screen is ours")
	}
	term.write(ansi.SetModeAltScreenSaveCursor)
	term.until("first", 1)
	term.write("\r" + blank + ansi.EraseLineRight) // a frame of Bubble Tea
	term.show("second", false)
	term.until("second", 1)
	term.write(ansi.ResetModeAltScreenSaveCursor) // another program gets the terminal
	term.show("third", false)
	term.send("\x1b]52;\a")
	term.until("\x1b]52;\a", 1)
	if out := term.out(); strings.Contains(out, "third") || strings.Contains(out, blank) {
		t.Errorf("got %q; want no frame after the screen is left, and none of Bubble Tea's", out)
	}
	term.write(ansi.SetModeAltScreenSaveCursor)
	term.until("third", 1)
	term.write(ansi.EraseEntireScreen) // and what Bubble Tea clears is painted again
	term.until("third", 2)
	term.show("third", true)
	term.until("third", 3)
}

// TestASlowTerminalGetsTheNewestFrame shows frames while the terminal takes nothing: showing does not wait, and nothing old comes
// after the newest.
func TestASlowTerminalGetsTheNewestFrame(t *testing.T) {
	term := newTerminal(t)
	term.write(ansi.SetModeAltScreenSaveCursor)
	term.show("begin", false)
	term.until("begin", 1)
	term.mu.Lock() // the terminal reads no more than it has
	wide := strings.Repeat("x", 4096)
	for i := range 500 {
		term.show(fmt.Sprintf("%s %d", wide, i), false)
	}
	term.show("newest", false)
	term.mu.Unlock()
	term.until("newest", 1)
	out := term.out()
	if n := strings.Count(out, wide); n > 30 {
		t.Errorf("%d frames of 500 were painted", n)
	}
	if end := out[strings.LastIndex(out, "newest"):]; strings.Contains(end, "x") {
		t.Errorf("after the newest frame came %.60q", end)
	}
}
