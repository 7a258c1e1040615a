package shadows

import (
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// place is where the parts stood when they were drawn, in lines from below the upper border.
type place struct{ rows, end int }

// Refresh draws the pane.
func (p *Pane) Refresh(now time.Time) {
	if p.w <= 0 || p.h <= 0 {
		p.view = ""
		return
	}
	p.sync(now)
	box := widget.Box{W: p.w, H: p.h, Focus: p.focus}
	box.Title, box.Right = p.border()
	if p.tabled() {
		p.drawTable(&box, now)
	} else {
		p.place = place{}
		box.Lines = append(p.stateLines(), p.noticeLines()...)
	}
	p.view = box.Render(p.theme)
}

// tabled reports whether there is something to show in rows: a shadow, or edits that would make one.
func (p *Pane) tabled() bool { return p.talk.manager != nil && (p.exists || p.Unsent() > 0) }

func (p *Pane) inner() int { return max(0, p.w-2) }

// drawTable fills the box: header, rows, what is known of the chosen row, and what is wrong.
func (p *Pane) drawTable(box *widget.Box, now time.Time) {
	height := max(0, p.h-2)
	p.cols.lay(p.inner())
	box.Lines = p.filterLines()
	head := len(box.Lines) + 1 // with the header
	below := p.bottomLines()
	if room := height / 2; len(below) > room {
		below = below[:room]
	}
	depth := detailDepth(height)
	if depth == 0 && height >= agesHeight && p.chosen() != nil {
		below = append([]string{p.ages(now)}, below...)
	}
	rows := max(0, height-head-len(below)-depth.lines())
	p.scroll.Fit(len(p.rows), rows)
	first, end := p.scroll.Visible()
	p.place = place{rows: head, end: head + end - first}
	box.Lines = append(box.Lines, p.header())
	for i := first; i < end; i++ {
		box.Lines = append(box.Lines, p.line(&p.rows[i], i == p.scroll.Cursor))
	}
	if len(p.rows) == 0 {
		box.Lines = append(box.Lines, p.theme.Dim.Render("   "+p.noRows()))
	}
	for len(box.Lines) < head+rows {
		box.Lines = append(box.Lines, "")
	}
	if depth > 0 {
		label := ""
		if r := p.chosen(); r != nil {
			label = pathText(r.path)
		}
		box.Dividers = map[int]string{len(box.Lines): label}
		box.Lines = append(box.Lines, "")
		box.Lines = append(box.Lines, p.detail(depth, now)...)
	}
	box.Lines = append(box.Lines, below...)
}

func (p *Pane) noRows() string {
	if !p.filter.empty() {
		return "no row matches: " + p.hint("global.back", "shows all")
	}
	return "the shadow is empty: " + p.hint("shadow.add", "adds a key")
}

const name = "4 Shadow"

// border is the title and the counts at the right end. Where both do not fit, the least of the counts go first.
func (p *Pane) border() (title, right string) {
	if p.talk.manager == nil {
		return name, ""
	}
	title = name + "  " + p.label() + p.modes()
	room := p.w - 2 - 4 - 2 // the border, the gap that Box wants, the blanks around the title
	version, edits, differs := "", "", ""
	if p.exists {
		version = "v" + strconv.FormatInt(p.doc.Version, 10)
		differs = plural(p.differ, "difference")
		if p.differ == 0 {
			differs = "no difference"
		}
	}
	if n := p.Unsent(); n > 0 {
		edits = plural(n, "edit")
	}
	for _, right = range []string{p.join(version, differs, edits), p.join(version, edits), version} {
		if widget.Width(title)+widget.Width(right) <= room {
			return title, right
		}
	}
	if left := room - widget.Width(right); left >= len(name)+8 {
		title = strings.TrimRight(widget.Fit(title, left), " ")
	}
	return title, right
}

// modes tells in the title what is not as usual.
func (p *Pane) modes() string {
	text := ""
	if p.favourite(p.talk.manager.Name()) {
		text = " " + p.theme.Star
	}
	if play := p.playing(); play != "" {
		text += "  " + p.theme.Dot + " " + play
	}
	if p.part == shadow.Reported {
		text += "  editing reported"
	}
	return text
}

func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return widget.Count(uint64(n)) + " " + what
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

// hint says which key does something: "a adds a key".
func (p *Pane) hint(action, does string) string {
	key := p.keys.Action(action).Key()
	if key == "" {
		key = action
	}
	return key + " " + does
}

// wrap breaks a text into lines of at most w cells at its blanks, and what is longer anywhere. The text is made safe first.
func wrap(text string, w, most int) []string {
	if w < 1 {
		return nil
	}
	safe, _ := widget.Sanitize(text, maxText)
	var lines []string
	line := ""
	for _, word := range strings.Fields(safe) {
		if line != "" && widget.Width(line)+1+widget.Width(word) <= w {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		pieces := widget.TextHead([]byte(word), w, most)
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1]
		if len(lines) > most {
			break
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines[most-1] = widget.Fit(lines[most-1]+" "+lines[most], w)
		lines = lines[:most]
	}
	return lines
}
