package history

import "iter"

// adoptTopics translates the topics of the batch's generation into ours. A topic of the present generation stays
// interned even when no message has it, because the Tail may name it again without saying what it is called.
func (h *History) adoptTopics(b Batch) {
	if b.generation != h.generation {
		for _, id := range h.remap {
			h.topics[id].pinned = false
			h.releaseIfUnused(id)
		}
		h.remap = h.remap[:0]
		h.generation = b.generation
	}
	for _, name := range b.names[min(len(h.remap), len(b.names)):] {
		id := h.intern(name)
		h.topics[id].pinned = true
		h.remap = append(h.remap, id)
	}
}

func (h *History) intern(name string) uint32 {
	if id, ok := h.byName[name]; ok {
		return id
	}
	var id uint32
	if n := len(h.free); n > 0 {
		id = h.free[n-1]
		h.free = h.free[:n-1]
		h.topics[id] = topic{name: name, reused: h.topics[id].reused + 1}
	} else {
		id = uint32(len(h.topics))
		h.topics = append(h.topics, topic{name: name})
	}
	h.byName[name] = id
	h.topicBytes += int64(len(name)) + topicSize
	return id
}

func (h *History) releaseRow(id uint32) {
	h.topics[id].rows--
	h.releaseIfUnused(id)
}

func (h *History) releaseIfUnused(id uint32) {
	t := &h.topics[id]
	if t.rows > 0 || t.pinned {
		return
	}
	delete(h.byName, t.name)
	h.topicBytes -= int64(len(t.name)) + topicSize
	t.name = ""
	h.free = append(h.free, id)
}

// TopicID returns a number that stands for the topic of a message: equal for equal topics among the messages held.
// False when the message is not held.
func (h *History) TopicID(seq uint64) (uint32, bool) {
	if seq < h.first || seq >= h.end {
		return 0, false
	}
	return h.row(seq).topic, true
}

// TopicName returns the topic that id stands for, or "" when no message held has it.
func (h *History) TopicName(id uint32) string {
	if int(id) >= len(h.topics) {
		return ""
	}
	return h.topics[id].name
}

// Topics yields the topics of the messages held, each with the number of its messages, in no particular order.
func (h *History) Topics() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for i := range h.topics {
			if t := &h.topics[i]; t.rows > 0 && !yield(t.name, t.rows) {
				return
			}
		}
	}
}
