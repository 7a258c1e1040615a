package shadows

import (
	"fmt"

	"example.com/thingdeck/shadow"
)

// result does what a message meant.
func (p *Pane) result(r shadow.Result) []any {
	p.timeline.Add(r, p.now())
	switch r := r.(type) {
	case shadow.Accepted:
		return p.accepted(r)
	case shadow.Rejected:
		return p.rejected(r)
	case shadow.TimedOut:
		return p.timedOut(r.Request)
	case shadow.Loaded:
		p.talk.refused, p.talk.silent = nil, false
		p.stale = true
		return p.loaded()
	case shadow.Differs:
		p.talk.news = true
		p.play.device.Notice(r.Delta.State, r.Version, p.now())
	case shadow.Updated, shadow.Documents:
		p.talk.news = true
	case shadow.Deleted:
		p.talk.deleted, p.talk.missing = &r, ""
	case shadow.Unreadable:
		p.work.notice = notice{text: fmt.Sprintf("an answer could not be read: %s: %v", r.Topic, r.Err), failed: true}
		return nil
	case shadow.Refused, shadow.Ignored:
		return nil
	}
	p.stale = true
	return nil
}

func (p *Pane) accepted(a shadow.Accepted) []any {
	p.stale = true
	switch a.Request.Op {
	case shadow.OpUpdate:
		if p.play.tokens[a.Request.Token] {
			delete(p.play.tokens, a.Request.Token)
			p.play.device.Accepted(a.Version)
			return []any{Toast{Text: fmt.Sprintf("reported as the device, v%d", a.Version)}}
		}
		if a.Request.Token == p.work.token {
			p.work.sent, p.work.token = shadow.Draft{}, ""
		}
		p.work.notice = notice{}
		if a.Request.Create {
			return []any{Toast{Text: fmt.Sprintf("shadow created, v%d", a.Version)}}
		}
		return []any{Toast{Text: fmt.Sprintf("update accepted, v%d", a.Version)}}
	case shadow.OpDelete:
		p.work.notice = notice{}
		return []any{Toast{Text: fmt.Sprintf("shadow deleted at v%d", a.Version)}}
	}
	return nil
}

func (p *Pane) rejected(r shadow.Rejected) []any {
	p.stale = true
	why := refusal{r.Code, r.Message}
	switch r.Request.Op {
	case shadow.OpUpdate:
		return p.updateRejected(r.Request, why)
	case shadow.OpDelete:
		p.work.notice = notice{text: "delete refused: " + why.String(), failed: true}
		return []any{Toast{Text: p.work.notice.text, Error: true}}
	}
	if r.Code == 404 {
		p.talk.missing, p.talk.deleted, p.talk.silent = r.Message, nil, false
		return p.createNow()
	} else if r.Request.Token == p.talk.lastGet {
		p.talk.refused, p.talk.silent = &why, false
	}
	return nil
}

// updateRejected keeps the edits. After a conflict the shadow is got again, so that they can be reviewed against what it has now.
func (p *Pane) updateRejected(r shadow.Request, why refusal) []any {
	if p.play.tokens[r.Token] {
		delete(p.play.tokens, r.Token)
		p.work.notice = notice{text: "the report as the device was refused: " + why.String(), failed: true}
		return []any{Toast{Text: p.work.notice.text, Error: true}}
	}
	if r.Create && r.Token != p.work.token {
		p.work.notice = notice{text: "not created: " + why.String(), failed: true}
		return []any{Toast{Text: p.work.notice.text, Error: true}}
	}
	p.unsend(r.Token)
	if why.code != 409 {
		p.work.notice = notice{text: "update refused: " + why.String() + "; the edits are kept", failed: true}
		return []any{Toast{Text: "update refused: " + why.String(), Error: true}}
	}
	p.work.notice = notice{text: why.String(), failed: true, conflict: true, expected: r.Version}
	out := []any{Toast{Text: fmt.Sprintf("update refused: %s, the edits are kept", why), Error: true}}
	return append(out, p.get()...)
}

func (p *Pane) timedOut(r shadow.Request) []any {
	p.stale = true
	const unknown = ": it may have been carried out or not"
	switch r.Op {
	case shadow.OpUpdate:
		if p.play.tokens[r.Token] {
			delete(p.play.tokens, r.Token)
			p.work.notice = notice{text: "no answer to the report as the device" + unknown, failed: true}
			break
		}
		own := r.Token == p.work.token
		p.unsend(r.Token)
		p.work.notice = notice{text: "no answer to the update" + unknown + p.deafTo(r.Op), failed: true}
		if own {
			p.work.notice.text += "; the edits are kept"
		}
	case shadow.OpDelete:
		p.work.notice = notice{text: "no answer to the delete" + unknown, failed: true}
	default:
		if r.Token == p.talk.lastGet {
			if p.talk.create != nil {
				p.work.notice = notice{text: "nothing is created: whether the shadow exists is not known", failed: true}
			}
			p.talk.silent, p.talk.create = true, nil
		}
		return nil
	}
	return []any{Toast{Text: "no answer to the " + r.Op.String(), Error: true}}
}

// deafTo tells which answers to an operation are not heard, so that silence may mean nothing.
func (p *Pane) deafTo(op shadow.Op) string {
	for _, a := range []shadow.Answer{shadow.AnswerAccepted, shadow.AnswerRejected} {
		if !p.talk.hears(op, a) {
			return "; " + op.String() + "/" + a.String() + " is not subscribed"
		}
	}
	return ""
}

// loaded does what waited for the shadow to be known: it settles an update whose answer is not heard, says that a shadow to be
// created is there already, and shows what changed in the meantime when an update was refused for that.
func (p *Pane) loaded() []any {
	var out []any
	if p.talk.create != nil {
		p.talk.create = nil
		out = append(out, Toast{Text: fmt.Sprintf("%s exists already, at v%d: nothing was created", p.label(), p.talk.manager.Version()), Error: true})
	}
	if left := p.work.sent; !p.work.sent.Empty() && !p.talk.hears(shadow.OpUpdate, shadow.AnswerAccepted) {
		if left.Rebase(p.talk.manager.Document()); left.Empty() {
			p.work.sent, p.work.token, p.work.notice = shadow.Draft{}, "", notice{}
			out = append(out, Toast{Text: fmt.Sprintf("the shadow has what was sent, v%d", p.talk.manager.Version())})
		}
	}
	p.sync(p.now())
	if n := &p.work.notice; n.conflict && !n.opened && p.focus && !p.filter.typing && !p.work.draft.Empty() {
		n.opened = true
		out = append(out, Open{newConflict(p)})
	}
	return out
}

// createNow creates the shadow that does not exist, if it was meant to be.
func (p *Pane) createNow() []any {
	if p.talk.create == nil {
		return nil
	}
	r := p.talk.manager.Create(*p.talk.create, p.now())
	p.talk.create = nil
	return []any{Publish{Topic: r.Topic, Payload: r.Payload}}
}
