package intake

import (
	"sync"
	"time"
)

// watch waits for the answer to a PINGREQ.
type watch struct {
	mu    sync.Mutex
	timer *time.Timer
	heard uint64 // reads when the timer was started
}

func (w *watch) start(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = c.heard.Load()
	if w.timer == nil {
		w.timer = time.AfterFunc(c.opt.PingTimeout, c.unanswered)
	} else {
		w.timer.Reset(c.opt.PingTimeout)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

// unanswered ends the connection unless something else came meanwhile, or the answer may lie unread because messages
// wait to be stored. The library sends a PINGREQ when it has not sent or not got anything for the time of keep-alive, and
// it gets no messages: so a connection without a byte is noticed after keep-alive and PingTimeout, whatever came before.
func (c *Conn) unanswered() {
	c.watch.mu.Lock()
	defer c.watch.mu.Unlock()
	heard := c.heard.Load()
	if c.ending() {
		return
	}
	if heard == c.watch.heard && c.reading.Load() {
		c.opt.Owner.End(ErrSilent)
		return
	}
	c.watch.heard = heard
	c.watch.timer.Reset(c.opt.PingTimeout)
}
