package shadows

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow/service"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

var update = flag.Bool("update", false, "write the golden files")

// world is a pane with a root that does what it asks, and the real service on the other side.
type world struct {
	t       *testing.T
	pane    *Pane
	service *service.Service
	now     time.Time
	held    []string // subscriptions of the connection
	asked   []string // subscriptions without an answer yet
	wire    []service.Reply
	sent    []Publish
	dialogs []Dialog
	toasts  []Toast
	mute    bool // the service does not hear

	retries  int
	chosen   []Chosen
	favoured []Favour
	exec     *widget.Exec // the last program asked for
}

func newWorld(t *testing.T) *world {
	s, err := service.New(service.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, service: s, now: panetest.Now}
	w.pane = New(theme.Plain(), keymap.Default(), func() time.Time { return w.now })
	n := 0
	w.pane.token = func() string { n++; return fmt.Sprintf("own-%d", n) }
	w.pane.SetSize(86, 15)
	w.pane.SetFocus(true)
	return w
}

// shown is a world in which the pane shows the classic shadow of lamp as the states made it, one version each.
func shown(t *testing.T, states ...string) *world {
	w := newWorld(t)
	for _, s := range states {
		w.device("update", `{"state":`+s+`}`)
	}
	w.act(w.pane.Connected(false))
	w.act(w.pane.Choose("lamp", ""))
	w.settle()
	return w
}

// act does what the root does with intents.
func (w *world) act(intents []any) {
	for _, i := range intents {
		switch i := i.(type) {
		case Subscribe:
			w.asked = append(w.asked, i.Filters...)
		case Unsubscribe:
			w.held = slices.DeleteFunc(w.held, func(f string) bool { return slices.Contains(i.Filters, f) })
		case Publish:
			w.sent = append(w.sent, i)
			if !w.mute {
				w.wire = append(w.wire, w.service.Handle(i.Topic, i.Payload, w.now)...)
			}
		case Toast:
			w.toasts = append(w.toasts, i)
		case Retry:
			w.retries++
		case Chosen:
			w.chosen = append(w.chosen, i)
		case Favour:
			w.favoured = append(w.favoured, i)
		case widget.Exec:
			w.exec = &i
		case Open:
			w.pane.SetFocus(false)
			i.Dialog.SetSize(i.Dialog.Want(80, 24))
			w.dialogs = append(w.dialogs, i.Dialog)
			w.run(i.Dialog.SetFocus(true))
		case Close:
			if w.dialogs = w.dialogs[:len(w.dialogs)-1]; len(w.dialogs) == 0 {
				w.pane.SetFocus(true)
			}
		default:
			w.t.Fatalf("got intent %T", i)
		}
	}
}

// settle answers every subscription and delivers every message, until nothing is left.
func (w *world) settle() {
	for len(w.asked)+len(w.wire) > 0 {
		for len(w.asked) > 0 {
			w.grant(1, "")
		}
		for len(w.wire) > 0 {
			w.deliver(0)
		}
	}
	w.pane.Refresh(w.now)
}

// grant answers the first n subscriptions, with a refusal unless why is "".
func (w *world) grant(n int, why string) {
	for range n {
		f := w.asked[0]
		w.asked = w.asked[1:]
		if why == "" {
			w.held = append(w.held, f)
		}
		w.act(w.pane.Subscribed(f, why))
	}
}

// deliver hands over the i-th message on the wire, if it is subscribed to.
func (w *world) deliver(i int) {
	r := w.wire[i]
	w.wire = slices.Delete(w.wire, i, i+1)
	if slices.ContainsFunc(w.held, func(f string) bool { return covers(f, r.Topic) }) {
		w.act(w.pane.Handle(r.Topic, r.Payload, w.now))
	}
}

// covers reports whether a filter, with + for at most one level, takes a topic.
func covers(filter, topic string) bool {
	before, after, wild := strings.Cut(filter, "+")
	if !wild {
		return filter == topic
	}
	return strings.HasPrefix(topic, before) && strings.HasSuffix(topic, after) && !strings.Contains(topic[len(before):len(topic)-len(after)], "/")
}

// device sends a request to lamp's classic shadow as another client.
func (w *world) device(op, payload string) {
	w.wire = append(w.wire, w.service.Handle("$aws/things/lamp/shadow/"+op, []byte(payload), w.now)...)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	w.act(w.pane.Tick(w.now))
	w.pane.Refresh(w.now)
}

// press gives keys to the open dialog or the pane.
func (w *world) press(names ...string) {
	for _, name := range names {
		w.key(panetest.Key(name))
	}
}

func (w *world) key(k tea.KeyMsg) {
	if n := len(w.dialogs); n > 0 {
		intents, cmd := w.dialogs[n-1].Update(k)
		w.act(intents)
		w.run(cmd)
	} else {
		intents, _ := w.pane.Update(k)
		w.act(intents)
	}
	w.pane.Refresh(w.now)
	if n := len(w.dialogs); n > 0 {
		w.dialogs[n-1].Refresh(w.now)
	}
}

// run does what a dialog wants done beside the screen, and hands it the outcome.
func (w *world) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tea.BatchMsg:
		for _, c := range msg {
			w.run(c)
		}
	case listedMsg, fileMsg, editedMsg:
		w.reply(msg)
	}
}

// reply hands a message to the open dialog.
func (w *world) reply(msg tea.Msg) {
	if n := len(w.dialogs); n > 0 {
		intents, cmd := w.dialogs[n-1].Update(msg)
		w.act(intents)
		w.run(cmd)
	}
}

// write replaces the text of the dialog's field by another.
func (w *world) write(text string) {
	w.press("ctrl+u")
	w.key(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
}

// dialog is what the open dialog shows.
func (w *world) dialog() string {
	if len(w.dialogs) == 0 {
		return ""
	}
	d := w.dialogs[len(w.dialogs)-1]
	d.Refresh(w.now)
	return d.View()
}

func (w *world) view() string {
	w.pane.Refresh(w.now)
	return w.pane.View()
}

// line is the line of the pane that holds all the texts, without the border.
func (w *world) line(texts ...string) string {
	w.t.Helper()
	return lineOf(w.t, w.view(), texts...)
}

func lineOf(t *testing.T, view string, texts ...string) string {
	t.Helper()
	for line := range strings.Lines(view) {
		if !slices.ContainsFunc(texts, func(s string) bool { return !strings.Contains(line, s) }) {
			return strings.Join(strings.Fields(strings.Trim(line, "│\n")), " ")
		}
	}
	t.Errorf("no line with %q in\n%s", texts, view)
	return ""
}

// row is the row of a key as it is drawn: mark, key, desired, reported, delta.
func (w *world) row(key string) string {
	w.t.Helper()
	for line := range strings.Lines(w.view()) {
		line = strings.Join(strings.Fields(strings.Trim(line, "│\n")), " ")
		rest := strings.TrimLeft(strings.TrimPrefix(line, "▌"), " ≠=+○●▸▾")
		if rest == key || strings.HasPrefix(rest, key+" ") {
			return strings.TrimSpace(strings.TrimLeft(strings.Join(strings.Fields(strings.Replace(strings.TrimPrefix(line, "▌"), "●", " ", 1)), " "), " =○"))
		}
	}
	w.t.Errorf("no row %q in\n%s", key, w.view())
	return ""
}

func (w *world) wantRow(key, want string) {
	w.t.Helper()
	if got := w.row(key); got != want {
		w.t.Errorf("got row %q; want %q", got, want)
	}
}

func (w *world) wantText(view string, texts ...string) {
	w.t.Helper()
	flat := strings.Join(strings.Fields(strings.ReplaceAll(view, "│", " ")), " ")
	for _, s := range texts {
		if !strings.Contains(flat, s) {
			w.t.Errorf("got no %q in\n%s", s, view)
		}
	}
}

func (w *world) wantToast(text string) {
	w.t.Helper()
	if n := len(w.toasts); n == 0 || w.toasts[n-1].Text != text {
		w.t.Errorf("got toasts %v; want the last to be %q", w.toasts, text)
	}
}

// published are the payloads that the pane published on an operation's topic.
func (w *world) published(op string) []string {
	var out []string
	for _, p := range w.sent {
		if strings.HasSuffix(p.Topic, "/"+op) {
			out = append(out, string(p.Payload))
		}
	}
	return out
}

// golden compares a frame with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	panetest.Golden(t, *update, name, got)
}
