package ui_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/thingdeck/client/store"
	"example.com/thingdeck/ui/ptytest"
)

// killRounds is how often the program is killed: THINGDECK_KILL_ROUNDS, or 3.
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

// keptWithin is the most that a killed program may lose of what was typed.
const keptWithin = time.Second

// TestKilledProgramKeepsDraftAndHistory kills the program while a draft is typed and published at every few keys, and looks at what it
// left and at what the next one shows.
func TestKilledProgramKeepsDraftAndHistory(t *testing.T) {
	state := t.TempDir()
	var published []string
	last, keys, lost := "", 0, time.Duration(0)
	for round := range killRounds(t) {
		tm := ptytest.Start(t, ptytest.Program(t), ptytest.Options{W: 120, H: 36, Env: []string{"XDG_STATE_HOME=" + state},
			Args: []string{"--listen", "127.0.0.1:0", "--no-simulate"}})
		tm.Wait(`● connected`)
		if last != "" {
			tm.Wait(`Topic ` + regexp.QuoteMeta(last))
		}
		w := &writer{tm: tm, topic: fmt.Sprintf("kill/%d", round)}
		w.begin()
		w.write(time.Duration(rand.IntN(2500)) * time.Millisecond)
		tm.Signal(syscall.SIGKILL)
		killed := time.Now()
		tm.Exit()
		published = w.check(t, state, killed, published)
		keys, lost = keys+len(w.typed), max(lost, w.lost)
		if last = w.left; t.Failed() {
			t.Fatalf("in round %d, killed after %d keys", round+1, len(w.typed))
		}
	}
	t.Logf("%d keys typed, %d messages published, at most the last %v of what the screen showed lost", keys, len(published), lost)
}

// writer types a draft and publishes it after every fifth key.
type writer struct {
	tm    *ptytest.Terminal
	topic string
	typed string
	seen  []moment
	left  string        // the topic of the draft that the killed program left
	lost  time.Duration // of what the screen had shown
}

// moment is what was on the screen at a time.
type moment struct {
	at   time.Time
	keys int // of the payload
}

func (w *writer) begin() {
	w.tm.Send("p" + ctrlU + w.topic + ptytest.Enter + "\x1b[F" + ctrlU)
	w.tm.Wait(`Topic ` + regexp.QuoteMeta(w.topic))
	w.tm.Wait(`no payload|3 Publish ─+ 0 B`)
}

// write types for a while; what can be seen meanwhile is noted.
func (w *writer) write(d time.Duration) {
	size := regexp.MustCompile(`3 Publish ─+ (\d+) B`)
	for end := time.Now().Add(d); time.Now().Before(end); {
		w.typed += string(rune('a' + len(w.typed)%26))
		key := w.typed[len(w.typed)-1:]
		if len(w.typed)%5 == 0 {
			key += ptytest.CtrlS
		}
		w.tm.Send(key)
		time.Sleep(time.Duration(1+rand.IntN(30)) * time.Millisecond) // a pace of typing: nothing is waited for
		if found := size.FindStringSubmatch(w.tm.Screen()); found != nil {
			n, _ := strconv.Atoi(found[1])
			w.seen = append(w.seen, moment{at: time.Now(), keys: n})
		}
	}
}

// check compares what the program left with what was typed, and returns all that was published.
func (w *writer) check(t *testing.T, state string, killed time.Time, before []string) []string {
	t.Helper()
	keys := 0 // what had been on the screen for long enough
	for _, m := range w.seen {
		if killed.Sub(m.at) >= keptWithin {
			keys = max(keys, m.keys)
		}
	}
	s := store.New(filepath.Join(state, "thingdeck"))
	draft, _, err := s.Draft("local")
	if err != nil {
		t.Error(err)
	}
	got := string(draft.Payload)
	if keys > 0 && (draft.Topic != w.topic || !strings.HasPrefix(w.typed, got) || len(got) < keys) {
		t.Errorf("the draft is %s %q; want %s and at least %q", draft.Topic, got, w.topic, w.typed[:keys])
	}
	w.left = draft.Topic
	for _, m := range w.seen {
		if draft.Topic == w.topic && m.keys > len(got) {
			w.lost = killed.Sub(m.at)
			break
		}
	}
	rows, err := s.Published("local")
	if err != nil {
		t.Error(err)
	}
	var all []string
	mine := 0
	for _, row := range rows {
		all = append(all, row.Topic+" "+string(row.Payload))
		if row.Topic == w.topic {
			mine++
			if want := w.typed[:min(5*mine, len(w.typed))]; string(row.Payload) != want {
				t.Errorf("row %d of this round is %q; want %q", mine, row.Payload, want)
			}
		}
	}
	rest := all[:len(all)-mine]
	if len(rest) < len(before) && len(all) < store.MaxPublished || !slices.Equal(rest, before[len(before)-len(rest):]) {
		t.Errorf("of %d rows of earlier rounds %d are left, or others", len(before), len(rest))
	}
	if mine < keys/5 {
		t.Errorf("%d rows of this round; want at least %d", mine, keys/5)
	}
	return all
}
