package widget

import "strconv"

// Value is the JSON text of the row of a line: of the whole container for a bracket.
func (j *JSON) Value(i int) []byte {
	r := &j.rows[j.lines[i].row]
	switch {
	case r.kind == jsonClose:
		return j.src[j.rows[r.match].value.from:r.value.to]
	case r.kind == jsonOpen && r.match > 0:
		return j.src[r.value.from:j.rows[r.match].value.to]
	case r.kind == jsonOpen:
		return j.src[r.value.from:]
	case r.kind == jsonEmpty:
		return []byte{j.src[r.value.from], map[byte]byte{'{': '}', '[': ']'}[j.src[r.value.from]]}
	}
	return j.src[r.value.from:r.value.to]
}

// Path is where the row of a line is, in the language of jq: .a["b c"][0]; the whole is ".".
func (j *JSON) Path(i int) string {
	row := j.lines[i].row
	if r := &j.rows[row]; r.kind == jsonClose {
		row = r.match
	}
	return j.path(row)
}

func (j *JSON) path(row int32) string {
	var steps []string
	for r := &j.rows[row]; r.up >= 0; r = &j.rows[r.up] {
		if r.key.to > 0 {
			steps = append(steps, step(j.src[r.key.from:r.key.to]))
		} else {
			steps = append(steps, "["+strconv.Itoa(int(r.index))+"]")
		}
	}
	path := ""
	for i := len(steps) - 1; i >= 0; i-- {
		path += steps[i]
	}
	if path == "" || path[0] == '[' {
		path = "." + path
	}
	return path
}

// step is a key as a part of a path.
func step(quoted []byte) string {
	plain := len(quoted) > 2
	for i, c := range quoted[1 : len(quoted)-1] {
		plain = plain && (c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || i > 0 && c >= '0' && c <= '9')
	}
	if plain {
		return "." + string(quoted[1:len(quoted)-1])
	}
	return "[" + string(quoted) + "]"
}

// maxLeaves bounds what Leaves yields, in bytes of paths: what is nested deeply has long ones.
const maxLeaves = 4 << 20

// Leaves yields the path and the text of every scalar and empty container, in order, as far as the paths take no more than 4 MiB.
func (j *JSON) Leaves(yield func(path string, value []byte) bool) {
	size := 0
	for i := range j.rows {
		r := &j.rows[i]
		if r.kind != jsonScalar && r.kind != jsonEmpty {
			continue
		}
		if size += 8 * int(r.depth+1); size > maxLeaves {
			return
		}
		value := j.src[r.value.from:r.value.to]
		if r.kind == jsonEmpty {
			value = []byte{value[0], map[byte]byte{'{': '}', '[': ']'}[value[0]]}
		}
		if !yield(j.path(int32(i)), value) {
			return
		}
	}
}
