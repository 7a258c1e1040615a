package shadows

import (
	"fmt"
	"time"

	"example.com/thingdeck/shadow"
)

// work is what the user does to the shadow.
type work struct {
	draft  shadow.Draft    // not sent yet
	sent   shadow.Draft    // on its way
	token  string          // of the update that carries sent
	base   shadow.Document // that the update was made on
	notice notice
}

// notice is what went wrong last, until the user puts it away or something goes right. The zero notice is none.
type notice struct {
	text     string // not sanitised
	failed   bool
	conflict bool  // a 409: the version expected and what the shadow has now are told too
	opened   bool  // the dialog was shown by itself: it is once
	expected int64 // by the update that was refused
}

// change is who brought the version shown about, and when.
type change struct {
	version int64
	by      shadow.Author
	known   bool // by is
	at      time.Time
}

// all is every edit that the service has not accepted yet.
func (w *work) all() shadow.Draft {
	d := w.draft
	d.Prepend(w.sent)
	return d
}

// count is how many values the edits are of.
func (w *work) count() int {
	all := w.all()
	paths := map[string]bool{}
	for _, e := range all.Edits() {
		id := e.Part.String()
		for _, key := range e.Path {
			id = rowID(id, key)
		}
		paths[id] = true
	}
	return len(paths)
}

// want is a section as the edits would make it.
func (p *Pane) want(part shadow.Part) shadow.Value {
	all := p.work.all()
	return all.Want(p.doc, part)
}

// edit notes edits that belong together, unless they change nothing; the error says why they do not fit.
func (p *Pane) edit(edits ...shadow.Edit) error {
	doc := p.doc
	if !p.work.sent.Empty() { // what is on its way is taken as done
		doc.Desired.State, doc.Reported.State = p.work.sent.Want(doc, shadow.Desired), p.work.sent.Want(doc, shadow.Reported)
	}
	if err := p.work.draft.Add(doc, edits...); err != nil {
		return err
	}
	p.stale = true
	return nil
}

// undo takes the last edit back.
func (p *Pane) undo() {
	p.work.draft.Undo()
	p.stale = true
}

// rebase drops the edits that the shadow has come to have by itself, and those that no longer fit it. The latter are told.
func (p *Pane) rebase() {
	if !p.work.sent.Empty() {
		return // what was sent is settled by its answer
	}
	for _, err := range p.work.draft.Rebase(p.doc) {
		p.work.notice = notice{text: fmt.Sprintf("an edit no longer fits and was dropped: %v", err), failed: true}
	}
	if p.work.draft.Empty() && p.work.notice.conflict {
		p.work.notice = notice{}
	}
}

// patch is the state of the update that the edits come to.
func (p *Pane) patch() (state shadow.Value, err error) {
	return shadow.Patch(p.doc, p.work.draft.Edits()...)
}

// sendOff is why the edits cannot be sent now.
func (p *Pane) sendOff() string {
	switch {
	case p.talk.manager == nil:
		return "no thing is chosen"
	case p.talk.pending(shadow.OpUpdate):
		return "an update is on its way"
	case p.work.draft.Empty():
		return "there are no edits"
	}
	return p.askOff()
}

// send publishes the update that was reviewed.
func (p *Pane) send(r request) []any {
	p.talk.nextToken = r.token
	req := r.make(p.talk.manager, p.now())
	p.work = work{sent: p.work.draft, token: req.Token, base: p.doc}
	p.stale = true
	p.talk.recheck = p.now().Add(recheckTime)
	return []any{Publish{Topic: req.Topic, Payload: req.Payload}}
}

// unsend makes the edits of an update that was not carried out editable again.
func (p *Pane) unsend(token string) {
	if token == "" || token != p.work.token {
		return
	}
	p.work.draft.Prepend(p.work.sent)
	p.work.sent, p.work.token = shadow.Draft{}, ""
}

// request is an update to review and send.
type request struct {
	state   shadow.Value
	version int64 // that the shadow must have; 0 for any, and for one that does not exist
	create  bool  // the shadow does not exist
	token   string
}

func (r request) make(m *shadow.Manager, now time.Time) shadow.Request {
	if r.create {
		return m.Create(r.state, now)
	}
	return m.Update(r.state, r.version, now)
}

// payload is what will be published.
func (r request) payload(n shadow.Name) []byte {
	m := shadow.NewManager(n, shadow.Options{Token: func() string { return r.token }})
	return r.make(m, time.Time{}).Payload
}

// maxDocument is how many bytes desired and reported may have together as compact JSON (quota "maximum size of a JSON state
// document").
const maxDocument = 8192

// size is how many of them the shadow will have.
func (r request) size(d shadow.Document) int {
	n := 0
	for part := shadow.Desired; part <= shadow.Reported; part++ {
		s := d.Section(part)
		if patch, ok := r.state.Member(part.String()); ok {
			s = shadow.Merge(s, patch, 0)
		}
		if s.Exists() {
			n += len(s.State.String())
		}
	}
	return n
}
