package shadow

import (
	"crypto/rand"
	"slices"
	"strconv"
	"time"
)

// Options are the settings of a Manager. The zero Options are usable.
type Options struct {
	// Token returns a fresh client token of 1 to 64 bytes. nil means random ones.
	Token func() string
	// Timeout is how long an answer may take. 0 means 10 s.
	Timeout time.Duration
	// Answers are the answers to subscribe to, as "update/delta"; nil means all eight.
	Answers []string
	// Wildcards asks for three filters with + instead of the eight topics, if Answers is nil.
	Wildcards bool
}

// Manager is the client side of one shadow: it makes requests, understands what arrives, and keeps the live document. It sends
// nothing itself. It is for one goroutine at a time.
//
// Answers are not retained: subscribe to Filters, wait for the SUBACK, then publish what Get returns. Give every message that
// arrives for the shadow to Handle, in the order of arrival, and call Expire when NextExpiry comes.
type Manager struct {
	name Name
	o    Options

	live    live
	steps   int // counts requests and changes, to know which came first
	pending []*request
	expired []*request // the latest that timed out
	tokens  []string   // the latest own ones
}

// request is an own one that waits for its answer.
type request struct {
	Request
	step int
}

const (
	tokensKept  = 256
	expiredKept = 64
)

// NewManager returns the Manager of a shadow about which nothing is known yet.
func NewManager(name Name, o Options) *Manager {
	if o.Token == nil {
		o.Token = rand.Text
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	return &Manager{name: name, o: o}
}

// Name returns the shadow's name.
func (m *Manager) Name() Name { return m.name }

// Filters returns what to subscribe to.
func (m *Manager) Filters() []string {
	if m.o.Answers != nil {
		var all []string
		for _, a := range m.o.Answers {
			all = append(all, m.name.Prefix()+"/"+a)
		}
		return all
	}
	if m.o.Wildcards {
		return m.name.AnswerFilters()
	}
	return m.name.AnswerTopics()
}

// Connect is called when a connection is made. It returns Filters. What is known may be old, and even be of a service that has
// begun anew: Behind is true until Get is answered.
func (m *Manager) Connect() []string {
	m.live.doubt()
	return m.Filters()
}

// Document returns the live document; it is the zero Document if the shadow does not exist or nothing is known.
func (m *Manager) Document() Document { return m.live.doc }

// Version returns the version of Document.
func (m *Manager) Version() int64 { return m.live.doc.Version }

// Exists reports whether the shadow exists; known is false while nothing has told.
func (m *Manager) Exists() (exists, known bool) {
	return m.live.exists, m.live.exists || m.live.missing
}

// Behind reports whether Document may be older than what messages have told of: Get again.
func (m *Manager) Behind() bool { return m.live.behind() }

// Author returns who caused the version of Document, as far as messages told; known is false if they did not.
func (m *Manager) Author() (by Author, known bool) { return m.live.by, m.live.byKnown }

// Pending returns the own requests that wait for an answer, oldest first.
func (m *Manager) Pending() []Request {
	var all []Request
	for _, r := range m.pending {
		all = append(all, r.Request)
	}
	return all
}

// Get asks for the whole document.
func (m *Manager) Get(now time.Time) Request {
	return m.ask(Request{Op: OpGet, Sent: now})
}

// Update writes state: an object with desired and reported, or one of them, as Patch makes it. version is that of the document
// the user has read, which the shadow must still have; 0 for any.
func (m *Manager) Update(state Value, version int64, now time.Time) Request {
	return m.ask(Request{Op: OpUpdate, State: state, Version: version, Sent: now})
}

// Create writes the first state of a shadow that does not exist.
func (m *Manager) Create(state Value, now time.Time) Request {
	return m.ask(Request{Op: OpUpdate, State: state, Create: true, Sent: now})
}

// Delete deletes the shadow.
func (m *Manager) Delete(now time.Time) Request {
	return m.ask(Request{Op: OpDelete, Sent: now})
}

func (m *Manager) ask(r Request) Request {
	r.Token = m.o.Token()
	r.Topic = Topic{m.name, r.Op, AnswerNone}.String()
	r.Payload = r.payload()
	m.steps++
	m.pending = append(m.pending, &request{r, m.steps})
	m.tokens = append(m.tokens, r.Token)
	if len(m.tokens) > tokensKept {
		m.tokens = slices.Delete(m.tokens, 0, 1)
	}
	return r
}

func (r Request) payload() []byte {
	b := []byte{'{'}
	if r.Op == OpUpdate {
		b = append(r.State.Append(append(b, `"state":`...)), ',')
		if r.Version != 0 {
			b = append(strconv.AppendInt(append(b, `"version":`...), r.Version, 10), ',')
		}
	}
	return append(AppendString(append(b, `"clientToken":`...), r.Token), '}')
}

// Expire returns TimedOut for each own request that has waited too long. A late answer will still be told as such.
func (m *Manager) Expire(now time.Time) []Result {
	var results []Result
	m.pending = slices.DeleteFunc(m.pending, func(r *request) bool {
		if now.Sub(r.Sent) < m.o.Timeout {
			return false
		}
		results = append(results, TimedOut{r.Request})
		m.expired = append(m.expired, r)
		return true
	})
	if n := len(m.expired) - expiredKept; n > 0 {
		m.expired = slices.Delete(m.expired, 0, n)
	}
	return results
}

// NextExpiry returns when Expire next has something to tell; ok is false if no request waits.
func (m *Manager) NextExpiry() (at time.Time, ok bool) {
	for _, r := range m.pending {
		if t := r.Sent.Add(m.o.Timeout); !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	return at, ok
}

// own takes out the own request that a message with token answers, nil if there is none.
func (m *Manager) own(op Op, token string) (r *request, late bool) {
	is := func(r *request) bool { return r.Op == op && r.Token == token }
	if i := slices.IndexFunc(m.pending, is); i >= 0 {
		r = m.pending[i]
		m.pending = slices.Delete(m.pending, i, i+1)
		return r, false
	}
	if i := slices.IndexFunc(m.expired, is); i >= 0 {
		r = m.expired[i]
		m.expired = slices.Delete(m.expired, i, i+1)
		return r, true
	}
	return nil, false
}

func (m *Manager) author(token string) Author {
	return Author{Own: token != "" && slices.Contains(m.tokens, token), Token: token}
}
