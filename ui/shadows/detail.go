package shadows

import (
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// subscribeTime is how long a subscription may take before the pane says so.
const subscribeTime = 10 * time.Second

// depth is how many lines each value of the chosen row gets below the rows; 0 is no detail.
type depth int

func detailDepth(height int) depth {
	switch {
	case height >= 40:
		return 4
	case height >= 20:
		return 2
	case height >= 10:
		return 1
	}
	return 0
}

// lines is the height of the detail: a rule, both values, the last change.
func (d depth) lines() int {
	if d == 0 {
		return 0
	}
	return 2*int(d) + 2
}

// agesHeight is the height from which on there is at least a line on the ages of the chosen row.
const agesHeight = 7

// ages tells when the values of the chosen row were written: "desired 3 s ago · reported 2 d ago".
func (p *Pane) ages(now time.Time) string {
	var parts []string
	for i, name := range [...]string{"desired", "reported"} {
		if age := p.chosen().cells[i].age(now); age != "" {
			parts = append(parts, name+" "+age)
		}
	}
	return " " + p.theme.Dim.Render(p.join(parts...))
}

// age is how long ago the value was written, "" if that is not known.
func (c cell) age(now time.Time) string {
	s := c.Metadata.Newest()
	if !c.ok || s == 0 {
		return ""
	}
	return ago(now.Sub(time.Unix(s, 0)))
}

// detail tells the chosen row's values in full, their ages, and the last change.
func (p *Pane) detail(d depth, now time.Time) []string {
	var lines []string
	for i, style := range [...]theme.Style{p.theme.Desired, p.theme.Reported} {
		label := [...]string{"desired ", "reported"}[i]
		var part []string
		if r := p.chosen(); r != nil {
			part = p.detailValue(r, i, int(d), now)
		}
		for n := range int(d) {
			head, rest := "        ", ""
			if n == 0 {
				head = style.Render(label)
			}
			if n < len(part) {
				rest = part[n]
			}
			lines = append(lines, " "+head+" "+rest)
		}
	}
	return append(lines, " "+p.theme.Dim.Render(p.changeText(now)))
}

// detailValue is a value of the row in up to n lines, its age at the end of the first.
func (p *Pane) detailValue(r *row, column, n int, now time.Time) []string {
	c, edit := r.cells[column], ""
	room := p.inner() - len(" reported ") - 1
	age := c.age(now)
	if part := shadow.Part(column); r.edited(part) {
		edit = " " + p.theme.Arrow + " " + p.theme.Dash
		if r.want[part].ok {
			edit = " " + p.theme.Arrow + " " + full(r.want[part].State, n*max(1, room))
		}
	}
	w := room
	if age != "" && room > 2*len(age) {
		w = room - widget.Width(age) - 2
	}
	if w < 1 {
		return nil
	}
	text := p.theme.Dash
	if c.ok {
		text = full(c.State, n*w)
	}
	if edit != "" { // both ends of a change are to be seen
		text = strings.TrimRight(widget.Fit(text, min(widget.Width(text), max(1, n*w/2))), " ")
	}
	lines := widget.TextHead([]byte(text+edit), w, n+1)
	if len(lines) > n {
		lines[n-1] = widget.Fit(lines[n-1]+lines[n], w)
		lines = lines[:n]
	}
	if w < room {
		lines[0] = widget.Fit(lines[0], w) + "  " + p.theme.Dim.Render(age)
	}
	return lines
}

// ago writes an age: "3 s ago", "just now".
func ago(d time.Duration) string {
	if d < time.Second {
		return "just now"
	}
	return widget.Age(d) + " ago"
}

// changeText says which version this is, and who brought it about and when, as far as messages told.
func (p *Pane) changeText(now time.Time) string {
	if !p.exists {
		return "no shadow exists yet"
	}
	text := "v" + strconv.FormatInt(p.doc.Version, 10)
	if !p.change.at.IsZero() {
		text += " " + ago(now.Sub(p.change.at))
	}
	if p.change.known {
		text += " by " + author(p.change.by)
	}
	return text
}

func author(a shadow.Author) string {
	switch {
	case a.Own:
		return "this client"
	case a.Token == "":
		return "a client without a token"
	}
	token, _ := widget.Sanitize(a.Token, 64)
	return "another client (token " + token + ")"
}
