// Package mosquittotest runs mosquitto for tests.
package mosquittotest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a broker may take until it listens.
const patience = 30 * time.Second

// A Broker is a mosquitto on loopback. Its methods are for the goroutine of the test.
type Broker struct {
	// Ports are those that stand for each %d of the configuration.
	Ports []int

	t       testing.TB
	program string
	file    string
	log     string
	process *exec.Cmd
}

// Start runs one until the test ends. In the configuration each %d is a free port of 127.0.0.1. Without mosquitto the test is skipped,
// except where CI=true says that it must be there.
func Start(t testing.TB, config string) *Broker {
	t.Helper()
	b := &Broker{t: t, program: find(t)}
	dir := t.TempDir()
	b.file, b.log = filepath.Join(dir, "mosquitto.conf"), filepath.Join(dir, "log")
	t.Cleanup(func() {
		b.Kill()
		if t.Failed() {
			text, _ := os.ReadFile(b.log)
			t.Logf("mosquitto says:\n%s", text)
		}
	})
	for range 5 { // a port may be taken between finding and listening
		args := make([]any, strings.Count(config, "%d"))
		b.Ports = freePorts(t, len(args))
		for i, port := range b.Ports {
			args[i] = port
		}
		if err := os.WriteFile(b.file, fmt.Appendf(nil, config, args...), 0o600); err != nil {
			t.Fatal(err)
		}
		if b.run() == nil {
			return b
		}
	}
	t.Fatal("mosquitto does not start")
	return nil
}

// find is where the program is; Debian puts it beside most PATHs.
func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("mosquitto is not installed, and CI=true requires it")
	}
	t.Skip("mosquitto is not installed")
	return ""
}

func freePorts(t testing.TB, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // only then another can get it
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// Address is the host and port of the first listener.
func (b *Broker) Address() string { return fmt.Sprintf("127.0.0.1:%d", b.Ports[0]) }

// Kill ends the broker with SIGKILL, and waits until it has ended.
func (b *Broker) Kill() {
	if b.process != nil {
		_ = b.process.Process.Kill()
		_ = b.process.Wait()
		b.process = nil
	}
}

// Restart runs the broker again, on the same ports, after it was killed.
func (b *Broker) Restart() {
	b.t.Helper()
	if err := b.run(); err != nil {
		b.t.Fatal(err)
	}
}

// run starts the program and waits until it listens; the error says that it cannot.
func (b *Broker) run() error {
	out, err := os.Create(b.log)
	if err != nil {
		b.t.Fatal(err)
	}
	defer out.Close()
	b.process = exec.Command(b.program, "-c", b.file)
	b.process.Stdout, b.process.Stderr = out, out
	if err := b.process.Start(); err != nil {
		b.t.Fatal(err)
	}
	for _, port := range b.Ports {
		if err := b.listens(port); err != nil {
			b.Kill()
			return err
		}
	}
	return nil
}

func (b *Broker) listens(port int) error {
	for begun := time.Now(); ; {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		said, _ := os.ReadFile(b.log)
		switch {
		case strings.Contains(string(said), "Error: "):
			return errors.New(string(said))
		case err == nil:
			return conn.Close()
		case time.Since(begun) > patience:
			return fmt.Errorf("mosquitto does not listen on %d: %w", port, err)
		}
	}
}
