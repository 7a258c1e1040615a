package history

import "iter"

// Batch is a run of messages on its way from a Tail to a History. It never changes and may be read by several
// goroutines. The zero Batch is empty.
type Batch struct {
	rows       []row
	chunks     []chunkRef
	names      []string // all of the generation: a row's topic is an index
	generation uint64
}

// Len is the number of messages in the batch.
func (b Batch) Len() int { return len(b.rows) }

// Bytes is the memory that the messages of the batch take in a History, without topics: payloads and index rows.
func (b Batch) Bytes() (n int64) {
	for _, r := range b.rows {
		n += int64(r.length) + rowSize
	}
	return n
}

// Slice is the messages from one place in the batch to another, as a batch to read. It is not for History.Add.
func (b Batch) Slice(from, to int) Batch {
	b.rows = b.rows[from:to]
	return b
}

// All yields the messages in the order of their arrival. Seq counts from 0 within the batch.
func (b Batch) All() iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for i, r := range b.rows {
			if !yield(r.message(uint64(i), b.names[r.topic], b.chunk(r))) {
				return
			}
		}
	}
}

func (b Batch) chunk(r row) []byte {
	if r.length == 0 {
		return nil
	}
	// Chunk numbers rise within a batch, except that the first may be older than the rest.
	lo, hi := 0, len(b.chunks)
	for lo < hi {
		mid := (lo + hi) / 2
		if b.chunks[mid].number < r.chunk {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return b.chunks[lo].data
}

// Counter counts the messages of batches by topic. It keeps its memory from one batch to the next; the zero Counter is
// ready to use.
type Counter struct {
	counts []uint64 // by the topic of a row; all zero between calls
	seen   []uint32
}

// Count yields each topic of the batch with the number of its messages, in the order of their first. It costs a message
// no more than two memory accesses.
func (c *Counter) Count(b Batch) iter.Seq2[string, uint64] {
	return func(yield func(string, uint64) bool) {
		if len(c.counts) < len(b.names) {
			c.counts = make([]uint64, len(b.names)+len(b.names)/4)
		}
		c.seen = c.seen[:0]
		for i := range b.rows {
			id := b.rows[i].topic
			if c.counts[id] == 0 {
				c.seen = append(c.seen, id)
			}
			c.counts[id]++
		}
		going := true
		for _, id := range c.seen {
			n := c.counts[id]
			c.counts[id] = 0
			going = going && yield(b.names[id], n)
		}
	}
}
