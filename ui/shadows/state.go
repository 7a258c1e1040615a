package shadows

import (
	"fmt"
	"strings"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/theme"
)

// status is where the conversation stands, when there is something to say about it: a first line in words, what to know about
// it, and what to do.
type status struct {
	what, about, todo string
	failed            bool
}

// status is zero while the shadow is shown as it is.
func (p *Pane) status() status {
	t := &p.talk
	again := p.hint("shadow.get", "asks again")
	switch {
	case t.manager == nil:
		return status{what: "no thing is chosen", todo: p.hint("shadow.choose", "chooses a thing")}
	case !t.connected && p.exists:
		return status{what: "not connected: this is the shadow as it was known"}
	case !t.connected:
		return status{what: "not connected", about: "the shadow is asked for as soon as there is a connection"}
	case t.subscribing():
		return p.subscribingStatus()
	case t.count(granted) == 0:
		return p.allBarredStatus()
	case t.deaf() && !p.exists:
		return p.deafStatus()
	case t.refused != nil:
		return status{what: "get refused: " + t.refused.String(), todo: again, failed: true}
	case t.silent:
		s := status{what: "no answer to get within 10 s", failed: true, todo: again,
			about: "this broker may have no Device Shadow service, or a policy may forbid this client to publish the request or to receive the answer"}
		if !t.hears(shadow.OpGet, shadow.AnswerRejected) {
			s.about = "get/rejected is not subscribed: the shadow may not exist; or " + s.about
		}
		return s
	case p.exists:
		return p.barredStatus()
	case t.deleted != nil:
		return status{what: fmt.Sprintf("no shadow exists: v%d was deleted by %s", t.deleted.Version, author(t.deleted.By)),
			about: "made again within 48 hours, its versions go on from there", todo: p.hint("shadow.add", "adds a key; sending it creates the shadow")}
	case t.missing != "":
		return status{what: "no shadow exists yet", about: "the service says: 404 " + t.missing,
			todo: p.hint("shadow.add", "adds a key; sending it creates the shadow")}
	}
	return status{what: "waiting for the answer to get"}
}

func (p *Pane) subscribingStatus() status {
	n := len(p.talk.filters)
	s := status{what: fmt.Sprintf("subscribing to the answers: %d of %d", n-p.talk.count(waiting), n)}
	if p.now().Sub(p.talk.since) >= subscribeTime {
		s.failed = true
		s.about = "the broker has not confirmed the rest for " + ago(p.now().Sub(p.talk.since))
	}
	return s
}

// allBarredStatus tells that nothing of the shadow will ever be heard.
func (p *Pane) allBarredStatus() status {
	why := ""
	for _, f := range p.talk.filters {
		why = f.why
	}
	return status{what: fmt.Sprintf("all %d subscriptions to the answers were refused: %s", len(p.talk.filters), why), failed: true,
		about: "nothing of this shadow can be heard; a policy that allows iot:Subscribe and iot:Receive on its topics, or on get/accepted alone, would let it be shown"}
}

// deafStatus tells that the shadow cannot be asked for, and how it may show all the same.
func (p *Pane) deafStatus() status {
	s := status{what: "get/accepted is not among the chosen answer topics", todo: p.hint("shadow.answers", "chooses them")}
	if f := p.talk.answer(shadow.OpGet, shadow.AnswerAccepted); f != nil {
		s = status{what: "the subscription to " + f.name + " was refused: " + f.why, failed: true}
	}
	s.about = "without it the shadow cannot be asked for"
	if p.talk.hearsNews() {
		s.about += "; it is shown as soon as somebody updates it"
	}
	return s
}

// barredStatus tells which answers will not be heard of a shadow that is shown, and what is done instead.
func (p *Pane) barredStatus() status {
	var names []string
	why := ""
	for _, f := range p.talk.filters {
		if f.state == barred {
			names = append(names, strings.TrimPrefix(f.name, p.talk.manager.Name().Prefix()+"/"))
			why = ": " + f.why
		}
	}
	switch {
	case p.talk.polls() && names == nil:
		return status{what: "updates are not among the chosen answer topics: the shadow is got every 10 s"}
	case names == nil:
		return status{}
	}
	if p.talk.polls() {
		return status{what: "updates cannot be heard" + why + "; the shadow is got every 10 s instead", failed: true}
	}
	return status{what: "not subscribed to " + strings.Join(names, ", ") + why, failed: true}
}

// stateLines say why there are no rows.
func (p *Pane) stateLines() []string {
	s := p.status()
	style := p.theme.Text
	if s.failed {
		style = p.theme.Error
	}
	lines := p.say(s.what, style, maxStateLines)
	lines = append(lines, p.say(s.about, p.theme.Dim, maxStateLines)...)
	return append(lines, p.say(s.todo, p.theme.Dim, maxStateLines)...)
}

const (
	maxStateLines  = 6
	maxNoticeLines = 3
)

// say draws a text in lines.
func (p *Pane) say(text string, style theme.Style, most int) []string {
	lines := wrap(text, p.inner()-2, most)
	for i, line := range lines {
		lines[i] = " " + style.Render(line)
	}
	return lines
}

// bottomLines say below the rows what is not as it should be.
func (p *Pane) bottomLines() []string {
	s := p.status()
	style := p.theme.Warn
	if s.failed {
		style = p.theme.Error
	}
	var lines []string
	if s.what != "" && (p.exists || s.failed || !p.talk.connected) {
		text := s.what
		if s.todo != "" {
			text += ": " + s.todo
		}
		lines = p.say(text, style, maxNoticeLines)
	}
	lines = append(lines, p.deviceLines()...)
	return append(lines, p.noticeLines()...)
}

func (p *Pane) noticeLines() []string {
	n := p.work.notice
	if !p.work.sent.Empty() && n.text == "" {
		return p.say("the update is sent; waiting for its answer", p.theme.Dim, maxNoticeLines)
	}
	style := p.theme.Warn
	if n.failed {
		style = p.theme.Error
	}
	return p.say(p.noticeText(), style, maxNoticeLines)
}

func (p *Pane) noticeText() string {
	n := p.work.notice
	if !n.conflict {
		return n.text
	}
	text := fmt.Sprintf("%s: v%d was expected", n.text, n.expected)
	switch {
	case !p.exists:
		return text + ", but the shadow is gone"
	case p.doc.Version == n.expected:
		return text + ", getting what there is"
	}
	return fmt.Sprintf("%s, the shadow has v%d: %s", text, p.doc.Version, p.hint("shadow.send", "shows what changed"))
}
