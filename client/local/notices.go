package local

import (
	"fmt"
	"sync"
)

// Notices keeps what the broker has to tell until somebody takes it: the newest hundred at most. The zero Notices is empty
// and safe for concurrent use.
type Notices struct {
	mu   sync.Mutex
	kept []Notice
	lost int
}

const maxNotices = 100

// Add is an Options.Notice.
func (n *Notices) Add(notice Notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.kept) == maxNotices {
		n.kept = append(n.kept[:0], n.kept[1:]...)
		n.lost++
	}
	n.kept = append(n.kept, notice)
}

// Take returns what came since the last Take, a line each.
func (n *Notices) Take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out []string
	if n.lost > 0 {
		out = append(out, fmt.Sprintf("%d older notices of the local broker are not shown", n.lost))
	}
	for _, k := range n.kept {
		out = append(out, k.String())
	}
	n.kept, n.lost = nil, 0
	return out
}
