package history

import "iter"

// Defaults of Limits.
const (
	DefaultMessages = 1_000_000
	DefaultBytes    = 256 << 20
)

// Limits bound a History. A zero field means its default.
type Limits struct {
	// Messages is the number of messages held. It is exact: a message more evicts the oldest.
	Messages int
	// Bytes bounds payload chunks, index rows and topics together. What is above it is evicted in whole chunks, oldest
	// first; the chunk being filled (1 MiB) does not count, and the newest message is always held. So the bound is
	// exceeded by 1 MiB at most, unless the newest message alone is larger than the bound.
	Bytes int64
}

// History holds the newest messages within its Limits. It has no lock: one goroutine owns it.
type History struct {
	limits Limits
	first  uint64
	end    uint64

	blocks []*[blockRows]row // blocks[0] holds the row of block number firstBlock
	block0 uint64

	chunks  []chunk // chunks[0] has the number chunk0
	chunk0  uint32
	order   []uint32 // numbers of sealed chunks, by the end of their last message
	filling uint32   // number of the chunk being filled, if hasFilling
	hasFill bool

	topics     []topic
	byName     map[string]uint32
	free       []uint32
	generation uint64
	remap      []uint32 // from a topic of the batch's generation to ours; those are pinned

	sealed     int64 // bytes of sealed chunks
	topicBytes int64
	received   uint64
	evicted    uint64
}

type chunk struct {
	data []byte
	end  uint64 // one past the last message in it
}

type topic struct {
	name   string
	rows   int
	reused uint32 // how often the id was given to another name
	pinned bool
}

// New returns an empty History.
func New(l Limits) *History {
	if l.Messages <= 0 {
		l.Messages = DefaultMessages
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	return &History{limits: l, byName: make(map[string]uint32)}
}

// Add appends the messages of a batch and evicts what is then beyond the limits. All batches of a History come from
// one Tail, in the order they were taken. It returns the sequence numbers of what was added, [from, to).
func (h *History) Add(b Batch) (from, to uint64) {
	from = h.end
	h.adoptTopics(b)
	for _, c := range b.chunks {
		h.adoptChunk(c)
	}
	for _, r := range b.rows {
		r.topic = h.remap[r.topic]
		h.topics[r.topic].rows++
		if r.length > 0 {
			h.chunks[r.chunk-h.chunk0].end = h.end + 1
		}
		h.push(r)
	}
	h.received += uint64(len(b.rows))
	for _, c := range b.chunks {
		h.seal(c)
	}
	h.evict()
	return from, h.end
}

func (h *History) push(r row) {
	block := h.end / blockRows
	if len(h.blocks) == 0 {
		h.block0 = block
	}
	if int(block-h.block0) == len(h.blocks) {
		h.blocks = append(h.blocks, new([blockRows]row))
	}
	h.blocks[block-h.block0][h.end%blockRows] = r
	h.end++
}

func (h *History) row(seq uint64) *row {
	return &h.blocks[seq/blockRows-h.block0][seq%blockRows]
}

// Limits are the bounds as they hold.
func (h *History) Limits() Limits { return h.limits }

// First is the sequence number of the oldest message held, and equals End when there is none.
func (h *History) First() uint64 { return h.first }

// End is one past the newest message: the number that the next one will have.
func (h *History) End() uint64 { return h.end }

// Len is the number of messages held.
func (h *History) Len() int { return int(h.end - h.first) }

// At returns the message with this number; false when it was evicted or cleared, or is yet to come. It does not
// allocate.
func (h *History) At(seq uint64) (Message, bool) {
	if seq < h.first || seq >= h.end {
		return Message{}, false
	}
	r := h.row(seq)
	var data []byte
	if r.length > 0 {
		data = h.chunks[r.chunk-h.chunk0].data
	}
	return r.message(seq, h.topics[r.topic].name, data), true
}

// All yields the messages held, oldest first. The History must not change meanwhile.
func (h *History) All() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for seq := h.first; seq < h.end; seq++ {
			if m, _ := h.At(seq); !yield(m) {
				return
			}
		}
	}
}

// Stats counts what went through a History.
type Stats struct {
	// Received is how many messages were added, Evicted how many of them were let go because of the limits. Those
	// that Clear removed are in neither Evicted nor Len.
	Received, Evicted uint64
	// Bytes is the memory held: chunks as allocated, 24 bytes a message, and topics with what it takes to find them.
	Bytes int64
	// Topics is the number of different topics held.
	Topics int
}

// Stats returns the counters as they stand.
func (h *History) Stats() Stats {
	s := Stats{Received: h.received, Evicted: h.evicted, Bytes: h.held(), Topics: len(h.byName)}
	if h.hasFill {
		s.Bytes += int64(len(h.chunks[h.filling-h.chunk0].data))
	}
	return s
}
