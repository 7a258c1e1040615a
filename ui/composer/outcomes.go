package composer

import (
	"strings"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// Progress is how far a publish has come, in plain words.
type Progress struct {
	Text   string
	Failed bool
	Final  bool // nothing more will come
}

// outcomes are the last publishes, oldest first.
type outcomes struct {
	all []outcome
}

// outcome is what became of one publish.
type outcome struct {
	id    uint64
	topic string
	Progress
}

// maxOutcomes is how many publishes are remembered; those that wait are counted among them.
const maxOutcomes = 200

// Asked tells the id of a publish that was just asked for.
func (p *Pane) Asked(id uint64, asked Publish) {
	if asked.Repeated {
		p.repeat.asked(id)
		return
	}
	topic, _ := widget.Sanitize(asked.Topic.String(), maxShown)
	o := &p.outcomes
	o.all = append(o.all, outcome{id, topic, Progress{Text: "publishing"}})
	if len(o.all) > maxOutcomes {
		o.all = append([]outcome(nil), o.all[len(o.all)-maxOutcomes:]...)
	}
	p.dirty = true
}

// Outcome tells how far a publish has come. One that is no longer shown is ignored.
func (p *Pane) Outcome(id uint64, progress Progress) {
	if p.repeat.outcome(id, progress) {
		p.dirty = true
		return
	}
	for i := range p.outcomes.all {
		if o := &p.outcomes.all[i]; o.id == id {
			progress.Text, _ = widget.Sanitize(progress.Text, maxShown)
			o.Progress = progress
			p.dirty = true
		}
	}
}

// waiting is how many have not come to their end.
func (o *outcomes) waiting() (n int) {
	for _, one := range o.all {
		if !one.Final {
			n++
		}
	}
	return n
}

// lines draws the last ones, the newest first.
func (o *outcomes) lines(t *theme.Theme, inner, show int) (out []string) {
	n := len(o.all)
	for i := range min(n, show) {
		out = append(out, " "+o.all[n-1-i].line(t, i == 0, inner))
	}
	return out
}

// line is one publish: its outcome whole if possible, then its topic.
func (o outcome) line(t *theme.Theme, newest bool, inner int) string {
	style, text := t.Dim, o.Text
	switch {
	case o.Failed:
		style, text = t.Error, "! "+text
	case newest || !o.Final:
		style = t.Text
	}
	room := max(0, inner-2)
	text = strings.TrimRight(widget.Fit(text, min(room, widget.Width(text))), " ")
	rest := room - widget.Width(text) - 3
	if rest < 4 {
		return style.Render(text)
	}
	topic := widget.Fit(o.topic, min(rest, widget.Width(o.topic)))
	return style.Render(text) + t.Dim.Render(" "+t.Bar+" "+topic)
}
