package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/composer"
)

// drawer is a DraftStore in memory.
type drawer struct {
	draft     *client.Draft
	saves     int
	published []client.Publication
	templates []client.Template
	fault     error
}

func (d *drawer) Draft(string) (client.Draft, bool, error) {
	if d.draft == nil {
		return client.Draft{}, false, nil
	}
	return *d.draft, true, nil
}

func (d *drawer) SaveDraft(_ uint64, _ string, draft client.Draft) error {
	d.draft = &draft
	d.saves++
	return d.fault
}

func (d *drawer) Published(string) ([]client.Publication, error) { return d.published, nil }

func (d *drawer) AddPublished(_ string, all ...client.Publication) error {
	d.published = append(d.published, all...)
	return d.fault
}

func (d *drawer) Templates(string) ([]client.Template, error) { return d.templates, nil }

func (d *drawer) SaveTemplates(_ string, _ bool, all []client.Template) error {
	d.templates = all
	return d.fault
}

// draftRig is a root whose drafts go into a drawer.
func draftRig(t *testing.T, d *drawer) *rig {
	r := newRig(t, 120, 36, "")
	r.m.deps.Drafts = d
	r.m.recallDrafts(r.m.tab())
	return r
}

// done runs the Cmds that write, and hands in what comes of them.
func (r *rig) done(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, one := range msg {
			r.done(one)
		}
	case writtenMsg:
		_, cmd := r.m.Update(msg)
		r.done(cmd)
	}
}

func TestTheDraftIsWrittenAndComesBack(t *testing.T) {
	d := &drawer{}
	r := draftRig(t, d)
	r.keys("p")
	r.typed("lamp/cmd")
	r.keys("enter")
	r.typed("hello")
	if d.saves != 0 || !r.m.tab().drafting.due {
		t.Errorf("%d writings while typing, one is due: %v; want 0, true", d.saves, r.m.tab().drafting.due)
	}
	_, cmd := r.m.Update(draftMsg{r.m.tab()})
	r.done(cmd)
	if d.saves != 1 || d.draft.Topic != "lamp/cmd" || string(d.draft.Payload) != "hello" {
		t.Errorf("%d writings, the last %+v", d.saves, d.draft)
	}
	r.typed("!")
	if err := r.m.lastDrafts(); err != nil || string(d.draft.Payload) != "hello!" {
		t.Errorf("on leaving it is %+v, %v", d.draft, err)
	}
	if r.m.lastDrafts(); d.saves != 2 {
		t.Errorf("written %d times; want 2", d.saves)
	}
	again := draftRig(t, d)
	again.keys("3")
	again.shows("lamp/cmd", "hello!")
	if again.m.draftTimers() != nil {
		t.Error("what came back is written again")
	}
}

func TestAnotherProcessHasTheDraft(t *testing.T) {
	d := &drawer{draft: &client.Draft{Topic: "theirs"}}
	r := newRig(t, 120, 36, "")
	r.m.deps.Drafts = d
	r.m.tab().conn.Shared = true
	r.m.recallDrafts(r.m.tab())
	r.hides("theirs")
	r.keys("p")
	r.typed("mine")
	if err := r.m.lastDrafts(); err != nil || d.draft.Topic != "theirs" {
		t.Errorf("it was overwritten: %+v, %v", d.draft, err)
	}
}

func TestPublishedRowsAreWrittenInOrder(t *testing.T) {
	d := &drawer{}
	r := draftRig(t, d)
	r.connect()
	var cmds []tea.Cmd
	for i := range 5 {
		r.m.tab().composer.SetDraft(composer.Draft{Topic: fmt.Sprint("a/", i)})
		r.keys("3")
		_, cmd := r.m.Update(tea.KeyMsg{Type: tea.KeyCtrlS})
		cmds = append(cmds, cmd)
	}
	r.done(tea.Batch(cmds...))
	var topics []string
	for _, p := range d.published {
		topics = append(topics, p.Topic)
	}
	if got := strings.Join(topics, " "); got != "a/0 a/1 a/2 a/3 a/4" {
		t.Errorf("written %s", got)
	}
}

func TestAFaultOfWritingIsToldOnce(t *testing.T) {
	d := &drawer{fault: errors.New("keep the draft: the disk is full")}
	r := draftRig(t, d)
	for range 3 {
		r.keys("p")
		r.typed("x")
		_, cmd := r.m.Update(draftMsg{r.m.tab()})
		r.done(cmd)
	}
	r.keys("esc", "!")
	if n := strings.Count(r.m.View(), "! keep the draft"); n != 1 {
		t.Errorf("told %d times; want once\n%s", n, r.m.View())
	}
}

func TestOutcomesInWords(t *testing.T) {
	r := draftRig(t, &drawer{})
	topic, err := client.ParseTopic("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		steps []client.Published
		want  string
	}{
		{[]client.Published{{Step: client.Waiting}}, "queued (offline)"},
		{[]client.Published{{Step: client.Failed, Err: errors.New("not connected")}}, "not sent: not connected"},
		{[]client.Published{{Step: client.Sent}}, "sent"},
		{[]client.Published{{Step: client.Sent}, {Step: client.Acknowledged, Took: 12 * time.Millisecond}}, "acknowledged in 12 ms"},
		{[]client.Published{{Step: client.Sent}, {Step: client.Failed, Err: errors.New("closed for it")}}, "refused: closed for it"},
		{[]client.Published{{Step: client.Sent}, {Step: client.Failed, Err: errNoAnswer{}}}, "unknown: it may have arrived"},
	} {
		r.m.tab().composer.SetDraft(composer.Draft{Topic: "a", QoS: 1})
		r.keys("3", "ctrl+s")
		id := client.RequestID(0)
		for asked := range r.m.tab().sent {
			id = max(id, asked)
		}
		for _, step := range tt.steps {
			step.ID, step.Topic, step.QoS = id, topic, 1
			r.arrive([]client.Event{step})
		}
		r.shows(tt.want)
	}
}

type errNoAnswer struct{}

func (errNoAnswer) Error() string        { return "it may have arrived" }
func (errNoAnswer) Is(target error) bool { return target == client.ErrNoAnswer }

func TestLeavingAsksWhileARepeatRuns(t *testing.T) {
	r := draftRig(t, &drawer{})
	r.connect()
	r.m.tab().composer.SetDraft(composer.Draft{Topic: "a"})
	r.keys("3", "alt+r", "enter")
	r.shows("repeating 1")
	r.keys("q")
	r.shows("A repeat runs; leaving ends it.")
	r.keys("esc", "2", "alt+r") // from any pane
	r.shows("repeated 1")
	r.keys("alt+r")
	r.hides("every 1s")
	if _, cmd := r.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'q'}}); cmd == nil {
		t.Error("q does not leave")
	}
}
