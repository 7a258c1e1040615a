package intake

import "fmt"

// Packet types of MQTT, section 2.2.1 of 3.1.1.
const (
	Connack     = 2
	PublishType = 3
	Puback      = 4
	Pubrec      = 5
	Pubrel      = 6
	Pubcomp     = 7
	Subscribe   = 8
	Suback      = 9
	Unsubscribe = 10
	Unsuback    = 11
	Pingreq     = 12
	Pingresp    = 13
	Disconnect  = 14
	Auth        = 15 // of MQTT 5
)

// maxAnswer bounds a SUBACK: one code for each of the filters of a SUBSCRIBE.
const maxAnswer = 64 << 10

// header is a fixed header; size is its own length, body the remaining length.
type header struct {
	kind, flags byte
	size, body  int
}

// parse reads the fixed header at the beginning of b; ok is false when it has not come whole.
func parse(b []byte) (h header, ok bool, err error) {
	for i := 1; i < len(b); i++ {
		h.body |= int(b[i]&0x7f) << (7 * (i - 1))
		if b[i] < 0x80 {
			h.kind, h.flags, h.size = b[0]>>4, b[0]&0x0f, i+1
			return h, true, nil
		}
		if i == 4 {
			return h, false, malformed("a remaining length of more than four bytes")
		}
	}
	return h, false, nil
}

// scan goes on until there is a packet for the library, whose length is then left. Messages are stored when all that was
// read has been looked at, and before anything else is acted upon.
func (c *Conn) scan() error {
	for c.left == 0 {
		h, ok, err := parse(c.buf[c.r:c.w])
		if ok {
			err = c.check(h)
		}
		taken := ok && h.kind == PublishType && h.flags&6 != 4 && !c.opt.Library
		switch {
		case err != nil:
			c.store()
			return err
		case !ok:
			err = c.more(c.w - c.r + 1)
		case taken && c.w-c.r < h.size+h.body:
			if err = c.topic(h); err == nil {
				err = c.more(h.size + h.body)
			}
		case taken:
			err = c.message(h)
		default:
			c.store()
			err = c.other(h)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// check looks at what the fixed header says.
func (c *Conn) check(h header) error {
	switch {
	case h.body > c.opt.MaxPacket:
		return fmt.Errorf("%w: %d bytes, and at most %d are taken", ErrTooLarge, h.body, c.opt.MaxPacket)
	case (h.kind == Connack) == c.accepted:
		return malformed(fmt.Sprintf("packet type %d out of turn", h.kind))
	case h.kind == PublishType && (h.flags&6 == 6 || h.body < c.version.least(h.flags)):
		return malformed("a bad PUBLISH")
	case h.kind != PublishType && !c.version.fits(h.kind, h.body):
		return malformed(fmt.Sprintf("packet type %d with %d bytes", h.kind, h.body))
	}
	return nil
}

// more stores what was found and reads on, until need bytes are there or more.
func (c *Conn) more(need int) error {
	c.store()
	for have := c.w - c.r; have < need; have = c.w - c.r {
		if err := c.fill(need); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) store() {
	if len(c.run) > 0 {
		c.pace.saw(c.run)
		c.opt.Owner.Store(c.at, c.run)
		c.run = c.run[:0]
	}
}

// message takes a PUBLISH that has come whole.
func (c *Conn) message(h header) error {
	from := c.r + h.size
	to := from + h.body
	c.run = c.run[:len(c.run)+1]
	p := &c.run[len(c.run)-1]
	err := p.parse(c.version, h.flags, c.buf[from:to:to])
	if err == nil && c.version == V5 {
		err = c.resolve(p)
	}
	if err != nil {
		c.run = c.run[:len(c.run)-1]
		c.store()
		return err
	}
	c.r = to
	if len(c.run) == cap(c.run) {
		c.store()
	}
	return nil
}

// topic checks a PUBLISH that has not come whole as far as the library trusts it.
func (c *Conn) topic(h header) error {
	if err := c.more(h.size + 2); err != nil {
		return err
	}
	_, err := c.version.topicLength(h.flags, c.buf[c.r+h.size:c.w], h.body)
	return err
}

// other acts on a packet that is not a message to be stored here, or is one for the library.
func (c *Conn) other(h header) error {
	if h.kind == PublishType {
		c.left, c.handing = h.size+h.body, true
		if err := c.topic(h); err != nil || c.version != V5 || h.flags&6 == 0 {
			return err
		}
		return c.flow.came(c.opt.ReceiveMaximum)
	}
	if err := c.more(h.size + h.body); err != nil {
		return err
	}
	from := c.r + h.size
	body := c.buf[from : from+h.body]
	if h.kind == Pingresp {
		c.watch.stop()
	}
	pass, err := c.opt.Owner.Control(h.kind, body)
	switch {
	case err != nil:
		return err
	case pass:
		c.left = h.size + h.body
	default:
		c.r = from + h.body
	}
	c.accepted = c.accepted || h.kind == Connack
	return nil
}
