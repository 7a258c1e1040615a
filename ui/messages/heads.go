package messages

import (
	"bytes"
	"time"

	"example.com/thingdeck/client/history"
)

// heads are the beginnings of payloads that had to be decoded or inflated, as rows show them, by message.
type heads struct {
	of   map[uint64][]byte
	took time.Duration // in this frame
	late bool          // some were left for the next frame
}

// Bounds of heads: how many are kept, and how long decoding may take in a frame. One payload may take longer than that.
const (
	maxHeads = 1000
	headTime = 8 * time.Millisecond
)

// head is as much as a row shows of what readable makes of a payload; false when that has to wait for the next frame.
func (p *Pane) head(m history.Message) ([]byte, bool) {
	if !decodes(m.Payload) {
		return m.Payload, true
	}
	h := &p.heads
	if head, ok := h.of[m.Seq]; ok {
		return head, true
	}
	if h.took >= headTime {
		h.late = true
		return nil, false
	}
	began := time.Now()
	head := p.readable(m)
	head = bytes.Clone(head[:min(len(head), maxScan+1)])
	h.took += time.Since(began)
	if h.of == nil || len(h.of) >= maxHeads {
		h.of = map[uint64][]byte{}
	}
	h.of[m.Seq] = head
	return head, true
}

// appendHead appends at most w cells of a payload, or its size until there is time to decode it.
func (p *Pane) appendHead(b []byte, m history.Message, w int, t tones) []byte {
	if head, ok := p.head(m); ok {
		return appendPreview(b, head, w, t, p.theme.Ellipsis)
	}
	return appendPreview(b, []byte(size(len(m.Payload))), w, tones{}, p.theme.Ellipsis)
}
