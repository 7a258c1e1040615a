package local

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"
)

// lamp is how the simulated thing behaves, without its connection: messages in, messages out, time as an argument.
type lamp struct {
	thing     string
	room      *room
	reported  map[string]any // as in its shadow; numbers are float64, as JSON has them
	obeyAfter time.Duration

	tokens int
	known  bool      // its shadow was read or made
	whole  bool      // the next report must be of everything
	obeyAt time.Time // zero without a wish to obey
	asking string    // client token of the get that precedes obeying
	signal time.Time // when the strength of the Wi-Fi signal is reported next
}

// signalEach is the time between reports of the Wi-Fi signal.
const signalEach = 12 * time.Second

// sent is a message of the lamp.
type sent struct {
	topic   string
	payload []byte
}

func newLamp(thing string, obeyAfter time.Duration) *lamp {
	h := fnv.New64a()
	_, _ = h.Write([]byte(thing))
	return &lamp{
		thing: thing, room: newRoom(h.Sum64()), obeyAfter: obeyAfter,
		reported: map[string]any{
			"on": true, "brightness": 60.0, "color": "warm",
			"wifi": map[string]any{"ssid": "workshop", "rssi": -58.0, "channel": 6.0},
		},
	}
}

func (l *lamp) topic(suffix string) string { return "$aws/things/" + l.thing + "/shadow/" + suffix }

// filters are what the lamp subscribes to.
func (l *lamp) filters() []string {
	return []string{l.topic("get/+"), l.topic("update/accepted"), l.topic("update/rejected"), l.topic("delete/accepted")}
}

// begin is what the lamp sends once it is connected: a question for its shadow.
func (l *lamp) begin(now time.Time) []sent {
	l.signal = now.Add(signalEach)
	return []sent{l.telemetry(now), l.get()}
}

// telemetry is one message of its sensors.
func (l *lamp) telemetry(now time.Time) sent {
	b, _ := json.Marshal(struct {
		reading
		On   any   `json:"on"`
		Time int64 `json:"time"`
	}{l.room.at(now, l.power()), l.reported["on"], now.UnixMilli()}) // numbers and what came from JSON: cannot fail
	return sent{l.thing + "/telemetry", b}
}

// power is how much light the lamp gives, from 0 to 1.
func (l *lamp) power() float64 {
	on, _ := l.reported["on"].(bool)
	brightness, ok := l.reported["brightness"].(float64)
	if !on || !ok {
		return 0
	}
	return min(1, max(0, brightness/100))
}

// due is what the lamp does because of the time: it obeys, or tells of its Wi-Fi signal.
func (l *lamp) due(now time.Time) []sent {
	var out []sent
	if !l.obeyAt.IsZero() && !now.Before(l.obeyAt) {
		l.obeyAt = time.Time{}
		get := l.get()
		l.asking = l.token()
		out = append(out, get)
	}
	if l.known && !now.Before(l.signal) {
		l.signal = now.Add(signalEach)
		out = append(out, l.reportSignal(now)...)
	}
	return out
}

// next is when due has something to do.
func (l *lamp) next() time.Time {
	if !l.obeyAt.IsZero() && l.obeyAt.Before(l.signal) {
		return l.obeyAt
	}
	return l.signal
}

func (l *lamp) reportSignal(now time.Time) []sent {
	wifi, ok := l.reported["wifi"].(map[string]any)
	if !ok {
		return nil
	}
	rssi := math.Round(-58 + 5*l.room.wave(now, 2, 190))
	if wifi["rssi"] == rssi && !l.whole {
		return nil
	}
	wifi["rssi"] = rssi
	if l.whole {
		l.whole = false
		return []sent{l.update(map[string]any{"reported": l.reported})}
	}
	return []sent{l.update(map[string]any{"reported": map[string]any{"wifi": map[string]any{"rssi": rssi}}})}
}

// answer is the part of the shadow's answers that the lamp reads.
type answer struct {
	State struct {
		Desired  map[string]any `json:"desired"`
		Reported map[string]any `json:"reported"`
		Delta    map[string]any `json:"delta"`
	} `json:"state"`
	Token string `json:"clientToken"`
	Code  int    `json:"code"`
}

// handle is what the lamp does with a message.
func (l *lamp) handle(topic string, payload []byte, now time.Time) []sent {
	var a answer
	suffix, ok := strings.CutPrefix(topic, l.topic(""))
	if !ok || json.Unmarshal(payload, &a) != nil {
		return nil
	}
	own := strings.HasPrefix(a.Token, l.mark())
	switch {
	case suffix == "get/accepted" && own:
		return l.got(a)
	case suffix == "get/rejected" && own && a.Code == 404 && !l.known:
		return l.introduce()
	case suffix == "update/accepted" && !own && len(a.State.Desired) > 0:
		// Whoever changes a wish sees the difference for a while, and then all of them close.
		l.obeyAt = now.Add(l.obeyAfter)
	case suffix == "delete/accepted":
		l.whole = true
	}
	return nil
}

// introduce makes the shadow, with one wish that the lamp has not yet fulfilled.
func (l *lamp) introduce() []sent {
	l.known = true
	return []sent{l.update(map[string]any{
		"reported": l.reported,
		"desired":  map[string]any{"on": true, "brightness": 80.0, "color": "warm"},
	})}
}

// got takes up what the shadow held from an earlier life, or obeys.
func (l *lamp) got(a answer) []sent {
	if !l.known {
		l.known = true
		if a.State.Reported == nil {
			return []sent{l.update(map[string]any{"reported": l.reported})}
		}
		merge(l.reported, a.State.Reported)
		return nil
	}
	if a.Token != l.asking || len(a.State.Delta) == 0 {
		return nil
	}
	l.asking = ""
	merge(l.reported, a.State.Delta)
	return []sent{l.update(map[string]any{"reported": a.State.Delta})}
}

// merge lays the changes over into, objects key by key.
func merge(into, changes map[string]any) {
	for k, v := range changes {
		below, ok := into[k].(map[string]any)
		if object, is := v.(map[string]any); ok && is {
			merge(below, object)
		} else {
			into[k] = v
		}
	}
}

func (l *lamp) get() sent {
	l.tokens++
	b, _ := json.Marshal(map[string]string{"clientToken": l.token()}) // cannot fail
	return sent{l.topic("get"), b}
}

func (l *lamp) update(state map[string]any) sent {
	l.tokens++
	b, _ := json.Marshal(map[string]any{"state": state, "clientToken": l.token()}) // came from JSON: cannot fail
	return sent{l.topic("update"), b}
}

func (l *lamp) token() string { return fmt.Sprintf("%s%d", l.mark(), l.tokens) }

// mark begins the lamp's client tokens, which have 64 bytes at most.
func (l *lamp) mark() string { return l.thing[:min(len(l.thing), 40)] + "-lamp-" }
