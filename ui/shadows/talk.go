package shadows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/thingdeck/shadow"
)

// talk is the conversation with the service about one shadow.
type talk struct {
	manager   *shadow.Manager // nil without a thing
	connected bool
	filters   []topicFilter
	since     time.Time // when subscribing began
	nextToken string    // of the next request, when it was shown before; else ""

	lastGet string // client token
	refused *refusal
	silent  bool // the last get had no answer
	missing string
	deleted *shadow.Deleted
	news    bool          // something was told since the last get
	behind  time.Time     // since when messages are known to be missing; zero while none are
	recheck time.Time     // when to get the shadow because no news of it can be heard; zero for not
	create  *shadow.Value // the state to create the shadow with, once it is known not to exist
}

// topicFilter is a subscription of the shadow's.
type topicFilter struct {
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
	p.known.use(n)
	return append(out, Subscribe{Filters: p.talk.manager.Filters(), Group: p.Group()}, Chosen{n})
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
	p.listen(n)
	p.timeline, p.part = shadow.Timeline{}, shadow.Desired
	p.play.reset()
	p.setFilter("")
	p.work, p.doc, p.exists, p.change = work{}, shadow.Document{}, false, change{}
	p.rows, p.stale = nil, true
	clear(p.open)
	clear(p.fresh)
	p.scroll.Cursor, p.scroll.Top = 0, 0
	p.cols.seen = 0
}

// listen makes the Manager, and notes what is to be subscribed.
func (p *Pane) listen(n shadow.Name) {
	p.talk.manager = shadow.NewManager(n, shadow.Options{Token: p.freshToken, Answers: p.answers})
	p.talk.filters = nil
	for _, f := range p.talk.manager.Connect() {
		p.talk.filters = append(p.talk.filters, topicFilter{name: f})
	}
}

func (p *Pane) freshToken() string {
	if t := p.talk.nextToken; t != "" {
		p.talk.nextToken = ""
		return t
	}
	return p.token()
}

// Connected tells that a connection was made; sessionPresent that the broker kept the session with its subscriptions. The root
// then tells the outcome of each subscription that is made again. What was refused is not asked for again: AWS closes the
// connection for it.
func (p *Pane) Connected(sessionPresent bool) []any {
	t := &p.talk
	t.connected = true
	if t.manager == nil {
		return nil
	}
	t.manager.Connect()
	t.since = p.now()
	for i, f := range t.filters {
		if f.state == granted && !sessionPresent {
			t.filters[i].state = waiting
		}
	}
	var out []any
	if p.watch != nil {
		out = append(out, p.watch.connected(sessionPresent)...)
	}
	return append(out, p.subscribed()...)
}

// Closed tells that the broker closed the connection for a subscription of the pane's, which Subscribed told before. Of those
// that are not proven the pane gives up what it can do without, so that it is not closed for each of them, and connects again.
func (p *Pane) Closed() []any {
	const why = "given up when the broker closed the connection"
	t := &p.talk
	if t.manager == nil {
		return nil
	}
	var gone []string
	for i, f := range t.filters {
		answer := strings.TrimPrefix(f.name, t.manager.Name().Prefix()+"/")
		if f.state == waiting && answer != "get/accepted" && answer != "update/documents" {
			t.filters[i].state, t.filters[i].why = barred, why
			gone = append(gone, f.name)
		}
	}
	if gone == nil {
		return []any{Retry{}}
	}
	return []any{Unsubscribe{Filters: gone, Group: p.Group()}, Retry{}}
}

// Disconnected tells that there is no connection.
func (p *Pane) Disconnected() { p.talk.connected = false }

// Subscribed tells the outcome of a subscription: err is "" or why it was refused. Others' filters are ignored.
func (p *Pane) Subscribed(name string, err string) []any {
	t := &p.talk
	var out []any
	if p.watch != nil {
		out = p.watch.subscribed(name, err)
	}
	i := slices.IndexFunc(t.filters, func(f topicFilter) bool { return f.name == name })
	if i < 0 || t.filters[i].state != waiting {
		return out
	}
	t.filters[i].state = granted
	if err != "" {
		t.filters[i] = topicFilter{name: name, state: barred, why: err}
	}
	return append(out, p.subscribed()...)
}

// subscribed gets the shadow as soon as every answer that can be heard is.
func (p *Pane) subscribed() []any {
	if p.talk.subscribing() {
		return nil
	}
	if p.talk.deaf() && p.talk.create != nil {
		p.talk.create = nil
		p.work.notice = notice{text: "nothing is created: whether the shadow exists cannot be asked for", failed: true}
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

// hears reports whether the answers of a kind arrive.
func (t *talk) hears(op shadow.Op, a shadow.Answer) bool {
	f := t.answer(op, a)
	return f != nil && f.state == granted
}

// answer is the subscription to the answers of a kind, nil where it is not wanted.
func (t *talk) answer(op shadow.Op, a shadow.Answer) *topicFilter {
	name := shadow.Topic{Name: t.manager.Name(), Op: op, Answer: a}.String()
	for i := range t.filters {
		if t.filters[i].name == name {
			return &t.filters[i]
		}
	}
	return nil
}

// deaf reports whether a get cannot be answered.
func (t *talk) deaf() bool {
	f := t.answer(shadow.OpGet, shadow.AnswerAccepted)
	return f == nil || f.state == barred
}

// hearsNews reports whether what others do to the shadow is heard.
func (t *talk) hearsNews() bool {
	return t.hears(shadow.OpUpdate, shadow.AnswerDocuments) || t.hears(shadow.OpUpdate, shadow.AnswerAccepted)
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
	case p.askOff() != "":
		return p.askOff()
	case p.talk.deaf() && p.talk.answer(shadow.OpGet, shadow.AnswerAccepted) == nil:
		return "the answer to get is not among the chosen topics"
	case p.talk.deaf():
		return "the subscription to the answers was refused"
	}
	return ""
}

// askOff is why nothing can be asked of the service now.
func (p *Pane) askOff() string {
	switch {
	case p.talk.manager == nil:
		return "no thing is chosen"
	case !p.talk.connected:
		return "not connected"
	case p.talk.subscribing():
		return "the answers are not subscribed yet"
	case p.talk.count(granted) == 0:
		return "no answer could be subscribed to"
	}
	return ""
}

func (t *talk) pending(op shadow.Op) bool {
	return t.manager != nil && slices.ContainsFunc(t.manager.Pending(), func(r shadow.Request) bool { return r.Op == op })
}

// polls reports whether the shadow can only be known by getting it again and again.
func (t *talk) polls() bool {
	return t.connected && !t.subscribing() && !t.deaf() && !t.hearsNews()
}

// Handle takes a message that arrived on a topic below $aws/things/. The payload is not kept.
func (p *Pane) Handle(topic string, payload []byte, now time.Time) []any {
	p.seen.note(topic)
	var out []any
	if p.watch != nil {
		p.watch.handle(topic, payload, now)
	}
	if p.talk.manager == nil {
		return out
	}
	for _, r := range p.talk.manager.Handle(topic, payload, now) {
		out = append(out, p.result(r)...)
	}
	return out
}

// behindTime is how long a message that is known of may take: they come in no particular order.
const behindTime = time.Second

// Without news of what others do, the shadow is got again every so often, and soon after an update.
const (
	pollTime    = 10 * time.Second
	recheckTime = time.Second
)

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
	if p.watch != nil {
		out = append(out, p.watch.tick(now)...)
	}
	out = append(out, p.playDevice(now)...)
	if t.polls() && !t.pending(shadow.OpGet) && !t.silent && now.After(t.recheck) {
		t.recheck = now.Add(pollTime)
		out = append(out, p.get()...)
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
