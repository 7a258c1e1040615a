// Package client is the MQTT side of thingdeck: the Session that holds a connection and tells what came from it, topics
// and filters, profiles, and the reasons why something did not work.
package client

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// Message is one to publish.
type Message struct {
	Topic Topic
	// Payload is not copied: it must not be modified until the publish is final.
	Payload []byte
	// QoS is 0, 1 or 2. A QoS 2 message that is sent again after a loss is sent as a new one, so it can arrive twice.
	QoS    byte
	Retain bool
}

// Settings bound what a Session holds and how it dials. Each zero field means its default, which is in parentheses.
type Settings struct {
	// InboxBytes is how much the inbox holds before QoS 0 is dropped and QoS 1 goes unacknowledged (64 MiB).
	InboxBytes int64
	// ReserveBytes is how much QoS 1 the inbox holds beyond that (16 MiB).
	ReserveBytes int64
	// OutgoingBytes is how much the publishes that are not final may hold together (16 MiB).
	OutgoingBytes int64
	// MaxPacket is the largest packet accepted from a broker, in bytes (16 MiB).
	MaxPacket int
	// InFlight is how many publishes of QoS 1 and 2 may be unacknowledged at once (100, which is what AWS allows).
	InFlight int
	// ConnectTimeout bounds one attempt, from dialling to CONNACK (10 s).
	ConnectTimeout time.Duration
	// PingTimeout is how long a broker may be silent after a PINGREQ (10 s).
	PingTimeout time.Duration
	// WriteTimeout is how long a broker may leave a packet unread (10 s).
	WriteTimeout time.Duration
	// AnswerTimeout is how long SUBACK, UNSUBACK, and PUBACK or PUBCOMP may take (30 s).
	AnswerTimeout time.Duration
	// HandlerBytes is how much may wait for the functions given to Handle, at 128 bytes and the payload and topic each
	// (16 MiB).
	HandlerBytes int64
	// NoIntake lets the MQTT library receive all messages. Else package intake takes those of QoS 0 and 1 out of the stream,
	// at a fraction of the cost; what is told is the same.
	NoIntake bool
	// FirstDelay and LastDelay bound the time before the next attempt (1 s and 60 s).
	FirstDelay, LastDelay time.Duration
	// Watch is how often the Session looks whether the computer slept or has other addresses (1 s). Then it tries the connection, or
	// the next attempt, at once.
	Watch time.Duration
	// WallClock is the clock that goes on while the computer sleeps (time.Now).
	WallClock func() time.Time
	// Addresses is a text that changes with the addresses of the computer ("" when they are not known; those of net.InterfaceAddrs).
	Addresses func() string
	// Dial opens the TCP connection to host:port, the broker's or a proxy's (net.Dialer).
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (s Settings) withDefaults() Settings {
	orInt64(&s.InboxBytes, 64<<20)
	orInt64(&s.ReserveBytes, 16<<20)
	orInt64(&s.OutgoingBytes, 16<<20)
	if s.MaxPacket <= 0 {
		s.MaxPacket = 16 << 20
	}
	if s.InFlight <= 0 {
		s.InFlight = 100
	}
	orDuration(&s.ConnectTimeout, 10*time.Second)
	orDuration(&s.PingTimeout, 10*time.Second)
	orDuration(&s.WriteTimeout, 10*time.Second)
	orDuration(&s.AnswerTimeout, 30*time.Second)
	orInt64(&s.HandlerBytes, 16<<20)
	orDuration(&s.FirstDelay, time.Second)
	orDuration(&s.LastDelay, time.Minute)
	orDuration(&s.Watch, time.Second)
	if s.WallClock == nil {
		s.WallClock = time.Now
	}
	if s.Addresses == nil {
		s.Addresses = interfaceAddresses
	}
	if s.Dial == nil {
		s.Dial = new(net.Dialer).DialContext
	}
	return s
}

func orInt64(v *int64, otherwise int64) {
	if *v <= 0 {
		*v = otherwise
	}
}

func orDuration(v *time.Duration, otherwise time.Duration) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Session is an MQTT connection with one life. Its methods put a request on an ordered queue and return at once; what
// comes of it is told by events that carry the request's id. They may be called by any goroutine, and do nothing after
// Close.
//
// A Session has one consumer, which must not stop: Take or Next beside a screen, else Run.
//
// Wanted subscriptions belong to the Session, not to a connection: they are restored after each loss and stay across
// Disconnect and Connect.
type Session struct {
	set      Settings
	inbox    *inbox
	handlers *handlers
	mail     *queue[any]
	last     atomic.Uint64
	done     chan struct{}
}

// NewSession starts a Session without a connection. Whenever its inbox stops being empty it puts a value into wake
// without blocking: wake has capacity 1, may be shared by many Sessions, and its reader must Take from all of them. It
// is nil for those who use Next or Run. Close must be called.
func NewSession(wake chan<- struct{}, set Settings) *Session {
	set = set.withDefaults()
	s := &Session{
		set:   set,
		inbox: newInbox(wake, set.InboxBytes, set.ReserveBytes),
		mail:  newQueue[any](),
		done:  make(chan struct{}),
	}
	s.handlers = newHandlers(s.inbox.tell, set.HandlerBytes)
	go func() {
		defer close(s.done)
		newActor(s).run()
		s.handlers.running.Wait()
	}()
	return s
}

type (
	connectRequest struct {
		id      RequestID
		profile Profile
	}
	subscribeRequest struct {
		id     RequestID
		filter Filter
		qos    byte
		change bool // of the QoS of what is subscribed
	}
	unsubscribeRequest struct {
		id     RequestID
		filter Filter
	}
	publishRequest struct {
		id      RequestID
		message Message
	}
	disconnectRequest struct{ id RequestID }
	retryRequest      struct{}
	retryAsRequest    struct{ clientID string }
)

// Connect leaves the present connection, if any, and connects with another profile, trying again until it succeeds, is
// refused, or Disconnect is called. Publishes still waiting fail when the broker, client ID or user name is another.
// Told by Connecting, Connected, Reconnecting, Refused and Disconnected.
func (s *Session) Connect(p Profile) RequestID {
	id := s.id()
	s.mail.push(connectRequest{id, p})
	return id
}

// Disconnect leaves the connection with a DISCONNECT packet, or gives up connecting. Told by Disconnected. What waits
// to be published waits for the next Connect.
func (s *Session) Disconnect() RequestID {
	id := s.id()
	s.mail.push(disconnectRequest{id})
	return id
}

// Retry makes the next attempt now when one is due later (Reconnecting), and one more attempt after Refused. Else it
// does nothing. Told by Connecting; or by Reconnecting when AWS IoT Core took a CONNECT less than a second ago and takes one a second.
func (s *Session) Retry() RequestID {
	id := s.id()
	s.mail.push(retryRequest{})
	return id
}

// RetryAs connects at once with another client ID, where another client uses the present one; when it is empty one is made up that
// begins as the one given to Connect. Subscriptions and what waits to be published come along. It leaves the present connection, if any,
// and does nothing before Connect. Told by Connecting, or by Refused when the client ID cannot be used.
func (s *Session) RetryAs(clientID string) RequestID {
	id := s.id()
	s.mail.push(retryAsRequest{clientID})
	return id
}

// Subscribe wants a filter, with a QoS of 0, 1 or 2. A filter wanted several times is subscribed once, and again only
// for a higher QoS. Without a connection it is subscribed as soon as there is one. Told by Subscribed.
func (s *Session) Subscribe(f Filter, qos byte) RequestID {
	return s.SubscribeAll(Subscription{f, qos})[0]
}

// SubscribeAll is Subscribe for several filters at once, which then share SUBSCRIBE packets, eight filters each. The ids are in
// the order of the filters.
func (s *Session) SubscribeAll(all ...Subscription) []RequestID {
	ids, requests := make([]RequestID, len(all)), make([]subscribeRequest, len(all))
	for i, sub := range all {
		ids[i] = s.id()
		requests[i] = subscribeRequest{id: ids[i], filter: sub.Filter, qos: min(sub.QoS, 2)}
	}
	s.mail.push(requests)
	return ids
}

// ChangeQoS subscribes a filter that is wanted once more with another QoS, lower ones too, without a gap: the broker puts it in the
// place of the old one. Every Subscribe that holds the filter then has that QoS. Told by Subscribed; when that has an error the
// filter stays as it was.
func (s *Session) ChangeQoS(f Filter, qos byte) RequestID {
	id := s.id()
	s.mail.push([]subscribeRequest{{id: id, filter: f, qos: min(qos, 2), change: true}})
	return id
}

// Unsubscribe takes back one successful Subscribe. The filter is let go with the last. Told by Unsubscribed.
func (s *Session) Unsubscribe(f Filter) RequestID {
	id := s.id()
	s.mail.push(unsubscribeRequest{id, f})
	return id
}

// Publish sends a message. QoS 0 fails when there is no connection; QoS 1 and 2 are kept until acknowledged, over as
// many connections as it takes, and given up when a connection stands and nothing comes for Settings.AnswerTimeout. Publishes leave in the order of the calls. Told by Published.
func (s *Session) Publish(m Message) RequestID {
	id := s.id()
	m.QoS = min(m.QoS, 2)
	s.mail.push(publishRequest{id, m})
	return id
}

func (s *Session) id() RequestID { return RequestID(s.last.Add(1)) }

// Take returns everything that was received and has happened since the last call, without waiting; it may be empty. It
// may be called by any goroutine, also after Close. It hands to the functions given to Handle what they want, without
// waiting for them.
func (s *Session) Take() Batch {
	s.handlers.taken.Lock()
	defer s.handlers.taken.Unlock()
	b := s.inbox.take()
	b.Unhandled = s.handlers.offer(b)
	return b
}

// ErrClosed is what Next returns when the Session is closed and nothing is left to take.
var ErrClosed = errors.New("the session is closed")

// Next waits until there is something to take and takes it, as Take does. Its error is that of ctx, or ErrClosed. One
// goroutine at a time may call it.
func (s *Session) Next(ctx context.Context) (Batch, error) { return s.next(ctx, s.Take) }

func (s *Session) next(ctx context.Context, take func() Batch) (Batch, error) {
	for {
		if b := take(); !b.Empty() {
			return b, nil
		}
		select {
		case <-s.inbox.ready:
		case <-ctx.Done():
			return Batch{}, ctx.Err()
		case <-s.done:
			if b := take(); !b.Empty() {
				return b, nil
			}
			return Batch{}, ErrClosed
		}
	}
}

// Close leaves the connection with a DISCONNECT packet and ends every goroutine of the Session; when it returns nil
// none is left. It waits for the function given to Handle that is being called, if any; none is called after that. Else
// it takes a second at most when the broker does not read. Its error is that of ctx; the Session then goes on closing.
// It may be called more than once.
func (s *Session) Close(ctx context.Context) error {
	s.handlers.close()
	s.mail.close()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
