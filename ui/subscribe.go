package ui

import (
	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/messages"
	"example.com/thingdeck/ui/subs"
)

// want subscribes to filters of the user's, all in one go. Of those that are there the QoS and the options change.
func (t *tab) want(all []subs.Wanted) {
	var ask []subs.Wanted
	for _, w := range all {
		if s := t.book.find(w.Filter.String(), ""); s != nil && s.holds > 0 {
			t.edit(subs.Edit{Filter: w.Filter.String(), QoS: w.QoS, Options: w.Options})
		} else {
			ask = append(ask, w)
		}
	}
	t.subscribe(ask, "", "")
}

// subscribe asks for filters, which become rows of a group. held is why the user cannot let them go.
func (t *tab) subscribe(all []subs.Wanted, group, held string) {
	list := make([]client.Subscription, len(all))
	for i, w := range all {
		list[i] = client.Subscription{Filter: w.Filter, QoS: w.QoS}
	}
	for i, id := range t.session.SubscribeAll(list...) {
		s := t.book.add(id, all[i].Filter, all[i].QoS, group, t.history.End())
		s.options, s.held = all[i].Options, held
	}
}

// subscribeGroup asks for the filters of a group that are not there.
func (t *tab) subscribeGroup(g subs.SubscribeGroup) {
	var all []subs.Wanted
	for _, f := range g.Filters {
		if s := t.book.find(f.String(), g.Group); s == nil || s.holds == 0 {
			all = append(all, subs.Wanted{Filter: f, QoS: g.QoS})
		}
	}
	t.subscribe(all, g.Group, "")
}

// unsubscribe lets a filter of a group go, or the whole group.
func (t *tab) unsubscribe(name subs.Choose) {
	for _, s := range t.book.of(name) {
		if t.book.remove(s) {
			t.session.Unsubscribe(s.filter)
		}
	}
}

// edit changes QoS and options in place: nothing is unsubscribed, and the log stays.
func (t *tab) edit(e subs.Edit) {
	s := t.book.find(e.Filter, "")
	if s == nil {
		return
	}
	s.options = e.Options
	if i := t.book.favourite(e.Filter); i >= 0 {
		t.book.favourites[i].QoS, t.book.favourites[i].Options = e.QoS, e.Options
	}
	t.bound()
	t.messages.SetTone(t.book.tone)
	switch {
	case s.qos == e.QoS:
	case s.holds == 0:
		t.subscribe([]subs.Wanted{{Filter: s.filter, QoS: e.QoS, Options: e.Options}}, "", s.held)
	default:
		s.qos = e.QoS
		qos := e.QoS
		for _, o := range t.book.rows { // others hold the filter too
			if o.filter == s.filter && o.holds > 0 {
				qos = max(qos, o.qos)
			}
		}
		t.book.changed[t.session.ChangeQoS(s.filter, qos)] = s
	}
}

// pause stops what a row shows, or lets it go on. What comes is kept in the history.
func (t *tab) pause(p subs.Pause) {
	for _, s := range t.book.of(p.Choose) {
		s.paused, s.until = p.On, t.history.End()
	}
	t.bound()
}

// clearRow makes a row show only what comes from now on.
func (t *tab) clearRow(name subs.Choose) {
	for _, s := range t.book.of(name) {
		s.since, s.until, s.unread, s.total = t.history.End(), t.history.End(), 0, 0
	}
	t.bound()
}

// favour makes a filter a favourite with its QoS and options, or no longer.
func (t *tab) favour(f subs.Favour) {
	if i := t.book.favourite(f.Filter); i >= 0 {
		t.book.favourites = append(t.book.favourites[:i:i], t.book.favourites[i+1:]...)
	}
	if s := t.book.find(f.Filter, ""); f.On && s != nil {
		t.book.favourites = append(t.book.favourites, subs.Wanted{Filter: s.filter, QoS: s.qos, Options: s.options})
	}
}

// choose shows the messages of one filter or group, or of all.
func (t *tab) choose(name subs.Choose) {
	t.book.choose(name)
	if len(t.book.chosen) == 0 {
		t.messages.Show("", nil, 0)
		return
	}
	title := name.Filter
	if title == "" {
		title = name.Group
	}
	rows := append([]*subscription(nil), t.book.chosen...)
	t.messages.Show(title, func(topic string) bool {
		for _, s := range rows {
			if s.filter.Matches(topic) {
				return true
			}
		}
		return false
	}, t.book.bounds().Since)
	t.bound()
}

// bound tells the Messages pane what of the chosen rows it shows.
func (t *tab) bound() {
	if len(t.book.chosen) > 0 {
		t.messages.SetBounds(t.book.bounds())
	} else {
		t.messages.SetBounds(messages.Bounds{})
	}
}

// suggest gives the form what it completes from, once when it opens.
func (t *tab) suggest() {
	typing := t.subs.Typing()
	if typing == t.suggested {
		return
	}
	if t.suggested = typing; typing {
		topics := t.topicsSeen()
		t.subs.SetSuggestions(topics)
		t.subs.SetKnown(t.known(topics))
	}
}
