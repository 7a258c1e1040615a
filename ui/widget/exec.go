package widget

import (
	"os/exec"

	tea "github.com/charmbracelet/bubbletea"
)

// Exec is an intent of any pane or dialog: the root gives the terminal to Command until it ends, and then hands what Done makes of
// its outcome to whoever asked. Done is called off the screen's goroutine.
type Exec struct {
	Command *exec.Cmd
	Done    func(error) tea.Msg
}
