package widget

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"example.com/thingdeck/ui/theme"
)

// JSON is a JSON text as lines that fold: an array of rows, each with the index of the bracket that it matches. Lines are drawn when
// they are asked for, so a large text costs one pass.
type JSON struct {
	theme *theme.Theme
	src   []byte
	rows  []jsonRow
	lines []jsonLine // what is not folded, wrapped
	w     int
	more  bool // rows were left out
}

// jsonRow is a value, or a closing bracket.
type jsonRow struct {
	key    span // with its quotes; empty where there is none
	value  span // a scalar, or the bracket
	match  int32
	up     int32 // the row of the container, -1 at the top
	index  int32 // in it
	count  int32 // members or elements of a container
	depth  uint16
	kind   jsonKind
	last   bool // no comma follows
	folded bool
}

type span struct{ from, to int32 }

type jsonKind uint8

const (
	jsonScalar jsonKind = iota
	jsonOpen
	jsonClose
	jsonEmpty // {} or []
)

// jsonLine is a part of a row: long scalars take several.
type jsonLine struct {
	row  int32
	part int32
}

// NewJSON reads a text; false when it is no JSON. At most n rows are made: More says that there are others. What is deep or long is
// folded, but never the outermost.
func NewJSON(t *theme.Theme, src []byte, n int) (*JSON, bool) {
	if len(bytes.TrimSpace(src)) == 0 || !json.Valid(src) {
		return nil, false
	}
	j := &JSON{theme: t, src: src}
	j.read(n)
	j.foldLarge()
	return j, true
}

// More says that rows were left out.
func (j *JSON) More() bool { return j.more }

// read makes the rows of a text that is known to be valid.
func (j *JSON) read(n int) {
	var open []int32
	key := span{}
	for at := 0; at < len(j.src); {
		c := j.src[at]
		up := int32(-1)
		if len(open) > 0 {
			up = open[len(open)-1]
		}
		row := jsonRow{key: key, up: up, depth: uint16(len(open)), last: true}
		switch c {
		case ' ', '\t', '\r', '\n', ':':
			at++
			continue
		case ',':
			j.rows[len(j.rows)-1].last = false
			at++
			continue
		case '}', ']':
			open = open[:len(open)-1]
			top := &j.rows[up]
			at++
			if int(up) == len(j.rows)-1 {
				top.kind = jsonEmpty
				continue
			}
			top.match = int32(len(j.rows))
			j.rows = append(j.rows, jsonRow{value: span{int32(at - 1), int32(at)}, match: up, up: top.up, depth: top.depth, kind: jsonClose, last: true})
			continue
		}
		if len(j.rows) >= n {
			j.more = true
			return
		}
		end := at + 1
		switch {
		case c == '"':
			end = stringEnd(j.src, at)
			if up >= 0 && j.src[j.rows[up].value.from] == '{' && key == (span{}) {
				key = span{int32(at), int32(end)}
				at = end
				continue
			}
		case c == '{' || c == '[':
			row.kind = jsonOpen
			open = append(open, int32(len(j.rows)))
		default:
			for end < len(j.src) && !jsonBreak(j.src[end]) {
				end++
			}
		}
		row.value = span{int32(at), int32(end)}
		if up >= 0 {
			row.index = j.rows[up].count
			j.rows[up].count++
		}
		j.rows = append(j.rows, row)
		key = span{}
		at = end
	}
}

func jsonBreak(c byte) bool {
	switch c {
	case ',', ':', ']', '}', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}

// stringEnd is one past the quote that ends the string whose first quote is at.
func stringEnd(src []byte, at int) int {
	for at++; src[at] != '"'; at++ {
		if src[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// What is folded by itself, in texts of more than manyRows rows.
const (
	manyRows  = 300
	manyParts = 100
	deepLevel = 5
)

func (j *JSON) foldLarge() {
	if len(j.rows) <= manyRows {
		return
	}
	for i := range j.rows {
		if r := &j.rows[i]; r.kind == jsonOpen && r.depth > 0 && (r.depth >= deepLevel || r.count > manyParts) {
			r.folded = true
		}
	}
}

// SetWidth wraps the lines at w cells. Parts of long values are counted by bytes, so that wide characters make them shorter.
func (j *JSON) SetWidth(w int) {
	if w = max(1, w); w != j.w {
		j.w = w
		j.layout()
	}
}

// layout lists the lines that are to be seen.
func (j *JSON) layout() {
	j.lines = j.lines[:0]
	for i := int32(0); int(i) < len(j.rows); i++ {
		r := &j.rows[i]
		parts := int32(1)
		if r.kind == jsonScalar {
			parts = int32(j.parts(r))
		}
		for p := range parts {
			j.lines = append(j.lines, jsonLine{i, p})
		}
		if r.folded && r.match > 0 {
			i = r.match
		} else if r.folded { // its end was left out
			break
		}
	}
}

// indent is where a row begins.
func (j *JSON) indent(r *jsonRow) int { return min(2*int(r.depth), maxIndent, j.w/2) }

// room is how many bytes of a value stand in its first line, and in each further one.
func (j *JSON) room(r *jsonRow) (first, further int) {
	indent := j.indent(r)
	keys := int(r.key.to - r.key.from)
	if keys > 0 {
		keys += 2
	}
	return max(8, j.w-indent-keys-1), max(8, j.w-indent-2)
}

func (j *JSON) parts(r *jsonRow) int {
	n := int(r.value.to - r.value.from)
	first, further := j.room(r)
	if n <= first {
		return 1
	}
	return 1 + (n-first+further-1)/further
}

// Len is the number of lines.
func (j *JSON) Len() int { return len(j.lines) }

// Line draws a line; it may be wider than the width where a key is long or characters are wide.
func (j *JSON) Line(i int) string {
	line := j.lines[i]
	r := &j.rows[line.row]
	t := j.theme
	out := blanks(j.indent(r))
	if line.part > 0 {
		out += "  "
	} else if r.key.to > 0 {
		key, _ := Sanitize(string(j.src[r.key.from:min(r.key.to, r.key.from+maxKey)]), 0)
		out += t.Key.Render(key) + t.Dim.Render(": ")
	}
	switch r.kind {
	case jsonClose, jsonEmpty, jsonOpen:
		out += t.Dim.Render(j.bracket(r))
	default:
		out += j.tone(r).Render(j.part(r, int(line.part)))
		if int(line.part) < j.parts(r)-1 {
			return out
		}
	}
	if !r.last && (r.kind != jsonOpen || r.folded) || r.kind == jsonOpen && r.folded && r.match > 0 && !j.rows[r.match].last {
		out += t.Dim.Render(",")
	}
	return out
}

// maxKey is the most bytes of a key that are drawn.
const maxKey = 400

func (j *JSON) bracket(r *jsonRow) string {
	c := string(j.src[r.value.from])
	end := map[string]string{"{": "}", "[": "]"}[c]
	switch {
	case r.kind == jsonEmpty:
		return c + end
	case r.kind == jsonOpen && r.folded:
		return j.theme.Folded + c + j.theme.Ellipsis + strconv.Itoa(int(r.count)) + end
	}
	return c
}

func (j *JSON) tone(r *jsonRow) theme.Style {
	switch j.src[r.value.from] {
	case '"':
		return j.theme.String
	case 't', 'f', 'n':
		return j.theme.Literal
	}
	return j.theme.Number
}

// part is the text of a line of a scalar, cut between characters.
func (j *JSON) part(r *jsonRow, n int) string {
	first, further := j.room(r)
	from, to := 0, first
	if n > 0 {
		from, to = first+(n-1)*further, first+n*further
	}
	text := j.src[r.value.from:r.value.to]
	from, to = boundary(text, from), boundary(text, to)
	safe, _ := Sanitize(string(text[from:to]), 0)
	return safe
}

// boundary moves a place in a text back to where a character begins.
func boundary(text []byte, at int) int {
	if at >= len(text) {
		return len(text)
	}
	for i := 0; i < utf8.UTFMax && at > 0 && !utf8.RuneStart(text[at]); i++ {
		at--
	}
	return at
}

// Toggle folds the row of a line, or unfolds it, and returns the line that it then has. A line inside folds what it stands in, if fold.
func (j *JSON) Toggle(i int, fold bool) int {
	if i < 0 || i >= len(j.lines) {
		return i
	}
	row := j.lines[i].row
	r := &j.rows[row]
	switch {
	case fold && (r.kind != jsonOpen || r.folded):
		if r.kind == jsonClose {
			row = r.match
		} else {
			row = r.up
		}
		if row < 0 {
			return i
		}
		j.rows[row].folded = true
	case r.kind == jsonOpen:
		r.folded = fold
	default:
		return i
	}
	j.layout()
	return j.lineOf(row)
}

// lineOf is the first line of a row that is to be seen.
func (j *JSON) lineOf(row int32) int {
	for i, l := range j.lines {
		if l.row >= row {
			return i
		}
	}
	return len(j.lines) - 1
}

// ToggleAll folds every container but the outermost, or unfolds all when one is folded.
func (j *JSON) ToggleAll() {
	fold := true
	for i := range j.rows {
		fold = fold && !j.rows[i].folded
	}
	for i := range j.rows {
		if r := &j.rows[i]; r.kind == jsonOpen {
			r.folded = fold && r.depth > 0
		}
	}
	j.layout()
}

// UnfoldAll unfolds every container, and reports whether one was folded.
func (j *JSON) UnfoldAll() (any bool) {
	for i := range j.rows {
		any = any || j.rows[i].folded
		j.rows[i].folded = false
	}
	if any {
		j.layout()
	}
	return any
}

// Foldable says whether the row of a line is a container.
func (j *JSON) Foldable(i int) bool {
	return i >= 0 && i < len(j.lines) && j.rows[j.lines[i].row].kind == jsonOpen
}
