package ui

import (
	"slices"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/ui/composer"
	"example.com/thingdeck/ui/events"
	"example.com/thingdeck/ui/messages"
	"example.com/thingdeck/ui/shadows"
	"example.com/thingdeck/ui/subs"
)

// A tab is one connection: its Session, its history, its subscriptions and its panes.
type tab struct {
	conn    Connection
	session *client.Session
	history *history.History
	book    *book
	log     events.Log
	asks    *Needed  // what it lacks to connect; nil when it has all
	stale   bool     // its profile was changed since it was connected
	started bool     // it has connected, or tried to
	others  bool     // another process keeps the draft and subscriptions of the connection
	dialogs []dialog // over the panes, the uppermost last
	unseen  uint64   // messages that came while another tab was shown

	subs     *subs.Pane
	messages *messages.Pane
	triggers *trigger.Engine // nil without
	followed uint64          // the change of the triggers that the subscriptions follow
	composer *composer.Pane
	shadows  *shadows.Pane

	why       client.Reason // of the newest attempt that failed or connection that was lost
	state     client.Event  // the newest of Connecting, Connected, Reconnecting, Refused, Disconnected
	endpoint  string
	clientID  string
	since     time.Time     // when the connection stood up; zero while there is none
	connected time.Duration // before since
	in, out   meter
	counter   history.Counter
	dropped   uint64
	published uint64
	memory    memorised
	suggested bool                         // the open subscribe form has its suggestions
	saved     client.SavedSubscriptions    // as last kept
	barred    bool                         // the last thing heard of the connection was that a subscription of the shadow pane's is given up
	sent      map[client.RequestID]publish // not ended yet
	strain    strain
	drafting  drafting
	recording Recording // nil while nothing is recorded
}

// publish is a message on its way, and who asked for it.
type publish struct {
	by      sender
	message client.Message
	left    bool // it was given to the network
}

// sender is who asked for a publish.
type sender int

const (
	byComposer sender = iota
	byRepeat
	byShadow
	byTopics
)

func newTab(d Deps, c Connection) *tab {
	t := &tab{conn: c, session: c.Session, history: history.New(c.Limits), book: newBook(), sent: map[client.RequestID]publish{}, recording: c.Recording}
	t.subs = subs.New(d.Theme, d.Keys, d.Now)
	t.messages = messages.New(d.Theme, d.Keys, d.Now, t.history, t.filters)
	t.messages.SetNewestFirst(c.NewestFirst)
	t.messages.SetSchemas(d.Schemas)
	t.composer = composer.New(d.Theme, d.Keys, d.Now)
	t.shadows = shadows.New(d.Theme, d.Keys, d.Now)
	t.allow(c)
	t.messages.SetTone(t.book.tone)
	if d.Triggers != nil {
		t.triggers = d.Triggers(c.Session)
	}
	t.composer.SetOnline(false)
	return t
}

// allow tells the panes what the broker takes.
func (t *tab) allow(c Connection) {
	t.subs.SetMaxQoS(c.MaxQoS)
	t.subs.SetLimits(c.Profile.Limits.Filter)
	t.subs.SetMost(c.Profile.Limits.MaxSubscriptions())
	t.composer.SetMaxQoS(c.MaxQoS)
	t.composer.SetLimits(c.Profile.Limits)
}

// start connects, subscribes to what was asked for and opens the shadow; the Session keeps the order.
func (t *tab) start() (intents []any) {
	if t.asks = t.conn.Asks; t.asks != nil {
		t.state = unopened(t.asks)
		return nil
	}
	t.started = true
	t.session.Connect(t.conn.Profile)
	t.restore()
	t.followTriggers()
	if t.conn.Thing != "" {
		return t.shadows.Choose(t.conn.Thing, t.conn.Shadow)
	}
	return nil
}

func (t *tab) panes() [paneCount]pane {
	return [paneCount]pane{paneSubs: t.subs, paneMessages: t.messages, paneComposer: t.composer, paneShadow: t.shadows}
}

// filters names the filters that match a topic, each once.
func (t *tab) filters(topic string) []string {
	var out []string
	for _, s := range t.book.match(topic) {
		if f := s.filter.String(); !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// publish sends a message for one of the panes.
func (t *tab) publish(m client.Message, by sender) client.RequestID {
	id := t.session.Publish(m)
	t.sent[id] = publish{by: by, message: m}
	return id
}

// connectedFor is how long there was a connection, all in all.
func (t *tab) connectedFor(now time.Time) time.Duration {
	if t.since.IsZero() {
		return t.connected
	}
	return t.connected + now.Sub(t.since)
}
