package ui

import (
	"errors"
	"slices"
	"sync"
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
	saved      uint64 // the changes of the draft that were written, or are about to be
	due        bool   // a draftMsg will come
	jobs       []*job // writings that are not told as done, in order
	writing    bool   // a Cmd does the jobs
	complained string // the fault that was told last
}

// A job writes something once: in a Cmd, or when the program leaves before that has begun or ended.
type job struct {
	once sync.Once
	do   func() error
	err  error
}

func (j *job) run() error {
	j.once.Do(func() { j.err = j.do() })
	return j.err
}

type (
	// draftMsg says that the draft of a tab is to be written.
	draftMsg struct{ tab *tab }
	// writtenMsg is the outcome of the first jobs of a tab.
	writtenMsg struct {
		tab  *tab
		jobs int
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
	if m.ownsDraft(t) && !t.conn.Fresh {
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
		if d := &t.drafting; !d.due && d.saved != t.composer.Changes() && m.ownsDraft(t) {
			d.due = true
			cmds = append(cmds, tea.Tick(draftTime, func(time.Time) tea.Msg { return draftMsg{t} }))
		}
	}
	return tea.Batch(cmds...)
}

// ownsDraft reports whether the draft of a tab is that of its connection: not when another process or tab has that.
func (m *Model) ownsDraft(t *tab) bool { return m.deps.Drafts != nil && !t.conn.Shared }

// queueDraft makes a job of a draft that changed.
func (m *Model) queueDraft(t *tab) {
	d := &t.drafting
	d.due = false
	if d.saved == t.composer.Changes() || !m.ownsDraft(t) {
		return
	}
	d.saved = t.composer.Changes()
	m.drafted++ // tabs may have a connection one after the other
	generation, name, draft, store := m.drafted, t.memoryName(), t.composer.Draft(), m.deps.Drafts
	d.jobs = append(d.jobs, &job{do: func() error { return store.SaveDraft(generation, name, draft) }})
}

// saveDraft writes the draft of a tab whose time has come.
func (m *Model) saveDraft(t *tab) tea.Cmd {
	m.queueDraft(t)
	return m.write(t)
}

// keepPublished writes a row of what was published.
func (m *Model) keepPublished(t *tab, p client.Publication) tea.Cmd {
	store, name := m.deps.Drafts, t.memoryName()
	if store == nil {
		return nil
	}
	t.drafting.jobs = append(t.drafting.jobs, &job{do: func() error { return store.AddPublished(name, p) }})
	return m.write(t)
}

// keepTemplates writes the templates of a connection, or those of all, which the other tabs then have too.
func (m *Model) keepTemplates(t *tab, k composer.Keep) tea.Cmd {
	for _, other := range m.tabs {
		if other != t && (k.Global || other.memoryName() == t.memoryName()) {
			other.composer.TakeTemplates(k)
		}
	}
	store, name := m.deps.Drafts, t.memoryName()
	if store == nil {
		return nil
	}
	t.drafting.jobs = append(t.drafting.jobs, &job{do: func() error { return store.SaveTemplates(name, k.Global, k.Templates) }})
	return m.write(t)
}

// write does the jobs of a tab, one after the other, apart from Update.
func (m *Model) write(t *tab) tea.Cmd {
	d := &t.drafting
	if d.writing || len(d.jobs) == 0 {
		return nil
	}
	jobs := slices.Clone(d.jobs)
	d.writing = true
	return func() tea.Msg { return writtenMsg{t, len(jobs), runAll(jobs)} }
}

func runAll(jobs []*job) error {
	var faults []error
	for _, j := range jobs {
		faults = append(faults, j.run())
	}
	return errors.Join(faults...)
}

// written takes the outcome of jobs. A fault that comes again and again is told once.
func (m *Model) written(w writtenMsg) tea.Cmd {
	d := &w.tab.drafting
	if w.err != nil && w.err.Error() != d.complained {
		d.complained = w.err.Error()
		m.tell(0, d.complained, true)
	}
	d.jobs, d.writing = slices.Delete(d.jobs, 0, w.jobs), false
	return m.write(w.tab)
}

// unwritten is what writes all that a tab has not written, or waits until it is.
func (m *Model) unwritten(t *tab) func() error {
	m.queueDraft(t)
	jobs := slices.Clone(t.drafting.jobs)
	return func() error { return runAll(jobs) }
}

// lastDrafts writes what is not written; the program has ended.
func (m *Model) lastDrafts() error {
	var faults []error
	for _, t := range m.tabs {
		faults = append(faults, m.unwritten(t)())
	}
	return errors.Join(faults...)
}

// begin has the composer begin what its dialog has prepared.
func (m *Model) begin() tea.Cmd {
	intents, cmd := m.tab().composer.Begun()
	return tea.Batch(m.act(intents), m.wrap(paneComposer, cmd))
}
