package subs

import "example.com/thingdeck/ui/widget"

// maxNote is the most lines that a part of the note gets.
const maxNote = 3

// note is what there is to say of the chosen row that the row has no room for, and a word for the rule above it.
func (p *Pane) note() (label string, lines []string) {
	it := p.at()
	if it.isAll() || p.columns.inner < minFilter || p.form != nil {
		return "", nil
	}
	say := func(word string, text []string) {
		if label == "" {
			label = word
		}
		lines = append(lines, text...)
	}
	row := it.row
	if row.State == Refused && row.Reason != "" {
		if _, why := p.refusal(it); why == "" || it.isGroup() {
			say("refused", p.wrapped(row.Reason, maxNote))
		}
	}
	if !it.isGroup() && (row.Label != "" || it.inside || widget.Width(safeFilter(row.Filter)) > p.columns.filter) {
		say("filter", p.say(row.Filter, p.theme.Dim, maxNote))
	}
	if row.State == Offered {
		say("favourite", p.say("not subscribed: "+p.keys.Action("list.open").Key()+" subscribes", p.theme.Dim, 2))
	}
	if row.Paused {
		say("paused", p.say("paused: messages are received, not shown here", p.theme.Dim, 2))
	}
	if row.Keep > 0 {
		say("kept", p.say("shows the newest "+widget.Count(uint64(row.Keep)), p.theme.Dim, 1))
	}
	if row.Overlap != "" {
		say("overlap", p.say(p.theme.Overlap+" "+row.Overlap+": a message of both may come twice", p.theme.Dim, 2))
	}
	return label, lines
}
