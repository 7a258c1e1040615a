package ptytest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// build makes thingdeck once a test process, in the folder built.
var (
	built string
	build = sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "thingdeck-test-")
		if err != nil {
			return "", err
		}
		built = dir
		path := filepath.Join(dir, "thingdeck")
		if out, err := exec.Command("go", "build", "-o", path, "example.com/thingdeck").CombinedOutput(); err != nil {
			return "", fmt.Errorf("build: %v\n%s", err, out)
		}
		return path, nil
	})
)

// Program is the built thingdeck, which all tests of a process share. Their TestMain is Main.
func Program(t testing.TB) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Main runs the tests of a package, takes the built program away and exits.
func Main(m *testing.M) {
	status := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(status)
}
