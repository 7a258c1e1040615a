package history

import "sort"

// Filtered is the list of those messages of a History whose topic satisfies a predicate. It follows the History by
// itself: each method first takes in what was added and lets go of what was evicted since the last call. Like the
// History it belongs to one goroutine.
type Filtered struct {
	h    *History
	keep func(topic string) bool
	seqs []uint64
	next uint64   // the first message not looked at yet
	memo []uint64 // by topic id: reuse count, and the answer in the two lowest bits; 0 is unknown
}

const (
	memoNo  = 1
	memoYes = 2
)

// Filter returns the messages whose topic satisfies keep. keep is asked once a topic, not once a message.
func (h *History) Filter(keep func(topic string) bool) *Filtered {
	f := &Filtered{h: h, keep: keep, next: h.first}
	n := 0
	for i := range h.topics {
		if h.topics[i].rows > 0 && f.matches(uint32(i)) {
			n += h.topics[i].rows
		}
	}
	f.seqs = make([]uint64, 0, n)
	f.follow()
	return f
}

func (f *Filtered) matches(id uint32) bool {
	if int(id) >= len(f.memo) {
		f.memo = append(f.memo, make([]uint64, len(f.h.topics)-len(f.memo))...)
	}
	t := &f.h.topics[id]
	if m := f.memo[id]; m != 0 && uint32(m>>2) == t.reused {
		return m&3 == memoYes
	}
	answer := uint64(memoNo)
	if f.keep(t.name) {
		answer = memoYes
	}
	f.memo[id] = uint64(t.reused)<<2 | answer
	return answer == memoYes
}

func (f *Filtered) follow() {
	h := f.h
	for f.next = max(f.next, h.first); f.next < h.end; {
		block := h.blocks[f.next/blockRows-h.block0]
		from := f.next % blockRows
		to := min(from+h.end-f.next, blockRows)
		for i, r := range block[from:to] {
			if f.matches(r.topic) {
				f.seqs = append(f.seqs, f.next+uint64(i))
			}
		}
		f.next += to - from
	}
	gone := 0
	for gone < len(f.seqs) && f.seqs[gone] < h.first {
		gone++
	}
	f.seqs = f.seqs[gone:]
}

// Len is the number of messages in the list.
func (f *Filtered) Len() int {
	f.follow()
	return len(f.seqs)
}

// At returns the sequence number of the i-th message, oldest first; i is in [0, Len).
func (f *Filtered) At(i int) uint64 {
	f.follow()
	return f.seqs[i]
}

// Search returns the index of the first message whose sequence number is at least seq: Len when there is none.
func (f *Filtered) Search(seq uint64) int {
	f.follow()
	return sort.Search(len(f.seqs), func(i int) bool { return f.seqs[i] >= seq })
}
