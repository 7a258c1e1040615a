package ui_test

import (
	"strings"
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

// TestResizing: after the terminal became larger or smaller, also when another program had it meanwhile, the frame fills it.
func TestResizing(t *testing.T) {
	tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0", "--no-mouse"}, Env: []string{"EDITOR=true"}})
	tm.Wait(`connected · .*`)
	tm.Send("p")
	tm.Wait(`ctrl\+s publish`)
	tm.Send("\x05") // ctrl+e
	for _, size := range [][2]int{{80, 24}, {81, 24}, {80, 25}, {200, 60}, {60, 20}, {40, 12}, {130, 12}, {120, 36}} {
		tm.Resize(size[0], size[1])
		tm.Until("the frame fills the terminal", func(screen string) bool { return fills(screen, size[0], size[1]) })
	}
	if strings.Contains(tm.Raw(), "\x1b[?1002h") {
		t.Error("--no-mouse: the terminal is asked for the mouse")
	}
}

// fills reports whether the corners of the frame stand in those of the screen, above a status bar.
func fills(screen string, w, h int) bool {
	lines := strings.Split(screen, "\n")
	if len(lines) != h || !strings.Contains(lines[h-1], "connected") {
		return false
	}
	first, last := []rune(lines[0]), []rune(lines[h-2])
	return len(first) == w && len(last) == w && first[0] == '╭' && first[w-1] == '╮' && last[0] == '╰' && last[w-1] == '╯'
}
