package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/charmbracelet/x/term"
)

// ErrInterrupted says that the user did not answer: ctrl+c or ctrl+d instead of a line, or ctx ended.
var ErrInterrupted = errors.New("interrupted")

// Ask asks for a secret on a terminal, which does not show what is typed and is afterwards as it was. When ctx ends before, one read
// may go on waiting.
func Ask(ctx context.Context, in *os.File, out io.Writer, question string) (string, error) {
	before, err := term.MakeRaw(in.Fd())
	if err != nil {
		return "", err
	}
	defer func() { _ = term.Restore(in.Fd(), before) }()
	if _, err := fmt.Fprintf(out, "%s: ", question); err != nil {
		return "", err
	}
	defer fmt.Fprint(out, "\r\n")
	type answer struct {
		text string
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		text, err := line(in)
		read <- answer{text, err}
	}()
	select {
	case a := <-read:
		return a.text, a.err
	case <-ctx.Done():
		return "", ErrInterrupted
	}
}

// line reads up to the enter key what a raw terminal sends.
func line(in io.Reader) (string, error) {
	var text []byte
	for key := make([]byte, 1); ; {
		switch _, err := io.ReadFull(in, key); {
		case err != nil:
			return "", err
		case key[0] == '\r' || key[0] == '\n':
			return string(text), nil
		case key[0] == 3 || key[0] == 4: // ctrl+c, ctrl+d
			return "", ErrInterrupted
		case key[0] == 0x7f || key[0] == '\b':
			_, n := utf8.DecodeLastRune(text)
			text = text[:len(text)-n]
		case key[0] == 0x15: // ctrl+u
			text = text[:0]
		default:
			text = append(text, key[0])
		}
	}
}
