package filter

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// expression is the condition on a JSON payload, in the language of jq. It holds when one of its outputs is neither false nor null;
// where jq would report an error, and where the payload is no JSON, it does not hold.
//
// Comparisons of fields with constants, joined by and, or and parentheses, have a way of their own, fast, which means the same as
// jq's. All else, and everything after jq:, runs in gojq.
type expression struct {
	text string
	fast *node // nil: gojq's
	// The fast way's fields, in the order of node.field.
	fields []fieldPath
	query  *gojq.Query
}

func parseExpression(text string) (*expression, *Error) {
	shift := 0
	source, forced := strings.CutPrefix(text, "jq:")
	if forced {
		shift = len("jq:")
	}
	query, err := gojq.Parse(source)
	if err != nil {
		return nil, jqError(source, shift, err)
	}
	if _, err := compile(query); err != nil {
		return nil, jqError(source, shift, err)
	}
	e := &expression{text: source, query: query}
	if !forced {
		e.fast = e.translate(query)
		if e.fast == nil {
			e.fields = nil
		}
	}
	return e, nil
}

func compile(q *gojq.Query) (*gojq.Code, error) { return gojq.Compile(q) }

// jqError gives an error of gojq a place.
func jqError(source string, shift int, err error) *Error {
	e := &Error{At: utf8.RuneCountInString(source) + shift + 1, Text: err.Error()}
	var parse *gojq.ParseError
	if errors.As(err, &parse) {
		at := min(max(0, parse.Offset-len(parse.Token)), len(source))
		e.At = utf8.RuneCountInString(source[:at]) + shift + 1
		e.Text = "unexpected " + parse.Token
		if parse.Token == "" {
			e.Text = "the expression is not complete"
		}
	}
	return e
}

// node is an expression of the fast way.
type node struct {
	kind     nodeKind
	op       op
	field    int // of kinds hasField, and compares its left side
	constant value
	left     *node
	right    *node
}

type nodeKind uint8

const (
	truth   nodeKind = iota // the field is neither false nor null
	compare                 // the field against the constant
	both                    // left and right
	either                  // left or right
	always                  // the constant, as it is
)

// translate makes a node of a query that is simple enough; nil else.
func (e *expression) translate(q *gojq.Query) *node {
	if q == nil || q.Meta != nil || len(q.Imports) > 0 || len(q.FuncDefs) > 0 || len(q.Patterns) > 0 {
		return nil
	}
	switch q.Op {
	case gojq.OpAnd, gojq.OpOr:
		kind := both
		if q.Op == gojq.OpOr {
			kind = either
		}
		left, right := e.translate(q.Left), e.translate(q.Right)
		if left == nil || right == nil {
			return nil
		}
		return &node{kind: kind, left: left, right: right}
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
		return e.comparison(q)
	}
	if t := q.Term; t != nil && q.Op == 0 {
		if t.Type == gojq.TermTypeQuery && len(t.SuffixList) == 0 {
			return e.translate(t.Query)
		}
		if path, ok := pathOf(t); ok {
			return &node{kind: truth, field: e.field(path)}
		}
	}
	return nil
}

var ops = map[gojq.Operator]op{
	gojq.OpEq: equal, gojq.OpNe: notEqual, gojq.OpLt: less, gojq.OpLe: lessEqual, gojq.OpGt: greater, gojq.OpGe: greaterEqual,
}

// turned is the operator with its sides exchanged.
var turned = map[op]op{equal: equal, notEqual: notEqual, less: greater, lessEqual: greaterEqual, greater: less, greaterEqual: lessEqual}

func (e *expression) comparison(q *gojq.Query) *node {
	o := ops[q.Op]
	left, right := q.Left, q.Right
	if _, ok := constantOf(left); ok {
		left, right, o = right, left, turned[o]
	}
	constant, ok := constantOf(right)
	if !ok || left == nil || left.Op != 0 || left.Term == nil || len(left.FuncDefs) > 0 {
		return nil
	}
	path, ok := pathOf(left.Term)
	if !ok {
		return nil
	}
	return &node{kind: compare, op: o, field: e.field(path), constant: constant}
}

// field is the number of a path among the fields.
func (e *expression) field(path fieldPath) int {
	for i, p := range e.fields {
		if p.equal(path) {
			return i
		}
	}
	e.fields = append(e.fields, path)
	return len(e.fields) - 1
}

// constantOf is a number, a string, true, false or null.
func constantOf(q *gojq.Query) (value, bool) {
	if q == nil || q.Op != 0 || q.Term == nil || len(q.FuncDefs) > 0 || len(q.Term.SuffixList) > 0 {
		return value{}, false
	}
	switch t := q.Term; t.Type {
	case gojq.TermTypeNull:
		return value{kind: isNull}, true
	case gojq.TermTypeTrue:
		return value{kind: isTrue}, true
	case gojq.TermTypeFalse:
		return value{kind: isFalse}, true
	case gojq.TermTypeNumber:
		return numberOf(t.Number, 1)
	case gojq.TermTypeUnary:
		if inner := t.Unary; inner != nil && inner.Op == gojq.OpSub && inner.Term != nil && inner.Term.Type == gojq.TermTypeNumber && len(inner.Term.SuffixList) == 0 {
			return numberOf(inner.Term.Number, -1)
		}
	case gojq.TermTypeString:
		if t.Str != nil && len(t.Str.Queries) == 0 {
			return value{kind: isString, text: []byte(t.Str.Str)}, true
		}
	}
	return value{}, false
}

func numberOf(text string, sign float64) (value, bool) {
	n, exact := number([]byte(text))
	// Integers beyond what a float64 holds exactly are compared as such by gojq.
	if !exact || n > 1<<53 {
		return value{}, false
	}
	return value{kind: isNumber, number: sign * n}, true
}

// step is a part of a path: a key of an object, or an index of an array.
type step struct {
	key   string
	index int
	array bool
}

type fieldPath []step

func (p fieldPath) equal(o fieldPath) bool {
	if len(p) != len(o) {
		return false
	}
	for i := range p {
		if p[i] != o[i] {
			return false
		}
	}
	return true
}

// maxDepth bounds the steps of a path in the fast way.
const maxDepth = 16

// pathOf reads .a.b["c d"][0] as steps; . alone has none and is left to gojq.
func pathOf(t *gojq.Term) (fieldPath, bool) {
	var path fieldPath
	add := func(i *gojq.Index) bool {
		s, ok := stepOf(i)
		path = append(path, s)
		return ok
	}
	switch t.Type {
	case gojq.TermTypeIndex:
		if !add(t.Index) {
			return nil, false
		}
	case gojq.TermTypeIdentity:
	default:
		return nil, false
	}
	for _, s := range t.SuffixList {
		if s.Index == nil || s.Iter || s.Optional || !add(s.Index) {
			return nil, false
		}
	}
	return path, len(path) > 0 && len(path) <= maxDepth
}

func stepOf(i *gojq.Index) (step, bool) {
	switch {
	case i == nil || i.IsSlice:
		return step{}, false
	case i.Name != "":
		return step{key: strings.TrimPrefix(i.Name, ".")}, true
	case i.Str != nil && len(i.Str.Queries) == 0:
		return step{key: i.Str.Str}, true
	case i.Start != nil && i.End == nil:
		c, ok := constantOf(i.Start)
		switch {
		case ok && c.kind == isString:
			return step{key: string(c.text)}, true
		case ok && c.kind == isNumber && c.number >= 0 && c.number == float64(int(c.number)):
			return step{index: int(c.number), array: true}, true
		}
	}
	return step{}, false
}
