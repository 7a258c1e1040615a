package triggers

import (
	"fmt"
	"strings"

	"example.com/thingdeck/client/trigger"
	"example.com/thingdeck/ui/widget"
)

// columns of a row: mark, name, filter, what it does, counts.
const (
	nameCells  = 16
	countCells = 7
)

func (d *Dialog) drawList() string {
	t, inner := d.theme, max(0, d.w-2)
	box := widget.Box{W: d.w, H: d.h, Focus: d.focus, Title: "Triggers", Right: "esc closes", Dividers: map[int]string{}}
	height := max(0, d.h-2)
	rows := min(max(1, len(d.list)), max(1, height/2-1))
	d.scroll.Fit(len(d.list), rows)
	if d.engine.On() {
		box.Lines = append(box.Lines, d.row(" ", "trigger", "filter", "does", "ran"))
		box.Lines[0] = t.Dim.Render(box.Lines[0])
	} else {
		text := " all triggers are off: " + d.keys.Action("trigger.all").Key() + " switches them on"
		box.Lines = append(box.Lines, t.Warn.Render(widget.Fit(text, inner)))
	}
	first, end := d.scroll.Visible()
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, d.line(d.list[i], i == d.scroll.Cursor))
	}
	if len(d.list) == 0 {
		text := "   none: " + d.keys.Action("trigger.add").Key() + " adds one for this session, [[trigger]] in config.toml keeps one"
		box.Lines = append(box.Lines, t.Dim.Render(widget.Fit(text, inner)))
	}
	if s, there := d.at(); there {
		box.Dividers[len(box.Lines)] = "trigger"
		box.Lines = append(box.Lines, "")
		for _, text := range about(s) {
			safe, _ := widget.Sanitize(text, 500)
			box.Lines = append(box.Lines, " "+t.Dim.Render(widget.Fit(safe, max(0, inner-2))))
		}
	}
	box.Dividers[len(box.Lines)] = "log"
	box.Lines = append(box.Lines, "")
	box.Lines = append(box.Lines, d.logLines(height-len(box.Lines), inner)...)
	return box.Render(t)
}

func (d *Dialog) row(mark, name, filter, does, ran string) string {
	rest := max(0, d.w-2-4-nameCells-1-countCells-2)
	filterCells := rest * 2 / 5
	return " " + mark + " " + widget.Fit(name, nameCells) + " " + widget.Fit(filter, filterCells) + " " + widget.Fit(does, max(0, rest-filterCells)) + " " +
		widget.FitRight(ran, countCells)
}

func (d *Dialog) line(s trigger.Status, cursor bool) string {
	t := d.theme
	mark := t.Dot
	if !s.On {
		mark = t.Hollow
	}
	name, _ := widget.Sanitize(s.Name, 0)
	filter, _ := widget.Sanitize(s.Filter.String(), 500)
	text := d.row(mark, name, filter, s.Does(), widget.Count(s.Ran))
	switch {
	case cursor:
		return t.Selected.Render(widget.Fit(t.Cursor+strings.TrimPrefix(text, " "), max(0, d.w-2)))
	case !s.On || !d.engine.On():
		return t.Dim.Render(text)
	}
	return text
}

// about is the trigger under the cursor in words.
func about(s trigger.Status) []string {
	var out []string
	where := "every message"
	if s.Where != "" {
		where = "where " + s.Where
	}
	out = append(out, s.Filter.String()+": "+where)
	if len(s.Command) > 0 {
		out = append(out, "command: "+trigger.JoinCommand(s.Command))
	}
	if s.Answer != nil {
		text := "publish on " + s.Answer.Topic + ": " + string(s.Answer.Payload)
		if s.Loops() {
			text += "  (may set itself off: held back by the rate)"
		}
		out = append(out, text)
	}
	counts := fmt.Sprintf("matched %d, ran %d, failed %d", s.Matched, s.Ran, s.Failed)
	if s.HeldBack > 0 {
		counts += fmt.Sprintf(", held back %d", s.HeldBack)
	}
	if s.Dropped > 0 {
		counts += fmt.Sprintf(", dropped %d", s.Dropped)
	}
	return append(out, counts)
}

// logLines are the newest lines of the log, the newest first.
func (d *Dialog) logLines(n, inner int) []string {
	t := d.theme
	if len(d.log) == 0 {
		return []string{" " + t.Dim.Render("nothing yet")}
	}
	var out []string
	for i := len(d.log) - 1; i >= 0 && len(out) < n; i-- {
		l := d.log[i]
		name, _ := widget.Sanitize(l.Trigger, 0)
		text, _ := widget.Sanitize(l.Text, max(1, inner))
		head := " " + l.Time.Format("15:04:05") + "  " + widget.Fit(name, nameCells) + " "
		text = widget.Fit(text, max(0, inner-widget.Width(head)))
		if l.Failed {
			text = t.Error.Render(text)
		}
		out = append(out, t.Dim.Render(head)+text)
	}
	return out
}
