package history

import "time"

// Tail is the producer's half. It is not safe for concurrent use: its owner guards Append and Take with one lock. The
// zero Tail is ready to use.
//
// A payload is copied exactly once, into its chunk. The chunk being filled is shared with whoever took a Batch: they
// see it up to the last message they were given, and nothing below that is ever written again.
type Tail struct {
	topics     map[string]uint32
	names      []string
	nameBytes  int
	generation uint64 // of topics and names; both are forgotten together

	chunk   []byte     // being filled: length is what is used
	number  uint32     // of chunk
	chunked int64      // bytes of all chunks made so far
	next    uint32     // number of the next chunk
	carry   []chunkRef // chunk alone, with no capacity beyond

	rows   []row
	chunks []chunkRef // that the pending rows lie in
	bytes  int64
	last   int // rows in the last batch, a guess for the next
}

type chunkRef struct {
	number uint32
	big    bool
	data   []byte // as long as its capacity
}

const (
	maxGuess     = 256 << 10 // rows made room for in advance
	maxNames     = 32 << 10
	maxNameBytes = 4 << 20
)

// Append stores one message; the payload is copied. Seq is ignored. A payload is at most 256 MiB, as in MQTT.
func (t *Tail) Append(m Message) {
	id, ok := t.topics[m.Topic]
	if !ok {
		id = t.intern(m.Topic)
	}
	t.add(m.Time, id, flags(m), m.Payload)
}

// AppendPublish stores what a PUBLISH packet holds: the low four bits of its fixed header (DUP, two bits of QoS, RETAIN),
// its topic and its payload, which are both copied. A topic that is known costs no allocation.
func (t *Tail) AppendPublish(at time.Time, header byte, topic, payload []byte) {
	id, ok := t.topics[string(topic)]
	if !ok {
		id = t.intern(string(topic))
	}
	t.add(at, id, packetFlags[header&0x0f], payload)
}

func (t *Tail) add(at time.Time, topic, flags uint32, payload []byte) {
	r := row{time: at.UnixNano(), topic: topic, length: uint32(len(payload)), place: flags}
	if len(payload) > 0 {
		number, offset := t.store(payload)
		r.chunk = number
		r.place |= offset
	}
	if t.rows == nil {
		t.rows = make([]row, 0, min(max(t.last, 8), maxGuess))
	}
	t.rows = append(t.rows, r)
	t.bytes += int64(len(payload)) + rowSize
}

func (t *Tail) intern(topic string) uint32 {
	if t.topics == nil {
		t.topics = make(map[string]uint32)
	}
	id := uint32(len(t.names))
	t.topics[topic] = id
	t.names = append(t.names, topic)
	t.nameBytes += len(topic)
	t.bytes += int64(len(topic)) + topicSize
	return id
}

func (t *Tail) store(payload []byte) (number, offset uint32) {
	if len(payload) > bigPayload {
		number = t.nextNumber()
		t.chunks = append(t.chunks, chunkRef{number, true, append(make([]byte, 0, len(payload)), payload...)})
		return number, 0
	}
	if cap(t.chunk)-len(t.chunk) < len(payload) {
		t.chunk = make([]byte, 0, t.nextSize(len(payload)))
		t.number = t.nextNumber()
		t.carry = []chunkRef{{t.number, false, t.chunk[:cap(t.chunk)]}}
		t.chunks = append(t.chunks, t.carry...)
	}
	offset = uint32(len(t.chunk))
	t.chunk = append(t.chunk, payload...)
	return t.number, offset
}

// nextSize is that of the next chunk: small at first, so that what is not filled yet is little beside what is.
func (t *Tail) nextSize(need int) int {
	size := int64(leastChunk)
	for size < chunkSize && (size*16 <= t.chunked || size < int64(need)) {
		size *= 2
	}
	t.chunked += size
	return int(size)
}

func (t *Tail) nextNumber() uint32 {
	n := t.next
	t.next++
	return n
}

// Pending says what the next Take would hand over: messages, and the bytes of their payloads, index rows and new topics.
func (t *Tail) Pending() (messages int, bytes int64) { return len(t.rows), t.bytes }

// Take hands over what was appended since the last Take. It copies no payloads.
func (t *Tail) Take() Batch {
	b := Batch{rows: t.rows, chunks: t.chunks, names: t.names, generation: t.generation}
	t.last = len(t.rows) + len(t.rows)/8
	t.rows, t.chunks, t.bytes = nil, t.carry, 0
	// Topics are interned again from time to time, so that names seen only once do not pile up here.
	if len(t.names) > maxNames || t.nameBytes > maxNameBytes {
		t.topics, t.names, t.nameBytes = nil, nil, 0
		t.generation++
	}
	return b
}
