package history

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is the obvious way to do what History does.
type model struct {
	all     []Message // ever added, by sequence number
	first   uint64
	evicted uint64
}

const maxTestNames = 84 * (5 + topicSize) // bytes of the topics that drawMessage may make

// sized draws a payload of one of the kinds that are stored differently.
func sized(t *rapid.T) []byte {
	n := rapid.OneOf(
		rapid.Just(0), rapid.IntRange(1, 300), rapid.IntRange(100<<10, bigPayload), rapid.IntRange(bigPayload+1, 2*chunkSize),
	).Draw(t, "length")
	return bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, n)
}

func TestHistoryAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{
			Messages: rapid.SampledFrom([]int{1, 7, 40, 1000}).Draw(t, "messages"),
			Bytes:    rapid.SampledFrom([]int64{500, chunkSize, 6 << 20, 1 << 30}).Draw(t, "bytes"),
		}
		var tail Tail
		var pending []Message
		h, m := New(limits), &model{}
		keep := func(topic string) bool { return strings.HasPrefix(topic, "a") }
		filtered := h.Filter(keep)
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				for range rapid.IntRange(1, 30).Draw(t, "n") {
					msg := drawMessage(t)
					tail.Append(msg)
					pending = append(pending, msg)
				}
			},
			"take": func(t *rapid.T) {
				b := tail.Take()
				from, to := h.Add(b)
				if from != uint64(len(m.all)) || to-from != uint64(len(pending)) || b.Len() != len(pending) {
					t.Fatalf("got [%d, %d); want %d more from %d", from, to, len(pending), len(m.all))
				}
				m.all = append(m.all, pending...)
				pending = nil
			},
			"forget names": func(t *rapid.T) { tail.nameBytes = maxNameBytes + 1 },
			"clear": func(t *rapid.T) {
				h.Clear()
				m.first = uint64(len(m.all))
			},
			"": func(t *rapid.T) {
				m.check(t, h, limits)
				m.checkFiltered(t, h, filtered, keep)
				if rapid.IntRange(0, 9).Draw(t, "again") == 0 {
					filtered = h.Filter(keep)
				}
			},
		})
	})
}

func drawMessage(t *rapid.T) Message {
	return Message{
		Time:    time.Unix(0, rapid.Int64Range(0, 1<<60).Draw(t, "time")),
		Topic:   rapid.SampledFrom([]string{"a", "b", "a/b", ""}).Draw(t, "topic") + fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "n")),
		Payload: sized(t),
		QoS:     byte(rapid.IntRange(0, 2).Draw(t, "qos")),
		Retain:  rapid.Bool().Draw(t, "retain"),
		Dup:     rapid.Bool().Draw(t, "dup"),
		Out:     rapid.Bool().Draw(t, "out"),
	}
}

func (m *model) check(t *rapid.T, h *History, limits Limits) {
	if h.First() < m.first || h.End() != uint64(len(m.all)) || h.First() > h.End() {
		t.Fatalf("got [%d, %d); want at least from %d, to %d", h.First(), h.End(), m.first, len(m.all))
	}
	m.evicted += h.First() - m.first
	m.first = h.First()
	if h.Len() > limits.Messages {
		t.Fatalf("got %d messages; want at most %d", h.Len(), limits.Messages)
	}
	s := h.Stats()
	if s.Received != uint64(len(m.all)) || s.Evicted != m.evicted {
		t.Fatalf("got %+v; want %d received, %d evicted", s, len(m.all), m.evicted)
	}
	bound := limits.Bytes
	if n := len(m.all); n > 0 && len(m.all[n-1].Payload) > bigPayload {
		bound = max(bound, int64(len(m.all[n-1].Payload))+rowSize+maxTestNames)
	}
	if s.Bytes > max(bound, maxTestNames+rowSize)+chunkSize {
		t.Fatalf("got %d bytes held; want at most a chunk more than %d", s.Bytes, bound)
	}
	held, topics := int64(0), map[string]int{}
	for seq := h.First(); seq < h.End(); seq++ {
		got, ok := h.At(seq)
		want := m.all[seq]
		topics[want.Topic]++
		held += int64(len(want.Payload)) + rowSize
		if !ok || got.Seq != seq || !got.Time.Equal(want.Time) || got.Topic != want.Topic || !bytes.Equal(got.Payload, want.Payload) ||
			got.QoS != want.QoS || got.Retain != want.Retain || got.Dup != want.Dup || got.Out != want.Out {
			t.Fatalf("message %d: got %v, %q, %d bytes; want %q, %d bytes", seq, ok, got.Topic, len(got.Payload), want.Topic, len(want.Payload))
		}
		if id, _ := h.TopicID(seq); h.TopicName(id) != want.Topic {
			t.Fatalf("message %d: its topic id stands for %q; want %q", seq, h.TopicName(id), want.Topic)
		}
	}
	if s.Bytes < held {
		t.Fatalf("got %d bytes; want no less than the %d of the messages", s.Bytes, held)
	}
	for name, n := range h.Topics() {
		if topics[name] != n {
			t.Fatalf("topic %q: got %d messages; want %d", name, n, topics[name])
		}
		delete(topics, name)
	}
	if len(topics) > 0 {
		t.Fatalf("topics not told: %v", topics)
	}
}

func (m *model) checkFiltered(t *rapid.T, h *History, f *Filtered, keep func(string) bool) {
	var want []uint64
	for seq := h.First(); seq < h.End(); seq++ {
		if keep(m.all[seq].Topic) {
			want = append(want, seq)
		}
	}
	got := make([]uint64, 0, f.Len())
	for i := range f.Len() {
		got = append(got, f.At(i))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("filtered: got %v; want %v", got, want)
	}
	if len(want) > 0 {
		i := rapid.IntRange(0, len(want)-1).Draw(t, "i")
		if f.Search(want[i]) != i || f.Search(want[i]+1) != i+1 {
			t.Fatalf("search %d: got %d and after it %d; want %d and %d", want[i], f.Search(want[i]), f.Search(want[i]+1), i, i+1)
		}
	}
}
