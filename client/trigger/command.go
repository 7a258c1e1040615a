package trigger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"example.com/thingdeck/client/history"
)

// maxOutput is how much of what a command says is kept.
const maxOutput = 2 << 10

// command runs the program of a trigger with the payload on its standard input. No shell is involved, and nothing of the message is
// an argument.
func (e *Engine) command(r *running, m history.Message) (said string, err error) {
	ctx, cancel := context.WithTimeout(e.ctx, r.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.Command[0], r.Command[1:]...)
	cmd.Stdin = bytes.NewReader(m.Payload)
	cmd.Env = append(inherited(os.Environ()), Environment(r.Name, m)...)
	out := &bounded{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = time.Second // for children that keep the output open
	ownGroup(cmd)
	err = cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = fmt.Errorf("ended after %s", r.Timeout)
	case e.ctx.Err() != nil:
		err = errors.New("ended: the program leaves")
	case errors.Is(err, exec.ErrWaitDelay):
		err = nil
	}
	return out.String(), err
}

// inherited is the environment without the program's own settings, which may be secrets.
func inherited(environ []string) []string {
	var out []string
	for _, pair := range environ {
		if !strings.HasPrefix(pair, "THINGDECK_") {
			out = append(out, pair)
		}
	}
	return out
}

// bounded keeps the beginning of what is written to it.
type bounded struct {
	mu   sync.Mutex // a child that outlives the command may still write
	data []byte
	cut  bool
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(p), maxOutput-len(b.data))
	b.data = append(b.data, p[:n]...)
	b.cut = b.cut || n < len(p)
	return len(p), nil
}

func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cut {
		return string(b.data) + " …"
	}
	return string(b.data)
}
