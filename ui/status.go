package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// place is where a dialog stands: in the middle, as large as it wants to be.
func (m *Model) place(d dialog) rect {
	w, h := d.Want(m.w-2, m.h-2)
	w, h = max(0, min(w, m.w)), max(0, min(h, m.h-1))
	return rect{(m.w - w) / 2, (m.h - 1 - h) / 2, w, h}
}

func (m *Model) withDialogs(screen string, now time.Time) string {
	for _, d := range m.tab().dialogs {
		r := m.place(d)
		d.SetSize(r.w, r.h)
		d.Refresh(now)
		screen = widget.Overlay(screen, d.View(), r.x, r.y)
	}
	return screen
}

// bar is the status bar: the connection at the left and the keys that matter now at the right. A toast leaves only the state beside it.
func (m *Model) bar(now time.Time) string {
	style, mark, words, why := m.connection(m.tab(), now)
	if toast := m.toasts.Current(now); toast != nil {
		state := " " + mark + " " + words + " "
		if w := widget.Width(state); w < m.w/2 {
			return style.Render(state) + toast.View(m.theme, m.w-w)
		}
		return toast.View(m.theme, m.w)
	}
	if why != "" {
		words += ": " + why
	}
	t := m.tab()
	if t.conn.Profile.Transport.TLS.Insecure {
		words += " " + m.theme.Error.Render("UNVERIFIED SERVER")
	}
	left := []string{words}
	if t.recording != nil {
		left = append(left, t.recordingText())
	}
	if text := t.composer.Repeated(); text != "" {
		left = append(left, text)
	}
	if t.dropped > 0 {
		left = append(left, widget.Count(t.dropped)+" dropped")
	}
	rest := []string{t.place(), safe(t.clientID), "MQTT 3.1.1",
		fmt.Sprintf("%s%s %s%s", m.theme.Down, widget.Rate(t.in.perSecond(now)), m.theme.Up, widget.Rate(t.out.perSecond(now)))}
	first, more := m.hints()
	return m.fill(style, mark, append(append(left, m.others(now)...), rest...), first, more)
}

// others are the tabs in the background that have no connection.
func (m *Model) others(now time.Time) (out []string) {
	for i, t := range m.tabs {
		if _, ok := t.state.(client.Connected); !ok && i != m.current {
			_, _, words, _ := m.connection(t, now)
			out = append(out, fmt.Sprintf("tab %d %s", i+1, words))
		}
	}
	return out
}

// fill shares the line: the state comes first, then the first keys, then the rest of the connection, then more keys as far as there
// is room.
func (m *Model) fill(style theme.Style, mark string, left, first, more []string) string {
	most := m.w - 4
	if len(first) > 0 {
		most -= widget.Width(first[0]) + 2
	}
	state := widget.Fit(left[0], min(widget.Width(left[0]), most))
	room := m.w - 4 - widget.Width(state)
	right := ""
	for _, h := range first {
		if widget.Width(h)+2 > room {
			break
		}
		right += "  " + h
		room -= widget.Width(h) + 2
	}
	text := ""
	for _, part := range left[1:] {
		if n := widget.Width(part) + 3; part != "" && n <= room {
			text += " " + m.theme.Bar + " " + part
			room -= n
		}
	}
	for _, h := range more {
		if widget.Width(h)+4 > room {
			break
		}
		right += "  " + h
		room -= widget.Width(h) + 2
	}
	line := " " + style.Render(mark+" "+state) + m.theme.Dim.Render(text)
	gap := m.w - widget.Width(line) - widget.Width(right) - 1
	return widget.FitStyled(line+strings.Repeat(" ", max(0, gap))+m.theme.Dim.Render(right), m.w)
}

// connection is the state of a tab's connection in words, and why it is not connected.
func (m *Model) connection(t *tab, now time.Time) (style theme.Style, mark, words, why string) {
	th := m.theme
	switch s := t.state.(type) {
	case client.Connected:
		return th.OK, th.Dot, "connected", ""
	case client.Reconnecting:
		wait := max(0, s.Deadline.Sub(now).Round(time.Second))
		return th.Warn, th.Hollow, fmt.Sprintf("reconnecting in %d s", int(wait.Seconds())), safe(s.Why.Text)
	case client.Refused:
		return th.Error, th.Hollow, "refused", safe(s.Why.Text)
	case client.Disconnected:
		if s.Why.Text != "" {
			return th.Error, th.Hollow, "disconnected", safe(s.Why.Text)
		}
		return th.Warn, th.Hollow, "disconnected", ""
	}
	return th.Warn, th.Hollow, "connecting", ""
}

func (m *Model) mark(t *tab) string {
	_, mark, _, _ := m.connection(t, time.Time{})
	return mark
}

func (m *Model) stateStyle(t *tab) theme.Style {
	style, _, _, _ := m.connection(t, time.Time{})
	return style
}

// idle says that no connection stands, and that the key for another attempt would make one.
func (t *tab) idle() bool {
	switch t.state.(type) {
	case client.Reconnecting, client.Refused, client.Disconnected:
		return true
	}
	return false
}

// place is where the tab is connected to.
func (t *tab) place() string {
	at := safe(strings.TrimPrefix(t.endpoint, "mqtt://"))
	if t.conn.Label != "" {
		return t.conn.Label + " " + at
	}
	return at
}

// hints are the keys that matter now: of the dialog or of what is typed in, else those that a newcomer needs, the way to the shadow
// among them while it is out of sight, and then more of the pane's.
func (m *Model) hints() (first, more []string) {
	if len(m.tab().dialogs) > 0 || m.pane().Typing() {
		all := hintsOf(m.covered().Actions())
		return all[:min(3, len(all))], all[min(3, len(all)):]
	}
	need := append(m.waysOn(), m.keys.Action("global.subscribe"), m.keys.Action("global.publish"))
	if m.layout.panes[paneShadow].empty() {
		need = append(need, m.keys.Action("global.pane4"))
	}
	return hintsOf(append(need, m.keys.Action("global.help"))), hintsOf(m.pane().Actions())
}

func hintsOf(actions []keymap.Action) (out []string) {
	for _, a := range actions {
		if a.Off == "" && a.Key() != "" {
			out = append(out, a.Key()+" "+a.Short)
		}
	}
	return out
}

func safe(text string) string {
	s, _ := widget.Sanitize(text, 200)
	return s
}
