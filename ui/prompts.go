package ui

import (
	"context"
	"maps"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/connect"
)

// ask opens a prompt for what a connection lacks.
func (m *Model) ask(o opening, n *Needed) tea.Cmd {
	o.needs = n.Name
	ask := connect.Ask{Title: o.title, Text: n.Text, Wrong: n.Wrong, Keeps: o.name != "" && n.Name != mfaCode && m.deps.Connections != nil}
	if ask.Keeps {
		if err := m.deps.Connections.Keyring(); err != nil {
			ask.Keyring = err.Error()
		}
	}
	p := connect.NewPrompt(m.theme, m.keys, ask)
	if m.prompts == nil {
		m.prompts = map[*connect.Prompt]opening{}
	}
	m.prompts[p] = o
	return m.open(p)
}

// mfaCode is the name of an answer that counts once.
const mfaCode = "mfa-code"

// answeredPrompt goes on with what was asked for.
func (m *Model) answeredPrompt(a connect.Answered) tea.Cmd {
	o := m.prompts[a.Prompt]
	delete(m.prompts, a.Prompt)
	o.answers, o.kept = maps.Clone(o.answers), maps.Clone(o.kept)
	if o.answers == nil {
		o.answers = map[string]string{}
	}
	o.answers[o.needs] = a.Text
	if a.Remember {
		if o.kept == nil {
			o.kept = map[string]string{}
		}
		o.kept[o.needs] = a.Text
	}
	return tea.Batch(m.close(), m.opens(o))
}

// refusedPrompt gives up.
func (m *Model) refusedPrompt(r connect.Refused) tea.Cmd {
	o := m.prompts[r.Prompt]
	delete(m.prompts, r.Prompt)
	cmd := m.close()
	if o.behind {
		m.restoring--
	}
	if t := o.into; o.again && t != nil && t.started && o.needs == mfaCode { // f5 asks again
		t.asks = &Needed{Name: mfaCode, Text: mfaText(t)}
		t.session.Disconnect()
	}
	m.tell(0, titled(o, "not connected: no "+secretWords(o.needs)+" was given"), true)
	return cmd
}

// secretWords is what a user calls a secret.
func secretWords(name string) string {
	switch name {
	case mfaCode:
		return "MFA code"
	case "key-password":
		return "password of the key"
	case "token-signature":
		return "signature of the token"
	}
	return name
}

// keepSecrets has kept what the user wants kept of a connection, now that it is known to be of use.
type keepSecrets struct{}

func (m *Model) keepAnswers(t *tab) tea.Cmd {
	deps, name, kept := m.deps.Connections, t.conn.Name, t.conn.toKeep
	t.conn.toKeep = nil
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), openTime)
		defer cancel()
		notice, err := deps.Keep(ctx, name, kept)
		return secretKeptMsg{notice, err}
	}
}

type secretKeptMsg struct {
	notice string
	err    error
}

func (m *Model) secretKept(msg secretKeptMsg) {
	switch {
	case msg.err != nil:
		m.tell(0, msg.err.Error(), true)
	case msg.notice != "":
		m.notice(m.tab(), msg.notice)
	}
}

// wantsCode asks for an MFA code that the credentials of a tab want, once for each time that it is refused for it.
type wantsCode struct{ why string }

func (m *Model) askCode(t *tab, why string) tea.Cmd {
	for _, o := range m.prompts {
		if o.into == t {
			return nil
		}
	}
	if t.conn.Open == nil {
		return nil
	}
	o := opening{name: t.conn.Name, title: t.title(), open: t.conn.Open, into: t, again: true}
	n := &Needed{Name: mfaCode, Text: mfaText(t)}
	if strings.Contains(why, "does not take the code") {
		n.Wrong = why
	}
	return m.ask(o, n)
}

func mfaText(t *tab) string { return "code of the MFA device for the AWS credentials of " + t.title() }

// retry makes another attempt to connect, asking again for what was not told.
func (m *Model) retry() tea.Cmd {
	t := m.tab()
	if t.stale {
		return m.openSaved(t.conn.Name, false)
	}
	n := t.asks
	if n == nil {
		n = t.refusedPassword()
	}
	if n == nil {
		t.session.Retry()
		return nil
	}
	return m.ask(opening{name: t.conn.Name, title: t.title(), open: t.conn.Open, into: t, again: true}, n)
}

// refusedPassword asks for another password when the broker did not take the one there is; nil when that is not what is wrong.
func (t *tab) refusedPassword() *Needed {
	s, refused := t.state.(client.Refused)
	p := t.conn.Profile
	if !refused || s.Why.Code != 4 && s.Why.Code != 5 || p.Username == "" || t.conn.Open == nil {
		return nil
	}
	return &Needed{Name: "password", Text: "password of " + p.Username + " at " + p.Broker.String(), Wrong: s.Why.Text}
}

// unopened is the state of a tab whose connection lacks a secret.
func unopened(n *Needed) client.Event {
	return client.Disconnected{Why: client.Reason{Text: n.Error()}}
}
