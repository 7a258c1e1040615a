package history

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"
)

func message(topic, payload string) Message {
	return Message{Time: time.Unix(1, 2), Topic: topic, Payload: []byte(payload)}
}

// add appends messages through a Tail and a Batch of their own.
func add(h *History, tail *Tail, messages ...Message) {
	for _, m := range messages {
		tail.Append(m)
	}
	h.Add(tail.Take())
}

func TestAMessageComesBackAsItWas(t *testing.T) {
	var tail Tail
	h := New(Limits{})
	sent := []Message{
		{Topic: "a/b", Payload: []byte("x\x00\xff"), QoS: 0},
		{Topic: "a/b", QoS: 1, Retain: true},
		{Topic: "", Payload: bytes.Repeat([]byte("y"), bigPayload+1), QoS: 2, Dup: true},
		{Topic: "$aws/ü", Payload: []byte("z"), Out: true},
	}
	for i := range sent {
		sent[i].Time = time.Unix(1700000000, int64(i)).Local()
		sent[i].Seq = uint64(i)
	}
	add(h, &tail, sent...)
	for i, want := range sent {
		got, ok := h.At(uint64(i))
		if !ok || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("message %d: got %.100v, %v; want %.100v", i, got, ok, want)
		}
	}
	if _, ok := h.At(uint64(len(sent))); ok {
		t.Error("a message that is yet to come: got true; want false")
	}
}

func TestAPayloadIsCopied(t *testing.T) {
	var tail Tail
	h := New(Limits{})
	m := message("a", "before")
	tail.Append(m)
	copy(m.Payload, "after!")
	h.Add(tail.Take())
	if got, _ := h.At(0); string(got.Payload) != "before" {
		t.Errorf("got %q; want the payload as it was appended", got.Payload)
	}
}

func TestMessagesAreBoundedExactly(t *testing.T) {
	var tail Tail
	h := New(Limits{Messages: 10})
	for i := range 25 {
		add(h, &tail, message(fmt.Sprint("t", i), "p"))
	}
	if h.First() != 15 || h.End() != 25 {
		t.Errorf("got [%d, %d); want [15, 25)", h.First(), h.End())
	}
	if s := h.Stats(); s.Received != 25 || s.Evicted != 15 {
		t.Errorf("got %+v; want 25 received and 15 evicted", s)
	}
	if _, ok := h.At(14); ok {
		t.Error("an evicted message: got true; want false")
	}
}

func TestBytesAreBoundedToOneChunk(t *testing.T) {
	var tail Tail
	const limit = 4 << 20
	h := New(Limits{Bytes: limit})
	big, small := string(make([]byte, 300<<10)), string(make([]byte, 900))
	for i := range 20_000 {
		m := message("a", small)
		if i%50 == 0 {
			m = message("big", big)
		}
		add(h, &tail, m)
		if got := h.Stats().Bytes; got > limit+chunkSize {
			t.Fatalf("after %d messages: got %d bytes held; want at most %d", i, got, limit+chunkSize)
		}
	}
	if got := h.Stats().Bytes; got < limit-2*chunkSize {
		t.Errorf("got %d bytes held; want near the limit of %d", got, limit)
	}
}

func TestTheChunkWithTheOldestMessagesGoesFirst(t *testing.T) {
	var tail Tail
	h := New(Limits{Bytes: 3*chunkSize + leastChunk/2})
	small, big := message("s", string(make([]byte, leastChunk/5))), message("b", string(make([]byte, chunkSize)))
	// The first chunk is sealed by the last message, after the large ones.
	add(h, &tail, small, small, small, small, small, big, big, big, small)
	if h.First() != 5 {
		t.Errorf("got %d evicted; want the 5 of the first chunk", h.First())
	}
}

func TestTheNewestMessageIsAlwaysHeld(t *testing.T) {
	var tail Tail
	h := New(Limits{Bytes: 1000})
	add(h, &tail, message("a", "1"), message("b", string(make([]byte, 3<<20))))
	if m, ok := h.At(1); !ok || len(m.Payload) != 3<<20 || h.First() != 1 {
		t.Errorf("got First %d, At(1) %v; want only the newest", h.First(), ok)
	}
}

func TestClearGoesOnCounting(t *testing.T) {
	var tail Tail
	h := New(Limits{})
	add(h, &tail, message("a", "1"), message("b", "2"))
	h.Clear()
	if h.Len() != 0 || h.First() != 2 {
		t.Errorf("got %d messages from %d; want 0 from 2", h.Len(), h.First())
	}
	add(h, &tail, message("b", "3"))
	if m, ok := h.At(2); !ok || string(m.Payload) != "3" || m.Topic != "b" {
		t.Errorf("got %+v, %v; want 3 on b", m, ok)
	}
	if s := h.Stats(); s.Received != 3 || s.Evicted != 0 {
		t.Errorf("got %+v; want 3 received, 0 evicted", s)
	}
}

func TestTopicsNoLongerHeldAreForgotten(t *testing.T) {
	var tail Tail
	h := New(Limits{Messages: 100})
	const n = 3 * maxNames
	for i := range n {
		tail.Append(message(fmt.Sprintf("device/%08d", i), ""))
		if i%1000 == 0 {
			h.Add(tail.Take())
		}
	}
	h.Add(tail.Take())
	// Names of the Tail's present generation stay, and they are bounded.
	if got := h.Stats().Topics; got > maxNames+2000 {
		t.Errorf("got %d topics; want at most those of one generation, about %d", got, maxNames)
	}
	for seq := h.First(); seq < h.End(); seq++ {
		if m, _ := h.At(seq); m.Topic != fmt.Sprintf("device/%08d", seq) {
			t.Fatalf("message %d: got topic %q", seq, m.Topic)
		}
	}
	count := 0
	for name, rows := range h.Topics() {
		if count++; rows != 1 || name == "" {
			t.Errorf("topic %q: got %d messages; want 1", name, rows)
		}
	}
	if count != 100 {
		t.Errorf("got %d topics of messages held; want 100", count)
	}
}

func TestABatchCanBeReadByItself(t *testing.T) {
	var tail Tail
	tail.Append(message("a", "1"))
	tail.Take()
	want := []string{"a:1", "b:22", "a:", "c:" + string(make([]byte, bigPayload+5)), "a:333"}
	for _, w := range want {
		tail.Append(message(w[:1], w[2:]))
	}
	b := tail.Take()
	if b.Len() != len(want) {
		t.Errorf("got length %d; want %d", b.Len(), len(want))
	}
	for m := range b.All() {
		if got := m.Topic + ":" + string(m.Payload); got != want[m.Seq] {
			t.Errorf("message %d: got %.20q; want %.20q", m.Seq, got, want[m.Seq])
		}
	}
}

func TestABatchIsCountedByTopic(t *testing.T) {
	var tail Tail
	var counter Counter
	for range 2 {
		for _, topic := range []string{"a", "b", "a", "c", "a", "b"} {
			tail.Append(message(topic, "x"))
		}
		b := tail.Take()
		for _, c := range []struct {
			from, to int
			want     string
		}{{0, 6, "a:3 b:2 c:1 "}, {1, 4, "b:1 a:1 c:1 "}, {3, 3, ""}} {
			got := ""
			for topic, n := range counter.Count(b.Slice(c.from, c.to)) {
				got += fmt.Sprintf("%s:%d ", topic, n)
			}
			if got != c.want {
				t.Errorf("from %d to %d: got %q; want %q", c.from, c.to, got, c.want)
			}
		}
		for topic := range counter.Count(b) {
			if topic == "a" {
				break
			}
		}
	}
}

func TestAHistoryMayBeginLate(t *testing.T) {
	var tail Tail
	for i := range 10 {
		tail.Append(message(fmt.Sprint(i), string(make([]byte, bigPayload+1))))
		tail.Append(message("small", "s"))
		tail.Take()
	}
	h := New(Limits{})
	add(h, &tail, message("3", string(make([]byte, bigPayload+1))), message("small", "s"))
	a, _ := h.At(0)
	b, _ := h.At(1)
	if a.Topic != "3" || len(a.Payload) != bigPayload+1 || b.Topic != "small" || string(b.Payload) != "s" {
		t.Errorf("got %d bytes on %q, %q on %q; want those appended last", len(a.Payload), a.Topic, b.Payload, b.Topic)
	}
}

// The point of this test is the race detector: the chunk being filled is read here while the Tail writes to it.
func TestTheChunkBeingFilledIsShared(t *testing.T) {
	var mu sync.Mutex
	var tail Tail
	var producer sync.WaitGroup
	const n = 20_000
	producer.Go(func() {
		for i := range n {
			mu.Lock()
			tail.Append(message(fmt.Sprint("t", i%100), fmt.Sprintf("payload %d", i)))
			mu.Unlock()
		}
	})
	h := New(Limits{})
	for h.End() < n {
		mu.Lock()
		b := tail.Take()
		mu.Unlock()
		from, to := h.Add(b)
		for seq := from; seq < to; seq++ {
			if m, _ := h.At(seq); string(m.Payload) != fmt.Sprintf("payload %d", seq) {
				t.Fatalf("message %d: got %q", seq, m.Payload)
			}
		}
	}
	producer.Wait()
}
