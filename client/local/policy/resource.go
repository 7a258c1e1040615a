package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// resource is a compiled Resource pattern. It matches when one of its parts
// does.
type resource struct {
	source string
	all    bool // everything

	// Most patterns: TYPE/ in plain characters, and name for what follows.
	kind kind // kindNone without this part
	name pattern

	// Patterns for all of TYPE/NAME, where a wildcard reaches into the type.
	whole []pattern
	colon bool // each of whole needs a colon in NAME
}

// compileResource reads a Resource pattern: an ARN or *. The partition, region
// and account of a request are whatever the pattern asks for, so only the
// pattern's last part is kept.
func compileResource(source string, variables bool) (resource, error) {
	r := resource{source: source, colon: true}
	if strings.Trim(source, "*") == "" && source != "" {
		r.all = true
		return r, nil
	}
	if !strings.HasPrefix(source, "arn:") {
		return r, fmt.Errorf("resource %s is neither an ARN nor *: write arn:aws:iot:REGION:ACCOUNT:TYPE/NAME", quote(source))
	}
	if otherService(source) {
		return r, nil
	}
	rests := afterAccount(explode(lex(source, variables, true)))
	if len(rests) == 0 {
		return r, fmt.Errorf("resource %s can match no AWS IoT resource: want arn:aws:iot:REGION:ACCOUNT:TYPE/NAME", quote(source))
	}
	if len(rests) > maxRests {
		return r, fmt.Errorf("resource %s has too many wildcards before its last part", quote(source))
	}
	for _, rest := range rests {
		r.add(rest)
	}
	return r, nil
}

// otherService reports whether an ARN plainly is of another service, such as
// greengrass. Nothing here asks for those.
func otherService(source string) bool {
	parts := strings.SplitN(source, ":", 4)
	return len(parts) == 4 && parts[2] != "iot" && !strings.ContainsAny(parts[1]+parts[2], "*?$")
}

// add takes one of the rests that afterAccount found.
func (r *resource) add(rest []token) {
	if len(rest) > 0 && rest[0].op == opText {
		if word, name, found := strings.Cut(rest[0].text, "/"); found && r.kind == kindNone {
			k, known := kindNamed(word)
			if !known {
				return // rolealias/, thinggroup/: never asked for here
			}
			tokens := append([]token{{op: opText, text: name}}, rest[1:]...)
			if name == "" {
				tokens = tokens[1:]
			}
			r.kind, r.name = k, newPattern(r.source, tokens)
			return
		}
	}
	p := newPattern(r.source, rest)
	r.all = r.all || p.shape == shapeAll
	r.colon = r.colon && hasColon(rest)
	r.whole = append(r.whole, p)
}

func hasColon(tokens []token) bool {
	for i := range tokens {
		if tokens[i].op == opText && strings.Contains(tokens[i].text, ":") {
			return true
		}
	}
	return false
}

// match reports whether the pattern matches the resource TYPE/NAME.
func (r *resource) match(k kind, name string, c *Context) bool {
	if r.all || r.kind == k && k != kindNone && r.name.match(name, c) {
		return true
	}
	if len(r.whole) == 0 || r.colon && strings.IndexByte(name, ':') < 0 {
		return false
	}
	whole := resourceText(k, name)
	for i := range r.whole {
		if r.whole[i].match(whole, c) {
			return true
		}
	}
	return false
}

// resolved reports whether each variable in the last part has a value.
func (r *resource) resolved(c *Context) bool {
	for i := range r.whole {
		if !r.whole[i].resolved(c) {
			return false
		}
	}
	return r.name.resolved(c)
}

// resourceText is the last part of the ARN of a resource.
func resourceText(k kind, name string) string {
	if k == kindNone {
		return "*"
	}
	return k.String() + "/" + name
}

// explode cuts text tokens into one token a character.
func explode(tokens []token) []token {
	var out []token
	for _, t := range tokens {
		if t.op != opText {
			out = append(out, t)
			continue
		}
		for s := t.text; s != ""; {
			_, width := utf8.DecodeRuneInString(s)
			out = append(out, token{op: opText, text: s[:width]})
			s = s[width:]
		}
	}
	return out
}

// compact is the opposite of explode.
func compact(tokens []token) []token {
	var out []token
	for _, t := range tokens {
		if n := len(out); n > 0 && t.op == opText && out[n-1].op == opText {
			out[n-1].text += t.text
			continue
		}
		out = append(out, t)
	}
	return out
}

// front is what stands before the last part of every AWS IoT ARN. In it 1 is
// one character of a partition, region or account and + any number of them.
const front = "arn:1+:iot:1+:1+:"

// afterAccount returns what is left of an exploded pattern when it has matched
// front: one rest for most patterns, several where a wildcard may or may not
// reach into the last part, none for a pattern that cannot match.
func afterAccount(pattern []token) [][]token {
	lastAny := -1
	at := ends(pattern, wholeSegments(pattern))
	for _, p := range at {
		if p < len(pattern) && pattern[p].op == opAny {
			lastAny = max(lastAny, p)
		}
	}
	var rests [][]token
	for _, p := range at {
		// Whatever an earlier rest matches, the one from the last * does too.
		if p >= lastAny {
			rests = append(rests, compact(pattern[p:]))
		}
		if len(rests) > maxRests {
			break
		}
	}
	return rests
}

// maxRests bounds what a pattern such as arn:*??????? can cost.
const maxRests = 16

// ends returns the places in an exploded pattern at which it can have matched
// all of front. whole is what wholeSegments returns for it.
func ends(pattern []token, whole []bool) []int {
	type state struct{ at, step int }
	seen := make([]bool, (len(pattern)+1)*(len(front)+1))
	todo := []state{{0, 0}}
	var out []int
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		i := s.at*(len(front)+1) + s.step
		if seen[i] {
			continue
		}
		seen[i] = true
		if s.step == len(front) {
			out = append(out, s.at)
			continue
		}
		if front[s.step] == '+' {
			todo = append(todo, state{s.at, s.step + 1})
		}
		if s.at == len(pattern) {
			continue
		}
		if pattern[s.at].op == opAny {
			todo = append(todo, state{s.at + 1, s.step}, state{s.at, s.step + 1})
		} else if pattern[s.at].passes(s.step, whole[s.at]) {
			next := s.step + 1
			if front[s.step] == '+' {
				next = s.step
			}
			todo = append(todo, state{s.at + 1, next})
		}
	}
	return out
}

// wholeSegments says of each token whether it stands between two colons that
// have no * between them.
func wholeSegments(pattern []token) []bool {
	whole := make([]bool, len(pattern))
	for start := 0; start < len(pattern); {
		end, plain := start, true
		for end < len(pattern) && !(pattern[end].op == opText && pattern[end].text == ":") {
			plain = plain && pattern[end].op != opAny
			end++
		}
		for i := start; i < end; i++ {
			whole[i] = plain
		}
		start = end + 1
	}
	return whole
}

// account is where the account begins in front.
const account = len(front) - 3

// passes reports whether the token, no opAny, can match the character of front
// at step. A variable stands for the whole of a partition, region or account:
// templates hold ${AWS::Region} there. An account may be written in letters,
// as ACCOUNT, but topic* is not an account and then what follows it.
func (t *token) passes(step int, whole bool) bool {
	switch want := front[step]; {
	case want != '1' && want != '+':
		return t.op == opOne || t.op == opText && t.text == string(rune(want))
	case t.op != opText:
		return true
	case t.text == ":" || t.text == "/":
		return false
	case step >= account && !whole:
		return t.text >= "0" && t.text <= "9"
	}
	return true
}
