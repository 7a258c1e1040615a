package ui_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

// TestCommandsWithoutAScreenAsk: --plain and replay ask for a password that is nowhere, do not show it, and leave the terminal as it
// was.
func TestCommandsWithoutAScreenAsk(t *testing.T) {
	t.Parallel()
	address, home := passworded(t), t.TempDir()
	file := filepath.Join(home, "one.jsonl")
	if err := os.WriteFile(file, []byte(`{"time":"2026-01-02T03:04:05Z","topic":"a/b","payload":"replayed"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) *ptytest.Terminal {
		return ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 100, H: 20, Args: append(args, "--broker", "mqtt://"+address, "--username", "ann")})
	}
	listens := run("--plain", "--subscribe", "a/#@1")
	listens.Wait(`password of ann at mqtt://` + address)
	listens.Send("husssh\x7f\x7f\x7fh\r")
	listens.Wait(`connected`)
	listens.Wait(`subscribed`)
	replays := run("replay", file)
	replays.Wait(`password of ann`)
	replays.Send("hush\r")
	if status := replays.Exit(); status != 0 {
		t.Errorf("replay: status %d; want 0", status)
	}
	listens.Wait(`a/b.*replayed`)
	listens.Send(ptytest.CtrlC)
	listens.Exit()
	refuses := run("--plain", "--subscribe", "a/#")
	refuses.Wait(`password of ann`)
	refuses.Send(ptytest.CtrlC)
	refuses.Wait(`needs the password of ann at .*: interrupted`)
	if status := refuses.Exit(); status == 0 {
		t.Error("without an answer: status 0")
	}
	for _, tm := range []*ptytest.Terminal{listens, replays, refuses} {
		if !tm.Restored() || strings.Contains(tm.Raw(), "hu") {
			t.Errorf("restored %v, output %q; want it as it was, without the password", tm.Restored(), tm.Raw())
		}
	}
}
