package composer

import (
	"bytes"

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
	return widget.Edit(before, maxFile, func(after []byte, err error) tea.Msg { return editedMsg{withoutLineEnd(before, after), err} })
}

// withoutLineEnd takes away the line end that editors put at the end of a file, where there was none.
func withoutLineEnd(before, after []byte) []byte {
	if bytes.HasSuffix(before, []byte("\n")) {
		return after
	}
	return bytes.TrimSuffix(after, []byte("\n"))
}
