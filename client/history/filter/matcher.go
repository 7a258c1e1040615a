package filter

import (
	"time"

	"github.com/itchyny/gojq"

	"example.com/thingdeck/client/history"
)

// Cut is how long gojq may take for one message; what takes longer does not match, and is counted.
const Cut = 2 * time.Millisecond

// A Matcher tests messages for one goroutine. It remembers what the filter says of each topic.
type Matcher struct {
	f      *Filter
	topics []memo
	fields fieldReader
	decode decoder
	code   *gojq.Code
	budget budget
	slow   bool // the last message was cut
	cut    uint64
}

// memo is what is known of a topic: a bit for each term that it decides.
type memo struct {
	known  bool
	reused uint32
	never  bool   // a term on the topic alone excludes it
	words  uint64 // words that stand in the topic, by the number of the term
}

// Topics names the topics of records: a History or a Snapshot.
type Topics interface {
	TopicKey(id uint32) history.TopicKey
}

// Matcher makes one for a goroutine.
func (f *Filter) Matcher() *Matcher {
	m := &Matcher{f: f}
	if e := f.expr; e != nil {
		m.fields.fields = e.fields
	}
	return m
}

// Cut is how many messages were left out because gojq took too long over them.
func (m *Matcher) Cut() uint64 { return m.cut }

// Match says whether the filter selects a message. All records come from the History or the snapshots of one History.
func (m *Matcher) Match(topics Topics, r *history.Record) bool {
	if len(m.f.terms) > 0 && !m.terms(topics, r) {
		return false
	}
	if m.f.expr == nil {
		return true
	}
	payload := r.Payload
	if m.f.decode != nil && len(payload) > 0 && payload[0] != '{' && payload[0] != '[' {
		payload = m.f.decode(topics.TopicKey(r.Topic).Name, payload)
	}
	return m.expression(payload)
}

func (m *Matcher) terms(topics Topics, r *history.Record) bool {
	t := m.topic(topics, r.Topic)
	if t.never {
		return false
	}
	for i := range m.f.terms {
		term := &m.f.terms[i]
		var is bool
		switch term.kind {
		case byTopic:
			continue // never knows
		case byQoS:
			is = term.op.holds(int(r.QoS()) - int(term.number))
		case bySize:
			is = term.op.holds(sign(int64(len(r.Payload)) - term.number))
		case byRetain:
			is = r.Retain()
		case byDup:
			is = r.Dup()
		case byOut:
			is = r.Out()
		default:
			is = i < 64 && t.words>>i&1 != 0 || i >= 64 && term.inText([]byte(topics.TopicKey(r.Topic).Name)) || term.inText(r.Payload)
		}
		if is == term.exclude {
			return false
		}
	}
	return true
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// inText says whether a word or a regular expression stands in a text.
func (t *term) inText(text []byte) bool {
	if t.kind == byRegexp {
		return t.re.Match(text)
	}
	return t.word.in(text)
}

// topic is what the terms say of a topic.
func (m *Matcher) topic(topics Topics, id uint32) *memo {
	key := topics.TopicKey(id)
	if int(id) >= len(m.topics) {
		m.topics = append(m.topics, make([]memo, int(id)+1+len(m.topics)/2-len(m.topics))...)
	}
	t := &m.topics[id]
	if t.known && t.reused == key.Reused {
		return t
	}
	*t = memo{known: true, reused: key.Reused}
	name := []byte(key.Name)
	for i := range m.f.terms {
		switch term := &m.f.terms[i]; term.kind {
		case byTopic:
			t.never = t.never || (term.topic.Matches(key.Name) || term.topic.MatchesStandard(key.Name)) == term.exclude
		case byWord, byRegexp:
			if i < 64 && term.inText(name) {
				t.words |= 1 << i
			}
		}
	}
	return t
}

func (m *Matcher) expression(payload []byte) bool {
	if e := m.f.expr; e.fast != nil {
		if !m.fields.read(payload) {
			return false
		}
		if !m.fields.unsure {
			holds, failed := m.fields.holds(e.fast)
			return holds && !failed
		}
	}
	return m.gojq(payload)
}

// gojq runs the expression as it is.
func (m *Matcher) gojq(payload []byte) bool {
	if m.code == nil {
		m.code, _ = compile(m.f.expr.query) // was compiled once to check it
	}
	v, ok := m.decode.value(payload)
	if !ok {
		return false
	}
	holds, cut := m.run(v, Cut)
	if cut && !m.slow { // once more: the processor may have been taken away meanwhile, by another program
		holds, cut = m.run(v, 4*Cut)
	}
	if m.slow = cut; cut {
		m.cut++
	}
	return holds
}

func (m *Matcher) run(v any, most time.Duration) (holds, cut bool) {
	m.budget.begin(most)
	defer m.budget.end()
	for iter := m.code.RunWithContext(&m.budget, v); ; {
		out, more := iter.Next()
		if !more {
			return false, false
		}
		switch out := out.(type) {
		case error:
			return false, m.budget.Err() != nil
		case nil:
		case bool:
			if out {
				return true, false
			}
		default:
			return true, false
		}
	}
}
