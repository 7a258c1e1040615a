package composer

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/thingdeck/client"
	"example.com/thingdeck/ui/widget"
)

// completion offers topics that complete what was typed.
type completion struct {
	seen  func() []string // nil while nobody knows
	pool  []hint          // all that can be offered but reserved topics, the best first
	known client.Known    // names for reserved topics
	typed string          // what the hints complete
	hints []hint
	at    int // the hint that was taken, from 1; 0 while the text is the user's own
}

// hint is a topic, and where it comes from.
type hint struct{ topic, of string }

const (
	maxHints     = 50   // looked at for one text
	maxPool      = 3000 // kept
	maxHintLines = 4    // shown
	maxKnown     = 50   // names of each kind in reserved topics
)

// begin gathers the topics: those published before, the newest first, of templates, and seen.
func (c *completion) begin(p *Pane) {
	c.pool, c.at, c.typed = nil, 0, p.topic.Value()
	there := map[string]bool{}
	add := func(topic, of string) {
		if safe, _ := widget.Sanitize(topic, 0); safe == topic && topic != "" && !there[topic] && len(c.pool) < maxPool {
			there[topic] = true
			c.pool = append(c.pool, hint{topic, of})
		}
	}
	for _, sent := range slices.Backward(p.published) {
		if !sent.Variables {
			add(sent.Topic, "published")
		}
	}
	for _, t := range p.templates {
		if !t.Variables || !strings.Contains(t.Topic, "{{") {
			add(t.Topic, "template")
		}
	}
	if c.seen != nil {
		for _, topic := range c.seen() {
			add(topic, "seen")
		}
	}
	c.known = client.KnownFrom(func(yield func(string) bool) {
		for _, h := range c.pool {
			if !yield(h.topic) {
				return
			}
		}
	}, maxKnown)
	c.find()
}

// follow takes a text that the user typed.
func (c *completion) follow(text string) {
	c.typed, c.at = text, 0
	c.find()
}

// find looks for topics that begin with what was typed, then for those that hold it.
func (c *completion) find() {
	c.hints = nil
	for _, fits := range []func(string) bool{
		func(topic string) bool { return strings.HasPrefix(topic, c.typed) },
		func(topic string) bool { return !strings.HasPrefix(topic, c.typed) && strings.Contains(topic, c.typed) },
	} {
		for _, h := range c.pool {
			if len(c.hints) < maxHints && h.topic != c.typed && fits(h.topic) {
				c.hints = append(c.hints, h)
			}
		}
	}
	for _, r := range client.CompleteReserved(c.typed, client.ToPublish, c.known, maxHints) {
		if !slices.ContainsFunc(c.hints, func(h hint) bool { return h.topic == r.Text }) {
			c.hints = append(c.hints, hint{r.Text, r.Of})
		}
	}
}

// cycle is the text of the next or previous hint; past the last one it is again what was typed.
func (c *completion) cycle(by int) string {
	n := len(c.hints) + 1
	c.at = (c.at + by + n) % n
	if c.at == 0 {
		return c.typed
	}
	return c.hints[c.at-1].topic
}

// tail is a topic in exactly w cells, with its end in sight: the beginning is what was typed.
func tail(topic string, w int, ellipsis string) string {
	if cut := widget.Width(topic) - w; cut > 0 && w > 1 {
		topic = ellipsis + ansi.TruncateLeft(topic, cut+1, "")
	}
	return widget.Fit(topic, w)
}

// lines draws the hints around the one taken, below the topic.
func (p *Pane) hintLines(inner, height int) []string {
	c := &p.complete
	n := min(len(c.hints), height, maxHintLines)
	if !p.typing || p.at != fieldTopic || n <= 0 {
		return nil
	}
	first := max(0, min(c.at-n, len(c.hints)-n))
	var out []string
	for i, h := range c.hints[first : first+n] {
		room := max(0, inner-3)
		of := ""
		if room > 40 {
			of = widget.FitRight(h.of, 14)
			room -= 14
		}
		text := tail(h.topic, room, p.theme.Ellipsis) + of
		if first+i+1 == c.at {
			out = append(out, " "+p.theme.Accent.Render(p.theme.Cursor+text))
			continue
		}
		out = append(out, "  "+p.theme.Dim.Render(text))
	}
	return out
}
