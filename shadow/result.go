package shadow

import "time"

// Result is what an arrived message, or the passing of time, means. It is one of Accepted, Rejected, TimedOut, Loaded, Updated,
// Differs, Documents, Deleted, Refused, Ignored and Unreadable.
type Result interface{ result() }

// Request is a request to publish at QoS 1 on Topic, without RETAIN.
type Request struct {
	Op      Op
	Topic   string
	Payload []byte
	Token   string    // its client token
	State   Value     // of an update: what it writes
	Version int64     // of an update: the version that the shadow must have; 0 for any
	Create  bool      // an update that is meant to create the shadow
	Sent    time.Time // when it was asked for
}

// Author tells who caused a message.
type Author struct {
	Own   bool   // this Manager
	Token string // the client token; "" if the client gave none
}

// Accepted says that an own request was carried out. Other results of the same message tell what changed by it.
type Accepted struct {
	Request Request
	Version int64         // of the shadow after the request; for a delete the one that was deleted
	Took    time.Duration // from request to answer
	Late    bool          // TimedOut was reported before
}

// Rejected says that an own request was refused. Decide by Code; Message is for display.
type Rejected struct {
	Request Request
	Code    int
	Message string
	Took    time.Duration
	Late    bool // TimedOut was reported before
}

// TimedOut says that an own request has had no answer in time: it may have been carried out or not.
type TimedOut struct{ Request Request }

// Loaded says that someone's get brought the document that is now the Manager's.
type Loaded struct {
	By       Author
	Document Document
}

// Updated says that someone's update was accepted, and what was written. The Manager's document has it if that could be told.
type Updated struct {
	By      Author
	Version int64
	Time    time.Time
	State   Value // as the client sent it: only what it touched, null for what it removed
}

// Differs says that after the update Version desired and reported differ, and where. It is no new order: every update repeats
// what is still open.
type Differs struct {
	By      Author
	Version int64
	Delta   Section
}

// Documents holds the whole document before and after an update.
type Documents struct {
	By       Author
	Previous *Document // nil if the update created the shadow
	Current  Document
}

// Deleted says that the shadow was deleted at Version.
type Deleted struct {
	By      Author
	Version int64
	Time    time.Time
}

// Refused says that another client's request was refused.
type Refused struct {
	By      Author
	Op      Op
	Code    int
	Message string
}

// Reason tells why a message changed nothing.
type Reason uint8

// The reasons of Ignored.
const (
	Stale     Reason = iota // older than what is known
	Duplicate               // seen before
	Foreign                 // no answer of this shadow
)

// String returns the reason in words.
func (r Reason) String() string {
	return [...]string{"older than what is known", "seen before", "no answer of this shadow"}[r]
}

// Ignored says that a message changed nothing.
type Ignored struct {
	Topic   string
	Reason  Reason
	Version int64 // 0 if there was none
}

// Unreadable says that a message on an answer topic of this shadow is not what the service sends.
type Unreadable struct {
	Topic string
	Err   error
}

func (Accepted) result()   {}
func (Rejected) result()   {}
func (TimedOut) result()   {}
func (Loaded) result()     {}
func (Updated) result()    {}
func (Differs) result()    {}
func (Documents) result()  {}
func (Deleted) result()    {}
func (Refused) result()    {}
func (Ignored) result()    {}
func (Unreadable) result() {}
