package ui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/client/history"
	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/shadow/service"
	"example.com/thingdeck/ui/panetest"
	"example.com/thingdeck/ui/shadows"
	"example.com/thingdeck/ui/subs"
	"example.com/thingdeck/ui/theme"
)

var update = flag.Bool("update", false, "write the golden files")

// rig is a root without program, clock or network: its Session dials for ever, and what comes from the network is handed in.
type rig struct {
	t      *testing.T
	m      *Model
	now    time.Time
	tail   history.Tail
	copied string
	shadow *service.Service
}

func newRig(t *testing.T, w, h int, thing string) *rig {
	t.Helper()
	r := &rig{t: t, now: panetest.Now}
	session := func() *client.Session {
		return client.NewSession(nil, client.Settings{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = r.m.Close(ctx)
	})
	b, err := client.ParseBroker("mqtt://127.0.0.1:1883")
	if err != nil {
		t.Fatal(err)
	}
	if r.shadow, err = service.New(service.Options{}); err != nil {
		t.Fatal(err)
	}
	all, err := client.ParseSubscription("#")
	if err != nil {
		t.Fatal(err)
	}
	r.m = New(Deps{
		Theme: theme.Plain(), Keys: keymap.Default(), Now: func() time.Time { return r.now }, Wake: make(chan struct{}),
		Copy: func(text string) { r.copied = text }, NewSession: session,
		Connection: Connection{Profile: client.Profile{Broker: b, ClientID: "thingdeck-3f2a"}, Label: "local", MaxQoS: 1,
			Subscribe: []client.Subscription{all}, Thing: thing},
	})
	r.resize(w, h)
	return r
}

func (r *rig) resize(w, h int) { r.m.Update(tea.WindowSizeMsg{Width: w, Height: h}) }

// arrive hands a batch in, as a frame would.
func (r *rig) arrive(events []client.Event, messages ...history.Message) {
	r.t.Helper()
	for _, m := range messages {
		r.tail.Append(m)
	}
	b := client.Batch{Messages: r.tail.Take()}
	for _, e := range events {
		b.Events = append(b.Events, client.Entry{Time: r.now, Event: e})
	}
	r.m.act(r.m.tab().take(b, r.now))
	r.m.rebuild()
}

func (r *rig) connect() {
	r.t.Helper()
	r.arrive([]client.Event{client.Connected{Endpoint: "mqtt://127.0.0.1:1883", ClientID: "thingdeck-3f2a"}})
	r.grant()
}

// grant answers every subscription that was asked for.
func (r *rig) grant() {
	r.t.Helper()
	var events []client.Event
	for id, s := range r.m.tab().book.asked {
		events = append(events, client.Subscribed{ID: id, Filter: s.filter, Asked: s.qos, Granted: s.qos})
	}
	r.arrive(events)
}

func (r *rig) message(topic, payload string) history.Message {
	return history.Message{Time: r.now, Topic: topic, Payload: []byte(payload)}
}

// ask gives the shadow service a request and hands its answers in.
func (r *rig) ask(topic, payload string) {
	r.t.Helper()
	var messages []history.Message
	for _, reply := range r.shadow.Handle(topic, []byte(payload), r.now) {
		messages = append(messages, history.Message{Time: r.now, Topic: reply.Topic, Payload: reply.Payload, QoS: 1})
	}
	r.arrive(nil, messages...)
}

func (r *rig) keys(names ...string) {
	for _, name := range names {
		r.m.Update(panetest.Key(name))
	}
}

func (r *rig) typed(text string) {
	for _, c := range text {
		r.m.Update(panetest.Key(string(c)))
	}
}

func (r *rig) shows(texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.m.View(), text) {
			r.t.Errorf("no %q on the screen\n%s", text, r.m.View())
		}
	}
}

func (r *rig) hides(text string) {
	r.t.Helper()
	if strings.Contains(r.m.View(), text) {
		r.t.Errorf("%q is on the screen\n%s", text, r.m.View())
	}
}

// life is the state that a newcomer sees: connected, messages, a shadow with a difference.
func (r *rig) life() {
	r.t.Helper()
	r.connect()
	r.ask("$aws/things/lamp/shadow/update", `{"state":{"desired":{"on":true,"color":"red"},"reported":{"on":false,"color":"red","brightness":60,"wifi":{"ssid":"home","rssi":-61}}}}`)
	for i := range 5 {
		r.now = r.now.Add(time.Second)
		r.arrive(nil, r.message("lamp/telemetry", fmt.Sprintf(`{"temperature":21.%d,"humidity":40}`, i)))
	}
	r.arrive(nil, r.message("hello/world", `{"a":1}`))
}

func TestGoldenFrames(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			r := newRig(t, size[0], size[1], "lamp")
			r.life()
			panetest.Exact(t, r.m.View(), size[0], size[1])
			golden(t, fmt.Sprintf("frame-%dx%d", size[0], size[1]), r.m.View())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	panetest.Golden(t, *update, name, got)
}

// TestFrameFits: at every size, in every state, the frame is exactly the terminal's size.
func TestFrameFits(t *testing.T) {
	for _, size := range [][2]int{{0, 0}, {1, 1}, {39, 11}, {40, 12}, {79, 24}, {80, 23}, {80, 24}, {120, 36}, {161, 30}, {200, 60}} {
		r := newRig(t, size[0], size[1], "lamp")
		r.life()
		for _, h := range panetest.Hostile {
			r.arrive(nil, r.message(strings.Map(topicRune, h), h))
		}
		for _, keys := range [][]string{{}, {"?"}, {"esc", "!"}, {"esc", ":"}, {"esc", "s"}, {"esc", "p"}, {"esc", "1"}, {"2", "enter"}, {"esc", "4", "e"}, {"esc", "z"}} {
			r.keys(keys...)
			panetest.Exact(t, r.m.View(), size[0], size[1])
			panetest.Safe(t, strings.ReplaceAll(r.m.View(), "\x1b[m", ""))
		}
	}
}

// topicRune keeps what a broker would let through in a topic.
func topicRune(c rune) rune {
	if c == 0 || c == '#' || c == '+' {
		return -1
	}
	return c
}

func TestResizeLosesNothing(t *testing.T) {
	r := newRig(t, 120, 36, "lamp")
	r.life()
	before := r.m.View()
	r.keys("p")
	r.typed("my/draft")
	for _, size := range [][2]int{{20, 5}, {80, 24}, {0, 0}, {200, 60}, {120, 36}} {
		r.resize(size[0], size[1])
	}
	r.shows("my/draft", "hello/world")
	r.keys("esc", "2")
	for range "my/draft" {
		r.hides("too small")
	}
	if len(before) == 0 {
		t.Error("nothing was drawn before")
	}
}

func TestKeysGoWhereTheyBelong(t *testing.T) {
	r := newRig(t, 120, 36, "lamp")
	r.life()
	r.keys("p")
	r.typed("q?:z1s") // letters in a field are text
	r.shows("q?:z1s", "1 Subscriptions", "4 Shadow")
	r.keys("f1")
	r.shows("show every key that works here")
	r.keys("esc")
	r.hides("show every key that works here")
	r.keys("alt+2", "z")
	r.hides("1 Subscriptions")
	r.keys("z")
	r.shows("1 Subscriptions")
	r.keys("!", "g")
	r.shows("Events", "connected to mqtt://127.0.0.1:1883 as thingdeck-3f2a")
	r.keys("esc", ":")
	r.typed("zoom")
	r.keys("enter")
	r.hides("1 Subscriptions")
}

// TestKeysOfOneReadAreParted: letters typed faster than they are read come as one message.
func TestKeysOfOneReadAreParted(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("pa/b c")})
	if got := r.m.tab().composer.Draft().Topic; got != "a/b c" {
		t.Errorf("topic %q; want %q", got, "a/b c")
	}
}

// TestEscAndALetterTypedQuickly: a terminal sends them as it sends alt and the letter.
func TestEscAndALetterTypedQuickly(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("p")
	r.typed("a/b")
	r.keys("alt+!")
	r.shows("Events")
	if got := r.m.tab().composer.Draft().Topic; got != "a/b" {
		t.Errorf("topic %q; want %q", got, "a/b")
	}
	r.keys("esc", "alt+2") // a chord that is bound stays one
	if r.m.focus != paneMessages {
		t.Errorf("focus on pane %d; want Messages", r.m.focus+1)
	}
}

// TestEscTypedTwiceQuickly: in one read it looks like alt and esc.
func TestEscTypedTwiceQuickly(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("2", "!", "?")
	r.m.Update(tea.KeyMsg{Type: tea.KeyEsc, Alt: true})
	if n := len(r.m.tab().dialogs); n != 0 {
		t.Errorf("%d dialogs are open; want none", n)
	}
	r.keys("!")
	r.m.Update(tea.KeyMsg{Type: tea.KeyTab, Alt: true})
	if n := len(r.m.tab().dialogs); n != 0 || r.m.focus == paneMessages {
		t.Errorf("esc and tab: %d dialogs, pane %d", n, r.m.focus+1)
	}
}

func TestAPasteIsNoCommand(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	_, cmd := r.m.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q"), Paste: true})
	if cmd != nil {
		if _, quit := cmd().(tea.QuitMsg); quit {
			t.Error("pasting q left the program")
		}
	}
}

func TestSubscriptionsCount(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("s")
	r.typed("a/+")
	r.keys("enter")
	r.grant()
	r.arrive(nil, r.message("a/b", "1"), r.message("a/b/c", "2"), r.message("z", "3"))
	s := r.m.tab().book.find("a/+", "")
	if s == nil || s.total != 1 {
		t.Fatalf("a/+ counted %+v; want 1", s)
	}
	all := r.m.tab().book.find("#", "")
	if all.total != 3 {
		t.Errorf("# counted %d; want 3", all.total)
	}
	r.m.act([]any{chooseFilter("#")})
	r.arrive(nil, r.message("a/c", "4"))
	if s.unread != 1 || all.unread != 0 {
		t.Errorf("unread a/+ %d, # %d; want 1, 0", s.unread, all.unread)
	}
}

func TestARefusedSubscriptionStaysWithItsReason(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("s")
	r.typed("no/#")
	r.keys("enter")
	s := r.m.tab().book.find("no/#", "")
	for id, asked := range r.m.tab().book.asked {
		if asked == s {
			r.arrive([]client.Event{client.Subscribed{ID: id, Filter: s.filter, Err: errors.New("refused by the broker")}})
		}
	}
	r.keys("esc", "1")
	r.shows("no/#", "refused by the broker")
}

// TestAnotherQoSIsHeldOnce: asking for a filter again, at another QoS, must not keep it subscribed after it was let go.
func TestAnotherQoSIsHeldOnce(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	b := r.m.tab().book
	f, err := client.ParseFilter("a/#")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []bool{false, true, true} {
		s := b.add(client.RequestID(100+i), f, byte(i%2), "", 0)
		if got := b.answer(client.Subscribed{ID: client.RequestID(100 + i), Filter: f}); got != want || s.holds != 1 {
			t.Errorf("answer %d: surplus %v, held %d times; want %v and 1", i+1, got, s.holds, want)
		}
	}
	s := b.add(200, f, 1, "", 0)
	b.answer(client.Subscribed{ID: 200, Filter: f, Err: errors.New("refused")})
	if !b.remove(s) {
		t.Error("refused once more, the filter is still held from before")
	}
}

func TestPublishShowsItsAcknowledgement(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.keys("p")
	r.typed("a/b")
	r.keys("ctrl+s")
	if len(r.m.tab().sent) != 1 {
		t.Fatalf("%d publishes under way; want 1", len(r.m.tab().sent))
	}
	topic, err := client.ParseTopic("a/b")
	if err != nil {
		t.Fatal(err)
	}
	for id := range r.m.tab().sent {
		r.arrive([]client.Event{client.Published{ID: id, Topic: topic, QoS: 1, Step: client.Sent}})
		r.arrive([]client.Event{client.Published{ID: id, Topic: topic, QoS: 1, Step: client.Acknowledged, Took: 12 * time.Millisecond}})
	}
	r.shows("acknowledged in 12 ms")
	if len(r.m.tab().sent) != 0 || r.m.Summary().Published != 1 {
		t.Errorf("%d under way, %d published; want 0 and 1", len(r.m.tab().sent), r.m.Summary().Published)
	}
}

func TestStateOfTheConnectionInWords(t *testing.T) {
	tests := []struct {
		name  string
		event client.Event
		want  string
	}{
		{"reconnecting", client.Reconnecting{Why: client.Reason{Text: "connection refused"}, Deadline: panetest.Now.Add(4 * time.Second)}, "reconnecting in 4 s: connection refused"},
		{"refused", client.Refused{Why: client.Reason{Text: "not authorized (CONNACK 5)"}}, "refused: not authorized (CONNACK 5)"},
		{"hostile reason", client.Refused{Why: client.Reason{Text: "\x1b[2J"}}, "refused: ␛[2J"},
		{"disconnected", client.Disconnected{}, "disconnected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, 80, 24, "")
			r.shows("connecting")
			r.arrive([]client.Event{tt.event})
			r.shows(tt.want)
		})
	}
}

// TestClearSparesWhatIsOutOfSight: with one filter chosen, clearing must not take the messages of the others.
func TestClearSparesWhatIsOutOfSight(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.connect()
	r.arrive(nil, r.message("a", "1"), r.message("b", "2"))
	r.m.act([]any{chooseFilter("#")})
	r.keys("2", "C")
	if got := r.m.tab().history.Len(); got != 2 {
		t.Errorf("%d messages left; want 2", got)
	}
	r.shows("choose all messages")
	r.m.act([]any{chooseFilter("")})
	r.keys("C")
	if got := r.m.tab().history.Len(); got != 0 {
		t.Errorf("%d messages left; want none", got)
	}
}

// TestLeavingWithEditsWantsAYes: neither enter nor a second q may throw an edit away.
func TestLeavingWithEditsWantsAYes(t *testing.T) {
	d := &quitDialog{theme: theme.Plain(), keys: keymap.Default(), answer: quitAnswer{true}}
	for key, want := range map[string][]any{"enter": nil, "q": nil, "y": {quitAnswer{true}}, "esc": {quitAnswer{false}}} {
		if got := panetest.Press(d, key); !slices.Equal(got, want) {
			t.Errorf("%s gives %v; want %v", key, got, want)
		}
	}
}

func TestAnUnverifiedServerIsShown(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.hides("UNVERIFIED")
	r.m.tab().conn.Profile.Transport.TLS.Insecure = true
	r.connect()
	r.shows("connected UNVERIFIED SERVER")
	panetest.Exact(t, r.m.View(), 120, 36)
}

func TestSummaryCounts(t *testing.T) {
	r := newRig(t, 80, 24, "")
	r.connect()
	r.arrive(nil, r.message("a", "1"), r.message("a", "2"))
	r.m.act(r.m.tab().take(client.Batch{Dropped: 3}, r.now))
	r.now = r.now.Add(90 * time.Second)
	r.arrive([]client.Event{client.Reconnecting{Why: client.Reason{Text: "x"}}})
	r.now = r.now.Add(time.Hour)
	want := Summary{Connected: 90 * time.Second, Received: 5, Dropped: 3}
	if got := r.m.Summary(); got != want {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

// kept is a Memory that keeps nothing beyond the test.
type kept struct {
	generation          uint64
	recents, favourites []shadow.Name
	err                 error
}

func (k *kept) Recall(string) (recents, favourites []shadow.Name, err error) {
	return k.recents, k.favourites, k.err
}

func (k *kept) Remember(generation uint64, _ string, recents, favourites []shadow.Name) error {
	k.generation, k.recents, k.favourites = generation, recents, favourites
	return k.err
}

func TestShadowsAreRemembered(t *testing.T) {
	r := newRig(t, 120, 36, "")
	k := &kept{}
	r.m.deps.Memory = k
	r.connect()
	for _, thing := range []string{"lamp", "pump", "lamp"} {
		results(r.m.act([]any{shadows.Chosen{Name: shadow.Name{Thing: thing}}}))
	}
	results(r.m.act([]any{shadows.Favour{Name: shadow.Name{Thing: "pump"}, On: true}}))
	want := []shadow.Name{{Thing: "lamp"}, {Thing: "pump"}}
	if !slices.Equal(k.recents, want) || !slices.Equal(k.favourites, want[1:]) || k.generation != 4 {
		t.Errorf("kept %+v; want recents %v, favourite pump", k, want)
	}
	results(r.m.act([]any{shadows.Favour{Name: shadow.Name{Thing: "pump"}}}))
	if len(k.favourites) != 0 {
		t.Errorf("favourites %v; want none", k.favourites)
	}
}

func TestWhatCannotBeRememberedIsTold(t *testing.T) {
	r := newRig(t, 120, 36, "")
	r.m.deps.Memory = &kept{err: errors.New("remember shadows: disk full")}
	r.connect()
	for _, msg := range results(r.m.act([]any{shadows.Chosen{Name: shadow.Name{Thing: "lamp"}}})) {
		r.m.Update(msg)
	}
	r.shows("remember shadows: disk full")
}

// results does what a Cmd asks and gathers the messages.
func results(cmd tea.Cmd) (out []tea.Msg) {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			out = append(out, results(c)...)
		}
	default:
		out = append(out, msg)
	}
	return out
}

func TestMeterFollowsAndForgets(t *testing.T) {
	var m meter
	now := panetest.Now
	for range 10 {
		m.add(5, now)
		now = now.Add(time.Second)
	}
	if got := m.perSecond(now); got != 5 {
		t.Errorf("5 a second counts as %v", got)
	}
	if got := m.perSecond(now.Add(time.Minute)); got != 0 {
		t.Errorf("a minute of silence counts as %v", got)
	}
}

func chooseFilter(filter string) any { return subs.Choose{Filter: filter} }
