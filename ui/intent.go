package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/composer"
	"example.com/thingdeck/ui/connect"
	"example.com/thingdeck/ui/counts"
	"example.com/thingdeck/ui/events"
	"example.com/thingdeck/ui/export"
	"example.com/thingdeck/ui/help"
	"example.com/thingdeck/ui/messages"
	"example.com/thingdeck/ui/palette"
	"example.com/thingdeck/ui/retained"
	"example.com/thingdeck/ui/shadows"
	"example.com/thingdeck/ui/subs"
	"example.com/thingdeck/ui/triggers"
	"example.com/thingdeck/ui/widget"
)

// act does what panes and dialogs want done outside themselves, at once and in order.
func (m *Model) act(intents []any) tea.Cmd {
	var cmds []tea.Cmd
	for _, intent := range intents {
		cmds = append(cmds, m.actOne(intent))
	}
	return tea.Batch(cmds...)
}

func (m *Model) actOne(intent any) tea.Cmd {
	t := m.tab()
	switch i := intent.(type) {
	case subs.Subscribe:
		t.want(i.Wanted)
	case subs.SubscribeGroup:
		t.subscribeGroup(i)
	case subs.Edit:
		t.edit(i)
	case subs.Unsubscribe:
		t.unsubscribe(subs.Choose(i))
	case subs.Pause:
		t.pause(i)
	case subs.Clear:
		m.clearRow(i.Choose)
	case subs.Favour:
		t.favour(i)
	case subs.Choose:
		t.choose(i)
	case subs.Open:
		t.subs.SetKnown(t.known(t.topicsSeen()))
		return m.open(i.Dialog)
	case subs.Leave:
		return m.leave(i.Forward)

	case messages.Copy:
		m.copy(i.Text, i.What)
	case messages.Republish:
		return m.republish(i)
	case messages.Clear:
		if t.messages.FilterText() != "" {
			m.tell(0, "clearing takes every message: take the filter away first", true)
			return nil
		}
		m.clear()

	case messages.Subscribe:
		m.subscribeTopic(i.Filter)
	case messages.Unsubscribe:
		m.unsubscribeTopic(i.Filters)
	case messages.ClearRetained:
		return m.open(retained.New(m.theme, m.keys, i.Below, i.Topics, i.More))
	case retained.Publish:
		m.clearRetained(i.Topic)
	case retained.Done:
		m.tell(0, i.Text, false)
	case messages.Filtered:
		return m.filtered(i.Text)
	case messages.Export:
		return m.export()
	case messages.Record:
		return m.record()
	case export.Record:
		return m.beginRecord(i.Path)
	case export.Done:
		m.tell(0, i.Text, false)

	case composer.Publish:
		m.publish(i)
	case composer.Published:
		return m.keepPublished(t, i.Publication)
	case composer.Keep:
		return m.keepTemplates(t, i)
	case composer.Begin:
		return m.begin()
	case composer.Open:
		return m.open(i.Dialog)
	case composer.Tell:
		m.tell(0, i.Text, i.Error)
	case composer.Leave:
		return m.leave(i.Forward)

	case shadows.Subscribe:
		m.shadowSubscribe(i)
	case shadows.Unsubscribe:
		m.shadowUnsubscribe(i)
	case shadows.Publish:
		m.shadowPublish(i)
	case shadows.Toast:
		m.tell(0, i.Text, i.Error)
	case shadows.Open:
		return m.open(i.Dialog)
	case shadows.Leave:
		return m.leave(i.Forward)
	case shadows.Retry:
		t.session.Retry()
	case shadows.Chosen:
		return m.chosen(i.Name)
	case shadows.Favour:
		return m.favour(i.Name, i.On)

	case widget.Exec:
		return m.exec(i)

	case palette.Run:
		return m.do(i.Action)
	case connect.Show:
		return m.open(i.Dialog)
	case connect.Open:
		return m.openSaved(i.Name, i.NewTab)
	case connect.Tell:
		m.tell(0, i.Text, i.Error)
	case connect.Answered:
		return m.answeredPrompt(i)
	case connect.Refused:
		return m.refusedPrompt(i)
	case keepSecrets:
		return m.keepAnswers(t)
	case connect.Renamed:
		m.renamed(i)
	case connect.Saved:
		m.savedProfile(i)
	case goesOn:
		m.goOn(t, i.why)
	case wantsCode:
		return m.askCode(t, i.why)
	case replaceAnswer:
		return tea.Batch(m.close(), m.opens(i.opening))
	case closeAnswer:
		return m.remove(i.tab)
	case quitAnswer:
		return m.answered(i)
	case connect.Close, counts.Close, triggers.Close, subs.Close, composer.Close, shadows.Close, help.Close, events.Close, palette.Close, export.Close, retained.Close:
		return m.close()
	default:
		panic(fmt.Sprintf("ui: nobody does %T", intent))
	}
	return nil
}

// exec gives the terminal to another program, and its outcome to the open dialog, or else to the pane in focus. Bubble Tea forgets
// the mouse when it takes the terminal back.
func (m *Model) exec(e widget.Exec) tea.Cmd {
	asked := asker{tab: m.tab(), pane: m.focus}
	if n := len(m.tab().dialogs); n > 0 {
		asked.dialog = m.tab().dialogs[n-1]
	}
	e.Command.Stdin, e.Command.Stdout, e.Command.Stderr = m.stdin, m.stdout, m.stdout // what Bubble Tea would give it is no terminal
	return tea.Sequence(tea.ExecProcess(e.Command, func(err error) tea.Msg { return routedMsg{asked, e.Done(err)} }), m.mouseAgain)
}

// mouseAgain asks the terminal for the mouse.
func (m *Model) mouseAgain() tea.Msg {
	if m.deps.NoMouse {
		return nil
	}
	return tea.EnableMouseCellMotion()
}

// clear empties the log, but not while only a part of it is in sight.
func (m *Model) clear() {
	if len(m.tab().book.chosen) > 0 {
		m.tell(0, "clearing takes every message: choose all messages in Subscriptions first", true)
		return
	}
	m.tab().history.Clear()
	m.tab().messages.Cleared()
}

// leave moves the focus on when a form was left past its end.
func (m *Model) leave(forward bool) tea.Cmd {
	if forward {
		return m.do("global.next")
	}
	return m.do("global.previous")
}

func (m *Model) copy(text, what string) {
	m.deps.Copy(text)
	m.toasts.Show(0, "copied "+what, false, m.deps.Now())
}

func (m *Model) republish(r messages.Republish) tea.Cmd {
	qos := min(r.QoS, m.tab().conn.MaxQoS)
	m.tab().composer.SetDraft(composer.Draft{Topic: r.Topic, Payload: r.Payload, QoS: qos, Retain: r.Retain})
	return m.do("global.publish")
}

func (m *Model) publish(p composer.Publish) {
	t := m.tab()
	by := byComposer
	if p.Repeated {
		by = byRepeat
	}
	id := t.publish(client.Message{Topic: p.Topic, Payload: p.Payload, QoS: p.QoS, Retain: p.Retain}, by)
	t.composer.Asked(uint64(id), p)
}

// heldByShadow is why the user cannot unsubscribe from what the shadow pane wants.
const heldByShadow = "the shadow pane holds it"

// The topics of a shadow are made by package shadow from checked names; a broker may still refuse them.
func (m *Model) shadowSubscribe(s shadows.Subscribe) {
	var all []subs.Wanted
	for _, text := range s.Filters {
		f, err := client.ParseFilter(text)
		if err != nil {
			m.tell(0, err.Error(), true)
			continue
		}
		all = append(all, subs.Wanted{Filter: f, QoS: 1})
	}
	m.tab().subscribe(all, s.Group, heldByShadow)
}

func (m *Model) shadowUnsubscribe(u shadows.Unsubscribe) {
	for _, text := range u.Filters {
		m.tab().unsubscribe(subs.Choose{Filter: text, Group: u.Group})
	}
}

// clearRow makes a row show only what comes from now on; of all messages it empties the log.
func (m *Model) clearRow(name subs.Choose) {
	if name == (subs.Choose{}) {
		m.clear()
		return
	}
	m.tab().clearRow(name)
}

func (m *Model) shadowPublish(p shadows.Publish) {
	topic, err := client.ParseTopic(p.Topic)
	if err != nil {
		m.tell(0, err.Error(), true)
		return
	}
	m.tab().publish(client.Message{Topic: topic, Payload: p.Payload, QoS: 1}, byShadow)
}

func errorText(reason any) string {
	if err, ok := reason.(error); ok {
		return err.Error()
	}
	return fmt.Sprint(reason)
}
