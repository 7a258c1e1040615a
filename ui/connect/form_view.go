package connect

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"example.com/thingdeck/ui/theme"
	"example.com/thingdeck/ui/widget"
)

// labelWidth is the column of the labels.
const labelWidth = 16

// visible is how many rows can be shown: the frame, the rule and two lines of help take the rest.
func (d *Form) visible() int { return max(0, d.h-5) }

// Refresh draws the form.
func (d *Form) Refresh(time.Time) {
	d.scroll.Cursor = d.at
	d.scroll.Fit(len(d.rows), d.visible())
	room := max(0, d.w-2)
	var lines []string
	first, end := d.scroll.Visible()
	for i := first; i < end; i++ {
		lines = append(lines, d.line(d.rows[i], i == d.at, room))
	}
	for len(lines) < d.visible() {
		lines = append(lines, "")
	}
	rule := len(lines)
	lines = append(lines, "")
	style, text := d.says()
	for _, line := range wrap(text, max(1, room-2), 2) {
		lines = append(lines, " "+style.Render(line))
	}
	title := "Edit " + d.was
	switch {
	case d.adopts:
		title = "Save the connection"
	case d.was == "":
		title = "New connection"
	}
	label := d.draft.Kind()
	if end < len(d.rows) {
		label += fmt.Sprintf(" · %d more below", len(d.rows)-end)
	}
	d.draw(safe(title, max(1, room)), "enter saves · ctrl+t tests · esc closes", lines, map[int]string{rule: safe(label, max(1, room))})
}

// line is a row: label, value, and beside it what is wrong or unusual.
func (d *Form) line(r *row, here bool, w int) string {
	cursor, style := " ", d.theme.Dim
	if here && d.focus {
		cursor, style = d.theme.Cursor, d.theme.Accent
	}
	if r.more {
		mark := d.theme.Folded
		if d.unfolded {
			mark = d.theme.Unfolded
		}
		return cursor + style.Render(mark+" "+r.label)
	}
	noteStyle, note := d.note(r)
	room := max(0, w-labelWidth-2)
	value := ""
	if r.field == nil {
		value = d.chosen(r)
		if value == "" {
			value = "guessed"
		}
		if here {
			value = "< " + value + " >"
		}
	}
	need := widget.Width(value)
	if r.field != nil {
		need = min(widget.Width(r.field.Value()), 200) + 2
	}
	most := room
	if note != "" {
		most = max(room-widget.Width(safe(note, 200))-1, min(need, room/2))
	}
	if r.field != nil {
		value = r.field.View(max(0, most))
	} else {
		value = widget.Fit(safe(value, most), most)
	}
	line := cursor + style.Render(widget.Fit(r.label, labelWidth)) + value
	if note != "" {
		line += " " + noteStyle.Render(widget.Fit(safe(note, 200), max(0, room-most-1)))
	}
	return line
}

// note is what stands beside a field. A text that is merely missing is not told before the field was left.
func (d *Form) note(r *row) (theme.Style, string) {
	if r.secret {
		return d.theme.Dim, d.secretNote(r)
	}
	if err := d.problems[r.name]; err != nil && (d.tried || d.touched[r.name] || !d.empty(r)) {
		return d.theme.Error, err.Error()
	}
	if r.name == "broker" && d.get(r.name) != r.field.Value() && !d.empty(r) {
		return d.theme.Dim, d.get(r.name)
	}
	return d.theme.Warn, d.advice[r.name]
}

// empty says that nothing was typed into a field yet, or no host into the broker.
func (d *Form) empty(r *row) bool {
	return r.field == nil || r.field.Value() == ""
}

// secretNote is where a secret is, and what becomes of it.
func (d *Form) secretNote(r *row) string {
	kept := d.kept[r.name]
	where := "the keyring"
	if d.keyring != nil {
		where = "memory, until thingdeck ends"
	}
	switch {
	case strings.HasPrefix(kept, "environment"):
		return kept + " (hidden)"
	case r.forget:
		return "forgotten when saved"
	case r.field.Value() != "":
		return "goes to " + where
	case kept != "":
		return "kept in " + strings.TrimPrefix(kept, "in ") + " (hidden)"
	}
	return "none"
}

// says is what stands below the form: what is being done, what is wrong with the row, what it could be, or its help.
func (d *Form) says() (theme.Style, string) {
	r := d.row()
	_, note := d.note(r)
	switch {
	case d.busy != "":
		return d.theme.Text, d.busy
	case d.failed != "":
		return d.theme.Error, d.failed
	case r.secret && strings.HasPrefix(d.kept[r.name], "environment"):
		return d.theme.Dim, "the environment's counts, whatever is typed here"
	case r.secret && d.keyring != nil:
		return d.theme.Warn, fmt.Sprintf("there is no keyring here (%v): kept in memory until thingdeck ends, never in a file", d.keyring)
	case r.secret && d.kept[r.name] != "":
		return d.theme.Dim, "typing replaces what is kept; backspace in the empty field forgets it"
	case note != "" && d.problems[r.name] != nil:
		return d.theme.Error, note
	case note != "" && !r.secret:
		return d.theme.Warn, note
	case r.file && r.field.Value() == d.pathsFor && d.pathsFor != "" && len(d.paths) > 1:
		return d.theme.Dim, "tab completes: " + strings.Join(names(d.paths), " ")
	}
	return d.theme.Dim, r.help
}

// names are the last parts of paths.
func names(paths []string) (out []string) {
	for _, p := range paths[:min(len(paths), 20)] {
		name := filepath.Base(p)
		if strings.HasSuffix(p, string(filepath.Separator)) {
			name += string(filepath.Separator)
		}
		out = append(out, name)
	}
	return out
}
