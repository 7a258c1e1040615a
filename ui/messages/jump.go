package messages

import (
	"errors"
	"sort"
	"strings"
	"time"

	"example.com/thingdeck/client/history"
	"example.com/thingdeck/ui/widget"
)

var errMoment = errors.New("write 12:04, 12:04:30.5 or -5m")

// moment reads what the user types for a time: of the clock (the last time that it showed this), of a day, or how long ago.
func moment(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "-") {
		ago, err := time.ParseDuration(text)
		if err != nil {
			return time.Time{}, errMoment
		}
		return now.Add(ago), nil
	}
	day, clock := now.Format(time.DateOnly), text
	if d, c, dated := strings.Cut(strings.Replace(text, "T", " ", 1), " "); dated {
		day, clock = d, strings.TrimSpace(c)
	}
	for _, layout := range []string{"15:04", "15:04:05"} { // fractions of the second are read too
		at, err := time.ParseInLocation(time.DateOnly+" "+layout, day+" "+clock, now.Location())
		if err != nil {
			continue
		}
		if clock == text && at.After(now) {
			at = at.AddDate(0, 0, -1)
		}
		return at, nil
	}
	return time.Time{}, errMoment
}

// rowAt is the first row whose message came at a time or later, or len. Times rise with the rows, but for a clock that was set back.
func (w window) rowAt(at time.Time) int {
	nanos := at.UnixNano()
	var r history.Record
	return sort.Search(w.len(), func(i int) bool {
		w.list.history.Record(w.seq(i), &r)
		return r.Time >= nanos
	})
}

// jump goes to the first message at a time or later; after the newest, to the newest.
func (p *Pane) jump(at time.Time) {
	win := p.drawn()
	if win.len() == 0 {
		return
	}
	p.place.setFollow(false)
	p.place.show(win, min(win.rowAt(at), win.len()-1))
}

// jumpText says beside the field where a time leads.
func (p *Pane) jumpText(text string) string {
	at, err := moment(text, p.now())
	win := p.drawn()
	if err != nil || win.len() == 0 {
		return ""
	}
	i := win.rowAt(at)
	more := ""
	switch {
	case i == win.len():
		i, more = i-1, ", the newest"
	case i == 0:
		more = ", the oldest"
	}
	m, _ := p.history.At(win.seq(i))
	out := "to " + m.Time.In(p.now().Location()).Format("15:04:05.000") + more
	if p.list.filter != nil && !p.list.found().done {
		out += " found yet"
	}
	return out
}

// noteLabel names the message of a note.
func (p *Pane) noteLabel(m history.Message) string {
	topic, _ := widget.Sanitize(m.Topic, 24)
	return "note on " + m.Time.In(p.now().Location()).Format("15:04:05.000") + " " + topic + ":"
}
