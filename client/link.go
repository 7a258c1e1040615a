package client

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/intake"
	"example.com/thingdeck/client/transport"
)

// link is one connection, from dialling to its end, with a fresh client of the MQTT library. The library makes and
// reads packets and keeps alive; all else is decided here and in wire, which sees every packet both ways. In particular
// the library is never told that the connection ended: wire then swallows what is written and lets nothing more in, so
// that no call into the library can get stuck, and close takes everything down in order.
type link struct {
	profile Profile
	set     Settings
	inbox   *inbox
	mail    *queue[any]

	wire   *wire
	client mqtt.Client
	ops    *queue[func()]
	sender sync.WaitGroup
	acker  sync.WaitGroup // writes acknowledgements

	released       chan struct{} // closed when Connected was told: no message is let in before
	handed         chan struct{} // holds a value when received has stored its message; capacity 1
	acks           []byte        // memory for inbox.put
	connected      atomic.Bool   // CONNACK passed
	sessionPresent bool

	ended   chan struct{}
	endOnce sync.Once
	cause   error     // valid after ended
	endedAt time.Time // valid after ended

	flights flights
}

type (
	subscribeItem struct {
		filter Filter
		qos    byte
		asks   []ask
	}

	// Notes are what a link tells the actor. Those of one link come in order, endedNote last.
	subscribedNote struct {
		link  *link
		items []subscribeItem
		codes []byte
	}
	lateNote         subscribedNote // what came after it was told as unanswered
	unsubscribedNote struct{ items []unsubscribeRequest }
	publishedNote    struct{ out *outgoing }
	endedNote        struct{ link *link }
)

func newLink(p Profile, set Settings, in *inbox, mail *queue[any]) *link {
	l := &link{
		profile: p, set: set, inbox: in, mail: mail,
		ops:      newQueue[func()](),
		released: make(chan struct{}),
		handed:   make(chan struct{}, 1),
		ended:    make(chan struct{}),
		flights:  newFlights(set.AnswerTimeout),
	}
	return l
}

// open dials and connects. When it fails nothing is left to close; else the link may yet have ended already.
func (l *link) open(ctx context.Context) error {
	o := l.profile.transport()
	if o.NetDial == nil {
		o.NetDial = l.set.Dial
	}
	conn, err := transport.Dial(ctx, o)
	if err != nil {
		return fmt.Errorf("dial %s: %w", l.profile.Broker.Address(), err)
	}
	l.wire = newWire(conn, l)
	l.acker.Go(l.wire.WriteAcknowledgements)
	defer context.AfterFunc(ctx, func() { l.end(context.Cause(ctx)) })()
	l.client = mqtt.NewClient(l.options())
	token := l.client.Connect()
	<-token.Done()
	if err := token.Error(); err != nil {
		l.end(err)
		l.acker.Wait()
		return l.cause
	}
	l.sender.Go(l.send)
	return nil
}

func (l *link) options() *mqtt.ClientOptions {
	p := l.profile
	return mqtt.NewClientOptions().
		AddBroker("tcp://" + p.Broker.Address()).
		SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return l.wire, nil }).
		SetProtocolVersion(4).
		SetClientID(p.ClientID).
		SetUsername(p.username()).
		SetPassword(p.Password).
		SetCleanSession(!p.Persistent).
		SetKeepAlive(p.KeepAlive).
		SetPingTimeout(forever). // wire watches the answers
		SetWriteTimeout(l.set.WriteTimeout).
		SetConnectTimeout(forever). // open has a context
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetResumeSubs(false).
		SetOrderMatters(true).
		SetAutoAckDisabled(true).
		SetDefaultPublishHandler(l.received)
}

const forever = 10 * 365 * 24 * time.Hour

// end takes note of why the connection is over and cuts it. Only the first call counts.
func (l *link) end(err error) {
	l.endOnce.Do(func() {
		l.cause, l.endedAt = err, time.Now()
		close(l.ended)
		if l.wire != nil {
			l.wire.Cut()
		}
		l.mail.push(endedNote{l})
	})
}

func (l *link) ending() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// release lets messages in.
func (l *link) release() { close(l.released) }

// close ends the connection, if polite with a DISCONNECT packet after what was given to send, and waits for every
// goroutine of the link. It takes a second at most.
func (l *link) close(polite bool) {
	l.ops.close()
	if polite {
		timer := time.AfterFunc(time.Second, func() { l.end(errWriteStuck) })
		defer timer.Stop()
	} else {
		l.end(errClosed)
	}
	l.sender.Wait()
	l.client.Disconnect(5000)
	l.end(errClosed)
	l.acker.Wait()
}

func (l *link) send() {
	for range l.ops.ready {
		ops, closed := l.ops.take()
		for _, op := range ops {
			op()
		}
		if closed {
			return
		}
	}
}

// received is called by the library for each message that the intake leaves to it, in order.
func (l *link) received(_ mqtt.Client, m mqtt.Message) {
	defer l.recover()
	l.awaitRelease()
	l.inbox.putOne(l, m)
	select {
	case l.handed <- struct{}{}:
	default:
	}
}

func (l *link) awaitRelease() {
	select {
	case <-l.released:
	case <-l.ended:
	}
}

func (l *link) recover() {
	if r := recover(); r != nil {
		l.end(fmt.Errorf("%w: %v", errInternal, r))
	}
}

// acknowledge sends the acknowledgement of a message, after those it was called for before.
func (l *link) acknowledge(w withheld) {
	if w.message != nil {
		l.ops.push(w.message.Ack)
		return
	}
	var b [4]byte
	l.wire.Acknowledge(intake.AppendPuback(b[:0], w.id))
}

func (l *link) subscribe(items []subscribeItem) {
	filters := make(map[string]byte, len(items))
	for _, i := range items {
		filters[i.filter.text] = i.qos
	}
	l.ops.push(func() {
		l.flights.expect(flight{subscribe: items})
		l.given(l.client.SubscribeMultiple(filters, nil))
	})
}

func (l *link) unsubscribe(items []unsubscribeRequest) {
	var filters []string
	for _, i := range items {
		filters = append(filters, i.filter.text)
	}
	l.ops.push(func() {
		l.flights.expect(flight{unsubscribe: items})
		l.given(l.client.Unsubscribe(filters...))
	})
}

func (l *link) publish(o *outgoing) {
	l.ops.push(func() {
		l.flights.expect(flight{out: o})
		l.given(l.client.Publish(o.message.Topic.name, o.message.QoS, o.message.Retain, o.message.Payload))
	})
}

// given looks at what the library said to a packet at once; the answer of the broker is seen by wire.
func (l *link) given(t mqtt.Token) {
	select {
	case <-t.Done():
		if err := t.Error(); err != nil {
			l.end(err)
		}
	default:
	}
}
