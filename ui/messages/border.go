package messages

import (
	"strings"

	"example.com/thingdeck/ui/widget"
)

const name = "2 Messages"

// border is the title and the counts at the right end. Where both do not fit, first the least of the counts go, then the end of
// the title.
func (p *Pane) border(messages int) (title, right string) {
	title = name
	if p.title != "" {
		title += "  " + p.title
	}
	if f := p.FilterText(); f != "" && p.field == nil {
		safe, _ := widget.Sanitize(f, maxTitle)
		title += "  / " + safe
	}
	count, state, evicted := widget.Count(uint64(messages)), p.state(), ""
	if p.list.filter != nil {
		count = p.progress()
	}
	if n := p.history.Stats().Evicted; n > 0 {
		evicted = "evicted " + widget.Count(n)
	}
	width := widget.Width(title)
	room := p.w - 2 - 4 - 2 // the border, the gap that Box wants, the blanks around the title
	for _, right := range []string{
		p.join(count, widget.Rate(p.rate), state, evicted), p.join(count, widget.Rate(p.rate), state), p.join(count, state),
	} {
		if width+widget.Width(right) <= room {
			return title, right
		}
	}
	right = p.join(count, state)
	if left := room - widget.Width(right); left >= len(name)+8 {
		return widget.Fit(title, min(left, width)), right
	}
	switch left := room - widget.Width(state); {
	case state == "" || left < len(name):
		return title, ""
	case left < len(name)+5: // no room for a word of the choice
		return name, state
	default:
		return widget.Fit(title, min(left, width)), state
	}
}

// state is how the view stands to what comes in.
func (p *Pane) state() string {
	switch {
	case p.seek != nil:
		return "searching"
	case p.said != "":
		return p.said
	case p.place.paused:
		return p.join("paused", fresh(p.list.count(p.place.until)))
	case p.list.still:
		return p.join("subscription paused", fresh(p.list.count(p.list.until)))
	case p.place.follow:
		return "following"
	}
	return fresh(p.list.count(p.place.left))
}

func fresh(n int) string {
	if n == 0 {
		return ""
	}
	return widget.Count(uint64(n)) + " new"
}

// join puts a mark between the parts that are not empty.
func (p *Pane) join(parts ...string) string {
	kept := parts[:0]
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, " "+p.theme.Bar+" ")
}
