package intake

import "time"

// fill reads once. The buffer grows with what comes, up to the size needed and never ahead of what a broker announces.
func (c *Conn) fill(need int) error {
	switch {
	case c.r == c.w:
		c.r, c.w = 0, 0
		if len(c.buf) > keepBuffer {
			c.buf = make([]byte, bufferSize)
		}
	case c.r > 0 && (len(c.buf)-c.r < need || c.w > len(c.buf)/2):
		c.w = copy(c.buf, c.buf[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.buf) {
		c.buf = append(c.buf, make([]byte, max(1, min(len(c.buf), need-len(c.buf))))...)
	}
	c.pace.wait()
	c.reading.Store(true)
	n, err := c.socket.Read(c.buf[c.w:])
	c.reading.Store(false)
	c.w += n
	if n > 0 {
		now := time.Now()
		c.pace.read(n, now.Sub(c.at))
		c.at = now
		c.heard.Add(1)
		return nil
	}
	return err
}

// pace spares wake-ups while a broker sends one small segment a message: an eager reader is then woken for a few messages
// each time. While reads are small and close together, it lets some more come. Only a TCP socket is paced: TLS and
// WebSocket hand out a record or a frame a read, however much more there is.
type pace struct {
	tcp  bool
	busy bool // the last read was small and came right after the one before
	free bool // the last messages want no acknowledgement: the broker does not wait for any
}

const (
	smallRead = 4 << 10
	closeBy   = time.Millisecond
	breather  = 500 * time.Microsecond
)

func (p *pace) read(n int, since time.Duration) { p.busy = n < smallRead && since < closeBy }

func (p *pace) saw(run []Publish) { p.free = run[len(run)-1].Flags&6 == 0 }

func (p *pace) wait() {
	if p.tcp && p.busy && p.free {
		time.Sleep(breather)
	}
	p.free = false
}
