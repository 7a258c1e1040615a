package local

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func openState(t testing.TB, file string) *State {
	t.Helper()
	s, err := OpenState(file, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func records(t *testing.T, s *State) map[string]string {
	t.Helper()
	got := map[string]string{}
	if err := s.Load(func(k string, v []byte) error { got[k] = string(v); return nil }); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestStateSurvives(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	s := openState(t, file)
	for k, v := range map[string]string{"a": "1", "b": "2", "c": "3"} {
		if err := s.Save(k, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Save("b", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(records(t, openState(t, file))); got != "map[a:1 c:3]" {
		t.Errorf("got %s; want a and c", got)
	}
}

func TestConcurrentSavesAllArrive(t *testing.T) {
	s := openState(t, filepath.Join(t.TempDir(), "state"))
	var all sync.WaitGroup
	const clients, each = 16, 50
	for i := range clients {
		all.Go(func() {
			for n := range each {
				if err := s.Save(fmt.Sprint(i), fmt.Append(nil, n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got := records(t, s)
	for i := range clients {
		if got[fmt.Sprint(i)] != fmt.Sprint(each-1) {
			t.Errorf("%d: got %s; want the last one", i, got[fmt.Sprint(i)])
		}
	}
}

func TestStateInUseIsToldAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	openState(t, file)
	_, err := OpenState(file, false)
	if err == nil || !strings.Contains(err.Error(), "--state "+file+": in use") {
		t.Errorf("got %v; want it to say that the file is in use", err)
	}
}

func TestClosedStateRefuses(t *testing.T) {
	s := openState(t, filepath.Join(t.TempDir(), "state"))
	s.Close()
	if err := s.Save("a", []byte("1")); !errors.Is(err, errStateClosed) {
		t.Errorf("got %v; want %v", err, errStateClosed)
	}
}

func TestRetainedMessagesSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state")
	payload := []byte{0, 0xff, 'x'}
	live := func(f func(d *testClient)) {
		state := openState(t, file)
		s := start(t, Options{Strict: true, State: state})
		d := dial(t, s, "d")
		f(d)
		d.Disconnect(50)
		s.Close()
		if err := state.Close(); err != nil {
			t.Fatal(err)
		}
	}
	live(func(d *testClient) {
		d.done(d.Publish("kept", 1, true, payload))
		d.done(d.Publish("gone", 1, true, "x"))
		d.done(d.Publish("gone", 1, true, ""))
	})
	live(func(d *testClient) {
		d.subscribe("gone", "kept")
		if m := d.next(); m.Topic() != "kept" || !m.Retained() || !bytes.Equal(m.Payload(), payload) {
			t.Errorf("got %s %x; want what was retained", m.Topic(), m.Payload())
		}
	})
}

func BenchmarkSave(b *testing.B) {
	record := bytes.Repeat([]byte("x"), 1000)
	b.Run("alone", func(b *testing.B) {
		s := openState(b, filepath.Join(b.TempDir(), "state"))
		for i := 0; b.Loop(); i++ {
			if err := s.Save(fmt.Sprint(i%100), record); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("16 together", func(b *testing.B) {
		s := openState(b, filepath.Join(b.TempDir(), "state"))
		b.SetParallelism(8)
		b.RunParallel(func(p *testing.PB) {
			for i := 0; p.Next(); i++ {
				if err := s.Save(fmt.Sprint(i%100), record); err != nil {
					b.Error(err)
				}
			}
		})
	})
}
