package messages

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/filter"
	"example.com/thingdeck/client/history/tree"
	"example.com/thingdeck/keymap"
)

// Update takes a key or a mouse event.
func (p *Pane) Update(msg tea.Msg) (intents []any, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		p.said = ""
		if p.field != nil {
			return p.fieldKey(msg)
		}
		if msg.Paste {
			return nil, nil
		}
		scopes := []string{"messages", "list", "global"}
		switch {
		case p.plot != nil:
			scopes = []string{"plot", "list", "messages", "global"}
		case p.inDetail:
			scopes = []string{"list", "messages", "global"}
		case p.inTopics:
			scopes = []string{"topics", "list", "messages", "global"}
		case p.turned:
			if action, _ := p.keys.Lookup(msg.String(), "list"); action == "list.top" || action == "list.bottom" {
				return p.Do(action) // the end of the list is not where the newest is
			}
		}
		if action, ok := p.keys.Lookup(msg.String(), scopes...); ok {
			return p.Do(action)
		}
	case tea.MouseMsg:
		p.mouse(msg)
	default:
		p.worked(msg)
	}
	return nil, nil
}

// Do does an action of the pane; one that is off now does nothing.
func (p *Pane) Do(action string) (intents []any, cmd tea.Cmd) {
	if p.plot != nil && (p.plotDo(action) || !strings.HasPrefix(action, "global.")) {
		return nil, nil
	}
	if p.inTopics && !p.inDetail {
		if intents, done := p.topicsDo(action); done {
			return intents, nil
		}
		p.leaveTopics(action)
	}
	switch action {
	case "messages.topics":
		p.toggleTopics()
	case "messages.plot":
		p.togglePlot()
	case "global.back":
		p.Back()
	case "list.filter":
		return nil, p.openField(toFilter)
	case "messages.find":
		return nil, p.openField(toFind)
	case "list.next", "list.previous":
		return nil, p.findNext(action == "list.next")
	case "messages.pause":
		p.place.pause()
	case "messages.follow":
		p.inDetail = false
		p.place.setFollow(true)
	case "messages.jump":
		return nil, p.openField(toJump)
	case "messages.mark":
		p.toggleMark()
	case "messages.note":
		return nil, p.openField(toNote)
	case "messages.marknext", "messages.markprevious":
		p.nextMark(action == "messages.marknext")
	case "messages.display":
		p.cycle()
	case "messages.order":
		p.turned = !p.turned
	case "messages.difference":
		p.diff = !p.diff
	case "messages.copy", "messages.copytopic", "messages.republish", "messages.clear":
		return p.want(action), nil
	case "messages.export":
		return []any{Export{}}, nil
	case "messages.record":
		return []any{Record{}}, nil
	default:
		p.move(action)
	}
	return nil, nil
}

// want is what the pane asks of the root.
func (p *Pane) want(action string) []any {
	if action == "messages.clear" {
		if p.history.Len() == 0 {
			return nil
		}
		return []any{Clear{}}
	}
	m, ok := p.message()
	if !ok {
		return nil
	}
	if text, path, ok := p.detail.value(); ok && p.inDetail {
		switch action {
		case "messages.copy":
			return []any{Copy{Text: text, What: "the value of " + path}}
		case "messages.copytopic":
			return []any{Copy{Text: path, What: "the path"}}
		}
	}
	switch action {
	case "messages.copy":
		return []any{copied(m)}
	case "messages.copytopic":
		return []any{Copy{Text: m.Topic, What: "topic"}}
	}
	return []any{republish(m)}
}

// Cleared tells that every message was removed: a pause has nothing left to show.
func (p *Pane) Cleared() {
	p.place.paused = false
	p.place.setFollow(true)
	p.heads = heads{}
	if p.topics != nil {
		p.topics = &topics{tree: tree.New(0), unfolded: map[tree.Node]bool{tree.Root: true}, stale: true}
		p.topics.tree.Skip(p.history)
	}
}

// message is the one under the cursor, as it was drawn.
func (p *Pane) message() (history.Message, bool) {
	if p.inDetail {
		return p.detail.message, true
	}
	if p.inTopics {
		return p.topics.message(p.history)
	}
	if win := p.drawn(); win.len() > 0 {
		return p.history.At(win.seq(p.place.at(win).Cursor))
	}
	return history.Message{}, false
}

// drawn is the list as far as it was drawn: what came since is not what a key or a click means.
func (p *Pane) drawn() window { return p.list.window(p.place.seen) }

// Back leaves the detail, else ends what is found, else takes the filter away, and reports whether there was any of it.
func (p *Pane) Back() bool {
	switch {
	case p.inDetail:
		if !p.leaveValue(false) {
			p.inDetail = false
		}
	case p.inTopics:
		p.inTopics = false
	case p.find.filter != nil:
		p.find, p.seek = finder{}, nil
	case p.list.filter != nil:
		p.setFilter(new(filter.Filter))
	default:
		return false
	}
	p.redraw()
	return true
}

func (p *Pane) move(action string) {
	switch {
	case p.inDetail && action == "list.fold":
		if !p.leaveValue(true) {
			p.Back()
		}
	case p.inDetail && (action == "list.unfold" || action == "list.open"):
		p.enterValue()
	case p.inDetail && action == "list.foldall":
		p.foldAll()
	case p.inDetail:
		p.detail.scroll.Do(action)
	case action == "list.open" || action == "list.unfold":
		p.enter()
	case p.drawn().len() > 0:
		if p.turned {
			action = turn(action)
		}
		p.place.do(p.drawn(), action)
	}
}

// SetNewestFirst puts the newest message at the top, or at the end.
func (p *Pane) SetNewestFirst(on bool) { p.turned = on }

// turn is what an action on the list means when it stands upside down.
func turn(action string) string {
	for _, pair := range [][2]string{{"list.up", "list.down"}, {"list.pageup", "list.pagedown"}, {"list.top", "list.bottom"}} {
		switch action {
		case pair[0]:
			return pair[1]
		case pair[1]:
			return pair[0]
		}
	}
	return action
}

// enter gives the detail the list keys. Its message stays, whatever comes in.
func (p *Pane) enter() {
	if m, ok := p.message(); ok {
		p.place.choose(m.Seq)
		p.place.setFollow(false)
		p.inDetail = true
		if !p.detail.built || p.detail.message.Seq != m.Seq {
			p.detail = detail{message: m}
		}
	}
}

// wheelRows is how far one step of the wheel goes.
const wheelRows = 3

func (p *Pane) mouse(msg tea.MouseMsg) {
	if p.plot != nil {
		p.plotMouse(msg)
		return
	}
	a := p.areas(p.drawn().len())
	if p.inTopics {
		a = p.areas(len(p.topics.rows))
	}
	line := msg.Y - 1 - p.fieldRows()
	if msg.Action != tea.MouseActionPress || line < 0 || line >= p.h-2-p.fieldRows() {
		return
	}
	inList := line < a.list
	switch msg.Button {
	case tea.MouseButtonWheelUp:
		p.wheel(inList, -wheelRows)
	case tea.MouseButtonWheelDown:
		p.wheel(inList, wheelRows)
	case tea.MouseButtonLeft:
		p.click(line, a)
	}
}

func (p *Pane) wheel(inList bool, n int) {
	if inList && p.inTopics {
		p.topics.scroll.Wheel(n)
		p.topics.move("")
		return
	}
	if inList {
		if p.turned {
			n = -n
		}
		p.place.wheel(p.drawn(), n)
		return
	}
	p.detail.scroll.Wheel(n)
}

func (p *Pane) click(line int, a areas) {
	row, drawn := p.rowOf(line)
	switch {
	case p.inTopics:
		p.topicsClick(line, a)
	case line < a.list && drawn:
		p.inDetail = false
		p.place.choose(row.seq)
	case line > a.list && a.detail > 0:
		p.enter()
		p.detail.scroll.Cursor = p.detail.scroll.Top + line - a.list - 1
	}
}

// Actions is what the pane can do now, most useful first.
func (p *Pane) Actions() []keymap.Action {
	if p.field != nil {
		return p.fieldActions()
	}
	if p.plot != nil {
		return p.plotActions()
	}
	if p.inTopics && !p.inDetail {
		return p.topicsActions()
	}
	none := ""
	if _, ok := p.message(); !ok {
		none = "no message is chosen"
	}
	pause, follow := p.keys.Action("messages.pause"), p.keys.Action("messages.follow")
	if p.place.paused {
		pause.Short, pause.Text = "resume", "show what came since the pause"
	}
	if p.turned {
		follow.Keys = p.keys.Action("list.top").Keys
	}
	if p.place.follow {
		follow.Off = "the newest message is chosen"
	}
	open := p.keys.Action("list.open").Disabled(none)
	open.Text = "go into the payload"
	if p.inDetail {
		return append(p.detailActions(none), p.listMoves(none)...)
	}
	out := []keymap.Action{pause, p.keys.Action("list.filter"), follow, open}
	for _, name := range []string{"display", "difference", "copy", "copytopic", "republish"} {
		out = append(out, p.keys.Action("messages."+name).Disabled(none))
	}
	clear := p.keys.Action("messages.clear")
	if p.history.Len() == 0 {
		clear.Off = "there are no messages"
	}
	out = append(out, p.keys.Action("messages.find").Disabled(none), p.keys.Action("list.next").Disabled(none), p.keys.Action("list.previous").Disabled(none))
	out = append(out, p.markActions(none)...)
	order := p.keys.Action("messages.order")
	if p.turned {
		order.Short, order.Text = "newest last", "put the newest message at the end"
	}
	out = append(out, order, p.keys.Action("messages.topics"), p.keys.Action("messages.plot").Disabled(none))
	out = append(out, clear, p.keys.Action("messages.export").Disabled(none), p.keys.Action("messages.record"))
	return append(out, p.listMoves(none)...)
}

func (p *Pane) listMoves(none string) (out []keymap.Action) {
	for _, name := range []string{"up", "down", "pageup", "pagedown", "top", "bottom"} {
		out = append(out, p.keys.Action("list."+name).Disabled(none))
	}
	return out
}

// detailActions is what can be done in the payload.
func (p *Pane) detailActions(none string) []keymap.Action {
	back, fold, unfold := p.keys.Action("global.back"), p.keys.Action("list.fold"), p.keys.Action("list.unfold")
	back.Short, back.Text = "back", "back to the list"
	fold.Text = "fold what the value stands in; at the outermost back to the list"
	unfold.Text = "unfold the value, or open the base64 in it"
	copy, path := p.keys.Action("messages.copy"), p.keys.Action("messages.copytopic")
	if _, _, ok := p.detail.value(); ok {
		copy.Short, copy.Text = "copy value", "copy the value"
		path.Short, path.Text = "copy path", "copy the path of the value"
	} else {
		fold.Off, unfold.Off = "no JSON is shown", "no JSON is shown"
	}
	out := []keymap.Action{back, p.keys.Action("messages.display"), copy, path, unfold, fold, p.keys.Action("list.foldall").Disabled(fold.Off)}
	for _, name := range []string{"list.next", "list.previous", "messages.difference", "messages.plot", "messages.republish", "messages.pause", "messages.follow", "messages.export"} {
		out = append(out, p.keys.Action(name).Disabled(none))
	}
	return append(out, p.markActions(none)...)
}
