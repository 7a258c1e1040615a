package ui

import (
	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/subs"
)

// subscribeTopic subscribes to what the topic tree asks for, which may be more than the broker allows.
func (m *Model) subscribeTopic(text string) {
	f, err := client.ParseFilter(text)
	if err == nil {
		err = m.tab().conn.Profile.Limits.Filter(f)
	}
	if err != nil {
		m.tell(0, "subscribe "+safe(text)+": "+err.Error(), true)
		return
	}
	m.tab().want([]subs.Wanted{{Filter: f}})
	m.tell(0, "subscribed to "+safe(text), false)
}

// unsubscribeTopic lets go of the user's subscriptions to any of the filters.
func (m *Model) unsubscribeTopic(filters []string) {
	n := 0
	for _, text := range filters {
		if s := m.tab().book.find(text, ""); s != nil {
			m.tab().unsubscribe(subs.Choose{Filter: text})
			m.tell(0, "unsubscribed from "+safe(text), false)
			n++
		}
	}
	if n == 0 {
		m.tell(0, "no subscription of yours is "+safe(filters[0])+" or all below it", true)
	}
}

// clearRetained publishes an empty retained message.
func (m *Model) clearRetained(text string) {
	topic, err := client.ParseTopic(text)
	if err != nil {
		m.tell(0, err.Error(), true)
		return
	}
	m.tab().publish(client.Message{Topic: topic, QoS: 1, Retain: true}, byTopics)
}
