package widget

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Exec is an intent of any pane or dialog: the root gives the terminal to Command until it ends, and then hands what Done makes of
// its outcome to whoever asked. Done is called off the screen's goroutine.
type Exec struct {
	Command *exec.Cmd
	Done    func(error) tea.Msg
}

// Edit gives a text to the user's editor, in a file that only the user can read and that goes afterwards. done makes a message of what
// the editor left, at most so many bytes, or of why there is nothing.
func Edit(before []byte, most int64, done func(after []byte, err error) tea.Msg) (Exec, error) {
	f, err := os.CreateTemp("", "thingdeck-*.json") // made with mode 0600
	if err != nil {
		return Exec{}, fmt.Errorf("open $EDITOR: %w", err)
	}
	_, err = f.Write(before)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return Exec{}, fmt.Errorf("open $EDITOR: %w", err)
	}
	editor := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if v := os.Getenv(name); strings.TrimSpace(v) != "" {
			editor = v
		}
	}
	// The variable may hold options, as in "code --wait": the shell takes it apart.
	command := exec.Command("/bin/sh", "-c", editor+` "$1"`, "sh", f.Name())
	return Exec{Command: command, Done: func(err error) tea.Msg {
		defer func() { _ = os.Remove(f.Name()) }()
		if err != nil {
			return done(nil, fmt.Errorf("%s: %w; the text is as it was", editor, err))
		}
		return done(ReadFile(f.Name(), most))
	}}, nil
}
