package composer

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/ui/widget"
)

// publishedDialog finds what was published before.
type publishedDialog struct{ picker }

func newPublished(p *Pane) *publishedDialog {
	d := &publishedDialog{newPicker(p, "Published", "search")}
	d.Right, d.empty, d.search = "enter uses it · esc closes", "nothing was published yet", true
	today := p.now().Format(time.DateOnly)
	for _, pub := range slices.Backward(p.published) {
		at := pub.Time.In(p.now().Location()) // a file keeps the zone of its time
		left := at.Format("01-02 15:04")
		if at.Format(time.DateOnly) == today {
			left = at.Format("   15:04:05")
		}
		d.rows = append(d.rows, pickerRow{left: widget.Fit(left, 11), draft: pub.Draft})
	}
	d.find()
	return d
}

// Update searches, moves, takes a row or closes.
func (d *publishedDialog) Update(msg tea.Msg) ([]any, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyMsg:
		action, cmd := d.action(msg)
		if action == "" {
			return nil, cmd
		}
		return d.Do(action)
	case tea.MouseMsg:
		d.mouse(msg)
	}
	return nil, nil
}

// Do moves, makes the row the draft, or closes.
func (d *publishedDialog) Do(action string) ([]any, tea.Cmd) {
	if done, cmd := d.move(action); done {
		return nil, cmd
	}
	switch action {
	case "global.back":
		return []any{Close{}}, nil
	case "list.open":
		if i := d.chosen(); i >= 0 {
			d.pane.use(d.rows[i].draft)
			return []any{Close{}}, nil
		}
	}
	return nil, nil
}

// use makes a draft of what was kept, ready to go on in its payload.
func (p *Pane) use(d Draft) {
	p.SetDraft(d)
	p.at = fieldPayload
}
