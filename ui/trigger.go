package ui

import (
	"fmt"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/ui/subs"
	"example.com/thingdeck/ui/triggers"
)

// triggerGroup is the row that the filters of triggers are folded into.
const triggerGroup = "triggers"

// heldByTrigger is why the user cannot unsubscribe from what a trigger wants.
const heldByTrigger = "a trigger holds it: switch the trigger off"

// followTriggers subscribes to what the triggers that are on want, and lets the rest go.
func (t *tab) followTriggers() {
	if t.triggers == nil || t.triggers.Changes() == t.followed {
		return
	}
	t.followed = t.triggers.Changes()
	t.messages.SetMarker(t.triggers.Mark)
	var want []subs.Wanted
	for _, s := range t.triggers.List() {
		if !s.On || !t.triggers.On() {
			continue
		}
		w := subs.Wanted{Filter: s.Filter, QoS: min(s.QoS, t.conn.MaxQoS)}
		if i := indexOf(want, s.Filter); i >= 0 {
			want[i].QoS = max(want[i].QoS, w.QoS)
		} else {
			want = append(want, w)
		}
	}
	for _, s := range t.book.of(subs.Choose{Group: triggerGroup}) {
		i := indexOf(want, s.filter)
		switch {
		case i < 0:
			t.unsubscribe(subs.Choose{Filter: s.filter.String(), Group: triggerGroup})
		case s.state != subs.Refused && want[i].QoS <= s.qos:
			want = append(want[:i], want[i+1:]...)
		}
	}
	t.subscribe(want, triggerGroup, heldByTrigger)
}

func indexOf(all []subs.Wanted, f client.Filter) int {
	for i, w := range all {
		if w.Filter == f {
			return i
		}
	}
	return -1
}

// signals rings and notifies for the triggers of a tab, and notes what failed.
func (m *Model) signals(t *tab) {
	if t.triggers == nil {
		return
	}
	for _, s := range t.triggers.Take() {
		if s.Failed != "" {
			t.log.Add(m.deps.Now(), s.Failed, true)
		} else if m.deps.Alert != nil {
			m.deps.Alert(s)
		}
	}
}

func (m *Model) openTriggers() {
	t := m.tab()
	if t.triggers == nil {
		m.tell(0, "there are no triggers here", true)
		return
	}
	m.open(triggers.New(m.theme, m.keys, everyTab{t.triggers, m}, t.conn.Profile.Limits))
}

// everyTab is the triggers of one tab; the switch before all of them is that of every tab, those to come too.
type everyTab struct {
	*trigger.Engine
	m *Model
}

// SetAll switches the triggers of every tab.
func (e everyTab) SetAll(on bool) {
	e.m.triggersOff = !on
	for _, t := range e.m.tabs {
		if t.triggers != nil {
			t.triggers.SetAll(on)
		}
	}
}

// endTriggers ends what the triggers of all tabs run.
func (m *Model) endTriggers() {
	for _, t := range m.tabs {
		if t.triggers != nil {
			t.triggers.Close()
		}
	}
}

// alert rings the terminal's bell and shows a notification, in the way that the terminal knows: OSC 9, OSC 777 or, where that is
// unknown, both.
func (s *screen) alert(signal trigger.Signal) {
	s.send(alertSequence(signal, os.Getenv))
}

func alertSequence(s trigger.Signal, env func(string) string) string {
	var out strings.Builder
	if s.Bell {
		out.WriteByte('\a')
	}
	if s.Title == "" && s.Body == "" {
		return out.String()
	}
	title, body := forNotification(s.Title), forNotification(s.Body)
	nine, urxvt := notifies(env("TERM"), env("TERM_PROGRAM"))
	if nine {
		out.WriteString("\x1b]9;" + title + ": " + body + "\x1b\\")
	}
	if urxvt {
		out.WriteString("\x1b]777;notify;" + title + ";" + body + "\x1b\\")
	}
	return out.String()
}

// notifies says which of OSC 9 and OSC 777 to send, so that a terminal that knows both does not show it twice.
func notifies(term, program string) (nine, urxvt bool) {
	switch {
	case strings.HasPrefix(term, "rxvt") || strings.HasPrefix(term, "foot"):
		return false, true
	case program == "iTerm.app" || program == "WezTerm" || program == "ghostty" || strings.Contains(term, "ghostty") || strings.Contains(term, "kitty"):
		return true, false
	}
	return true, true
}

// maxNotification is the most characters of a part of a notification.
const maxNotification = 160

// forNotification leaves of a text what can't end or steer a sequence: no controls, no semicolon, which parts its fields.
func forNotification(text string) string {
	var out strings.Builder
	n := 0
	for _, r := range ansi.Strip(text) {
		if n++; n > maxNotification {
			break
		}
		switch {
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfffd || r == ';':
			out.WriteByte(' ')
		default:
			out.WriteRune(r)
		}
	}
	return strings.TrimSpace(out.String())
}

// unhandled tells that triggers did not get everything.
func (t *tab) unhandled(n uint64) string {
	return fmt.Sprintf("%d messages came too fast for the triggers", n)
}
