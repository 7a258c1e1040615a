package ui

import (
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/composer"
)

// DraftStore keeps what is written and published. All its methods may take a while. Those that write are called apart from Update; of
// several calls of SaveDraft for a connection the one with the highest generation counts.
type DraftStore interface {
	Draft(connection string) (d client.Draft, ok bool, err error)
	SaveDraft(generation uint64, connection string, d client.Draft) error
	Published(connection string) ([]client.Publication, error)
	AddPublished(connection string, all ...client.Publication) error
	Templates(connection string) ([]client.Template, error)
	SaveTemplates(connection string, global bool, all []client.Template) error
}

// draftTime is how long a change of the draft waits to be written, so that many keys are one writing.
const draftTime = 400 * time.Millisecond

// drafting is what of a tab's composer is still to be written.
type drafting struct {
	saved      uint64               // the changes of the draft that were written, or are being written
	due        bool                 // a draftMsg will come
	rows       []client.Publication // published and not written
	writing    bool                 // rows before them are being written
	complained string               // the fault that was told last
}

type (
	// draftMsg says that the draft of a tab is to be written.
	draftMsg struct{ tab *tab }
	// writtenMsg is the outcome of writing what was published, or a draft.
	writtenMsg struct {
		tab  *tab
		rows bool
		err  error
	}
)

// recallDrafts gives the composer what was kept for its connection; called once, before the tab starts. The draft belongs to the first
// process of a connection; what was published and the templates are for all.
func (m *Model) recallDrafts(t *tab) {
	store := m.deps.Drafts
	t.composer.SetTopics(t.topicsSeen)
	if store == nil {
		return
	}
	complain := func(err error) {
		if err != nil {
			m.tell(0, err.Error(), true)
		}
	}
	if !t.conn.Shared && !t.conn.Fresh {
		draft, ok, err := store.Draft(t.memoryName())
		if complain(err); ok {
			t.composer.SetDraft(draft)
		}
	}
	published, err := store.Published(t.memoryName())
	complain(err)
	t.composer.SetPublished(published)
	templates, err := store.Templates(t.memoryName())
	complain(err)
	t.composer.SetTemplates(templates)
	t.drafting.saved = t.composer.Changes()
}

// draftTimers starts a timer for each tab whose draft changed.
func (m *Model) draftTimers() tea.Cmd {
	var cmds []tea.Cmd
	for _, t := range m.tabs {
		if d := &t.drafting; m.keepsDraft(t) && !d.due && d.saved != t.composer.Changes() {
			d.due = true
			cmds = append(cmds, tea.Tick(draftTime, func(time.Time) tea.Msg { return draftMsg{t} }))
		}
	}
	return tea.Batch(cmds...)
}

func (m *Model) keepsDraft(t *tab) bool { return m.deps.Drafts != nil && !t.conn.Shared }

// unsavedDraft is what writes the draft of a tab, or nil when it is written.
func (m *Model) unsavedDraft(t *tab) func() error {
	d := &t.drafting
	d.due = false
	if !m.keepsDraft(t) || d.saved == t.composer.Changes() {
		return nil
	}
	d.saved = t.composer.Changes()
	m.drafted++ // tabs may share a connection, one after the other or at once
	generation, name, draft, store := m.drafted, t.memoryName(), t.composer.Draft(), m.deps.Drafts
	return func() error { return store.SaveDraft(generation, name, draft) }
}

// saveDraft writes the draft of a tab whose time has come.
func (m *Model) saveDraft(t *tab) tea.Cmd {
	write := m.unsavedDraft(t)
	if write == nil {
		return nil
	}
	return func() tea.Msg { return writtenMsg{t, false, write()} }
}

// keepPublished writes a row of what was published. The rows of a tab are written one after the other.
func (m *Model) keepPublished(t *tab, p client.Publication) tea.Cmd {
	if m.deps.Drafts == nil {
		return nil
	}
	t.drafting.rows = append(t.drafting.rows, p)
	return m.writeRows(t)
}

func (m *Model) writeRows(t *tab) tea.Cmd {
	d := &t.drafting
	if d.writing || len(d.rows) == 0 {
		return nil
	}
	rows, name, store := d.rows, t.memoryName(), m.deps.Drafts
	d.rows, d.writing = nil, true
	return func() tea.Msg { return writtenMsg{t, true, store.AddPublished(name, rows...)} }
}

// written takes the outcome of a writing. A fault that comes again and again is told once.
func (m *Model) written(w writtenMsg) tea.Cmd {
	d := &w.tab.drafting
	if w.err != nil && w.err.Error() != d.complained {
		d.complained = w.err.Error()
		m.tell(0, d.complained, true)
	}
	if !w.rows {
		return nil
	}
	d.writing = false
	return m.writeRows(w.tab)
}

// unwritten is what writes all that a tab has not written.
func (m *Model) unwritten(t *tab) func() error {
	draft, rows, name, store := m.unsavedDraft(t), t.drafting.rows, t.memoryName(), m.deps.Drafts
	t.drafting.rows = nil
	return func() (err error) {
		if draft != nil {
			err = draft()
		}
		if len(rows) > 0 {
			err = errors.Join(err, store.AddPublished(name, rows...))
		}
		return err
	}
}

// lastDrafts writes what is not written; the program has ended.
func (m *Model) lastDrafts() error {
	var faults []error
	for _, t := range m.tabs {
		faults = append(faults, m.unwritten(t)())
	}
	return errors.Join(faults...)
}

// keepTemplates writes the templates of a connection, or of all, which other tabs then have too.
func (m *Model) keepTemplates(k composer.Keep) tea.Cmd {
	t, store := m.tab(), m.deps.Drafts
	if store == nil {
		return nil
	}
	name := t.memoryName()
	return func() tea.Msg { return writtenMsg{t, false, store.SaveTemplates(name, k.Global, k.Templates)} }
}

// begin has the composer begin what its dialog has prepared.
func (m *Model) begin() tea.Cmd {
	intents, cmd := m.tab().composer.Begun()
	return tea.Batch(m.act(intents), m.wrap(paneComposer, cmd))
}
