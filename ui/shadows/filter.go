package shadows

import (
	"fmt"
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/thingdeck/keymap"
	"example.com/thingdeck/shadow"
	"example.com/thingdeck/ui/widget"
)

// filter says which rows are shown: those of which all terms hold. The text is parsed as it is typed; while it is wrong, the last
// terms that were right hold.
type filter struct {
	field  *widget.Field
	typing bool
	terms  []term
}

// term is a word of a path, or a state, or one that must not be.
type term struct {
	word  string
	exact bool // upper case counts
	state string
	not   bool
}

// filterStates are the words after state:, as errors list them.
var filterStates = [...]string{"pending", "sync", "desired", "reported", "changed", "edited"}

// onlyDifferences is the filter that its key sets.
const onlyDifferences = "state:pending"

func parseFilter(text string) ([]term, error) {
	var out []term
	for _, word := range strings.Fields(text) {
		var t term
		word, t.not = strings.CutPrefix(word, "-")
		if state, ok := strings.CutPrefix(word, "state:"); ok {
			known := false
			for _, s := range filterStates {
				known = known || s == state
			}
			if !known {
				return nil, fmt.Errorf("state: is one of %s", strings.Join(filterStates[:], ", "))
			}
			t.state = state
		} else if t.word, t.exact = word, strings.ContainsFunc(word, unicode.IsUpper); word == "" {
			return nil, fmt.Errorf("- excludes the word behind it")
		}
		out = append(out, t)
	}
	return out, nil
}

func (f *filter) empty() bool { return len(f.terms) == 0 }

// matches reports whether a row without rows inside is to be shown.
func (f *filter) matches(r *row, changed bool) bool {
	path := strings.Join(r.path, ".")
	lower := strings.ToLower(path)
	for _, t := range f.terms {
		holds := false
		switch {
		case t.state != "":
			holds = r.is(t.state, changed)
		case t.exact:
			holds = strings.Contains(path, t.word)
		default:
			holds = strings.Contains(lower, t.word)
		}
		if holds == t.not {
			return false
		}
	}
	return true
}

// is reports whether a word of filterStates holds for a row.
func (r *row) is(state string, changed bool) bool {
	switch state {
	case "pending":
		return r.cells[delta].ok
	case "sync":
		return r.state == inSync
	case "desired":
		return r.state == onlyDesired
	case "reported":
		return r.state == onlyReported
	case "edited":
		return r.edited(shadow.Desired) || r.edited(shadow.Reported)
	}
	return changed
}

func (p *Pane) newFilter() filter {
	f := widget.NewField(p.theme, "filter", func(text string) error {
		_, err := parseFilter(text)
		return err
	})
	f.Placeholder("words of a path, state:pending")
	return filter{field: f}
}

// refilter takes the text of the field.
func (p *Pane) refilter() {
	if terms, err := parseFilter(p.filter.field.Value()); err == nil {
		p.filter.terms, p.stale = terms, true
	}
}

// setFilter replaces the filter; "" shows all rows.
func (p *Pane) setFilter(text string) {
	p.filter.field.SetValue(text)
	p.leaveFilter()
	p.refilter()
}

func (p *Pane) leaveFilter() {
	p.filter.typing = false
	p.filter.field.Blur()
}

// filterKey gives a key to the filter field: enter keeps the filter, esc takes it away, the arrows move in the rows.
func (p *Pane) filterKey(msg tea.KeyMsg) ([]any, tea.Cmd) {
	name := ""
	if msg.Type != tea.KeyRunes && msg.Type != tea.KeySpace && !msg.Paste {
		name, _ = p.keys.Lookup(msg.String(), "list", "global")
	}
	switch {
	case name == "global.back":
		p.setFilter("")
	case name == "list.open":
		p.leaveFilter()
	case name == "global.next", name == "global.previous":
		p.leaveFilter()
		return []any{Leave{Forward: name == "global.next"}}, nil
	case name == "list.up", name == "list.down", name == "list.pageup", name == "list.pagedown":
		p.scroll.Do(name)
	default:
		if action, ok := p.keys.Lookup(msg.String(), "shadow"); ok && keymap.Chord(msg.String()) && !msg.Paste {
			return p.Do(action)
		}
		cmd := p.filter.field.Update(msg)
		p.refilter()
		return nil, cmd
	}
	return nil, nil
}

// filterLines is the line of the filter: the field, and what it found or why it is wrong.
func (p *Pane) filterLines() []string {
	f := &p.filter
	if !f.typing && f.field.Value() == "" {
		return nil
	}
	w := p.inner() - 2
	note, style := "", p.theme.Dim
	if err := f.field.Err(); err != nil {
		note, style = err.Error(), p.theme.Error
	} else if !f.empty() {
		note = plural(p.leaves, "row")
	}
	side := min(widget.Width(note), w*2/3)
	return []string{" " + f.field.View(max(0, w-side-2)) + "  " + style.Render(widget.Fit(note, side))}
}
