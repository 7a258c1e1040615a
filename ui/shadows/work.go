package shadows

import (
	"fmt"
	"time"

	"example.com/thingdeck/shadow"
)

// work is what the user does to the shadow.
type work struct {
	edits  []shadow.Edit // not sent yet, in the order they were made
	sent   []shadow.Edit // on their way
	token  string        // of the update that carries sent
	notice notice
}

// notice is what went wrong last, until the user puts it away or something goes right. The zero notice is none.
type notice struct {
	text     string // not sanitised
	failed   bool
	conflict bool  // a 409: the version expected and what the shadow has now are told too
	expected int64 // by the update that was refused
}

// change is who brought the version shown about, and when.
type change struct {
	version int64
	by      shadow.Author
	known   bool // by is
	at      time.Time
}

// count is how many values the edits are of.
func (w *work) count() int {
	paths := map[string]bool{}
	for _, edits := range [][]shadow.Edit{w.sent, w.edits} {
		for _, e := range edits {
			id := ""
			for _, key := range e.Path {
				id = rowID(id, key)
			}
			paths[id] = true
		}
	}
	return len(paths)
}

// want is the desired section as the edits would make it. Edits that do not fit are left out.
func (p *Pane) want() shadow.Value {
	v := p.doc.Desired.State
	for _, edits := range [][]shadow.Edit{p.work.sent, p.work.edits} {
		for _, e := range edits {
			if next, err := e.Apply(v); err == nil {
				v = next
			}
		}
	}
	return v
}

// edit notes an edit of the desired section, unless it changes nothing; the error says why it does not fit. Edits that together
// change nothing any more are forgotten.
func (p *Pane) edit(e shadow.Edit) error {
	before := p.want()
	after, err := e.Apply(before)
	switch {
	case err != nil:
		return err
	case shadow.Equal(after, before):
		return nil
	}
	p.work.edits = append(p.work.edits, e)
	if len(p.work.sent) == 0 && shadow.Equal(after, p.doc.Desired.State) {
		p.work.edits = nil
	}
	p.stale = true
	return nil
}

// undo takes the last edit back.
func (p *Pane) undo() {
	if n := len(p.work.edits); n > 0 {
		p.work.edits = p.work.edits[:n-1]
		p.stale = true
	}
}

// rebase drops the edits that the shadow has come to have by itself, and those that no longer fit it. The latter are told.
func (p *Pane) rebase() {
	if len(p.work.sent) > 0 {
		return // what was sent is settled by its answer
	}
	v := p.doc.Desired.State
	kept := p.work.edits[:0:0]
	for _, e := range p.work.edits {
		next, err := e.Apply(v)
		_, _, there := shadow.Section{State: v}.At(e.Path...)
		switch {
		case e.Remove && !there:
		case err != nil:
			p.work.notice = notice{text: fmt.Sprintf("an edit no longer fits and was dropped: %v", err), failed: true}
		case !shadow.Equal(next, v):
			kept = append(kept, e)
			v = next
		}
	}
	if shadow.Equal(v, p.doc.Desired.State) {
		kept = nil
	}
	p.work.edits = kept
	if len(kept) == 0 && p.work.notice.conflict {
		p.work.notice = notice{}
	}
}

// patch is the state of the update that the edits come to.
func (p *Pane) patch() (state shadow.Value, err error) {
	return shadow.Patch(p.doc, p.work.edits...)
}

// sendOff is why the edits cannot be sent now.
func (p *Pane) sendOff() string {
	switch {
	case p.talk.manager == nil:
		return "no thing is chosen"
	case p.talk.pending(shadow.OpUpdate):
		return "an update is on its way"
	case len(p.work.edits) == 0:
		return "there are no edits"
	}
	return p.getOff()
}

// send publishes the update that was reviewed: state under its version, or as the first of a new shadow, with that token.
func (p *Pane) send(r request) []any {
	p.talk.nextToken = r.token
	req := r.make(p.talk.manager, p.now())
	p.work = work{sent: p.work.edits, token: req.Token}
	p.stale = true
	return []any{Publish{Topic: req.Topic, Payload: req.Payload}}
}

// unsend makes the edits of an update that was not carried out editable again.
func (p *Pane) unsend(token string) {
	if token == "" || token != p.work.token {
		return
	}
	p.work.edits = append(p.work.sent, p.work.edits...)
	p.work.sent, p.work.token = nil, ""
}

// request is an update to review and send.
type request struct {
	state   shadow.Value
	version int64 // 0 when the shadow does not exist
	token   string
}

func (r request) make(m *shadow.Manager, now time.Time) shadow.Request {
	if r.version == 0 {
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
