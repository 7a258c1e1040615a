package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/help"
	"example.com/thingdeck/ui/palette"
)

// leaveMsg ends the program with a status; signals send it.
type leaveMsg struct{ status int }

// routedMsg carries the result of a Cmd back to who asked.
type routedMsg struct {
	asker
	msg tea.Msg
}

// Update routes a message to whom it concerns and rebuilds the view.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
	case frameMsg:
		cmd = tea.Batch(m.frame(), m.wait(), m.keepSubscriptions(), m.keepTabs())
	case tea.KeyMsg:
		cmd = m.keysOf(msg)
	case tea.MouseMsg:
		cmd = m.mouse(msg)
	case routedMsg:
		cmd = m.routed(msg)
	case tea.ResumeMsg:
		cmd = m.mouseAgain // suspending loses it
	case recordingMsg:
		cmd = m.recordingBegun(msg)
	case recordedMsg:
		m.recorded(msg.recording)
	case openedMsg:
		cmd = m.opened(msg)
	case secretKeptMsg:
		m.secretKept(msg)
	case retiredMsg:
		m.retired = slices.DeleteFunc(m.retired, func(s *client.Session) bool { return s == msg.session })
	case draftMsg:
		return m, m.saveDraft(msg.tab)
	case writtenMsg:
		cmd = m.written(msg)
	case notRememberedMsg:
		m.tell(0, msg.err.Error(), true)
	case leaveMsg:
		m.exit = msg.status
		return m, tea.Quit
	default:
		return m, nil
	}
	m.tab().suggest()
	m.rebuild()
	return m, tea.Batch(cmd, m.draftTimers(), m.work())
}

// keysOf parts keys that came in one read: Bubble Tea makes one message of letters typed faster than it reads them.
// And a terminal sends alt with a letter as esc and the letter, so that the two typed quickly look like a chord: one that nobody has
// bound and no text field knows is taken as two keys.
func (m *Model) keysOf(msg tea.KeyMsg) tea.Cmd {
	if (msg.Type == tea.KeyRunes || apart(msg.Type)) && msg.Alt && !msg.Paste && !m.chord(msg) {
		esc := m.key(tea.KeyMsg{Type: tea.KeyEsc})
		msg.Alt = false
		return tea.Batch(esc, m.keysOf(msg))
	}
	if msg.Type != tea.KeyRunes || msg.Paste || len(msg.Runes) < 2 {
		return m.key(msg)
	}
	var cmds []tea.Cmd
	for _, r := range msg.Runes {
		one := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}, Alt: msg.Alt}
		if r == ' ' {
			one.Type = tea.KeySpace
		}
		cmds = append(cmds, m.key(one))
	}
	return tea.Batch(cmds...)
}

// apart says that a key after esc in one read is one of its own, as of esc pressed twice. Those that text fields know with alt are not.
func apart(key tea.KeyType) bool {
	switch key {
	case tea.KeyEsc, tea.KeyTab, tea.KeyUp, tea.KeyDown, tea.KeyPgUp, tea.KeyPgDown:
		return true
	}
	return false
}

// editing are the letters that text fields take with alt: words back, forward, deleted, in other case.
const editing = "bfdluc"

func (m *Model) chord(msg tea.KeyMsg) bool {
	if _, bound := m.keys.Lookup(msg.String(), m.keys.Scopes()...); bound {
		return true
	}
	return msg.Type == tea.KeyRunes && m.covered().Typing() && len(msg.Runes) == 1 && strings.ContainsRune(editing, msg.Runes[0])
}

// key goes to the open dialog, else to the globals (chords only, while a pane takes text), else to the pane in focus.
func (m *Model) key(msg tea.KeyMsg) tea.Cmd {
	m.toasts.Key()
	name, _ := m.keys.Lookup(msg.String(), "global")
	if msg.Paste {
		name = ""
	}
	if name == "global.leave" || name == "global.suspend" {
		return m.do(name)
	}
	if len(m.tab().dialogs) > 0 {
		return m.dialogKey(msg)
	}
	p := m.pane()
	if name == "global.stop" && !m.tab().composer.Repeating() { // the key may begin one in the pane
		name = ""
	}
	if name == "global.back" || (p.Typing() && !globalWhileTyping(name, msg.String())) {
		name = ""
	}
	if name != "" {
		return m.do(name)
	}
	intents, cmd := p.Update(msg)
	return tea.Batch(m.act(intents), m.wrap(m.focus, cmd))
}

// globalWhileTyping says which globals hold while a pane takes text: chords, but for those that move within the pane's form.
func globalWhileTyping(name, key string) bool {
	return name != "global.next" && name != "global.previous" && keymap.Chord(key)
}

func (m *Model) dialogKey(msg tea.KeyMsg) tea.Cmd {
	top := m.tab().dialogs[len(m.tab().dialogs)-1]
	intents, cmd := top.Update(msg)
	return tea.Batch(m.act(intents), m.wrapDialog(top, cmd))
}

// mouse goes to the open dialog, else to the pane that holds the button or lies under the pointer.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	if len(m.tab().dialogs) > 0 {
		top := m.tab().dialogs[len(m.tab().dialogs)-1]
		r := m.place(top)
		if !r.contains(msg.X, msg.Y) {
			return nil
		}
		msg.X, msg.Y = msg.X-r.x, msg.Y-r.y
		intents, cmd := top.Update(msg)
		return tea.Batch(m.act(intents), m.wrapDialog(top, cmd))
	}
	if msg.Y < m.tabLines() && m.captured < 0 {
		return m.clickTab(msg)
	}
	target := m.captured
	if target < 0 {
		target = m.under(msg.X, msg.Y)
	}
	switch {
	case msg.Action == tea.MouseActionRelease:
		m.captured = -1
	case msg.Action == tea.MouseActionPress && msg.Button == tea.MouseButtonLeft:
		m.captured = target
	}
	if target < 0 {
		return nil
	}
	var focus tea.Cmd
	if msg.Action == tea.MouseActionPress && msg.Button == tea.MouseButtonLeft {
		focus = m.focusOn(target)
	}
	r := m.layout.panes[target]
	msg.X, msg.Y = msg.X-r.x, msg.Y-r.y
	intents, cmd := m.tab().panes()[target].Update(msg)
	return tea.Batch(focus, m.act(intents), m.wrap(target, cmd))
}

func (m *Model) under(x, y int) int {
	for i, r := range m.layout.panes {
		if r.contains(x, y) {
			return i
		}
	}
	return -1
}

// asker is who a Cmd was started for: a pane of a tab, or a dialog over it.
type asker struct {
	tab    *tab
	pane   int
	dialog dialog // nil for the pane
}

// wrap makes the result of a Cmd of a pane of the tab shown find its way back.
func (m *Model) wrap(pane int, cmd tea.Cmd) tea.Cmd { return asker{tab: m.tab(), pane: pane}.wrap(cmd) }

// wrapDialog is wrap for a dialog over that tab.
func (m *Model) wrapDialog(d dialog, cmd tea.Cmd) tea.Cmd {
	return asker{tab: m.tab(), dialog: d}.wrap(cmd)
}

// wrapCovered is wrap for what takes the keys now.
func (m *Model) wrapCovered(cmd tea.Cmd) tea.Cmd {
	if n := len(m.tab().dialogs); n > 0 {
		return m.wrapDialog(m.tab().dialogs[n-1], cmd)
	}
	return m.wrap(m.focus, cmd)
}

// wrap gives the asker's name to what the Cmd returns. A panic in it becomes an error on the screen.
func (a asker) wrap(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (out tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				out = routedMsg{a, panicked{r}}
			}
		}()
		switch msg := cmd().(type) {
		case nil:
			return nil
		case tea.BatchMsg:
			for i := range msg {
				msg[i] = a.wrap(msg[i])
			}
			return msg
		default:
			return routedMsg{a, msg}
		}
	}
}

type panicked struct{ reason any }

func (m *Model) routed(msg routedMsg) tea.Cmd {
	if p, ok := msg.msg.(panicked); ok {
		m.tell(0, "internal error: "+strings.TrimSpace(errorText(p.reason)), true)
		return nil
	}
	return m.in(msg.tab, func() tea.Cmd {
		if msg.dialog == nil {
			intents, cmd := msg.tab.panes()[msg.pane].Update(msg.msg)
			return tea.Batch(m.act(intents), m.wrap(msg.pane, cmd))
		}
		if !slices.Contains(msg.tab.dialogs, msg.dialog) {
			return nil
		}
		intents, cmd := msg.dialog.Update(msg.msg)
		m.speaking = msg.dialog
		defer func() { m.speaking = nil }()
		return tea.Batch(m.act(intents), m.wrapDialog(msg.dialog, cmd))
	})
}

// do does a global action, or one of the pane in focus.
func (m *Model) do(name string) tea.Cmd {
	switch name {
	case "global.help":
		m.open(help.New(m.theme, m.keys, m.helpGroups()))
	case "global.palette":
		m.open(palette.New(m.theme, m.keys, m.paletteActions()))
	case "global.events":
		m.openEvents()
	case "global.counts":
		m.openCounts()
	case "global.triggers":
		m.openTriggers()
	case "global.subscribe":
		return tea.Batch(m.focusOn(paneSubs), m.wrap(paneSubs, m.tab().subs.Add()))
	case "global.publish":
		return tea.Batch(m.focusOn(paneComposer), m.wrap(paneComposer, m.tab().composer.Edit()))
	case "global.next":
		return m.focusOn((m.focus + 1) % paneCount)
	case "global.previous":
		return m.focusOn((m.focus + paneCount - 1) % paneCount)
	case "global.pane1", "global.pane2", "global.pane3", "global.pane4":
		return m.focusOn(int(name[len(name)-1] - '1'))
	case "global.zoom":
		m.zoom = !m.zoom
	case "global.tabnext":
		return m.show((m.current + 1) % len(m.tabs))
	case "global.tabprevious":
		return m.show((m.current + len(m.tabs) - 1) % len(m.tabs))
	case "global.tabclose":
		return m.closeTab()
	case "global.stop":
		m.tab().composer.Stop()
	case "global.connections":
		return m.connections()
	case "global.retry":
		return m.retry()
	case "global.newid":
		m.newID()
	case "global.back":
	case "global.suspend":
		return tea.Suspend
	case "global.quit", "global.leave":
		return m.quit(name == "global.leave")
	default:
		intents, cmd := m.pane().Do(name)
		return tea.Batch(m.act(intents), m.wrap(m.focus, cmd))
	}
	return nil
}

// focusOn moves the focus to a pane and brings it to the front of its side.
func (m *Model) focusOn(i int) tea.Cmd {
	if i == m.focus {
		return nil
	}
	m.pane().SetFocus(false)
	m.focus = i
	m.front[side(i)] = i
	if len(m.tab().dialogs) > 0 {
		return nil // the pane gets the focus when the dialog goes
	}
	return m.wrap(i, m.pane().SetFocus(true))
}

// open puts a dialog over the panes.
func (m *Model) open(d dialog) tea.Cmd {
	m.covered().SetFocus(false)
	m.tab().dialogs = append(m.tab().dialogs, d)
	return m.wrapDialog(d, d.SetFocus(true))
}

// close takes the uppermost dialog away, or the one whose intents are done.
func (m *Model) close() tea.Cmd {
	if len(m.tab().dialogs) == 0 {
		return nil
	}
	if i := slices.Index(m.tab().dialogs, m.speaking); i >= 0 && i < len(m.tab().dialogs)-1 {
		m.tab().dialogs = slices.Delete(m.tab().dialogs, i, i+1) // another was opened over it meanwhile
		m.speaking = nil
		return nil
	}
	m.tab().dialogs[len(m.tab().dialogs)-1].SetFocus(false)
	m.tab().dialogs = m.tab().dialogs[:len(m.tab().dialogs)-1]
	return m.wrapCovered(m.covered().SetFocus(true))
}

// covered is what takes the keys now.
func (m *Model) covered() pane {
	if len(m.tab().dialogs) > 0 {
		return m.tab().dialogs[len(m.tab().dialogs)-1]
	}
	return m.pane()
}

// helpGroups is what works now: in the pane in focus, which names the keys of lists that it knows, and everywhere.
func (m *Model) helpGroups() []help.Group {
	return []help.Group{
		{Title: paneNames[m.focus], Actions: m.pane().Actions()},
		{Title: "Everywhere", Actions: m.globals()},
	}
}

func (m *Model) paletteActions() []keymap.Action {
	return append(m.pane().Actions(), m.globals()...)
}

var paneNames = [paneCount]string{"Subscriptions", "Messages", "Publish", "Shadow"}
