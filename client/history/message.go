// Package history is the bounded store of messages: what a connection received, in order, named by sequence numbers
// that never change.
//
// It has two halves. A Tail is the producer: the goroutine that reads the network appends to it, under a lock that the
// owner of the Tail holds. A History is the consumer: it has no lock and belongs to one goroutine. A Batch carries what
// is new from one to the other, without copying payloads again.
//
// Payload bytes lie in chunks of 1 MiB, topics are interned, and a message costs 24 bytes beside its payload, none of
// which holds a pointer: a million messages cost the garbage collector nothing.
package history

import "time"

// Message is one message as it lies in the store.
type Message struct {
	// Seq names the message in its History. The first message ever added is 0, each later one is one more; numbers are
	// never used again, not even after Clear. In Batch.All it counts from 0 within the batch.
	Seq uint64
	// Time is when the message arrived, by the local clock, with nanoseconds and without a monotonic reading.
	Time time.Time
	// Topic is the name that the message was published to.
	Topic string
	// Payload is a view into the store: it must not be modified, and holding it keeps its whole chunk (up to 1 MiB)
	// in memory. It stays valid after the message was evicted.
	Payload []byte
	// QoS is 0, 1 or 2.
	QoS byte
	// Retain and Dup are the flags of the PUBLISH packet.
	Retain, Dup bool
	// Out marks a message that was published from here, and not received.
	Out bool
}

const (
	chunkSize  = 1 << 20 // of a chunk at most
	leastChunk = 64 << 10
	bigPayload = 256 << 10 // a payload above this gets a chunk of its own
	blockRows  = 4 << 10
	rowSize    = 24
	topicSize  = 96 // what a topic takes beside its name: in a table, in a map, and as an allocation
)

// row is what the index holds for a message. A chunk is at most 1<<20 bytes unless it holds one payload at offset 0,
// so that an offset needs 20 bits and leaves 12 for the flags.
type row struct {
	time   int64 // nanoseconds since 1970
	topic  uint32
	chunk  uint32
	place  uint32 // offset in the low 20 bits, flags above
	length uint32
}

const (
	offsetBits = 20
	offsetMask = 1<<offsetBits - 1

	flagQoS1   = 1 << offsetBits
	flagQoS2   = 2 << offsetBits
	flagRetain = 4 << offsetBits
	flagDup    = 8 << offsetBits
	flagOut    = 16 << offsetBits
)

func flags(m Message) uint32 {
	f := uint32(m.QoS&3) << offsetBits
	if m.Retain {
		f |= flagRetain
	}
	if m.Dup {
		f |= flagDup
	}
	if m.Out {
		f |= flagOut
	}
	return f
}

// packetFlags are the flags for the low four bits of a PUBLISH packet's first byte.
var packetFlags = func() (table [16]uint32) {
	for b := range table {
		table[b] = flags(Message{QoS: byte(b >> 1 & 3), Retain: b&1 != 0, Dup: b&8 != 0})
	}
	return table
}()

func (r row) message(seq uint64, topic string, chunk []byte) Message {
	m := Message{
		Seq:    seq,
		Time:   time.Unix(0, r.time),
		Topic:  topic,
		QoS:    byte(r.place >> offsetBits & 3),
		Retain: r.place&flagRetain != 0,
		Dup:    r.place&flagDup != 0,
		Out:    r.place&flagOut != 0,
	}
	if r.length > 0 {
		from := r.place & offsetMask
		to := from + r.length
		m.Payload = chunk[from:to:to]
	}
	return m
}
