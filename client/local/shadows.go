package local

import "strings"

// intercept gives what clients publish under $aws/things/ to the shadow service.
func (s *Server) intercept(m *Message, answer func(*Message)) {
	if s.opt.Shadows == nil || !strings.HasPrefix(m.Topic, "$aws/things/") {
		return
	}
	s.opt.Shadows.Handle(m.Topic, m.Payload, s.opt.Now(), func(topic string, payload []byte) {
		answer(&Message{Topic: topic, Payload: payload, QoS: 1})
	})
}
