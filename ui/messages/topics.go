package messages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/client/history/tree"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/ui/widget"
)

// Subscribe asks the root to subscribe to a filter, which may be one that cannot be.
type Subscribe struct{ Filter string }

// Unsubscribe asks the root to let the subscriptions to any of these filters go.
type Unsubscribe struct{ Filters []string }

// ClearRetained asks the root to clear retained messages, after a confirmation. More says that there are others below the topic.
type ClearRetained struct {
	Below  string
	Topics []string
	More   bool
}

// topics is the topic tree: the history by the levels of topics. It is another view, in the place of the list.
type topics struct {
	tree     *tree.Tree
	left     uint64 // messages that are not counted yet
	rows     []topicRow
	version  uint64 // of the tree, when rows were made
	unfolded map[tree.Node]bool
	cursor   tree.Node
	scroll   widget.Scroll
	order    topicOrder
	ordered  time.Time
	stale    bool // rows are to be made anew
}

type topicRow struct {
	node  tree.Node
	depth int
}

type topicOrder int

const (
	byName topicOrder = iota
	byCount
	byRate
	byRecency
	topicOrders
)

func (o topicOrder) String() string { return [...]string{"name", "count", "rate", "newest"}[o] }

// Times of the tree: how long counting may take in a frame, and how often rows change their order when that is not by name.
const (
	treeTime  = 8 * time.Millisecond
	orderTime = 2 * time.Second
)

// toggleTopics shows the tree in the place of the list, or the list again.
func (p *Pane) toggleTopics() {
	if p.topics == nil {
		p.topics = &topics{tree: tree.New(0), unfolded: map[tree.Node]bool{tree.Root: true}, stale: true}
	}
	p.inTopics, p.inDetail = !p.inTopics, false
	p.redraw()
}

// follow counts what came, and makes the rows when they have changed.
func (t *topics) follow(h *history.History, now time.Time) {
	t.left = t.tree.Feed(h, treeTime)
	if t.order != byName && now.Sub(t.ordered) >= orderTime {
		t.stale = true
	}
	if !t.stale && t.version == t.tree.Version() {
		return
	}
	t.stale, t.version, t.ordered = false, t.tree.Version(), now
	t.rows = t.rows[:0]
	t.append(tree.Root, 0, now)
	i := slices.IndexFunc(t.rows, func(r topicRow) bool { return r.node == t.cursor })
	if i < 0 && len(t.rows) > 0 {
		i = min(t.scroll.Cursor, len(t.rows)-1)
		t.cursor = t.rows[max(0, i)].node
	}
	t.scroll.Cursor = max(0, i)
}

// append adds the rows below a node. A node that is alone on its level is unfolded when it first comes.
func (t *topics) append(id tree.Node, depth int, now time.Time) {
	children := t.tree.Children(id)
	if t.order != byName {
		children = slices.Clone(children)
		slices.SortStableFunc(children, func(a, b tree.Node) int { return t.before(a, b, now) })
	}
	for _, c := range children {
		if _, known := t.unfolded[c]; !known && len(children) == 1 && depth < 3 {
			t.unfolded[c] = true
		}
		t.rows = append(t.rows, topicRow{c, depth})
		if t.unfolded[c] {
			t.append(c, depth+1, now)
		}
	}
}

func (t *topics) before(a, b tree.Node, now time.Time) int {
	switch t.order {
	case byCount:
		return cmp.Compare(t.tree.Info(b).Total, t.tree.Info(a).Total)
	case byRate:
		return cmp.Compare(t.tree.PerSecond(b, now), t.tree.PerSecond(a, now))
	}
	return cmp.Compare(t.tree.Info(b).Newest, t.tree.Info(a).Newest)
}

// message is the newest of the topic under the cursor, or of those below it.
func (t *topics) message(h *history.History) (history.Message, bool) {
	if len(t.rows) == 0 {
		return history.Message{}, false
	}
	i := t.tree.Info(t.cursor)
	if i.Topic {
		if m, ok := h.At(i.Last); ok {
			return m, true
		}
	}
	return h.At(i.Newest)
}

// move does a list action.
func (t *topics) move(action string) {
	switch action {
	case "list.unfold", "list.fold", "list.foldall":
		t.fold(action)
	default:
		t.scroll.Do(action)
		if t.scroll.Cursor < len(t.rows) {
			t.cursor = t.rows[t.scroll.Cursor].node
		}
	}
}

func (t *topics) fold(action string) {
	t.stale = true
	open := t.unfolded[t.cursor] && t.tree.Info(t.cursor).Children > 0
	switch {
	case action == "list.foldall":
		all := slices.ContainsFunc(t.rows, func(r topicRow) bool { return t.unfolded[r.node] && t.tree.Info(r.node).Children > 0 })
		t.unfolded = map[tree.Node]bool{tree.Root: true}
		for _, r := range t.rows {
			if all {
				t.unfolded[r.node] = false
			} else {
				t.unfoldBelow(r.node, maxUnfolded)
			}
		}
		for all && t.tree.Parent(t.cursor) != tree.Root {
			t.cursor = t.tree.Parent(t.cursor)
		}
	case action == "list.unfold":
		t.unfolded[t.cursor] = true
	case open:
		t.unfolded[t.cursor] = false
	case t.tree.Parent(t.cursor) != tree.Root:
		t.cursor = t.tree.Parent(t.cursor)
	}
}

// maxUnfolded bounds how many nodes "unfold all" unfolds below one.
const maxUnfolded = 1000

func (t *topics) unfoldBelow(id tree.Node, n int) int {
	t.unfolded[id] = true
	for _, c := range t.tree.Children(id) {
		if n--; n <= 0 {
			return 0
		}
		n = t.unfoldBelow(c, n)
	}
	return n
}

// topicsDo does an action of the tree, and reports whether it was one.
func (p *Pane) topicsDo(action string) (intents []any, done bool) {
	t := p.topics
	if len(t.rows) == 0 && strings.HasPrefix(action, "topics.") {
		return nil, true
	}
	path := t.tree.Path(t.cursor)
	info := t.tree.Info(t.cursor)
	filter := path
	if info.Children > 0 {
		filter += "/#"
	}
	switch action {
	case "topics.filter":
		p.inTopics = false
		_ = p.SetFilter("topic:" + quoted(filter))
		return []any{Filtered{p.FilterText()}}, true
	case "topics.exclude":
		p.inTopics = false
		_ = p.SetFilter(strings.TrimSpace("-topic:" + quoted(filter) + " " + p.FilterText()))
		return []any{Filtered{p.FilterText()}}, true
	case "topics.subscribe":
		return []any{Subscribe{filter}}, true
	case "topics.unsubscribe":
		return []any{Unsubscribe{[]string{path, path + "/#"}}}, true
	case "topics.clearretained":
		const most = 10_000
		if all := t.tree.Retained(t.cursor, most+1); len(all) > 0 {
			return []any{ClearRetained{path, all[:min(len(all), most)], len(all) > most}}, true
		}
		p.said = noRetained
		return nil, true
	case "topics.order":
		t.order = (t.order + 1) % topicOrders
		t.stale = true
		return nil, true
	case "list.open":
		if m, ok := t.message(p.history); ok {
			p.inDetail = true
			if !p.detail.built || p.detail.message.Seq != m.Seq {
				p.detail = detail{message: m}
			}
		}
		return nil, true
	}
	if strings.HasPrefix(action, "list.") && action != "list.filter" && action != "list.next" && action != "list.previous" {
		t.move(action)
		return nil, true
	}
	return nil, false
}

const noRetained = "no retained message was seen here"

// leaveTopics goes to the log for what only shows there.
func (p *Pane) leaveTopics(action string) {
	switch action {
	case "list.filter", "list.next", "list.previous", "messages.find", "messages.jump", "messages.marknext", "messages.markprevious":
		p.inTopics = false
		p.redraw()
	}
}

// topicsClick chooses a row, folds it when it is the chosen one, or goes into the payload.
func (p *Pane) topicsClick(line int, a areas) {
	t := p.topics
	if line > a.list && a.detail > 0 {
		p.topicsDo("list.open")
		p.detail.scroll.Cursor = p.detail.scroll.Top + line - a.list - 1
		return
	}
	i := t.scroll.Top + line - 1
	if line < 1 || line >= a.list || i >= len(t.rows) {
		return
	}
	p.inDetail = false
	again := t.rows[i].node == t.cursor
	t.scroll.Cursor, t.cursor = i, t.rows[i].node
	if again && t.tree.Info(t.cursor).Children > 0 {
		t.unfolded[t.cursor] = !t.unfolded[t.cursor]
		t.stale = true
	}
}

// quoted is a value of the filter language that may hold blanks and quotes.
func quoted(text string) string {
	if !strings.ContainsAny(text, " \t\"\\") {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// work goes on counting while there is more.
func (t *topics) work() tea.Cmd {
	if t.left == 0 {
		return nil
	}
	return func() tea.Msg { return countMsg{} }
}

// countMsg brings the next frame of counting.
type countMsg struct{}

// topicsActions is what can be done with the topic under the cursor.
func (p *Pane) topicsActions() []keymap.Action {
	t := p.topics
	none, noMore, clear := "", "", ""
	if len(t.rows) == 0 {
		none, clear = "there are no topics", "there are no topics"
	} else if clear = ""; len(t.tree.Retained(t.cursor, 1)) == 0 {
		clear = noRetained
	}
	if t.tree.Info(t.cursor).Children == 0 {
		noMore = "nothing is below"
	}
	open, back := p.keys.Action("list.open").Disabled(none), p.keys.Action("messages.topics")
	open.Text, back.Short, back.Text = "go into the payload of its newest message", "log", "back to the log"
	out := []keymap.Action{open, back, p.keys.Action("list.unfold").Disabled(noMore), p.keys.Action("list.fold"), p.keys.Action("list.foldall").Disabled(none)}
	for _, name := range []string{"filter", "exclude", "subscribe", "unsubscribe"} {
		out = append(out, p.keys.Action("topics."+name).Disabled(none))
	}
	out = append(out, p.keys.Action("topics.clearretained").Disabled(clear), p.keys.Action("topics.order").Disabled(none))
	for _, name := range []string{"display", "difference", "plot", "copy", "copytopic", "republish", "mark"} {
		out = append(out, p.keys.Action("messages."+name).Disabled(none))
	}
	return append(out, p.listMoves(none)...)
}
