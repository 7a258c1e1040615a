package policy

import (
	"fmt"
	"net/netip"
	"strings"
)

// condition is one key of one operator of a Condition block.
type condition struct {
	operator string // as written
	keyName  string // as written
	key      key
	set      setOperator
	ifExists bool
	negated  bool
	test     test
	patterns []pattern      // testExact, testFold, testLike
	prefixes []netip.Prefix // testIP
	arns     []resource     // testARN
	wanted   []string       // testBool, testNull: "true", "false"
}

type setOperator uint8

const (
	setNone setOperator = iota
	setAll              // ForAllValues
	setAny              // ForAnyValue
)

type test uint8

const (
	testExact test = iota
	testFold
	testLike
	testBool
	testIP
	testARN
	testNull
)

// operators is the table of supported operators; it is never written.
var operators = [...]struct {
	name    string
	test    test
	negated bool
}{
	{"StringEquals", testExact, false},
	{"StringNotEquals", testExact, true},
	{"StringEqualsIgnoreCase", testFold, false},
	{"StringNotEqualsIgnoreCase", testFold, true},
	{"StringLike", testLike, false},
	{"StringNotLike", testLike, true},
	{"Bool", testBool, false},
	{"IpAddress", testIP, false},
	{"NotIpAddress", testIP, true},
	{"ArnEquals", testARN, false},
	{"ArnLike", testARN, false},
	{"ArnNotEquals", testARN, true},
	{"ArnNotLike", testARN, true},
	{"Null", testNull, false},
}

// newCondition reads an operator such as ForAllValues:StringEqualsIfExists.
func newCondition(operator string) (condition, error) {
	q := condition{operator: operator}
	name := operator
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		q.set, name = setAll, rest
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		q.set, name = setAny, rest
	}
	name, q.ifExists = strings.CutSuffix(name, "IfExists")
	var known []string
	for _, o := range operators {
		if o.name == name {
			q.test, q.negated = o.test, o.negated
			if o.test == testNull && name != operator {
				return q, fmt.Errorf("condition operator %s: Null takes no prefix and no IfExists", quote(operator))
			}
			return q, nil
		}
		known = append(known, o.name)
	}
	return q, fmt.Errorf("condition operator %s is not supported here: use %s, with ForAllValues: or ForAnyValue: before and IfExists behind where needed",
		quote(operator), strings.Join(known, ", "))
}

// add compiles one value of the condition.
func (q *condition) add(value string, variables bool) error {
	switch q.test {
	case testExact, testFold, testLike:
		if q.key.id == keyLastWillTopic {
			return fmt.Errorf("iot:LastWillTopic is an ARN: use ArnEquals or ArnLike, not %s", q.operator)
		}
		q.patterns = append(q.patterns, newPattern(value, lex(value, variables, q.test == testLike)))
	case testBool, testNull:
		value = strings.ToLower(value)
		if value != "true" && value != "false" {
			return fmt.Errorf("%s wants true or false; got %s", q.operator, quote(value))
		}
		q.wanted = append(q.wanted, value)
	case testIP:
		prefix, err := parsePrefix(value)
		if err != nil {
			return fmt.Errorf("%s wants an address or a range such as 203.0.113.0/24; got %s", q.operator, quote(value))
		}
		q.prefixes = append(q.prefixes, prefix)
	case testARN:
		if q.key.id != keyLastWillTopic && q.key.id != keyUnknown {
			return fmt.Errorf("%s can only be used with iot:LastWillTopic; %s is no ARN", q.operator, printable(q.keyName))
		}
		arn, err := compileResource(value, variables)
		if err != nil {
			return err
		}
		q.arns = append(q.arns, arn)
	}
	return nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if strings.Contains(s, "/") {
		return netip.ParsePrefix(s)
	}
	addr, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, err
	}
	return addr.WithZone("").Prefix(addr.BitLen())
}

// holds reports whether the condition is met. Without a value for its key,
// ForAllValues and IfExists are met, ForAnyValue is not, and another operator
// is met when it is a negated one: IAM's rules.
func (q *condition) holds(c *Context) bool {
	var room [1]string
	var values []string
	present := false
	if q.readsAddress() {
		present = c != nil && c.SourceIP.IsValid()
	} else {
		values = c.values(&q.key, room[:0])
		present = len(values) > 0
	}
	switch {
	case q.test == testNull:
		return q.wants(!present)
	case !present:
		return q.set == setAll || q.ifExists || q.set == setNone && q.negated
	case q.negated && !q.resolved(c):
		return false
	case q.readsAddress():
		return q.containsAddress(c.SourceIP) != q.negated
	}
	return q.holdsFor(values, c)
}

// holdsFor applies the set operator. Without one, a key with several values
// counts as equal when any of them is.
func (q *condition) holdsFor(values []string, c *Context) bool {
	if q.set == setNone {
		for _, v := range values {
			if q.matches(v, c) {
				return !q.negated
			}
		}
		return q.negated
	}
	for _, v := range values {
		if met := q.matches(v, c) != q.negated; met != (q.set == setAll) {
			return met
		}
	}
	return q.set == setAll
}

// readsAddress is the case that is tested without making a string.
func (q *condition) readsAddress() bool {
	return q.test == testIP && q.key.id == keySourceIP
}

// matches reports whether one of the condition's values matches v.
func (q *condition) matches(v string, c *Context) bool {
	switch q.test {
	case testExact, testLike:
		for i := range q.patterns {
			if q.patterns[i].match(v, c) {
				return true
			}
		}
	case testFold:
		for i := range q.patterns {
			if text, ok := q.patterns[i].expand(c); ok && strings.EqualFold(text, v) {
				return true
			}
		}
	case testBool:
		return q.wants(strings.EqualFold(v, "true"))
	case testIP:
		addr, err := netip.ParseAddr(v)
		return err == nil && q.containsAddress(addr)
	case testARN:
		for i := range q.arns {
			if q.arns[i].match(kindTopic, v, c) {
				return true
			}
		}
	}
	return false
}

func (q *condition) wants(b bool) bool {
	for _, w := range q.wanted {
		if (w == "true") == b {
			return true
		}
	}
	return false
}

func (q *condition) containsAddress(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, p := range q.prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// resolved reports whether each variable in the condition's values has a value.
func (q *condition) resolved(c *Context) bool {
	for i := range q.patterns {
		if !q.patterns[i].resolved(c) {
			return false
		}
	}
	for i := range q.arns {
		if !q.arns[i].resolved(c) {
			return false
		}
	}
	return true
}

func (q *condition) String() string { return q.operator + " on " + printable(q.keyName) }
