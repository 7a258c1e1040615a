package client

import (
	"time"

	"example.com/thingdeck/client/history"
)

// RequestID names a request made to a Session; the events that answer it carry it. The first is 1, each later one is
// larger; 0 stands for no request.
type RequestID uint64

// Batch is everything that a Session collected since the last Take or Next.
type Batch struct {
	// Messages are what was received, in order.
	Messages history.Batch
	// Events are what happened, in order.
	Events []Entry
	// Dropped is how many messages of QoS 0 arrived and were let go because the inbox was full. They are not in
	// Messages.
	Dropped uint64
	// Unhandled is how many messages and events were let go that a function given to Handle or HandleEvents should have
	// had, because too much waited for it. They are in Messages and Events of this batch, except for those that Run had
	// taken when its context ended.
	Unhandled uint64
}

// Empty says that there is nothing in the batch.
func (b Batch) Empty() bool {
	return b.Messages.Len() == 0 && len(b.Events) == 0 && b.Dropped == 0 && b.Unhandled == 0
}

// Entry is an event with its place among the messages.
type Entry struct {
	// At is how many of the batch's messages came before the event: 0 is before all of them, Messages.Len() after.
	At int
	// Time is when it happened, by the local clock.
	Time time.Time
	// Event is one of the structs below.
	Event Event
}

// Event is what came from a Session. Its dynamic type is one of
//
//	Connecting, Connected, Reconnecting, Refused, Disconnected  the state of the connection: the last one is the state
//	Subscribed, Unsubscribed                                    the outcome of Subscribe and Unsubscribe
//	Published                                                   the steps of a Publish
//	HandlerPanicked                                             a fault in a function given to Handle
type Event interface{ event() }

// Connecting is told when an attempt to connect begins: by Connect, by Retry, or because the time of Reconnecting has
// come. Connected, Reconnecting, Refused or Disconnected follows.
type Connecting struct {
	// ID is the Connect that the attempt serves.
	ID RequestID
	// Endpoint is the broker's URL with its port.
	Endpoint string
	// ClientID is the one in use: the profile's, or the one made up.
	ClientID string
	// Attempt counts the attempts since Connect or since the last connection that lasted, from 1.
	Attempt int
}

// Connected is told when the broker has accepted the connection (CONNACK 0). Wanted subscriptions are restored and
// waiting publishes sent right after it.
type Connected struct {
	// ID is the Connect that brought it about, possibly some attempts ago.
	ID RequestID
	// Endpoint and ClientID are those of Connecting.
	Endpoint, ClientID string
	// SessionPresent says that the broker kept the session, with its subscriptions.
	SessionPresent bool
}

// Reconnecting is told when an attempt failed or a connection was lost, and another attempt will be made at Deadline
// (or at once after Retry).
type Reconnecting struct {
	// ID is the Connect that the attempts serve.
	ID RequestID
	// Why is the reason in plain words.
	Why Reason
	// Deadline is when the next attempt begins: 1 to 60 s from now, longer with each attempt.
	Deadline time.Time
	// Attempt is the number of the next attempt, from 1.
	Attempt int
	// Lost says that there was a connection; else it could not be made.
	Lost bool
}

// Refused is told when the broker refused the connection for a reason that another attempt would not change (CONNACK 1,
// 2, 4, 5 or a code that MQTT 3.1.1 does not know); or when no connection could be made since Connect for such a reason
// (a certificate of either side, a file, credentials, an HTTP status such as 403); or when it closed two connections in a row within a second of the
// same SUBSCRIBE or PUBLISH, unanswered, as AWS IoT does with what a policy does not allow. That request was then told
// as refused before (Subscribed, or Published unless its QoS is 0) and is not sent again. Or when it closed three connections in a row
// within seconds, without a reason and after nothing that may be to blame, as it does when another client uses the client ID
// (Reason.WantsClientID). No attempt follows until Retry, RetryAs or Connect; after Retry a single such close is enough.
type Refused struct {
	// ID is the Connect that was refused.
	ID RequestID
	// Why is the reason in plain words. Why.Code is the CONNACK code, 0 when a request is named.
	Why Reason
}

// Disconnected is told when there is no connection and none is wanted: after Disconnect, or when the profile given to
// Connect does not pass Check, or after a fault inside this program.
type Disconnected struct {
	// ID is the Disconnect or the Connect that brought it about.
	ID RequestID
	// Why is zero after Disconnect, else what was wrong.
	Why Reason
}

// Subscribed answers each Subscribe and ChangeQoS; and tells, with ID 0, that a filter was subscribed again on a new connection.
type Subscribed struct {
	// ID is the Subscribe or ChangeQoS that is answered; 0 when the Session restored the filter by itself.
	ID     RequestID
	Filter Filter
	// Asked is the QoS asked for, Granted the one that the broker granted, which may be lower.
	Asked, Granted byte
	// Err is nil when it was granted. A filter that was refused, or not answered in time (ErrNoAnswer), is not held: it
	// is not restored and must not be given to Unsubscribe.
	Err error
}

// Unsubscribed answers each Unsubscribe.
type Unsubscribed struct {
	ID     RequestID
	Filter Filter
	// Held says that the filter stays subscribed because it was wanted more than once.
	Held bool
	// Err is nil, or ErrNoAnswer: the filter is not wanted any more, yet the broker may still send what it selects.
	Err error
}

// Step is how far a publish has come.
type Step uint8

const (
	// Waiting: kept here until there is a connection or room among the unacknowledged ones. Only QoS 1 and 2.
	Waiting Step = iota
	// Sent: given to the network. The last step of a QoS 0 publish.
	Sent
	// Acknowledged: the broker has it (PUBACK, or PUBCOMP for QoS 2). The last step.
	Acknowledged
	// Failed: it was not sent and will not be; or, with ErrNoAnswer, it was sent, may have arrived, and will not be sent
	// again. The last step.
	Failed
)

// String is the step in lower case.
func (s Step) String() string {
	return [...]string{"waiting", "sent", "acknowledged", "failed"}[s]
}

// Published tells a step of a Publish. The steps of one publish come in the order Waiting, Sent, Acknowledged; Waiting
// may be missing, and Sent comes again (with Again) for each time the message is sent anew after a loss.
type Published struct {
	// ID is the Publish.
	ID    RequestID
	Topic Topic
	QoS   byte
	Step  Step
	// Again says that the message was sent before, on a connection that was lost.
	Again bool
	// Took is the time from sending to the acknowledgement, with Acknowledged only.
	Took time.Duration
	// Err is why, with Failed only. It is in plain words, as in "not connected".
	Err error
}

// Final says that no further step follows.
func (p Published) Final() bool {
	return p.Step == Acknowledged || p.Step == Failed || p.Step == Sent && p.QoS == 0
}

// HandlerPanicked is told when a function given to Handle or HandleEvents panicked.
type HandlerPanicked struct {
	// Filter is the one given to Handle; it is zero for HandleEvents.
	Filter Filter
	// Err holds the value of the panic, which may tell of payloads.
	Err error
	// Stack is where it happened, as debug.Stack writes it.
	Stack []byte
}

func (Connecting) event()      {}
func (Connected) event()       {}
func (Reconnecting) event()    {}
func (Refused) event()         {}
func (Disconnected) event()    {}
func (Subscribed) event()      {}
func (Unsubscribed) event()    {}
func (Published) event()       {}
func (HandlerPanicked) event() {}
