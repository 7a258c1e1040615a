package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/composer"
)

// frameMsg says that a frame is due: something came from the network, or time moved.
type frameMsg struct{}

// frameTime is the shortest time between two frames of data; keys are drawn at once.
const frameTime = 31 * time.Millisecond

// quietTime is the longest time between two frames: ages and countdowns move on by themselves.
const quietTime = time.Second

// wait is the one Cmd that waits for data. It returns a frameMsg when the next frame is due: a deadline counted from the last
// frame, so that neither a flood nor a trickle can put it off. Only the frame's own Update starts it again.
func (m *Model) wait() tea.Cmd {
	wake, due := m.deps.Wake, m.lastFrame.Add(frameTime)
	return func() tea.Msg {
		quiet := time.NewTimer(quietTime)
		defer quiet.Stop()
		select {
		case <-wake:
			time.Sleep(time.Until(due))
		case <-quiet.C:
		}
		return frameMsg{}
	}
}

// frame takes everything that came in since the last one.
func (m *Model) frame() tea.Cmd {
	m.lastFrame = time.Now() // the pace of the screen, not the clock of the data
	now := m.deps.Now()
	var cmds []tea.Cmd
	for i, t := range slices.Clone(m.tabs) {
		batch := t.session.Take()
		if i != m.current {
			t.unseen += uint64(batch.Messages.Len())
		}
		intents := t.take(batch, now)
		m.signals(t)
		cmds = append(cmds, m.in(t, func() tea.Cmd { return m.act(intents) }))
		if text := t.strained(now); text != "" {
			m.notice(t, text)
		}
		if n := t.messages.LostMarks(); n > 0 {
			m.notice(t, lostMarks(n))
		}
	}
	m.paceCollector()
	if m.deps.Notices != nil {
		for _, text := range m.deps.Notices() {
			m.notice(m.tab(), text)
		}
	}
	return tea.Batch(cmds...)
}

// maxSuggested bounds the topics that the filter field completes from.
const maxSuggested = 1000

// topicsSeen is topics of the history, in order.
func (t *tab) topicsSeen() []string {
	var out []string
	for topic := range t.history.Topics() {
		if out = append(out, topic); len(out) == maxSuggested {
			break
		}
	}
	slices.Sort(out)
	return out
}

// take moves a batch of the Session into the tab: messages into history, counts and the shadow, events to whom they concern, in
// the order in which they happened.
func (t *tab) take(batch client.Batch, now time.Time) (intents []any) {
	t.dropped += batch.Dropped
	if batch.Unhandled > 0 {
		t.log.Add(now, t.unhandled(batch.Unhandled), true)
	}
	if t.recording != nil {
		t.recording.Batch(batch, t.message)
	}
	t.history.Add(batch.Messages)
	next := 0
	for _, e := range batch.Events {
		intents = append(intents, t.received(batch.Messages.Slice(next, e.At), now)...)
		intents = append(intents, t.event(e, now)...)
		next = e.At
	}
	intents = append(intents, t.received(batch.Messages.Slice(next, batch.Messages.Len()), now)...)
	intents = append(intents, t.shadows.Tick(now)...)
	t.followTriggers()
	rate := t.in.perSecond(now)
	if len(t.book.chosen) > 0 {
		rate = t.book.rate(now)
	}
	t.messages.SetRate(rate)
	t.subs.SetAll(t.history.Stats().Received)
	intents = append(intents, t.subs.SetRows(t.book.view(now))...)
	return intents
}

// received counts messages, topic by topic, and offers them to the shadow, one by one in their order.
func (t *tab) received(messages history.Batch, now time.Time) (intents []any) {
	if messages.Len() == 0 {
		return nil
	}
	t.in.add(uint64(messages.Len()), now)
	shadows := false
	for topic, n := range t.counter.Count(messages) {
		t.book.count(topic, n, now)
		shadows = shadows || strings.HasPrefix(topic, shadowTopics)
	}
	if !shadows {
		return nil
	}
	for msg := range messages.All() {
		if strings.HasPrefix(msg.Topic, shadowTopics) {
			intents = append(intents, t.shadows.Handle(msg.Topic, msg.Payload, now)...)
		}
	}
	return intents
}

const shadowTopics = "$aws/things/"

// event gives what happened to whom it concerns.
func (t *tab) event(e client.Entry, now time.Time) (intents []any) {
	switch ev := e.Event.(type) {
	case client.Connecting:
		t.state, t.endpoint, t.clientID = ev, ev.Endpoint, ev.ClientID
		t.down(now)
	case client.Connected:
		t.state, t.endpoint, t.clientID, t.since = ev, ev.Endpoint, ev.ClientID, now
		t.shadows.SetClientID(ev.ClientID)
		t.composer.SetOnline(true)
		t.barred = false
		t.log.Add(e.Time, fmt.Sprintf("connected to %s as %s", ev.Endpoint, ev.ClientID), false)
		if len(t.conn.toKeep) > 0 {
			intents = append(intents, keepSecrets{})
		}
		return append(intents, t.shadows.Connected(ev.SessionPresent)...)
	case client.Reconnecting:
		t.state, t.why = ev, ev.Why
		t.lost(now)
		t.log.Add(e.Time, "not connected: "+ev.Why.Text+"; trying again"+client.Likely(ev.Why.Causes), true)
		if ev.Why.WantsMFA() {
			return []any{wantsCode{ev.Why.Text}}
		}
	case client.Refused:
		t.state, t.why = ev, ev.Why
		t.lost(now)
		t.log.Add(e.Time, "refused: "+ev.Why.Full(), true)
		if ev.Why.WantsMFA() {
			return []any{wantsCode{ev.Why.Text}}
		}
		if t.barred { // the shadow pane goes on with what is allowed
			t.barred = false
			t.log.Add(e.Time, "trying again without the subscription", false)
			return t.shadows.Closed()
		}
		return []any{goesOn{ev.Why}}
	case client.Disconnected:
		t.state, t.why = ev, ev.Why
		t.lost(now)
		t.log.Add(e.Time, "disconnected "+ev.Why.Text, ev.Why.Text != "")
	case client.Subscribed:
		return t.subscribed(ev, e.Time)
	case client.Unsubscribed:
		if ev.Err != nil {
			t.log.Add(e.Time, fmt.Sprintf("unsubscribe from %s: %v", ev.Filter, ev.Err), true)
		} else if !ev.Held {
			t.log.Add(e.Time, "unsubscribed from "+ev.Filter.String(), false)
		}
	case client.Published:
		t.publishedStep(ev, now)
	}
	return nil
}

// down ends the time of a connection that stood.
func (t *tab) down(now time.Time) {
	t.connected, t.since = t.connectedFor(now), time.Time{}
	t.composer.SetOnline(false)
}

func (t *tab) lost(now time.Time) {
	t.down(now)
	t.book.offline()
	t.shadows.Disconnected()
}

func (t *tab) subscribed(ev client.Subscribed, at time.Time) []any {
	if t.book.answer(ev) {
		t.session.Unsubscribe(ev.Filter)
	}
	why := ""
	if ev.Err != nil {
		why = ev.Err.Error()
		t.log.Add(at, fmt.Sprintf("subscribe %s: %s%s", ev.Filter, why, client.Likely(client.Causes(ev.Err))), true)
	} else {
		t.log.Add(at, fmt.Sprintf("subscribed to %s at QoS %d", ev.Filter, ev.Granted), false)
	}
	for _, group := range t.shadows.Groups() {
		if s := t.book.find(ev.Filter.String(), group); s != nil && group != "" {
			if ev.Err != nil {
				s.reason = why
			}
			t.barred = ev.Err != nil
			return t.shadows.Subscribed(ev.Filter.String(), why)
		}
	}
	return nil
}

// publishedStep tells who asked how far a publish has come.
func (t *tab) publishedStep(ev client.Published, now time.Time) {
	if ev.Step == client.Sent && !ev.Again {
		t.published++
		t.out.add(1, now)
	}
	asked, known := t.sent[ev.ID]
	if known && ev.Step == client.Sent {
		asked.left = true
		t.sent[ev.ID] = asked
	}
	by, failed := asked.by, ev.Step == client.Failed
	text := t.stepText(ev, asked.left)
	if by == byComposer || by == byRepeat {
		t.composer.Outcome(uint64(ev.ID), composer.Progress{Text: text, Failed: failed, Final: ev.Final()})
	}
	if ev.Final() {
		delete(t.sent, ev.ID)
		if by != byRepeat || failed { // a repeat would push all else out of the log
			t.log.Add(now, fmt.Sprintf("publish %s: %s", ev.Topic, text), failed)
		}
	}
}

// stepText is a step of a publish in words; left says that it was given to the network.
func (t *tab) stepText(ev client.Published, left bool) string {
	switch {
	case ev.Step == client.Waiting && t.since.IsZero():
		return "queued (offline)"
	case ev.Step == client.Waiting:
		return "queued"
	case ev.Step == client.Sent:
		return "sent"
	case ev.Step == client.Acknowledged:
		return "acknowledged in " + took(ev.Took)
	case errors.Is(ev.Err, client.ErrNoAnswer):
		return "unknown: " + ev.Err.Error()
	case left:
		return "refused: " + strings.TrimPrefix(ev.Err.Error(), "refused: ")
	}
	return "not sent: " + ev.Err.Error()
}

// took writes a short time as a person reads it: 0.4 ms, 12 ms, 1.3 s.
func took(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
