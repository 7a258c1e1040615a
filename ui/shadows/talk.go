package shadows

import (
	"fmt"
	"slices"
	"time"

	"example.com/thingdeck/shadow"
)

// talk is the conversation with the service about one shadow.
type talk struct {
	manager   *shadow.Manager // nil without a thing
	connected bool
	filters   []filter
	since     time.Time // when subscribing began
	nextToken string    // of the next request, when it was shown before; else ""

	lastGet string // client token
	refused *refusal
	silent  bool // the last get had no answer
	missing string
	deleted *shadow.Deleted
	news    bool      // something was told since the last get
	behind  time.Time // since when messages are known to be missing; zero while none are
}

// filter is a subscription of the shadow's.
type filter struct {
	name  string
	state filterState
	why   string
}

type filterState uint8

const (
	waiting filterState = iota
	granted
	barred
)

// refusal is a refused request, as the service put it.
type refusal struct {
	code int
	text string
}

func (r refusal) String() string { return fmt.Sprintf("%d %s", r.code, r.text) }

// Choose shows another shadow; an empty name is the thing's classic one. Names that cannot be are refused with a Toast. Edits of
// the shadow shown before are dropped.
func (p *Pane) Choose(thing, name string) []any {
	n := shadow.Name{Thing: thing, Shadow: name}
	if err := check(n); err != nil {
		return []any{Toast{Text: err.Error(), Error: true}}
	}
	if p.talk.manager != nil && p.talk.manager.Name() == n {
		return p.get()
	}
	var out []any
	if p.talk.manager != nil {
		out = append(out, Unsubscribe{Filters: p.talk.manager.Filters(), Group: p.Group()})
	}
	p.begin(n)
	return append(out, Subscribe{Filters: p.talk.manager.Filters()})
}

// check takes every name that a shadow can have; names with $ are AWS's own, and can be looked at.
func check(n shadow.Name) error {
	err := n.Check()
	if err == nil {
		return nil
	}
	if t, ok := shadow.ParseTopic(shadow.Topic{Name: n}.String()); ok && t.Name == n {
		return nil
	}
	return err
}

// begin forgets the shadow shown.
func (p *Pane) begin(n shadow.Name) {
	p.talk = talk{connected: p.talk.connected, since: p.now()}
	p.talk.manager = shadow.NewManager(n, shadow.Options{Token: p.freshToken})
	for _, f := range p.talk.manager.Connect() {
		p.talk.filters = append(p.talk.filters, filter{name: f})
	}
	p.work, p.doc, p.exists, p.change = work{}, shadow.Document{}, false, change{}
	p.rows, p.stale = nil, true
	clear(p.open)
	clear(p.fresh)
	p.scroll.Cursor, p.scroll.Top = 0, 0
	p.cols.seen = 0
}

func (p *Pane) freshToken() string {
	if t := p.talk.nextToken; t != "" {
		p.talk.nextToken = ""
		return t
	}
	return p.token()
}

// Connected tells that a connection was made; sessionPresent that the broker kept the session with its subscriptions. The root
// then tells the outcome of each subscription that is made again.
func (p *Pane) Connected(sessionPresent bool) []any {
	t := &p.talk
	t.connected = true
	if t.manager == nil {
		return nil
	}
	t.manager.Connect()
	t.since = p.now()
	var again []string
	for i, f := range t.filters {
		switch {
		case f.state == barred:
			again = append(again, f.name)
			t.filters[i] = filter{name: f.name}
		case !sessionPresent:
			t.filters[i].state = waiting
		}
	}
	var out []any
	if len(again) > 0 {
		out = append(out, Subscribe{Filters: again})
	}
	return append(out, p.subscribed()...)
}

// Disconnected tells that there is no connection.
func (p *Pane) Disconnected() { p.talk.connected = false }

// Subscribed tells the outcome of a subscription: err is "" or why it was refused. Others' filters are ignored.
func (p *Pane) Subscribed(name string, err string) []any {
	t := &p.talk
	i := slices.IndexFunc(t.filters, func(f filter) bool { return f.name == name })
	if i < 0 || t.filters[i].state != waiting {
		return nil
	}
	t.filters[i].state = granted
	if err != "" {
		t.filters[i] = filter{name: name, state: barred, why: err}
	}
	return p.subscribed()
}

// subscribed gets the shadow as soon as every answer can be heard.
func (p *Pane) subscribed() []any {
	if p.talk.subscribing() || p.talk.deaf() != nil {
		return nil
	}
	return p.get()
}

func (t *talk) count(s filterState) (n int) {
	for _, f := range t.filters {
		if f.state == s {
			n++
		}
	}
	return n
}

func (t *talk) subscribing() bool { return t.count(waiting) > 0 }

// deaf is the refused filter without which a get cannot be answered, or nil.
func (t *talk) deaf() *filter {
	accepted := shadow.Topic{Name: t.manager.Name(), Op: shadow.OpGet, Answer: shadow.AnswerAccepted}.String()
	for i, f := range t.filters {
		if f.state == barred && f.name == accepted {
			return &t.filters[i]
		}
	}
	return nil
}

// get asks for the shadow, if that can be now.
func (p *Pane) get() []any {
	if p.getOff() != "" {
		return nil
	}
	r := p.talk.manager.Get(p.now())
	p.talk.lastGet, p.talk.refused, p.talk.silent, p.talk.news = r.Token, nil, false, false
	return []any{Publish{Topic: r.Topic, Payload: r.Payload}}
}

// getOff is why the shadow cannot be asked for now.
func (p *Pane) getOff() string {
	switch {
	case p.talk.manager == nil:
		return "no thing is chosen"
	case !p.talk.connected:
		return "not connected"
	case p.talk.subscribing():
		return "the answers are not subscribed yet"
	case p.talk.deaf() != nil:
		return "the subscription to the answers was refused"
	}
	return ""
}

func (t *talk) pending(op shadow.Op) bool {
	return t.manager != nil && slices.ContainsFunc(t.manager.Pending(), func(r shadow.Request) bool { return r.Op == op })
}

// Handle takes a message that arrived on a topic below $aws/things/. The payload is not kept.
func (p *Pane) Handle(topic string, payload []byte, now time.Time) []any {
	p.seen.note(topic)
	if p.talk.manager == nil {
		return nil
	}
	var out []any
	for _, r := range p.talk.manager.Handle(topic, payload, now) {
		out = append(out, p.result(r)...)
	}
	return out
}

// behindTime is how long a message that is known of may take: they come in no particular order.
const behindTime = time.Second

// Tick lets time pass: requests without an answer time out, and a shadow of which messages were missed is got again. The root
// calls it at least once a second.
func (p *Pane) Tick(now time.Time) []any {
	t := &p.talk
	if t.manager == nil {
		return nil
	}
	var out []any
	for _, r := range t.manager.Expire(now) {
		out = append(out, p.result(r)...)
	}
	switch {
	case !t.connected || !t.manager.Behind() || t.pending(shadow.OpGet):
		t.behind = time.Time{}
	case t.behind.IsZero():
		t.behind = now
	case t.news && t.refused == nil && !t.silent && now.Sub(t.behind) >= behindTime:
		out = append(out, p.get()...)
	}
	return out
}
