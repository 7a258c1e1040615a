package composer

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/widget"
)

// editedMsg is what the user's own editor left.
type editedMsg struct {
	data []byte
	err  error
}

// external gives the payload to the user's editor, in a file that only the user can read.
func (p *Pane) external() ([]any, tea.Cmd) {
	e, err := edited(p.payload.bytes)
	if err != nil {
		p.wrong = err.Error()
		return nil, nil
	}
	return []any{e}, nil
}

func edited(before []byte) (widget.Exec, error) {
	f, err := os.CreateTemp("", "thingdeck-*.json") // made with mode 0600
	if err != nil {
		return widget.Exec{}, fmt.Errorf("open $EDITOR: %w", err)
	}
	_, err = f.Write(before)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return widget.Exec{}, fmt.Errorf("open $EDITOR: %w", err)
	}
	editor := "vi"
	for _, name := range []string{"EDITOR", "VISUAL"} {
		if v := os.Getenv(name); strings.TrimSpace(v) != "" {
			editor = v
		}
	}
	// The variable may hold options, as in "code --wait": the shell takes it apart.
	command := exec.Command("/bin/sh", "-c", editor+` "$1"`, "sh", f.Name())
	return widget.Exec{Command: command, Done: func(err error) tea.Msg {
		defer func() { _ = os.Remove(f.Name()) }()
		if err != nil {
			return editedMsg{err: fmt.Errorf("%s: %w; the payload is as it was", editor, err)}
		}
		after, err := readFile(f.Name(), maxFile)
		return editedMsg{withoutLineEnd(before, after), err}
	}}, nil
}

// withoutLineEnd takes away the line end that editors put at the end of a file, where there was none.
func withoutLineEnd(before, after []byte) []byte {
	if bytes.HasSuffix(before, []byte("\n")) {
		return after
	}
	return bytes.TrimSuffix(after, []byte("\n"))
}
