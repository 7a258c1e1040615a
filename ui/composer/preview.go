package composer

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/client/template"
	"example.com/thingdeck/ui/widget"
)

// previewDialog shows a message with the values of its variables, after asking for those that are asked for, and sends the very bytes
// that it shows.
type previewDialog struct {
	form
	message *template.Message
	asks    []template.Ask
	values  template.Values
	seed    uint64
	draft   Draft // as it will be sent
	err     error
	typed   bool // an answer was typed: a fault is told
	top     int
}

func newPreview(p *Pane, m *template.Message) *previewDialog {
	d := &previewDialog{message: m, asks: m.Asks(), seed: p.seed(), form: newForm(p, "Publish this", "enter publishes · esc cancels", "publish")}
	d.values = p.values(d.seed, nil)
	d.Fields = askFields(p, d.asks)
	d.render()
	return d
}

// askFields is a field for each question.
func askFields(p *Pane, asks []template.Ask) (out []*widget.Field) {
	for _, a := range asks {
		label, _ := widget.Sanitize(a.Label, 24)
		f := widget.NewField(p.theme, label, nil)
		f.SetValue(a.Default)
		out = append(out, f)
	}
	return out
}

// answers are those in the fields. One left empty is none, unless a default was taken away.
func answers(asks []template.Ask, fields []*widget.Field) map[string]string {
	out := map[string]string{}
	for i, a := range asks {
		if value := fields[i].Value(); value != "" || a.Default != "" {
			out[a.Label] = value
		}
	}
	return out
}

// render makes the message; the same chance each time, so that only the answers change it.
func (d *previewDialog) render() {
	d.values.Rand, d.values.Answers = random(d.seed), answers(d.asks, d.Fields)
	if d.draft, d.err = d.message.Render(d.values); d.err == nil {
		_, d.err = d.pane.message(d.draft)
	}
}

// Want has room for the payload.
func (d *previewDialog) Want(maxW, maxH int) (w, h int) {
	lines := len(payloadLines(d.pane.theme, d.draft.Payload, max(1, min(maxW, 78)-4), 20))
	return want(maxW, maxH, 78, len(d.Fields)+6+max(1, lines))
}

// Update types an answer, sends or closes.
func (d *previewDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.Key(msg)
		if action == "" {
			d.typed = true
			d.render()
			return nil, cmd
		}
		return d.Do(action)
	case tea.MouseMsg:
		return nil, d.Click(msg)
	}
	return nil, nil
}

// Do sends, closes, or moves.
func (d *previewDialog) Do(action string) ([]any, tea.Cmd) {
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "global.next", "list.down":
		return nil, d.next(1)
	case "global.previous", "list.up":
		return nil, d.next(-1)
	case "list.pagedown":
		d.top += max(1, d.H-8)
	case "list.pageup":
		d.top = max(0, d.top-max(1, d.H-8))
	case "list.open", "publish.send":
		d.typed = true
		if d.err != nil {
			return nil, nil
		}
		d.pane.seq++
		return append([]any{Close{}}, d.pane.publish(d.draft)...), nil
	}
	return nil, nil
}

func (d *previewDialog) next(by int) tea.Cmd {
	if len(d.Fields) == 0 {
		d.top = max(0, d.top+by)
	}
	return d.Move(by)
}

// Refresh draws the dialog.
func (d *previewDialog) Refresh(time.Time) {
	t := d.pane.theme
	var lines []string
	if len(d.Fields) > 0 {
		lines = append(lines, "")
	}
	switch {
	case d.err != nil && !d.typed && len(d.Fields) > 0:
		lines = append(lines, d.say("the message is shown here once this is answered", t.Dim, 3)...)
		d.Draw(lines...)
		return
	case d.err != nil:
		lines = append(lines, d.say(d.err.Error(), t.Error, 3)...)
		d.Draw(lines...)
		return
	}
	lines = append(lines, " "+t.Dim.Render("Topic ")+cut(d.draft.Topic, d.Inner()-8))
	lines = append(lines, " "+t.Dim.Render(d.pane.flagWords(d.draft)))
	room := max(0, d.H-2-len(d.Fields)-len(lines)-1)
	all := payloadLines(t, d.draft.Payload, max(1, d.Inner()-2), room+d.top)
	d.top = max(0, min(d.top, len(all)-room))
	lines = append(lines, "")
	for _, line := range all[d.top:] {
		lines = append(lines, " "+line)
	}
	d.Draw(lines...)
}

// cut is a text from outside in at most w cells.
func cut(text string, w int) string {
	safe, _ := widget.Sanitize(text, max(1, w))
	return widget.Fit(safe, max(0, w))
}

// flagWords says QoS, retain and size of a message.
func (p *Pane) flagWords(d Draft) string {
	text := "QoS " + string('0'+rune(d.QoS))
	if d.Retain {
		text += " " + p.theme.Bar + " retained"
	}
	return text + " " + p.theme.Bar + " " + widget.Size(int64(len(d.Payload)))
}
