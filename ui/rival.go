package ui

import (
	"fmt"

	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// newIDOff is why the key for another client ID does nothing.
const newIDOff = "only where the client ID is what stands in the way"

// wantsClientID says that another client ID would get the tab connected.
func (t *tab) wantsClientID() bool {
	r, refused := t.state.(client.Refused)
	return refused && r.Why.WantsClientID()
}

// newID connects with a client ID that is made up.
func (m *Model) newID() {
	t := m.tab()
	if !t.wantsClientID() {
		return
	}
	t.session.RetryAs("")
	if id := t.conn.Profile.ClientID; id != "" && !t.conn.Unsaved && t.conn.Name != "" {
		t.log.Add(m.deps.Now(), fmt.Sprintf("the profile %s keeps the client ID %s: %s, %s changes it", safe(t.conn.Name), safe(id),
			m.keys.Action("global.connections").Key(), m.keys.Action("connections.edit").Key()), false)
	}
}

// goesOn asks the root to say how to go on after a connection was refused.
type goesOn struct{ why client.Reason }

func (m *Model) goOn(t *tab, why client.Reason) {
	if !why.WantsClientID() {
		t.log.Add(m.deps.Now(), m.keys.Action("global.retry").Key()+" connects again", false)
		return
	}
	m.tell(0, safe(why.Text)+": "+m.keys.Action("global.newid").Key()+" connects with a new one", true)
}

// never is why the first of the tabs that has a reason could not be connected.
func (m *Model) never() string {
	for _, t := range m.tabs {
		if t.why.Text != "" {
			return "never connected to " + safe(t.endpoint) + ": " + whole(t.why.Full())
		}
	}
	return ""
}

// whole is safe for what may be long.
func whole(text string) string {
	s, _ := widget.Sanitize(text, 2000)
	return s
}

// waysOn are the keys that get an idle connection going.
func (m *Model) waysOn() (need []keymap.Action) {
	if m.tab().wantsClientID() {
		need = append(need, m.keys.Action("global.newid"))
	}
	if m.tab().idle() {
		need = append(need, m.keys.Action("global.retry"))
	}
	return need
}
