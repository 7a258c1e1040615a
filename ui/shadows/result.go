package shadows

import (
	"fmt"

	"example.com/thingdeck/shadow"
)

// result does what a message meant.
func (p *Pane) result(r shadow.Result) []any {
	switch r := r.(type) {
	case shadow.Accepted:
		return p.accepted(r)
	case shadow.Rejected:
		return p.rejected(r)
	case shadow.TimedOut:
		return p.timedOut(r.Request)
	case shadow.Loaded:
		p.talk.refused, p.talk.silent = nil, false
	case shadow.Updated, shadow.Differs, shadow.Documents:
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
		if a.Request.Token == p.work.token {
			p.work.sent, p.work.token = nil, ""
		}
		p.work.notice = notice{}
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
	} else if r.Request.Token == p.talk.lastGet {
		p.talk.refused, p.talk.silent = &why, false
	}
	return nil
}

// updateRejected keeps the edits. After a conflict the shadow is got again, so that they can be reviewed against what it has now.
func (p *Pane) updateRejected(r shadow.Request, why refusal) []any {
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
		p.unsend(r.Token)
		p.work.notice = notice{text: "no answer to the update" + unknown + "; the edits are kept", failed: true}
	case shadow.OpDelete:
		p.work.notice = notice{text: "no answer to the delete" + unknown, failed: true}
	default:
		if r.Token == p.talk.lastGet {
			p.talk.silent = true
		}
		return nil
	}
	return []any{Toast{Text: "no answer to the " + r.Op.String(), Error: true}}
}
