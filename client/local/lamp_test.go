package local

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/shadow/service"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestRoomMovesSlowlyAndTheSameForTheSameSeed(t *testing.T) {
	a, b := newRoom(7), newRoom(7)
	last := a.at(noon, 0.6)
	b.at(noon, 0.6)
	for i := 1; i < 24*3600; i++ {
		now := noon.Add(time.Duration(i) * time.Second)
		r := a.at(now, 0.6)
		if d := r.Temperature - last.Temperature; d > 0.1 || d < -0.1 {
			t.Fatalf("temperature jumped by %v in a second at %v", d, now)
		}
		if d := r.Lux - last.Lux; d > 15 || d < -15 {
			t.Fatalf("light jumped by %v in a second at %v", d, now)
		}
		if r.Temperature < 15 || r.Temperature > 28 || r.Humidity < 20 || r.Humidity > 75 || r.Lux < 0 || r.Lux > 900 {
			t.Fatalf("got %+v at %v; want what a room has", r, now)
		}
		if other := b.at(now, 0.6); other != r {
			t.Fatalf("got %+v and %+v for the same seed", r, other)
		}
		last = r
	}
}

func TestRoomFollowsTheLamp(t *testing.T) {
	lit, dark := newRoom(7), newRoom(7)
	for i := range 3600 {
		lit.at(noon.Add(time.Duration(i)*time.Second), 1)
		dark.at(noon.Add(time.Duration(i)*time.Second), 0)
	}
	after := noon.Add(time.Hour)
	a, b := lit.at(after, 1), dark.at(after, 0)
	if a.Temperature <= b.Temperature || a.Lux <= b.Lux {
		t.Errorf("got %+v with the lamp on, %+v without; want it warmer and brighter", a, b)
	}
}

// state is the state of an update document.
func state(t *testing.T, payload []byte) map[string]any {
	t.Helper()
	var doc struct{ State map[string]any }
	if err := json.Unmarshal(payload, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.State
}

func TestLampObeysAllWishesAfterAChangeOfDesired(t *testing.T) {
	l := newLamp("lamp", 2*time.Second)
	out := l.begin(noon)
	if len(out) != 2 || out[0].topic != "lamp/telemetry" || out[1].topic != "$aws/things/lamp/shadow/get" {
		t.Fatalf("got %v at the start; want telemetry and a get", out)
	}
	reject := `{"code":404,"message":"No shadow exists with name: 'lamp'","clientToken":"` + l.token() + `"}`
	out = l.handle("$aws/things/lamp/shadow/get/rejected", []byte(reject), noon)
	if len(out) != 1 || state(t, out[0].payload)["desired"] == nil {
		t.Fatalf("got %v; want an update with desired", out)
	}
	// Its own update, and one of reported by somebody else, are no wishes.
	l.handle("$aws/things/lamp/shadow/update/accepted", []byte(`{"state":{"desired":{"brightness":80}},"clientToken":"`+l.token()+`"}`), noon)
	l.handle("$aws/things/lamp/shadow/update/accepted", []byte(`{"state":{"reported":{"x":1}}}`), noon)
	if got := l.due(noon.Add(11 * time.Second)); len(got) != 0 {
		t.Fatalf("got %v; want the lamp to wait for a wish", got)
	}
	l.handle("$aws/things/lamp/shadow/update/accepted", []byte(`{"state":{"desired":{"on":false}}}`), noon)
	if got := l.due(noon.Add(1999 * time.Millisecond)); len(got) != 0 {
		t.Fatalf("got %v before two seconds have passed", got)
	}
	if out = l.due(noon.Add(2 * time.Second)); len(out) != 1 || out[0].topic != "$aws/things/lamp/shadow/get" {
		t.Fatalf("got %v; want a get", out)
	}
	got := `{"state":{"delta":{"on":false,"brightness":80,"wifi":{"channel":11}}},"clientToken":"` + l.token() + `"}`
	out = l.handle("$aws/things/lamp/shadow/get/accepted", []byte(got), noon)
	if len(out) != 1 || l.power() != 0 || l.reported["wifi"].(map[string]any)["ssid"] != "workshop" {
		t.Fatalf("got %v, reported %v; want the wishes reported and the rest kept", out, l.reported)
	}
}

// shadowService is the real service, joined as main does.
func shadowService(t *testing.T) Shadows {
	t.Helper()
	svc, err := service.New(service.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return join(svc)
}

func join(svc *service.Service) Shadows {
	return ShadowsFunc(func(topic string, payload []byte, now time.Time, publish func(string, []byte)) bool {
		return svc.HandleTo(topic, payload, now, func(replies []service.Reply) {
			for _, r := range replies {
				publish(r.Topic, r.Payload)
			}
		})
	})
}

func TestSimulatedThingLivesAndObeys(t *testing.T) {
	s := start(t, Options{
		Strict: true, Simulate: "lamp", ObeyAfter: 50 * time.Millisecond, ReportEach: 20 * time.Millisecond,
		Shadows: shadowService(t), Notice: func(n Notice) { t.Errorf("notice: %+v", n) },
	})
	d := dial(t, s, "d")
	d.subscribe("lamp/telemetry", "$aws/things/lamp/shadow/get/accepted", "$aws/things/lamp/shadow/update/delta")
	d.until(func(m mqtt.Message) bool { return m.Topic() == "lamp/telemetry" })
	if got := delta(t, d); got != `{"brightness":80}` {
		t.Fatalf("got delta %s at the start; want one difference", got)
	}
	d.done(d.Publish("$aws/things/lamp/shadow/update", 1, false, `{"state":{"desired":{"on":false}}}`))
	// Asked for, it may be obeyed already; the message is sent in any case.
	open := d.until(func(m mqtt.Message) bool { return strings.HasSuffix(m.Topic(), "/update/delta") })
	if got, err := json.Marshal(state(t, open.Payload())); err != nil || string(got) != `{"brightness":80,"on":false}` {
		t.Fatalf("got delta %s, %v after a change; want it open", got, err)
	}
	deadline := time.Now().Add(patience)
	for got := delta(t, d); got != "null"; got = delta(t, d) {
		if time.Now().After(deadline) {
			t.Fatalf("got delta %s; want the lamp to obey", got)
		}
	}
}

// delta asks for the lamp's shadow until there is one and returns its delta.
func delta(t *testing.T, d *testClient) string {
	t.Helper()
	for range 1000 {
		d.done(d.Publish("$aws/things/lamp/shadow/get", 1, false, `{"clientToken":"delta"}`))
		deadline := time.After(20 * time.Millisecond)
		for waiting := true; waiting; {
			select {
			case m := <-d.got:
				if strings.HasSuffix(m.Topic(), "/get/accepted") && strings.Contains(string(m.Payload()), `"delta"`) {
					b, err := json.Marshal(state(t, m.Payload())["delta"])
					if err != nil {
						t.Fatal(err)
					}
					if strings.Contains(string(m.Payload()), `"clientToken":"delta"`) {
						return string(b)
					}
				}
			case <-deadline:
				waiting = false
			}
		}
	}
	t.Fatal("no shadow")
	return ""
}

func TestSimulatedThingGivesWayToARealDevice(t *testing.T) {
	s := start(t, Options{Simulate: "lamp", ReportEach: 5 * time.Millisecond})
	watch := dial(t, s, "watch")
	watch.subscribe("lamp/telemetry", "$aws/events/presence/connected/lamp")
	watch.next()
	real := dial(t, s, "lamp")
	watch.until(func(m mqtt.Message) bool { return strings.HasPrefix(m.Topic(), "$aws/events/") })
	if !real.IsConnectionOpen() {
		t.Error("the simulated thing drove the device away")
	}
}
