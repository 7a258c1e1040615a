package messages

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
)

const ruleLine = 14 // of 80×24: the border, 13 rows, the rule

func TestTheDetailChoosesAndCyclesTheDisplay(t *testing.T) {
	tests := []struct {
		name, payload string
		want          []string
		firstLine     string
	}{
		{"JSON", `{"a":1}`, []string{"JSON · 7 B", "text · 7 B", "hex · 7 B"}, "{"},
		{"text", "hello", []string{"text · 5 B", "hex · 5 B"}, "hello"},
		{"bytes", "\x01\xff", []string{"hex · 2 B", "text · 2 B"}, "00000000  01 ff"},
		{"empty", "", []string{"empty · 0 B"}, ""},
		{"CBOR", "\xa2aa\x01ab\x82\x02\x03", []string{"CBOR · 9 B", "text · 9 B", "hex · 9 B"}, "{"},
		{"MessagePack", "\x82\xa1a\x01\xa1b\xc0", []string{"MessagePack · 7 B", "text · 7 B", "hex · 7 B"}, "{"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := plain(t)
			r.add(history.Message{Topic: "t", Payload: []byte(tt.payload)})
			r.wantLine(ruleLine, "├─ "+tt.want[0]+" · QoS 0 ─")
			r.wantLine(ruleLine+1, tt.firstLine)
			for i := range tt.want {
				r.press("v")
				r.wantLine(ruleLine, "├─ "+tt.want[(i+1)%len(tt.want)]+" · QoS 0 ─")
			}
		})
	}
}

func TestTheDisplayIsRememberedByChoice(t *testing.T) {
	r := plain(t)
	r.count(1)
	r.press("v")
	r.count(1)
	r.wantLine(ruleLine, "hex · 2 B")
	r.wantLine(ruleLine+1, "00000000  6d 31")
	r.Show("x", func(string) bool { return true }, 0)
	r.wantLine(ruleLine, "text · 2 B")
	r.press("v", "v")
	if got := r.Displays(); len(got) != 1 || got[""] != "hex" {
		t.Errorf("got %v; want what was chosen, and not what is the same as no choice", got)
	}
	r.SetDisplays(map[string]string{"y": "hex", "z": "anything"})
	r.Show("y", func(string) bool { return true }, 0)
	r.wantLine(ruleLine, "hex · 2 B")
	r.Show("z", func(string) bool { return true }, 0)
	r.wantLine(ruleLine, "text · 2 B")
	r.Show("", nil, 0)
	r.wantLine(ruleLine, "hex · 2 B")
	r.add(history.Message{Topic: "t"})
	r.wantLine(ruleLine, "empty · 0 B")
}

func TestTheLabelSaysHowTheMessageCame(t *testing.T) {
	r := plain(t)
	r.SetSize(120, 24)
	r.add(history.Message{Topic: "sensors/hall/temp", Payload: []byte("1"), QoS: 1, Retain: true, Dup: true})
	r.wantLine(ruleLine, "├─ JSON · 1 B · QoS 1 · retained · duplicate · matched sensors/# sensors/+/temp ─")
}

func TestTheDetailSaysWhatItLeftOut(t *testing.T) {
	r := plain(t)
	r.SetSize(100, 24)
	r.add(history.Message{Topic: "t", Payload: bytes.Repeat([]byte("漢"), maxShown/2)})
	r.wantLine(ruleLine, "text · 1.5 MiB · only the first 1 MiB · QoS 0 · more ↓")
	r.add(history.Message{Topic: "t", Payload: bytes.Repeat([]byte("a\n"), 30000)})
	r.press("enter", "G")
	r.wantLine(ruleLine, "text · 58.6 KiB · QoS 0 · line 20 001 of 20 001")
	r.want("… the rest is not shown here")
}

func TestTheDetailShowsATopicThatTheRowCut(t *testing.T) {
	r := plain(t)
	topic := "$aws/things/a-rather-long-thing-name/shadow/name/configuration/update/accepted"
	r.add(history.Message{Topic: topic, Payload: []byte("x")})
	r.wantLine(ruleLine+1, topic[:70])
	r.SetSize(240, 24)
	r.wantLine(ruleLine+1, "│ x")
}

func TestEnterScrollsInThePayload(t *testing.T) {
	r := plain(t)
	r.count(3)
	r.add(history.Message{Topic: "t", Payload: []byte("[" + strings.Repeat("1,", 50) + "2]")})
	r.wantLine(ruleLine, "├─ JSON · 103 B · QoS 0 · more ↓")
	r.press("enter")
	r.wantLine(ruleLine, "├─ JSON · 103 B · QoS 0 · line 1 of 53")
	r.wantFollowing(false)
	r.count(2)
	r.wantLine(ruleLine+1, "▌[")
	r.press("down", "down")
	r.wantLine(ruleLine+3, "▌  1,")
	r.press("G")
	r.wantLine(ruleLine, "line 53 of 53")
	r.press("pgup", "g")
	r.wantLine(ruleLine, "line 1 of 53")
	if got := r.press("y"); len(got) != 1 || !strings.HasPrefix(got[0].(Copy).Text, "[1,1,") {
		t.Errorf("y gave %v; want the payload", got)
	}
	r.press("esc", "down")
	r.wantChosen("m4")
}

func TestWaysBackFromThePayload(t *testing.T) {
	for _, key := range []string{"esc", "left", "h"} {
		r := plain(t)
		r.count(3)
		r.press("enter", key, "up")
		r.wantChosen("m1")
	}
	r := plain(t)
	r.count(3)
	r.press("l")
	if !r.Back() {
		t.Error("Back says that there was nothing to leave; want the detail left")
	}
	if r.Back() {
		t.Error("Back says that it left something; want nothing")
	}
}

func TestThePayloadBeingReadOutlivesItsMessage(t *testing.T) {
	r := newRig(t, history.Limits{Messages: 5}, theme.Plain())
	r.count(5)
	r.press("enter")
	r.count(20)
	r.wantLine(ruleLine, "text · 2 B · QoS 0 · evicted · line 1 of 1")
	r.wantLine(ruleLine+1, "m4")
	r.SetSize(80, 26)
	r.want("▌m4")
	r.press("esc")
	r.wantChosen("m20")
}

func TestALowPaneGivesTheDetailAllOfIt(t *testing.T) {
	r := plain(t)
	r.SetSize(40, 8)
	r.count(9)
	r.add(history.Message{Topic: "t", Payload: []byte("m9")})
	r.wantLine(6, "m9")
	r.press("enter")
	r.wantLine(1, "├─ text · 2 B · QoS 0 · line 1 of 1")
	r.wantLine(2, "▌m9")
	r.press("esc")
	r.wantLine(6, "m9")
}

func TestTheWheelScrollsThePayload(t *testing.T) {
	r := plain(t)
	r.add(history.Message{Topic: "t", Payload: []byte("[" + strings.Repeat("1,", 50) + "2]")})
	r.draw()
	for range 30 {
		r.Update(mouse(5, ruleLine+2, tea.MouseButtonWheelDown))
		r.draw()
	}
	r.wantLine(22, "│ ]")
	r.Update(mouse(5, ruleLine+3, tea.MouseButtonLeft))
	r.wantLine(ruleLine, "line 48 of 53")
}

func TestWhatThePaneWants(t *testing.T) {
	add := func(payload string) *rig {
		r := plain(t)
		r.add(history.Message{Topic: "a/\x1bb", Payload: []byte(payload), QoS: 1, Retain: true})
		return r
	}
	tests := []struct {
		name, payload, key string
		want               any
	}{
		{"copy", "x\x1b", "y", Copy{"x\x1b", "payload"}},
		{"copy bytes", "\xff\x00", "y", Copy{"ff00", "payload as hex"}},
		{"copy topic", "x", "Y", Copy{"a/\x1bb", "topic"}},
		{"republish", "x", "r", Republish{"a/\x1bb", []byte("x"), 1, true}},
		{"clear", "x", "C", Clear{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := add(tt.payload).press(tt.key); len(got) != 1 || !reflect.DeepEqual(got[0], tt.want) {
				t.Errorf("%s gave %#v; want %#v", tt.key, got, tt.want)
			}
			if got := plain(t).press(tt.key); len(got) != 0 {
				t.Errorf("%s without messages gave %#v; want nothing", tt.key, got)
			}
		})
	}
}

func TestARepublishedPayloadIsACopy(t *testing.T) {
	r := plain(t)
	r.count(1)
	r.press("r")[0].(Republish).Payload[0] = 'X'
	r.wantChosen("m0")
}

func TestClearEndsAPause(t *testing.T) {
	r := plain(t)
	r.count(20)
	r.press("up", " ", "C")
	r.history.Clear()
	r.Cleared()
	r.want("no messages yet", "s subscribes to a topic filter")
	r.count(2)
	r.wantChosen("m21")
	r.wantFollowing(true)
}

func TestActionsSayWhyTheyAreOff(t *testing.T) {
	off := func(r *rig) (names []string) {
		r.draw()
		for _, a := range r.Actions() {
			if a.Off != "" {
				names = append(names, a.Name)
			}
		}
		return names
	}
	r := plain(t)
	if got := off(r); !slices.Contains(got, "messages.copy") || !slices.Contains(got, "messages.clear") || !slices.Contains(got, "messages.follow") {
		t.Errorf("off without messages: %v; want copy, clear and follow among them", got)
	}
	r.count(5)
	r.press("m")
	if got := off(r); !slices.Equal(got, []string{"messages.follow"}) {
		t.Errorf("off while following: %v; want only messages.follow", got)
	}
	r.press("up")
	if got := off(r); len(got) != 0 {
		t.Errorf("off in the middle: %v; want none", got)
	}
	r.press(" ")
	if got := r.Actions()[0]; got.Short != "resume" {
		t.Errorf("the first action while paused is %q; want resume", got.Short)
	}
}

func TestEveryActionOfTheScopeIsOffered(t *testing.T) {
	r := plain(t)
	var names []string
	for _, a := range r.Actions() {
		names = append(names, a.Name)
	}
	for _, a := range keymap.Default().Actions("messages") {
		if !slices.Contains(names, a.Name) {
			t.Errorf("%s is bound but not offered", a.Name)
		}
	}
}
