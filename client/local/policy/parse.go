package policy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Parse reads a policy document. The error is a *ParseError, which names line,
// column and statement.
func Parse(data []byte) (*Document, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	p := &parser{reader: reader{data: data}, doc: &Document{}}
	root, err := p.read()
	if err == nil {
		err = p.document(root)
	}
	if err != nil {
		return nil, p.located(err)
	}
	p.warnSize()
	return p.doc, nil
}

type parser struct {
	reader
	doc       *Document
	variables bool // the document's version has policy variables
	statement int  // the statement being read, from 1; else 0
	sid       string
}

// located adds the statement to an error.
func (p *parser) located(err error) error {
	var at *ParseError
	if !errors.As(err, &at) {
		at = p.fail(0, "not JSON: %s", err)
	}
	at.Statement, at.Sid = p.statement, p.sid
	return at
}

func (p *parser) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.statement > 0 {
		text = statementText(p.statement, p.sid) + ": " + text
	}
	if !slices.Contains(p.doc.warnings, text) {
		p.doc.warnings = append(p.doc.warnings, text)
	}
}

// maxCharacters is AWS IoT's limit for a document, white space not counted.
const maxCharacters = 2048

func (p *parser) warnSize() {
	count := 0
	for _, c := range string(p.data) {
		if !unicode.IsSpace(c) {
			count++
		}
	}
	if count > maxCharacters {
		p.statement = 0
		p.warn("%d characters without white space; AWS IoT accepts %d", count, maxCharacters)
	}
}

func (p *parser) document(root node) error {
	if root.kind != nodeObject {
		return p.fail(root.offset, "a policy is an object; got %s", root.kind)
	}
	version, statements := root.member("Version"), root.member("Statement")
	for _, m := range root.members {
		if !slices.Contains([]string{"Version", "Id", "Statement"}, m.name) {
			return p.fail(m.offset, "%s is no element of a policy: use Version and Statement", quote(m.name))
		}
	}
	if version == nil {
		return p.fail(root.offset, `Version is missing: write "Version": "2012-10-17"`)
	}
	switch {
	case version.kind == nodeString && version.text == "2012-10-17":
		p.variables = true
	case version.kind == nodeString && version.text == "2008-10-17":
	default:
		return p.fail(version.offset, `Version must be "2012-10-17" (or "2008-10-17", without policy variables)`)
	}
	if statements == nil {
		return p.fail(root.offset, "Statement is missing")
	}
	return p.statements(*statements)
}

func (p *parser) statements(n node) error {
	list := []node{n}
	if n.kind == nodeArray {
		list = n.items
	}
	if len(list) == 0 {
		return p.fail(n.offset, "Statement is empty")
	}
	for i, item := range list {
		p.statement, p.sid = i+1, ""
		s, err := p.readStatement(item)
		if err != nil {
			return err
		}
		p.doc.statements = append(p.doc.statements, s)
	}
	p.statement, p.sid = 0, ""
	return nil
}

func (p *parser) readStatement(n node) (statement, error) {
	s := statement{number: p.statement}
	if n.kind != nodeObject {
		return s, p.fail(n.offset, "a statement is an object; got %s", n.kind)
	}
	if sid := n.member("Sid"); sid != nil {
		if sid.kind != nodeString {
			return s, p.fail(sid.offset, "Sid must be a string; got %s", sid.kind)
		}
		s.sid, p.sid = sid.text, sid.text
	}
	for _, m := range n.members {
		if err := p.element(&s, m); err != nil {
			return s, err
		}
	}
	for _, need := range [][2]string{{"Effect", "Effect"}, {"Action", "NotAction"}, {"Resource", "NotResource"}} {
		one, other := n.member(need[0]), n.member(need[1])
		if one == nil && other == nil {
			return s, p.fail(n.offset, "%s is missing", need[0])
		}
		if one != nil && other != nil && one != other {
			return s, p.fail(n.offset, "%s and %s exclude each other", need[0], need[1])
		}
	}
	p.warnKinds(&s)
	return s, nil
}

// element reads one member of a statement into s.
func (p *parser) element(s *statement, m member) error {
	switch m.name {
	case "Sid":
		return nil
	case "Effect":
		if m.value.kind != nodeString || m.value.text != "Allow" && m.value.text != "Deny" {
			return p.fail(m.value.offset, `Effect must be "Allow" or "Deny"`)
		}
		s.deny = m.value.text == "Deny"
		return nil
	case "Action", "NotAction":
		return p.actions(s, m)
	case "Resource", "NotResource":
		return p.resources(s, m)
	case "Condition":
		return p.conditions(s, m.value)
	case "Principal", "NotPrincipal":
		return p.fail(m.offset, "AWS IoT policies have no %s: who is meant follows from what the policy is attached to", m.name)
	}
	return p.fail(m.offset, "%s is no element of a statement: use Sid, Effect, Action, Resource and Condition", quote(m.name))
}

func (p *parser) actions(s *statement, m member) error {
	list, err := p.strings(m.name, m.value)
	if err != nil {
		return err
	}
	for _, n := range list {
		service, name, found := strings.Cut(n.text, ":")
		if n.text != "*" && (!found || service == "" || name == "" || strings.ContainsAny(n.text, " /$")) {
			return p.fail(n.offset, "%s %s is no action: write iot:Publish, iot:* or *", m.name, quote(n.text))
		}
		set := actionsNamed(n.text)
		if set == 0 && strings.EqualFold(service, "iot") && !strings.EqualFold(name, "AssumeRoleWithCertificate") {
			p.warn("%s %s names no action that AWS IoT checks for devices", m.name, quote(n.text))
		}
		s.actions |= set
	}
	if m.name == "NotAction" {
		s.actions = allActions &^ s.actions
	}
	return nil
}

func (p *parser) resources(s *statement, m member) error {
	list, err := p.strings(m.name, m.value)
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := p.pattern(n); err != nil {
			return err
		}
		r, err := compileResource(n.text, p.variables)
		if err != nil {
			return p.fail(n.offset, "%s", err)
		}
		s.resources = append(s.resources, r)
	}
	s.notResource = m.name == "NotResource"
	return nil
}

// pattern checks the variables of a string that may have some.
func (p *parser) pattern(n node) error {
	if !p.variables {
		if strings.Contains(n.text, "${") {
			p.warn("%s: version 2008-10-17 has no policy variables, ${ is taken literally", quote(n.text))
		}
		return nil
	}
	if err := checkVariables(n.text); err != nil {
		return p.fail(n.offset, "%s", err)
	}
	for _, t := range lex(n.text, true, true) {
		if t.op == opVar && t.key.id == keyUnknown && !strings.HasPrefix(t.text, "AWS::") {
			p.warn("policy variable %s is not known and never has a value", printable("${"+t.text+"}"))
		}
	}
	return nil
}

func (p *parser) conditions(s *statement, block node) error {
	if block.kind != nodeObject {
		return p.fail(block.offset, "Condition is an object of operators; got %s", block.kind)
	}
	for _, m := range block.members {
		empty, err := newCondition(m.name)
		if err != nil {
			return p.fail(m.offset, "%s", err)
		}
		if m.value.kind != nodeObject || len(m.value.members) == 0 {
			return p.fail(m.value.offset, "%s is an object of condition keys; got %s", m.name, m.value.kind)
		}
		for _, of := range m.value.members {
			q := empty
			if err := p.condition(&q, of); err != nil {
				return err
			}
			s.conditions = append(s.conditions, q)
		}
	}
	return nil
}

func (p *parser) condition(q *condition, m member) error {
	var known bool
	q.keyName = m.name
	if q.key, known = parseKey(m.name); !known {
		p.warn("condition key %s is not known and never has a value", quote(m.name))
	}
	list := []node{m.value}
	if m.value.kind == nodeArray {
		// An empty list is right: ForAllValues with [] is met by a request
		// without values.
		list = m.value.items
	}
	for _, n := range list {
		if n.kind != nodeString && n.kind != nodeBool && n.kind != nodeNumber {
			return p.fail(n.offset, "%s %s must be a string or a list of strings; got %s", q.operator, printable(m.name), n.kind)
		}
		if err := p.pattern(n); err != nil {
			return err
		}
		if err := q.add(n.text, p.variables); err != nil {
			return p.fail(n.offset, "%s", err)
		}
	}
	return nil
}

// strings returns the strings of a value that is one or a list of them.
func (p *parser) strings(name string, n node) ([]node, error) {
	list := []node{n}
	if n.kind == nodeArray {
		list = n.items
	}
	if len(list) == 0 {
		return nil, p.fail(n.offset, "%s is empty", name)
	}
	for _, item := range list {
		if item.kind != nodeString {
			return nil, p.fail(item.offset, "%s must be a string or a list of strings; got %s", name, item.kind)
		}
	}
	return list, nil
}

// member returns the value of a member of an object, nil without one.
func (n *node) member(name string) *node {
	for i := range n.members {
		if n.members[i].name == name {
			return &n.members[i].value
		}
	}
	return nil
}

// warnKinds warns of a resource type that the statement's actions do not know.
func (p *parser) warnKinds(s *statement) {
	if s.notResource || s.actions == 0 {
		return
	}
	for i := range s.resources {
		r := &s.resources[i]
		if r.kind == kindNone || r.all || len(r.whole) > 0 && !r.colon {
			continue
		}
		useful := false
		for a := Connect; a.valid(); a++ {
			useful = useful || s.actions.has(a) && a.kind() == r.kind
		}
		if !useful {
			p.warn("%s has no effect: %s", printable(r.source), judgedOn(s.actions))
		}
	}
}

// judgedOn says on which resource type each action is judged.
func judgedOn(set actionSet) string {
	var out []string
	for a := Connect; a.valid(); a++ {
		if set.has(a) {
			out = append(out, a.String()+" is judged on "+resourceText(a.kind(), "…"))
		}
	}
	return strings.Join(out, ", ")
}
