package local

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// saverFile tells the test's own program, started again, to save records until it is killed.
const saverFile = "THINGDECK_TEST_SAVER"

func TestKilledProcessLosesNothingSaved(t *testing.T) {
	if file := os.Getenv(saverFile); file != "" {
		saveForEver(t, file)
		return
	}
	file := filepath.Join(t.TempDir(), "state")
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledProcessLosesNothingSaved$")
	cmd.Env = append(os.Environ(), saverFile+"="+file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	saved := 0
	for lines := bufio.NewScanner(out); saved < 500 && lines.Scan(); saved++ {
		if got := lines.Text(); got != fmt.Sprint(saved) {
			t.Fatalf("got line %q; want %d", got, saved)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
	got := records(t, openState(t, file))
	for i := range saved {
		if got[fmt.Sprint(i)] != "x" {
			t.Fatalf("record %d of %d was lost", i, saved)
		}
	}
}

// saveForEver prints the number of each record once it is saved.
func saveForEver(t *testing.T, file string) {
	s := openState(t, file)
	for i := 0; ; i++ {
		if err := s.Save(fmt.Sprint(i), []byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Println(i); err != nil {
			return
		}
	}
}
