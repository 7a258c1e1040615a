package history

// A Snapshot is the messages that a History held at one moment. It never changes, may be read by several goroutines, and keeps what it
// names in memory: hold it for as long as a scan takes.
type Snapshot struct {
	first, end uint64
	blocks     []*[blockRows]row
	block0     uint64
	chunks     [][]byte
	chunk0     uint32
	topics     []TopicKey
}

// TopicKey is a topic of a History. ID is small and dense, and is given to another name once no message has the topic any more: then
// Reused differs.
type TopicKey struct {
	Name   string
	Reused uint32
}

// A Record is a message as a scan reads it: without allocation, and with its topic by number.
type Record struct {
	Seq     uint64
	Time    int64 // nanoseconds since 1970
	Topic   uint32
	Payload []byte // a view, as in Message
	flags   uint32
}

// QoS is 0, 1 or 2.
func (r *Record) QoS() byte { return byte(r.flags >> offsetBits & 3) }

// Retain is the flag of Message.
func (r *Record) Retain() bool { return r.flags&flagRetain != 0 }

// Dup is the flag of Message.
func (r *Record) Dup() bool { return r.flags&flagDup != 0 }

// Out is the flag of Message.
func (r *Record) Out() bool { return r.flags&flagOut != 0 }

// Snapshot takes the messages held now. It copies no message, but a few words for each chunk and each topic.
func (h *History) Snapshot() *Snapshot {
	s := &Snapshot{first: h.first, end: h.end, block0: h.block0, chunk0: h.chunk0}
	s.blocks = append(s.blocks, h.blocks...)
	s.chunks = make([][]byte, len(h.chunks))
	for i, c := range h.chunks {
		s.chunks[i] = c.data
	}
	s.topics = make([]TopicKey, len(h.topics))
	for i, t := range h.topics {
		s.topics[i] = TopicKey{t.name, t.reused}
	}
	return s
}

// First is the sequence number of the oldest message, and equals End when there is none.
func (s *Snapshot) First() uint64 { return s.first }

// End is one past the newest message.
func (s *Snapshot) End() uint64 { return s.end }

// Record reads the message with this number, which is in [First, End).
func (s *Snapshot) Record(seq uint64, r *Record) {
	from := &s.blocks[seq/blockRows-s.block0][seq%blockRows]
	from.record(seq, r)
	if from.length > 0 {
		r.Payload = from.payload(s.chunks[from.chunk-s.chunk0])
	}
}

// TopicKey is the topic of a Record.
func (s *Snapshot) TopicKey(id uint32) TopicKey { return s.topics[id] }

// Topics is the number of topic IDs: each is less.
func (s *Snapshot) Topics() int { return len(s.topics) }

// At returns the message with this number; false when the snapshot has none.
func (s *Snapshot) At(seq uint64) (Message, bool) {
	if seq < s.first || seq >= s.end {
		return Message{}, false
	}
	r := &s.blocks[seq/blockRows-s.block0][seq%blockRows]
	var data []byte
	if r.length > 0 {
		data = s.chunks[r.chunk-s.chunk0]
	}
	return r.message(seq, s.topics[r.topic].Name, data), true
}

func (r *row) record(seq uint64, to *Record) {
	to.Seq, to.Time, to.Topic, to.Payload, to.flags = seq, r.time, r.topic, nil, r.place
}

func (r *row) payload(chunk []byte) []byte {
	from := r.place & offsetMask
	to := from + r.length
	return chunk[from:to:to]
}

// Record reads the message with this number, which is in [First, End).
func (h *History) Record(seq uint64, r *Record) {
	from := h.row(seq)
	from.record(seq, r)
	if from.length > 0 {
		r.Payload = from.payload(h.chunks[from.chunk-h.chunk0].data)
	}
}

// TopicKey is the topic of a Record that was just read.
func (h *History) TopicKey(id uint32) TopicKey {
	t := &h.topics[id]
	return TopicKey{t.name, t.reused}
}

// RecordOf is a message as a Record whose topic has the number 0.
func RecordOf(m Message) Record {
	return Record{Seq: m.Seq, Time: m.Time.UnixNano(), Payload: m.Payload, flags: flags(m)}
}
