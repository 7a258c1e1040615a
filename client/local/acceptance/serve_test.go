package acceptance

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of the tests.
const patience = 20 * time.Second

// program is the path of the program, built once for all tests; with the race detector when they run under it.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "thingdeck")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "thingdeck")
	args := []string{"build", "-o", path}
	if raced() {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "example.com/thingdeck")...).CombinedOutput(); err != nil {
		return path, fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func raced() bool {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}

func TestMain(m *testing.M) {
	status := m.Run()
	if path, _ := program(); path != "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// server is a running "thingdeck serve".
type server struct {
	t    testing.TB
	cmd  *exec.Cmd
	urls map[string]*url.URL // of the listeners, by scheme
	log  strings.Builder     // stderr; to be read once the process has ended
	took time.Duration       // from the start of the process to its line "ready"
	done bool
}

// serve starts the program on a free port and waits until it is ready. At the end of the test it is asked to stop, and
// must do so with status 0.
func serve(t testing.TB, args ...string) *server {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, urls: map[string]*url.URL{}}
	s.cmd = exec.Command(path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	late := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "ready" {
			s.took = time.Since(began)
			return s
		}
		u, err := url.Parse(lines.Text())
		if err != nil {
			t.Fatalf("got line %q; want a URL or ready", lines.Text())
		}
		s.urls[u.Scheme] = u
	}
	s.done = true
	err = s.cmd.Wait()
	t.Fatalf("the server ended before it was ready: %v\n%s", err, &s.log)
	return nil
}

// stop asks the server to end, as a user does.
func (s *server) stop() {
	if s.done {
		return
	}
	s.done = true
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer late.Stop()
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the server ended with %v; want status 0\n%s", err, &s.log)
	}
}

// kill ends the server with SIGKILL.
func (s *server) kill() {
	s.t.Helper()
	s.done = true
	if err := s.cmd.Process.Kill(); err != nil {
		s.t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := s.cmd.Wait(); !errors.As(err, &ended) || ended.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		s.t.Fatalf("the server ended with %v before it was killed; want a running one\n%s", err, &s.log)
	}
}

// url is the address of a listener as one types it.
func (s *server) url(scheme string) string {
	s.t.Helper()
	u, ok := s.urls[scheme]
	if !ok {
		s.t.Fatalf("no listener %s", scheme)
	}
	return u.String()
}

// need skips a test of a program that is not installed, but where CI=true it must be.
func need(t *testing.T, candidates ...string) string {
	t.Helper()
	for _, c := range candidates {
		if path, err := exec.LookPath(c); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI=true requires it", candidates[0])
	}
	t.Skip(candidates[0] + " is not installed")
	return ""
}
