package broker

import (
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"time"
)

// RetainedMessage is a message that the broker keeps for new subscribers of its topic.
type RetainedMessage struct {
	Message  *Message
	Modified time.Time // when it was published
}

// RetainedStore keeps retained messages. A nil record deletes; Save returns once the record survives the process.
type RetainedStore interface {
	Load(each func(topic string, record []byte) error) error
	Save(topic string, record []byte) error
}

// retained holds one message a topic.
type retained struct {
	store RetainedStore
	mu    sync.RWMutex
	byTop map[string]RetainedMessage
}

// record is a retained message in a store.
type record struct {
	Payload    []byte      `json:"payload"`
	QoS        byte        `json:"qos"`
	Modified   time.Time   `json:"modified"`
	Expires    time.Time   `json:"expires,omitzero"`
	Properties *Properties `json:"properties,omitempty"`
	Publisher  string      `json:"publisher,omitempty"`
}

func loadRetained(store RetainedStore) (*retained, error) {
	r := &retained{store: store, byTop: map[string]RetainedMessage{}}
	if store == nil {
		return r, nil
	}
	err := store.Load(func(topic string, b []byte) error {
		var in record
		if err := json.Unmarshal(b, &in); err != nil {
			return fmt.Errorf("retained message on %s: %w", topic, err)
		}
		r.byTop[topic] = RetainedMessage{Modified: in.Modified, Message: &Message{
			Topic: topic, Payload: in.Payload, QoS: in.QoS, Retain: true, Expires: in.Expires,
			Properties: in.Properties, Publisher: in.Publisher,
		}}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load retained messages: %w", err)
	}
	return r, nil
}

// set keeps m in place of what was retained on its topic; an empty payload only removes that.
func (r *retained) set(m *Message, now time.Time) error {
	if r.store != nil {
		if err := r.save(m, now); err != nil {
			return fmt.Errorf("retain message: %w", err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(m.Payload) == 0 {
		delete(r.byTop, m.Topic)
	} else {
		r.byTop[m.Topic] = RetainedMessage{Message: m, Modified: now}
	}
	return nil
}

func (r *retained) save(m *Message, now time.Time) error {
	if len(m.Payload) == 0 {
		return r.store.Save(m.Topic, nil)
	}
	b, err := json.Marshal(record{m.Payload, m.QoS, now, m.Expires, m.Properties, m.Publisher})
	if err != nil {
		return err
	}
	return r.store.Save(m.Topic, b)
}

func (r *retained) get(topic string, now time.Time) (RetainedMessage, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m, ok := r.byTop[topic]
	if ok && m.Message.expired(now) {
		return RetainedMessage{}, false
	}
	return m, ok
}

func (r *retained) message(topic string, now time.Time) *Message {
	m, _ := r.get(topic, now)
	return m.Message
}

func (r *retained) all(now time.Time) []RetainedMessage {
	r.mu.RLock()
	defer r.mu.RUnlock()
	out := make([]RetainedMessage, 0, len(r.byTop))
	for _, m := range r.byTop {
		if !m.Message.expired(now) {
			out = append(out, m)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Message.Topic < out[j].Message.Topic })
	return out
}

// expire removes what is past its expiry.
func (r *retained) expire(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for topic, m := range r.byTop {
		if !m.Message.expired(now) {
			continue
		}
		delete(r.byTop, topic)
		if r.store != nil {
			_ = r.store.Save(topic, nil) // read again after a restart, it is expired still
		}
	}
}
