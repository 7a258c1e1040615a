package local

import (
	"sync"
	"time"
)

// Clock is a clock that can be moved forward, for tests of what takes hours. The zero value shows the real time.
type Clock struct {
	mu     sync.Mutex
	ahead  time.Duration
	notify []func()
}

// Now is the real time plus what the clock was moved.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Advance moves the clock forward and returns once what was due has happened.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	c.ahead += d
	notify := c.notify
	c.mu.Unlock()
	for _, f := range notify {
		f()
	}
}

// moved registers what to do after each move.
func (c *Clock) moved(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notify = append(c.notify, f)
}
