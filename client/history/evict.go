package history

// held is what counts against Limits.Bytes.
func (h *History) held() int64 {
	return h.sealed + int64(h.end-h.first)*rowSize + h.topicBytes
}

func (h *History) adoptChunk(c chunkRef) {
	if len(h.chunks) == 0 {
		h.chunk0 = c.number
	}
	i := int(int32(c.number - h.chunk0))
	if i < len(h.chunks) {
		return // already known: the chunk that the batch before ended in
	}
	for len(h.chunks) < i {
		h.chunks = append(h.chunks, chunk{}) // of a batch that was not added
	}
	h.chunks = append(h.chunks, chunk{data: c.data, end: h.end})
	if c.big {
		h.sealed += int64(len(c.data))
	}
}

// seal puts a chunk that will not be written again into the order of eviction.
func (h *History) seal(c chunkRef) {
	switch {
	case c.big:
		h.enqueue(c.number)
	case h.hasFill && c.number == h.filling:
	default:
		if h.hasFill {
			h.sealed += int64(len(h.chunks[h.filling-h.chunk0].data))
			h.enqueue(h.filling)
		}
		h.filling, h.hasFill = c.number, true
	}
}

func (h *History) enqueue(number uint32) {
	h.order = append(h.order, number)
	// A large payload that came after the last one of the chunk before it was queued first.
	for i := len(h.order) - 1; i > 0 && h.endOf(i) < h.endOf(i-1); i-- {
		h.order[i], h.order[i-1] = h.order[i-1], h.order[i]
	}
}

func (h *History) endOf(i int) uint64 { return h.chunks[h.order[i]-h.chunk0].end }

func (h *History) evict() {
	if over := h.Len() - h.limits.Messages; over > 0 {
		h.evicted += h.drop(h.first + uint64(over))
	}
	for h.freeChunks(); h.held() > h.limits.Bytes && h.end-h.first > 1; {
		to := h.first + uint64(h.held()-h.limits.Bytes)/rowSize + 1
		if len(h.order) > 0 {
			to = h.endOf(0)
		}
		h.evicted += h.drop(min(max(to, h.first+1), h.end-1))
	}
}

// Clear removes every message. Sequence numbers and Received go on.
func (h *History) Clear() { h.drop(h.end) }

// drop lets go of the messages below seq, and of the chunks, index blocks and topics that nothing else uses.
func (h *History) drop(seq uint64) (n uint64) {
	n = seq - h.first
	for ; h.first < seq; h.first++ {
		h.releaseRow(h.row(h.first).topic)
	}
	h.freeChunks()
	for len(h.blocks) > 0 && (h.block0+1)*blockRows <= h.first {
		h.blocks[0] = nil
		h.blocks = h.blocks[1:]
		h.block0++
	}
	return n
}

func (h *History) freeChunks() {
	for len(h.order) > 0 && h.endOf(0) <= h.first {
		c := &h.chunks[h.order[0]-h.chunk0]
		h.sealed -= int64(len(c.data))
		c.data = nil
		h.order = h.order[1:]
	}
	for len(h.chunks) > 0 && h.chunks[0].data == nil {
		h.chunks = h.chunks[1:]
		h.chunk0++
	}
}
