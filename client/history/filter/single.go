package filter

import "example.com/thingdeck/client/history"

// A Single tests messages that stand in no History, one by one, for one goroutine.
type Single struct {
	m     *Matcher
	topic singleTopic
}

// singleTopic is the topic of the message at hand, as the only one of a History that gives its number to one after the other.
type singleTopic history.TopicKey

func (t *singleTopic) TopicKey(uint32) history.TopicKey { return history.TopicKey(*t) }

// Single makes one for a goroutine.
func (f *Filter) Single() *Single { return &Single{m: f.Matcher()} }

// Match says whether the filter selects a message.
func (s *Single) Match(m history.Message) bool {
	if m.Topic != s.topic.Name {
		s.topic.Name = m.Topic
		s.topic.Reused++
	}
	r := history.RecordOf(m)
	return s.m.Match(&s.topic, &r)
}
