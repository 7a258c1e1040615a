package ui_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

// TestRecordAndReplayByKeyboard records what is published, and publishes it again from the file.
func TestRecordAndReplayByKeyboard(t *testing.T) {
	path, dir := ptytest.Program(t), t.TempDir()
	file := filepath.Join(dir, "a.jsonl")
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate"}})
	tm.Wait(`● connected`)
	broker := "mqtt://" + regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(tm.Screen())
	tm.Send("2R")
	tm.Wait(`Record ─.*enter records`)
	tm.Send("\x15" + file + "\r") // ctrl+u
	tm.Wait(`recording to `)
	tm.Send("phall/temp\t\t\t{\"t\":21}\x13")
	tm.Wait(`hall/temp +\{"t":21\}`)
	tm.Send("\x1b2q")
	tm.Wait(`A recording runs`)
	tm.Send("\x1b")
	tm.Gone(`A recording runs`)
	tm.Send("R")
	tm.Wait(`2 messages recorded to `)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", `"dir":"out",`} { // which of the two comes first is the broker's doing
		want := regexp.MustCompile(`(?m)^\{"time":"[^"]+","topic":"hall/temp","qos":0,"retain":false,"dup":false,` + dir + `"payload":"\{\\"t\\":21\}"\}$`)
		if !want.Match(text) || strings.Count(string(text), "\n") != 2 {
			t.Errorf("recorded\n%s", text)
		}
	}

	out, err := exec.Command(path, "replay", "--broker", broker, "--prefix", "again/", "--loop", "2", file).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "published 2  passed over 2  failed 0") {
		t.Errorf("replay: %v\n%s", err, out)
	}
	tm.Wait(`again/hall/temp +\{"t":21\}`)
	tm.Send("R")
	tm.Wait(`Record ─.*enter records`)
	tm.Send("\x15" + file + "\r")
	tm.Wait(`is there already`)
	tm.Send("\x1bq")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}

// TestRecordFromTheStart: --record names the file; one that is there ends the program before the screen stands.
func TestRecordFromTheStart(t *testing.T) {
	path, file := ptytest.Program(t), filepath.Join(t.TempDir(), "a.jsonl")
	args := []string{"--listen", "127.0.0.1:0", "--record", file}
	tm := ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: args})
	tm.Wait(`recording [1-9]`)
	tm.Send(ptytest.CtrlC)
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasSuffix(string(text), "}\n") {
		t.Errorf("recorded %q, %v", text, err)
	}
	tm = ptytest.Start(t, path, ptytest.Options{W: 120, H: 36, Args: args})
	tm.Wait(`flag --record: .*is there already`)
	if status := tm.Exit(); status != 1 {
		t.Errorf("status %d; want 1", status)
	}
}

// TestExportByKeyboard writes what a filter shows: in JSON Lines, and each payload into a file.
func TestExportByKeyboard(t *testing.T) {
	path, dir := ptytest.Program(t), t.TempDir()
	tm := ptytest.Start(t, path, ptytest.Options{W: 80, H: 24, Args: []string{"--listen", "127.0.0.1:0", "--no-simulate"}})
	tm.Wait(`● connected`)
	for _, n := range []string{"1", "2", "3"} {
		tm.Send("p\x15hall/temp\t\t\t\x15" + n + "\x13")
		tm.Send("\x1b2")
		tm.Wait(`hall/temp +` + n)
	}
	tm.Send("/hall .>1\r")
	tm.Wait(`2 of \d`)
	for _, format := range []string{"jsonl", "files"} {
		tm.Send("w")
		tm.Wait(`Export ─.*enter writes`)
		if format == "files" {
			tm.Send("\x1b[A\x1b[D\t") // up, left, back to the file
		}
		file := filepath.Join(dir, format)
		tm.Send("\x15" + file + "\r")
		tm.Gone(`Export ─`)
	}
	lines, err := os.ReadFile(filepath.Join(dir, "jsonl"))
	if err != nil || strings.Count(string(lines), "\n") != 2 || !strings.Contains(string(lines), `"topic":"hall/temp","qos":0,"retain":false,"dup":false,"payload":"3"}`) {
		t.Errorf("exported %s, %v", lines, err)
	}
	payloads, _ := filepath.Glob(filepath.Join(dir, "files", "*_hall_temp.*"))
	if len(payloads) != 2 {
		t.Errorf("exported %v", payloads)
	}
	tm.Send("q")
	if status := tm.Exit(); status != 0 {
		t.Errorf("status %d; want 0", status)
	}
}
