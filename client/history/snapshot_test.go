package history

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

// TestSnapshotStays reads snapshots while messages come and go; the race detector watches.
func TestSnapshotStays(t *testing.T) {
	var tail Tail
	h := New(Limits{Messages: 20_000, Bytes: 3 << 20})
	var reading sync.WaitGroup
	n := 0
	for range 40 {
		for range 1500 {
			size := n % 300
			if n%997 == 0 {
				size = bigPayload + 1
			}
			tail.Append(Message{Time: time.Unix(0, int64(n)), Topic: fmt.Sprint("t/", n/700), QoS: byte(n % 3), Retain: n%2 == 0, Payload: bytes.Repeat([]byte{byte(n)}, size)})
			n++
		}
		h.Add(tail.Take())
		s := h.Snapshot()
		reading.Go(func() {
			var r Record
			for seq := s.First(); seq < s.End(); seq++ {
				s.Record(seq, &r)
				m, ok := s.At(seq)
				size := int(seq) % 300
				if seq%997 == 0 {
					size = bigPayload + 1
				}
				if !ok || r.Seq != seq || r.Time != int64(seq) || s.TopicKey(r.Topic).Name != fmt.Sprint("t/", seq/700) || m.Topic != s.TopicKey(r.Topic).Name ||
					len(r.Payload) != size || !bytes.Equal(m.Payload, r.Payload) || size > 0 && r.Payload[size-1] != byte(seq) ||
					r.QoS() != byte(seq%3) || r.Retain() != (seq%2 == 0) || r.Dup() || r.Out() {
					t.Errorf("message %d: got %+v, %v", seq, r.Seq, m.Topic)
					return
				}
			}
		})
	}
	reading.Wait()
	if h.Stats().Evicted == 0 {
		t.Error("nothing was evicted")
	}
	s := h.Snapshot()
	h.Clear()
	if _, ok := s.At(s.End() - 1); !ok || s.First() == s.End() {
		t.Error("clearing the history empties a snapshot")
	}
	if _, ok := s.At(s.End()); ok {
		t.Error("a message after the end")
	}
}
