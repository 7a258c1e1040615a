package ui

import (
	"example.com/thingdeck/client"
	"example.com/thingdeck/keymap"
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
	if m.tab().wantsClientID() {
		m.tab().session.RetryAs("")
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
