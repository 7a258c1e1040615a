package client

import "strings"

// Use is what a completed text is for.
type Use int

// The uses of a text.
const (
	ToPublish Use = iota
	ToSubscribe
)

// Completion is a text that what was typed can become.
type Completion struct {
	Text string
	// Of says what the reserved topic belongs to, as Reserved.Of does.
	Of string
	// Open says that the text ends before a name that nothing is known for; Next is that placeholder.
	Open bool
	Next string
	// Enable is that of Reserved.
	Enable bool
}

// CompleteReserved lists what typed text can become by the catalogue, at most n, in the order of the catalogue: literal levels are
// completed, and placeholders from what is known. A text ends before the first placeholder that nothing is known for. To subscribe,
// + in the place of a name is taken as one. Text that does not begin with $ completes to nothing.
func CompleteReserved(typed string, use Use, known Known, n int) []Completion {
	if !strings.HasPrefix(typed, "$") {
		return nil
	}
	var out []Completion
	seen := map[string]bool{typed: true}
	for _, r := range catalogue {
		if use == ToPublish && !r.Publish || use == ToSubscribe && !r.Subscribe {
			continue
		}
		for _, c := range r.complete(typed, use, known, n) {
			if len(out) == n {
				return out
			}
			if !seen[c.Text] {
				seen[c.Text] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// complete is CompleteReserved for one entry.
func (r Reserved) complete(typed string, use Use, known Known, n int) []Completion {
	levels, have := strings.Split(r.Pattern, "/"), strings.Split(typed, "/")
	last := len(have) - 1
	if last >= len(levels) {
		return nil
	}
	for i, level := range levels[:last] {
		name, open := placeholder(level)
		if !open && level != have[i] || open && (takesRest(name) || have[i] == "" || !r.takes(use, name, have[i])) {
			return nil
		}
	}
	if name, open := placeholder(levels[last]); open && !r.takes(use, name, have[last]) {
		return nil
	}
	texts := []Completion{{Text: strings.Join(have[:last], "/"), Of: r.Of, Enable: r.Enable}}
	for i, level := range levels[last:] {
		begun := ""
		if i == 0 {
			begun = have[last]
		}
		texts = extend(texts, last+i > 0, choices(level, begun, known), level, n)
	}
	return texts
}

// takes reports whether the value can stand for the placeholder: a wildcard only where a subscription may have it.
func (r Reserved) takes(use Use, name, value string) bool {
	if !strings.ContainsAny(value, "+#") {
		return true
	}
	return use == ToSubscribe && value == "+" && !takesRest(name) && r.MayWild(name)
}

// choices are what can stand in a level that begins with the text begun. For a placeholder that is what is known of it, else what
// was begun.
func choices(level, begun string, known Known) []string {
	name, open := placeholder(level)
	if !open {
		if strings.HasPrefix(level, begun) {
			return []string{level}
		}
		return nil
	}
	values := known[name]
	if name == "format" && len(values) == 0 {
		values = []string{"json", "cbor"}
	}
	var out []string
	for _, value := range values {
		if strings.HasPrefix(value, begun) {
			out = append(out, value)
		}
	}
	if begun != "" && len(out) == 0 {
		out = append(out, begun)
	}
	return out
}

// extend adds one level to the texts, each of the choices to each text; without a choice for a placeholder the text stays open.
func extend(texts []Completion, slash bool, choices []string, level string, n int) []Completion {
	var out []Completion
	name, placeholder := placeholder(level)
	for _, c := range texts {
		if c.Open {
			out = append(out, c)
			continue
		}
		if slash {
			c.Text += "/"
		}
		if len(choices) == 0 && placeholder {
			c.Open, c.Next = true, name
			out = append(out, c)
		}
		for _, choice := range choices {
			if len(out) == n {
				break
			}
			next := c
			next.Text += choice
			out = append(out, next)
		}
	}
	return out
}
