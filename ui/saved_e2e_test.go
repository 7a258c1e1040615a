package ui_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

// TestTheCommandLinesConnectionIsSaved: what flags say becomes a profile in one step, with the draft and the subscriptions that the
// connection had; its tab then is the profile's, and connects anew when that was edited.
func TestTheCommandLinesConnectionIsSaved(t *testing.T) {
	t.Parallel()
	address, home := passworded(t), t.TempDir()
	o := ptytest.Options{W: 100, H: 30, Args: []string{"--broker", "mqtt://" + address, "--username", "ann", "--client-id", "bench-1"},
		Env: []string{"XDG_CONFIG_HOME=" + home + "/c", "XDG_STATE_HOME=" + home + "/s", "THINGDECK_PASSWORD=hush"}}
	tm := ptytest.Start(t, ptytest.Program(t), o)
	tm.Wait(`● connected`)
	tm.Send("sroom/#\r")
	tm.Wait(`room/# +0`)
	tm.Send("pa/b\t\t\tkept")
	tm.Wait(`kept`)
	tm.Send(ptytest.Esc)
	tm.Gone(`esc back`)
	tm.Send("c")
	tm.Wait(`not saved  tab 1 +mqtt://` + address)
	tm.Send("x")
	tm.Wait(`the connection is not saved: enter saves it under a name`)
	tm.Send(ptytest.Enter)
	tm.Wait(`Save the connection`)
	tm.Wait(`Password +environment THINGDECK_PASSWORD`)
	tm.Send("desk" + ptytest.Enter)
	tm.Wait(`desk is saved`)
	tm.Wait(`desk  tab 1 +mqtt://` + address)
	tm.Gone(`not saved`)
	tm.Send("e")
	tm.Wait(`Edit desk`)
	tm.Send("\t\t\t\t\t") // to the client ID
	tm.Wait(`▌Client ID`)
	tm.Send("\x7f2" + ptytest.Enter)
	tm.Wait(`desk is saved: f5 in tab 1 connects with it`)
	tm.Send(ptytest.Esc)
	tm.Gone(`began as`)
	tm.Send("\x1b[15~")
	tm.Wait(`● connected .*bench-2`)
	tm.Send("q")
	tm.Exit()
	text, err := os.ReadFile(filepath.Join(home, "c", "thingdeck", "profiles", "desk.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "bench-2") || strings.Contains(string(text), "hush") {
		t.Errorf("the profile's file has %q; want the client ID and no password", text)
	}

	o.Args = []string{"--profile", "desk"}
	tm = ptytest.Start(t, ptytest.Program(t), o)
	tm.Wait(`● connected .*desk.*bench-2`)
	tm.Wait(`room/# +0`)
	tm.Send("p")
	tm.Wait(`a/b`)
	tm.Wait(`kept`)
	tm.Send(ptytest.CtrlC)
	tm.Exit()
}
