package acceptance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// killRounds is how often the server is killed: THINGDECK_KILL_ROUNDS, or 3.
func killRounds(t *testing.T) int {
	text := os.Getenv("THINGDECK_KILL_ROUNDS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("THINGDECK_KILL_ROUNDS: got %q; want a number of rounds", text)
	}
	return n
}

// writer does one numbered change after the other to something of its own, each once the one before was acknowledged.
type writer interface {
	// run goes on until the client's connection is lost.
	run(c *testClient)
	// check compares what the server has with what it acknowledged.
	check(c *testClient, s *server)
	// changes is the number of changes that were acknowledged.
	changes() int
}

// TestKilledServerKeepsWhatItAcknowledged kills the server while clients change shadows and retained messages, each at
// full speed, and goes on with the same file.
func TestKilledServerKeepsWhatItAcknowledged(t *testing.T) {
	const clients, shadows, topics = 4, 4, 2 // shadows and topics of each client
	var writers [clients][]writer
	for i := range clients {
		for j := range shadows {
			prefix := fmt.Sprintf("$aws/things/kill-%d-%d/shadow", i, j/2)
			if j%2 == 1 {
				prefix += "/name/panel"
			}
			writers[i] = append(writers[i], &shadowWriter{prefix: prefix})
		}
		for j := range topics {
			writers[i] = append(writers[i], &retainedWriter{topic: fmt.Sprintf("kill/%d/%d", i, j)})
		}
	}
	file := filepath.Join(t.TempDir(), "state")
	args := []string{"--state", file, "--http-listen", "127.0.0.1:0"}
	s := serve(t, args...)
	for round := range killRounds(t) {
		after := time.Duration(50+rand.IntN(450)) * time.Millisecond
		var running sync.WaitGroup
		for _, own := range writers {
			c := dial(t, s)
			for _, w := range own {
				running.Go(func() { w.run(c) })
			}
		}
		time.Sleep(after) // the moment of the kill is what is tested: nothing announces it
		s.kill()
		running.Wait()
		soundFile(t, file)
		s = serve(t, args...)
		acknowledged := 0
		for _, own := range writers {
			c := dial(t, s)
			for _, w := range own {
				w.check(c, s)
				acknowledged += w.changes()
			}
			c.Disconnect(10)
		}
		t.Logf("round %d: killed after %v, %d changes acknowledged so far, opened in %v", round+1, after, acknowledged, s.took)
		if t.Failed() {
			return
		}
	}
}

// soundFile has the database look for damage in its file.
func soundFile(t *testing.T, file string) {
	t.Helper()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, Timeout: patience})
	if err != nil {
		t.Fatalf("open the state of the killed server: %v", err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("state of the killed server: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the state of the killed server: %v", err)
	}
}
