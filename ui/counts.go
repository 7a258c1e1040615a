package ui

import (
	"fmt"
	"strings"

	"example.com/thingdeck/ui/counts"
	"example.com/thingdeck/ui/widget"
)

// openCounts shows what became of every message of the tab.
func (m *Model) openCounts() {
	t := m.tab()
	m.open(counts.New(m.theme, m.keys, t.counts))
}

// counts is what became of every message. What was received is stored, evicted, cleared or dropped.
func (t *tab) counts() []counts.Line {
	s, held, limits := t.history.Stats(), uint64(t.history.Len()), t.history.Limits()
	line := func(name string, n uint64, format string, args ...any) counts.Line {
		return counts.Line{Name: name, Value: widget.Count(n), Text: fmt.Sprintf(format, args...)}
	}
	dropped := line("dropped", t.dropped, "not stored: they came too fast")
	dropped.Alarm = t.dropped > 0
	out := []counts.Line{
		{Text: "Messages"},
		line("received", s.Received+t.dropped, "all that came"),
		line("stored", held, "held now; at most %s (--keep)", widget.Count(uint64(limits.Messages))),
		line("evicted", s.Evicted, "the oldest, let go because of the bounds"),
		line("cleared", s.Received-s.Evicted-held, "taken away with %s", orNone(t.keyOf("messages.clear"))),
		dropped,
		{Name: "memory", Value: widget.Size(s.Bytes), Text: "of the history; at most " + widget.Size(limits.Bytes) + " (--keep-bytes)"},
		line("topics", uint64(s.Topics), "of what is stored"),
		line("published", t.published, "sent from here"),
	}
	v := t.messages.Counts()
	title := "In view"
	if v.Filter != "" {
		title += "  / " + v.Filter
	}
	out = append(out, counts.Line{}, counts.Line{Text: title}, line("shown", v.Shown, "rows of the list"))
	if v.Filter != "" {
		cut := line("cut", v.Cut, "left out: the expression took longer than 2 ms")
		cut.Alarm = v.Cut > 0
		out = append(out, line("excluded", v.Excluded, "looked at and not selected by the filter"), cut, line("waiting", v.Waiting, "not looked at yet"))
	}
	marked := line("marked", uint64(v.Marked), "with a mark or a note")
	if v.LostMarks > 0 {
		marked.Text += "; " + widget.Count(uint64(v.LostMarks)) + " more were evicted"
	}
	return append(out, marked)
}

// keyOf is the key of an action of the log.
func (t *tab) keyOf(action string) string {
	for _, a := range t.messages.Actions() {
		if a.Name == action {
			return a.Key()
		}
	}
	return ""
}

func orNone(key string) string {
	if strings.TrimSpace(key) == "" {
		return "the palette"
	}
	return key
}

// lostMarks says that marked messages are no longer held.
func lostMarks(n int) string {
	if n == 1 {
		return "a marked message is no longer held: its mark went with it"
	}
	return widget.Count(uint64(n)) + " marked messages are no longer held: their marks went with them"
}
