package filter

import (
	"testing"

	"example.com/thingdeck/client/history"
)

func TestSingle(t *testing.T) {
	f, err := Parse(`kitchen topic:sensors/# qos:1 .temp > 30`)
	if err != nil {
		t.Fatal(err)
	}
	s := f.Single()
	for _, tt := range []struct {
		m    history.Message
		want bool
	}{
		{history.Message{Topic: "sensors/kitchen", QoS: 1, Payload: []byte(`{"temp":31}`)}, true},
		{history.Message{Topic: "sensors/kitchen", QoS: 1, Payload: []byte(`{"temp":29}`)}, false},
		{history.Message{Topic: "sensors/kitchen", Payload: []byte(`{"temp":31}`)}, false},
		{history.Message{Topic: "sensors/hall", QoS: 1, Payload: []byte(`{"temp":31}`)}, false},
		{history.Message{Topic: "sensors/hall", QoS: 1, Payload: []byte(`{"temp":31,"room":"kitchen"}`)}, true},
		{history.Message{Topic: "other/kitchen", QoS: 1, Payload: []byte(`{"temp":31}`)}, false},
		{history.Message{Topic: "sensors/kitchen", QoS: 1, Payload: []byte(`{"temp":31}`)}, true},
	} {
		if got := s.Match(tt.m); got != tt.want {
			t.Errorf("%+v: got %v; want %v", tt.m, got, tt.want)
		}
	}
}
