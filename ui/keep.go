package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/subs"
	"example.com/thingdeck/ui/theme"
)

// SubscriptionStore keeps subscriptions. Both methods may take a while; Keep is called apart from Update, and of several calls the
// one with the highest generation counts. known is false when nothing was ever kept for the connection.
type SubscriptionStore interface {
	Subscriptions(connection string) (kept client.SavedSubscriptions, known bool, err error)
	KeepSubscriptions(generation uint64, connection string, kept client.SavedSubscriptions) error
}

// maxKept bounds what is read of a file.
const maxKept = 1000

// restore subscribes to what was asked for, and then to what was subscribed at the last time.
func (t *tab) restore() {
	kept := t.conn.kept
	t.messages.SetDisplays(kept.Displays)
	t.book.favourites = wanted(kept.Favourites)
	first := t.conn.Subscribe
	if !t.conn.restored {
		first = append(slices.Clone(first), t.conn.Otherwise...)
	}
	all, groups, order := []subs.Wanted(nil), map[string][]subs.Wanted{}, []string(nil)
	for _, s := range first {
		all = append(all, subs.Wanted{Filter: s.Filter, QoS: s.QoS})
	}
	paused := map[subs.Choose]bool{}
	for _, k := range kept.Subscriptions[:min(len(kept.Subscriptions), maxKept)] {
		f, err := client.ParseFilter(k.Filter)
		if err != nil || k.Group == triggerGroup { // a file can hold anything
			continue
		}
		w := subs.Wanted{Filter: f, QoS: min(k.QoS, t.conn.MaxQoS), Options: options(k)}
		paused[subs.Choose{Filter: k.Filter, Group: k.Group}] = k.Paused
		i := slices.IndexFunc(all, func(a subs.Wanted) bool { return a.Filter == f })
		switch {
		case k.Group != "":
			if groups[k.Group] == nil {
				order = append(order, k.Group)
			}
			groups[k.Group] = append(groups[k.Group], w)
		case i >= 0: // the QoS of the flag or the profile counts
			all[i].Options = w.Options
		default:
			all = append(all, w)
		}
	}
	t.subscribe(all, "", "")
	for _, g := range order {
		t.subscribe(groups[g], g, "")
	}
	for _, g := range t.conn.Subscribe {
		had := slices.ContainsFunc(kept.Subscriptions, func(k client.SavedSubscription) bool { return k.Filter == g.Filter.String() && k.Group == "" })
		t.book.find(g.Filter.String(), "").given = !had
	}
	for _, s := range t.book.rows {
		s.paused = paused[subs.Choose{Filter: s.filter.String(), Group: s.group}]
	}
	t.saved = t.keeps()
}

func options(s client.SavedSubscription) subs.Options {
	o := subs.Options{Label: s.Label, Keep: max(0, s.Keep)}
	if s.Tone > 0 && s.Tone < len(theme.ToneNames) {
		o.Tone = s.Tone
	}
	return o
}

func wanted(kept []client.SavedSubscription) (out []subs.Wanted) {
	for _, k := range kept[:min(len(kept), maxKept)] {
		if f, err := client.ParseFilter(k.Filter); err == nil {
			out = append(out, subs.Wanted{Filter: f, QoS: min(k.QoS, 2), Options: options(k)})
		}
	}
	return out
}

// keeps is what of the tab is kept: not what was refused, nor what other panes hold, nor what a flag or the profile says each time.
func (t *tab) keeps() client.SavedSubscriptions {
	var out client.SavedSubscriptions
	for _, s := range t.book.rows {
		plain := s.options == (subs.Options{}) && !s.paused
		if s.held == "" && (s.state != subs.Refused || s.unheard) && !(s.given && plain) {
			o := s.options
			out.Subscriptions = append(out.Subscriptions, client.SavedSubscription{
				Filter: s.filter.String(), QoS: s.qos, Group: s.group, Label: o.Label, Tone: o.Tone, Keep: o.Keep, Paused: s.paused,
			})
		}
	}
	for _, f := range t.book.favourites {
		out.Favourites = append(out.Favourites, client.SavedSubscription{
			Filter: f.Filter.String(), QoS: f.QoS, Label: f.Label, Tone: f.Tone, Keep: f.Keep,
		})
	}
	out.Displays = t.messages.Displays()
	return out
}

// recallSubscriptions reads what was kept for a tab; called once, before it starts.
func (m *Model) recallSubscriptions(t *tab) {
	for _, o := range m.tabs {
		t.conn.Shared = t.conn.Shared || o != t && o.memoryName() == t.memoryName()
	}
	if m.deps.Subscriptions == nil || t.conn.Shared {
		return
	}
	kept, known, err := m.deps.Subscriptions.Subscriptions(t.memoryName())
	if err != nil {
		m.tell(0, err.Error(), true)
		return
	}
	if t.conn.Fresh {
		kept.Subscriptions, known = nil, false
	}
	t.conn.kept, t.conn.restored = kept, known
}

// keepSubscriptions writes those of the tabs that changed since they were written last.
func (m *Model) keepSubscriptions() tea.Cmd {
	var cmds []tea.Cmd
	for _, t := range m.tabs {
		if write := m.unkept(t); write != nil {
			cmds = append(cmds, func() tea.Msg {
				if err := write(); err != nil {
					return notRememberedMsg{err}
				}
				return nil
			})
		}
	}
	return tea.Batch(cmds...)
}

// unkept is what writes the subscriptions of a tab, or nil when they are written.
func (m *Model) unkept(t *tab) func() error {
	if m.deps.Subscriptions == nil || t.conn.Shared {
		return nil
	}
	now := t.keeps()
	if now.Equal(t.saved) {
		return nil
	}
	t.saved = now
	m.generation++
	generation, name, store := m.generation, t.memoryName(), m.deps.Subscriptions
	return func() error { return store.KeepSubscriptions(generation, name, now) }
}

// keepLast writes what changed since the last frame; the program has ended.
func (m *Model) keepLast() error {
	for _, t := range m.tabs {
		if write := m.unkept(t); write != nil {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return nil
}
