package shadow

import (
	"errors"
	"fmt"
	"time"
)

// message is an arrived answer.
type message struct {
	topic string
	Topic
	body      Value
	by        Author
	version   int64
	timestamp int64
	asked     int // the step at which its own request was made, 0 if it answers none
}

// Handle takes a message that arrived at the time now and returns what it means, at least one Result. It is never needed to
// look into the payload again. Messages for other shadows are Ignored.
func (m *Manager) Handle(topic string, payload []byte, now time.Time) []Result {
	t, ok := ParseTopic(topic)
	if !ok || t.Name != m.name || t.Answer == AnswerNone {
		return []Result{Ignored{Topic: topic, Reason: Foreign}}
	}
	body, err := Parse(payload)
	if err == nil && body.kind != KindObject {
		err = fmt.Errorf("want an object, got %s", body.kind)
	}
	if err != nil {
		return []Result{Unreadable{topic, err}}
	}
	msg := message{topic: topic, Topic: t, body: body}
	token, _ := body.Member("clientToken")
	if token.kind == KindString {
		msg.by = m.author(token.text)
	}
	if t.Answer == AnswerRejected {
		return m.rejected(msg, now)
	}
	return m.accepted(msg, now)
}

// readHead reads version and timestamp; documents has its version inside.
func (msg *message) readHead() error {
	from := msg.body
	if msg.Answer == AnswerDocuments {
		from, _ = msg.body.Member("current")
	}
	version, _ := from.Member("version")
	var ok bool
	if msg.version, ok = version.Int(); !ok {
		return errors.New("no version")
	}
	timestamp, _ := msg.body.Member("timestamp")
	msg.timestamp, _ = timestamp.Int()
	return nil
}

func (m *Manager) rejected(msg message, now time.Time) []Result {
	n, _ := msg.body.Member("code")
	code, _ := n.Int()
	text, _ := msg.body.Member("message")
	r, late := m.own(msg.Op, msg.by.Token)
	if r == nil && msg.by.Own {
		return []Result{Ignored{Topic: msg.topic, Reason: Duplicate}}
	}
	if r == nil {
		return []Result{Refused{msg.by, msg.Op, int(code), text.text}}
	}
	if code == 404 && msg.Op != OpUpdate && r.step > m.live.step {
		m.steps++
		m.live.lose(r.step, m.steps)
	}
	return []Result{Rejected{r.Request, int(code), text.text, now.Sub(r.Sent), late}}
}

// accepted handles every answer but a refusal. Any of the messages of an own update proves that it was accepted.
func (m *Manager) accepted(msg message, now time.Time) []Result {
	err := msg.readHead()
	r, late := m.own(msg.Op, msg.by.Token)
	var results []Result
	if r != nil {
		msg.asked = r.step
		results = append(results, Accepted{r.Request, msg.version, now.Sub(r.Sent), late})
	}
	var what Result
	if err == nil {
		what, err = m.meaning(msg)
	}
	if err != nil {
		what = Unreadable{msg.topic, err}
	}
	return append(results, what)
}

func (m *Manager) meaning(msg message) (Result, error) {
	switch {
	case msg.Op == OpGet:
		return m.loaded(msg)
	case msg.Op == OpDelete:
		return m.deleted(msg)
	case msg.Answer == AnswerDelta:
		return m.delta(msg)
	case msg.Answer == AnswerDocuments:
		return m.documents(msg)
	}
	return m.updated(msg)
}

func (msg message) ignored(why Reason) Result {
	return Ignored{Topic: msg.topic, Reason: why, Version: msg.version}
}

// take makes a document the live one.
func (m *Manager) take(msg message, d Document) {
	same := m.live.holds(msg)
	m.steps++
	m.live.take(d, m.steps)
	if msg.Op == OpUpdate {
		m.live.by, m.live.byKnown = msg.by, true
	} else if !same {
		m.live.by, m.live.byKnown = Author{}, false
	}
	m.live.catchUp()
}

func (m *Manager) loaded(msg message) (Result, error) {
	d, err := documentOf(msg.body)
	if err != nil {
		return nil, err
	}
	if !m.live.holds(msg) && !m.live.newer(msg, false) {
		return msg.ignored(Stale), nil
	}
	m.take(msg, d)
	return Loaded{msg.by, m.live.doc}, nil
}

func (m *Manager) documents(msg message) (Result, error) {
	body, _ := msg.body.Member("current")
	d, err := documentOf(body)
	if err != nil {
		return nil, fmt.Errorf("current: %w", err)
	}
	if msg.timestamp == 0 {
		msg.timestamp = d.Newest()
	}
	d.Timestamp = msg.timestamp
	result := Documents{By: msg.by, Current: d}
	previous, _ := msg.body.Member("previous")
	if !previous.IsNull() {
		before, err := documentOf(previous)
		if err != nil {
			return nil, fmt.Errorf("previous: %w", err)
		}
		result.Previous = &before
	}
	same := m.live.holds(msg)
	if same && m.live.told[AnswerDocuments] == d.Version {
		return msg.ignored(Duplicate), nil
	}
	if !same && !m.live.newer(msg, result.Previous == nil) {
		return msg.ignored(Stale), nil
	}
	m.take(msg, d)
	m.live.told[AnswerDocuments] = d.Version
	return result, nil
}

func (m *Manager) updated(msg message) (Result, error) {
	state, ok := msg.body.Member("state")
	if !ok || state.kind != KindObject && !state.IsNull() {
		return nil, errors.New("no state")
	}
	same := m.live.holds(msg)
	if same && m.live.told[AnswerAccepted] == msg.version {
		return msg.ignored(Duplicate), nil
	}
	if !same && !m.live.newer(msg, false) {
		return msg.ignored(Stale), nil
	}
	if !same {
		m.steps++
		m.live.hold(msg, state.Clone(), m.steps)
	}
	m.live.told[AnswerAccepted] = msg.version
	return Updated{msg.by, msg.version, unixTime(msg.timestamp), state}, nil
}

func (m *Manager) delta(msg message) (Result, error) {
	state, _ := msg.body.Member("state")
	if state.kind != KindObject {
		return nil, errors.New("no state")
	}
	metadata, _ := msg.body.Member("metadata")
	same := m.live.holds(msg)
	if m.live.told[AnswerDelta] == msg.version && (same || m.live.seen == msg.version) {
		return msg.ignored(Duplicate), nil
	}
	if !same && (!m.live.newer(msg, false) || msg.version < m.live.seen && !m.live.otherLife(msg.timestamp)) {
		return msg.ignored(Stale), nil
	}
	if !same {
		m.steps++
		m.live.hear(msg, m.steps)
	}
	m.live.told[AnswerDelta] = msg.version
	return Differs{msg.by, msg.version, Section{state, ParseMetadata(metadata, state)}}, nil
}

func (m *Manager) deleted(msg message) (Result, error) {
	if m.live.missing && msg.version == m.live.floor {
		return msg.ignored(Duplicate), nil
	}
	same := m.live.holds(msg)
	if !same && !m.live.newer(msg, false) {
		return msg.ignored(Stale), nil
	}
	m.steps++
	m.live.bury(msg.version, msg.timestamp, m.steps)
	return Deleted{msg.by, msg.version, unixTime(msg.timestamp)}, nil
}
