package casetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// matcher compares payloads with patterns; saved holds the numbers that a case remembers.
type matcher struct {
	saved map[string]*big.Rat
}

// match returns "" if got matches pattern, or else what is wrong.
func (m *matcher) match(pattern, got any, exact bool, at string) string {
	switch p := pattern.(type) {
	case map[string]any:
		if len(p) == 1 {
			for op, arg := range p {
				if strings.HasPrefix(op, "$") {
					return m.operator(op, arg, got, exact, at)
				}
			}
		}
		return m.object(p, got, exact, at)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(p) {
			return fmt.Sprintf("%s: got %v; want an array of %d", at, got, len(p))
		}
		for i := range p {
			if bad := m.match(p[i], g[i], exact, at+"/"+strconv.Itoa(i)); bad != "" {
				return bad
			}
		}
		return ""
	case json.Number:
		if x := number(got); x == nil || x.Cmp(number(p)) != 0 {
			return fmt.Sprintf("%s: got %v; want %v", at, got, p)
		}
		return ""
	}
	if got != pattern {
		return fmt.Sprintf("%s: got %v; want %v", at, got, pattern)
	}
	return ""
}

func (m *matcher) object(p map[string]any, got any, exact bool, at string) string {
	g, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("%s: got %v; want an object", at, got)
	}
	for _, k := range slices.Sorted(maps.Keys(p)) {
		v, ok := g[k]
		if !ok {
			return fmt.Sprintf("%s/%s: missing", at, k)
		}
		if bad := m.match(p[k], v, exact, at+"/"+k); bad != "" {
			return bad
		}
	}
	for k := range g {
		if _, ok := p[k]; exact && !ok {
			return fmt.Sprintf("%s/%s: not expected", at, k)
		}
	}
	return ""
}

func (m *matcher) operator(op string, arg, got any, exact bool, at string) string {
	switch op {
	case "$exact":
		return m.match(arg, got, true, at)
	case "$oneOf":
		var all []string
		for _, p := range arg.([]any) {
			bad := m.match(p, got, exact, at)
			if bad == "" {
				return ""
			}
			all = append(all, bad)
		}
		return strings.Join(all, " and ")
	case "$any":
		if !isA(got, arg.(string)) {
			return fmt.Sprintf("%s: got %v; want any %v", at, got, arg)
		}
		return ""
	}
	return m.remembered(op, arg.(string), number(got), at)
}

func (m *matcher) remembered(op, name string, x *big.Rat, at string) string {
	if x == nil {
		return at + ": want a number"
	}
	if op == "$save" {
		m.saved[name] = x
		return ""
	}
	have := m.saved[name]
	if have == nil {
		return at + ": nothing saved as " + name
	}
	c := x.Cmp(have)
	if op == "$eq" && c == 0 || op == "$gt" && c > 0 || op == "$le" && c <= 0 {
		return ""
	}
	return fmt.Sprintf("%s: got %s; want %s %s (%s)", at, x.RatString(), op, name, have.RatString())
}

func isA(v any, kind string) bool {
	switch kind {
	case "string":
		_, ok := v.(string)
		return ok
	case "bool":
		_, ok := v.(bool)
		return ok
	case "object":
		_, ok := v.(map[string]any)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	}
	x := number(v)
	if x == nil || kind != "number" && !x.IsInt() {
		return false
	}
	return kind != "timestamp" || x.Cmp(big.NewRat(1500000000, 1)) > 0 && x.Cmp(big.NewRat(5000000000, 1)) < 0
}

// number returns the value of a JSON number, nil for anything else.
func number(v any) *big.Rat {
	n, ok := v.(json.Number)
	if !ok {
		return nil
	}
	x, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return nil
	}
	return x
}

// exists reports whether a JSON pointer leads somewhere in v.
func exists(v any, pointer string) bool {
	for _, step := range strings.Split(pointer, "/")[1:] {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch c := v.(type) {
		case map[string]any:
			next, ok := c[step]
			if !ok {
				return false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(c) {
				return false
			}
			v = c[i]
		default:
			return false
		}
	}
	return true
}
