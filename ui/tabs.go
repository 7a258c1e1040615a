package ui

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// in does something for a tab as if it were the one shown; nothing when the tab was closed. What is told meanwhile names the tab.
func (m *Model) in(t *tab, do func() tea.Cmd) tea.Cmd {
	i := slices.Index(m.tabs, t)
	if i < 0 {
		return nil
	}
	if i == m.current {
		return do() // which may show another
	}
	shown, away := m.current, m.away
	m.current, m.away = i, true
	defer func() { m.current, m.away = shown, away }()
	return do()
}

// add opens a tab, behind those that are there, and connects.
func (m *Model) add(c Connection) tea.Cmd {
	if c.Session == nil {
		c.Session = m.deps.NewSession()
	}
	t := newTab(m.deps, c)
	t.others = c.Shared
	c.Shared = c.Shared || slices.ContainsFunc(m.tabs, func(o *tab) bool { return o.memoryName() == t.memoryName() })
	t.conn.Shared = c.Shared
	if m.triggersOff && t.triggers != nil {
		t.triggers.SetAll(false)
	}
	m.tabs = append(m.tabs, t)
	return m.in(t, func() tea.Cmd {
		m.noteAll(t, c.Notices)
		m.recall(t)
		m.offerFilters(t)
		m.recallSubscriptions(t)
		m.recallDrafts(t)
		return m.act(t.start())
	})
}

// show brings a tab to the front.
func (m *Model) show(i int) tea.Cmd {
	if i == m.current {
		return nil
	}
	m.covered().SetFocus(false)
	m.current, m.captured = i, -1
	return m.shown()
}

// shown gives the focus to the tab that is shown now, and marks its messages as seen.
func (m *Model) shown() tea.Cmd {
	m.tab().unseen = 0
	return m.wrapCovered(m.covered().SetFocus(true))
}

// closeTab closes the tab shown, asking while something would be lost.
func (m *Model) closeTab() tea.Cmd {
	if len(m.tabs) == 1 {
		m.tell(0, onlyTab, true)
		return nil
	}
	t := m.tab()
	if why := m.closingLoses(t, "closing the tab"); why != "" {
		return m.open(&quitDialog{theme: m.theme, keys: m.keys, title: "Close the tab?", why: why, yes: "close", answer: closeAnswer{t}})
	}
	return m.remove(t)
}

const onlyTab = "this is the only tab: q leaves the program"

// closingLoses is what would be lost or ended with the tab.
func (m *Model) closingLoses(t *tab, by string) string {
	if why := t.atStake(by); why != "" || m.ownsDraft(t) {
		return why
	}
	if d := t.composer.Draft(); d.Topic != "" || len(d.Payload) > 0 {
		return "The message in Publish is not kept: this is not the first tab or process of the connection."
	}
	return ""
}

// closeAnswer says that a tab is to be closed whatever is lost.
type closeAnswer struct{ tab *tab }

// remove takes a tab away; its neighbour is shown.
func (m *Model) remove(t *tab) tea.Cmd {
	i := slices.Index(m.tabs, t)
	if i < 0 || len(m.tabs) == 1 {
		return nil
	}
	shown := m.tab()
	if t == shown {
		m.covered().SetFocus(false)
	}
	m.tabs = slices.Delete(m.tabs, i, i+1)
	ended := m.retire(t)
	if t == shown {
		m.current, m.captured = min(i, len(m.tabs)-1), -1
		return tea.Batch(ended, m.shown())
	}
	m.current = slices.Index(m.tabs, shown)
	return ended
}

// inherit makes the next tab of a connection the one whose draft and subscriptions are kept, after the one that was has gone.
func (m *Model) inherit(gone *tab) {
	if gone.conn.Shared {
		return
	}
	for i, t := range m.tabs {
		if t != gone && t.memoryName() == gone.memoryName() && t.conn.Shared && !t.others {
			t.conn.Shared = false
			t.log.Add(m.deps.Now(), fmt.Sprintf("tab %d now keeps its draft and subscriptions for the next time", i+1), false)
			return
		}
	}
}

// retiredMsg says that the Session of a closed tab has ended.
type retiredMsg struct{ session *client.Session }

// retire ends what belongs to a tab that is not among the tabs any more. What it counted is kept for the summary.
func (m *Model) retire(t *tab) tea.Cmd {
	t.take(t.session.Take(), m.deps.Now())
	m.gone = m.gone.with(t, m.deps.Now())
	m.retired = append(m.retired, t.session)
	m.inherit(t)
	for p, o := range m.prompts {
		if slices.Contains(t.dialogs, dialog(p)) {
			delete(m.prompts, p)
			if o.behind {
				m.restoring--
			}
		}
	}
	write, drafts, recording, session, engine := m.unkept(t), m.unwritten(t), t.recording, t.session, t.triggers
	t.recording = nil
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
		defer cancel()
		if engine != nil {
			engine.Close()
		}
		_ = session.Close(ctx) // the broker may not read; Close goes on by itself
		if recording != nil {
			_ = recording.Close()
		}
		if write != nil {
			_ = write()
		}
		_ = drafts()
		return retiredMsg{session}
	}
}

// leaveTime is how long a connection may take to say goodbye.
const leaveTime = time.Second

// Close ends every connection, with a DISCONNECT packet each; when it returns nil nothing of them is left running. The program has
// ended: Update is not called any more.
func (m *Model) Close(ctx context.Context) error {
	sessions := slices.Clone(m.retired)
	for _, t := range m.tabs {
		sessions = append(sessions, t.session)
	}
	errs := make(chan error, len(sessions))
	for _, s := range sessions {
		go func() { errs <- s.Close(ctx) }()
	}
	var first error
	for range sessions {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// goodbye is Close at the end of the program, for a moment at most.
func (m *Model) goodbye(log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if err := m.Close(ctx); err != nil {
		log.Warn("close the connections", "error", err)
	}
}

// globals is the actions that work everywhere, with why one is off now.
func (m *Model) globals() []keymap.Action {
	all := m.keys.Actions("global")
	for i, a := range all {
		switch {
		case a.Name == "global.stop" && !m.tab().composer.Repeating():
			all[i] = a.Disabled("nothing is repeated")
		case a.Name == "global.newid" && !m.tab().wantsClientID():
			all[i] = a.Disabled(newIDOff)
		case len(m.tabs) > 1:
		case a.Name == "global.tabclose":
			all[i] = a.Disabled(onlyTab)
		case a.Name == "global.tabnext" || a.Name == "global.tabprevious":
			all[i] = a.Disabled("there is one tab")
		}
	}
	return all
}

// A label is the place of a tab in the line of tabs.
type label struct {
	x, w int
	text string
}

// labels is the line of tabs: those around the one shown, as many as there is room for.
func (m *Model) labels(now time.Time) []label {
	all := make([]label, len(m.tabs))
	for i, t := range m.tabs {
		text := fmt.Sprintf(" %d %s %s ", i+1, m.mark(t), t.title())
		if i != m.current && t.unseen > 0 {
			text += widget.Count(t.unseen) + " "
		}
		if rate := t.in.perSecond(now); rate >= 0.05 {
			text += m.theme.Down + widget.Rate(rate) + " "
		}
		all[i] = label{w: min(widget.Width(text), max(8, m.w/2)), text: text}
	}
	first := m.current
	for used := all[first].w; first > 0 && used+all[first-1].w+1 <= m.w-8; first-- {
		used += all[first-1].w + 1
	}
	for x, i := 0, 0; i < len(all); i++ {
		if all[i].x = -1; i >= first && x+all[i].w <= m.w {
			all[i].x = x
			x += all[i].w + 1
		} else if i >= first {
			x = m.w + 1
		}
	}
	return all
}

// tabLine draws the line of tabs.
func (m *Model) tabLine(now time.Time) string {
	line, x, hidden := "", 0, 0
	for i, l := range m.labels(now) {
		if l.x < 0 {
			hidden++
			continue
		}
		text := widget.Fit(l.text, l.w)
		if i == m.current {
			text = m.theme.Selected.Render(text)
			if m.theme.Selected.On == "" {
				text = "[" + widget.Fit(strings.TrimSpace(l.text), l.w-2) + "]"
			}
		} else if style := m.stateStyle(m.tabs[i]); style.On != m.theme.OK.On {
			text = style.Render(text)
		} else {
			text = m.theme.Dim.Render(text)
		}
		if x > 0 {
			line += m.theme.Dim.Render(m.theme.Vertical)
		}
		line += text
		x = l.x + l.w
	}
	if more := " +" + strconv.Itoa(hidden); hidden > 0 && x+widget.Width(more) <= m.w {
		line += m.theme.Dim.Render(more)
	}
	return widget.FitStyled(line, m.w)
}

// clickTab shows the tab under the pointer.
func (m *Model) clickTab(msg tea.MouseMsg) tea.Cmd {
	if msg.Action != tea.MouseActionPress || msg.Button != tea.MouseButtonLeft {
		return nil
	}
	for i, l := range m.labels(m.deps.Now()) {
		if l.x >= 0 && msg.X >= l.x && msg.X < l.x+l.w {
			return m.show(i)
		}
	}
	return nil
}

// tabLines is how many lines the line of tabs takes.
func (m *Model) tabLines() int {
	if len(m.tabs) > 1 {
		return 1
	}
	return 0
}

// title is what the tab is called: its profile, or where it is connected to.
func (t *tab) title() string {
	name := t.conn.Label
	if name == "" {
		name = t.conn.Profile.Broker.Address()
	}
	s, _ := widget.Sanitize(name, 64)
	return widget.Fit(s, min(widget.Width(s), 24))
}
