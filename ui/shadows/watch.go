package shadows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// watch follows all shadows of a thing, a Manager each. Two sets of filters are enough for any number of them, the second with + in
// the place of the name: AWS takes no more than 50 subscriptions of a connection.
type watch struct {
	thing   string
	theme   *theme.Theme
	token   func() string
	now     func() time.Time
	waiting map[string]bool // filters without an answer
	barred  string          // why one of them was refused
	online  bool
	items   []*watched // by name, the classic shadow first
}

// watched is one of the shadows.
type watched struct {
	manager *shadow.Manager
	asked   bool
}

// watchAnswers are what it takes to know a shadow.
var watchAnswers = [...]string{"get/accepted", "get/rejected", "update/documents", "delete/accepted"}

// maxWatched bounds the shadows of one thing that are followed.
const maxWatched = 50

func newWatch(p *Pane, thing string) *watch {
	w := &watch{thing: thing, theme: p.theme, token: p.token, now: p.now, waiting: map[string]bool{}, online: p.talk.connected}
	for _, f := range w.filters() {
		w.waiting[f] = true
	}
	w.add(shadow.Name{Thing: thing})
	for _, c := range p.candidates(nil, nil) {
		if c.name.Thing == thing {
			w.add(c.name)
		}
	}
	return w
}

func (w *watch) group() string { return "shadows " + w.thing }

func (w *watch) filters() []string {
	var out []string
	for _, prefix := range []string{shadow.Name{Thing: w.thing}.Prefix(), shadow.Name{Thing: w.thing, Shadow: "+"}.Prefix()} {
		for _, a := range watchAnswers {
			out = append(out, prefix+"/"+a)
		}
	}
	return out
}

// add follows a shadow, once.
func (w *watch) add(n shadow.Name) {
	at, found := slices.BinarySearchFunc(w.items, n, func(i *watched, n shadow.Name) int { return strings.Compare(i.manager.Name().Shadow, n.Shadow) })
	if !found && len(w.items) < maxWatched {
		w.items = slices.Insert(w.items, at, &watched{manager: shadow.NewManager(n, shadow.Options{Token: w.token})})
	}
}

// connected begins anew on another connection.
func (w *watch) connected(sessionPresent bool) []any {
	for _, i := range w.items {
		i.manager.Connect()
		i.asked = false
	}
	if !sessionPresent {
		for _, f := range w.filters() {
			w.waiting[f] = true
		}
	}
	w.online = true
	return w.ask()
}

// subscribed takes the outcome of a subscription, of this or another.
func (w *watch) subscribed(name, err string) []any {
	if !w.waiting[name] {
		return nil
	}
	delete(w.waiting, name)
	if err != "" {
		w.barred = err
	}
	return w.ask()
}

// ask gets the shadows that were not got yet, as soon as the answers can be heard.
func (w *watch) ask() []any {
	if len(w.waiting) > 0 || !w.online {
		return nil
	}
	var out []any
	for _, i := range w.items {
		if !i.asked {
			i.asked = true
			r := i.manager.Get(w.now())
			out = append(out, Publish{Topic: r.Topic, Payload: r.Payload})
		}
	}
	return out
}

// handle takes a message; of a shadow not known yet it makes one more to follow.
func (w *watch) handle(topic string, payload []byte, now time.Time) {
	t, ok := shadow.ParseTopic(topic)
	if !ok || t.Name.Thing != w.thing || t.Answer == shadow.AnswerNone {
		return
	}
	if t.Answer != shadow.AnswerRejected {
		w.add(shadow.Name{Thing: w.thing, Shadow: strings.Clone(t.Name.Shadow)})
	}
	for _, i := range w.items {
		if i.manager.Name() == t.Name {
			i.manager.Handle(topic, payload, now)
		}
	}
}

func (w *watch) tick(now time.Time) []any {
	for _, i := range w.items {
		i.manager.Expire(now)
	}
	return w.ask()
}

// listDialog shows all shadows of the thing side by side.
type listDialog struct {
	sheet
	asked bool // the account was asked for more
}

// openList begins to follow the shadows of the thing; it ends when the dialog is closed.
func (p *Pane) openList() ([]any, tea.Cmd) {
	p.watch = newWatch(p, p.talk.manager.Name().Thing)
	d := &listDialog{sheet: sheet{pane: p, title: "Shadows of " + p.watch.thing, right: "enter shows one · esc closes", actions: []string{"list.open"}, first: 1}}
	for i, item := range p.watch.items {
		if item.manager.Name() == p.talk.manager.Name() {
			d.scroll.Cursor = i
		}
	}
	return []any{Subscribe{Filters: p.watch.filters(), Group: p.watch.group()}, Open{d}}, nil
}

// SetFocus asks the account for the names of shadows that were not seen, once.
func (d *listDialog) SetFocus(on bool) tea.Cmd {
	d.focus = on
	l := d.pane.known.lister
	if !on || l == nil || d.asked {
		return nil
	}
	d.asked = true
	thing := d.pane.watch.thing
	return listNames(thing, l)
}

// Want has room for a few shadows.
func (d *listDialog) Want(maxW, maxH int) (w, h int) {
	n := 4
	if w := d.pane.watch; w != nil {
		n = max(n, len(w.items))
	}
	return want(maxW, maxH, 78, min(20, n)+3)
}

// Update moves, shows one or closes.
func (d *listDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	if m, ok := msg.(listedMsg); ok && d.pane.watch != nil {
		for _, name := range m.names {
			d.pane.watch.add(shadow.Name{Thing: m.thing, Shadow: name})
		}
		return d.pane.watch.ask(), nil
	}
	return d.Do(d.action(msg, "shadow"))
}

// Do moves, shows one or closes.
func (d *listDialog) Do(action string) ([]any, tea.Cmd) {
	w := d.pane.watch
	switch action {
	case "global.back", "shadow.list":
		return d.close(), nil
	case "list.open":
		if w == nil || d.scroll.Cursor >= len(w.items) {
			return d.close(), nil
		}
		n := w.items[d.scroll.Cursor].manager.Name()
		if n != d.pane.talk.manager.Name() && d.pane.Unsent() > 0 {
			return []any{Toast{Text: "edits to " + d.pane.label() + " are not sent: send them or take them back first", Error: true}}, nil
		}
		return append(d.close(), d.pane.Choose(n.Thing, n.Shadow)...), nil
	default:
		d.scroll.Do(action)
	}
	return nil, nil
}

// close ends the watch.
func (d *listDialog) close() []any {
	w := d.pane.watch
	d.pane.watch = nil
	if w == nil {
		return []any{Close{}}
	}
	return []any{Close{}, Unsubscribe{Filters: w.filters(), Group: w.group()}}
}

// Refresh draws the dialog.
func (d *listDialog) Refresh(now time.Time) {
	t, w := d.pane.theme, d.pane.watch
	if w == nil {
		d.draw(nil, nil)
		return
	}
	name := max(8, d.inner()-3-8-16-14)
	lines := []string{"  " + t.Dim.Render(widget.Fit("shadow", name)+" "+widget.FitRight("version", 8)+"  differences     last update")}
	lines = append(lines, d.rows(len(w.items), max(0, d.h-4), func(i int, chosen bool) string { return d.line(w.items[i], name, chosen, now) })...)
	switch {
	case w.barred != "":
		lines = append(lines, " "+t.Error.Render(widget.Fit("not all of them can be heard: "+safe([]byte(w.barred), d.inner()), max(0, d.inner()-1))))
	case len(w.waiting) > 0:
		lines = append(lines, " "+t.Dim.Render("subscribing to the answers"))
	default:
		lines = append(lines, " "+t.Dim.Render(widget.Fit("shadows that nobody spoke of are not known; they show when they change", max(0, d.inner()-1))))
	}
	d.draw(lines, nil)
}

func (d *listDialog) line(i *watched, name int, chosen bool, now time.Time) string {
	t, m := d.pane.theme, i.manager
	label := m.Name().Shadow
	if label == "" {
		label = "classic"
	}
	doc := m.Document()
	exists, known := m.Exists()
	version, differs, age, style := "", "waiting", "", t.Dim
	switch {
	case exists:
		n := 0
		if open := doc.Delta(); open.Exists() {
			n = differences(open.State)
		}
		version, differs, style = fmt.Sprintf("v%d", doc.Version), "none", t.Dim
		if n > 0 {
			differs, style = t.Pending+" "+plural(n, "difference"), t.Delta
		}
		if s := doc.Newest(); s != 0 {
			age = ago(now.Sub(time.Unix(s, 0)))
		}
	case known:
		differs = "does not exist"
	case i.asked && len(m.Pending()) == 0:
		differs, style = "no answer", t.Error
	}
	if chosen {
		style = theme.Style{}
	}
	return " " + widget.Fit(label, name) + " " + widget.FitRight(version, 8) + "  " + style.Render(widget.Fit(differs, 15)) + " " + widget.Fit(age, 12)
}
