package trigger

import (
	"errors"
	"strings"
)

// SplitCommand parts a line into a program and its arguments. Blanks part them; text in single quotes is taken as it is, in double
// quotes with \" and \\ for " and \. Nothing else is special: there are no variables, pipes or patterns. JoinCommand is its reverse.
func SplitCommand(line string) ([]string, error) {
	var out []string
	var word strings.Builder
	in, begun := rune(0), false
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case in == '"' && r == '\\':
			escaped = true
		case in != 0 && r == in:
			in = 0
		case in != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			in, begun = r, true
		case r == ' ' || r == '\t':
			if begun {
				out = append(out, word.String())
				word.Reset()
				begun = false
			}
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if in != 0 || escaped {
		return nil, errors.New("a quote without its end")
	}
	if begun {
		out = append(out, word.String())
	}
	return out, nil
}

// JoinCommand writes a program and its arguments as SplitCommand reads them.
func JoinCommand(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		if out[i] = w; w == "" || strings.ContainsAny(w, " \t\"'") {
			out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(w) + `"`
		}
	}
	return strings.Join(out, " ")
}
