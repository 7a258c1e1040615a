package service

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"example.com/thingdeck/shadow"
)

// request is the payload of a request, checked.
type request struct {
	token   string
	tokened bool
	state   shadow.Value // of an update
	version string       // the literal; "" if not given
}

// refusal is a request that is not carried out, with its code and the text on the wire.
type refusal struct {
	code    int
	message string
}

var (
	notUTF8         = &refusal{415, "Unsupported documented encoding; supported encoding is UTF-8"}
	notJSON         = &refusal{400, "Payload contains invalid json"}
	noState         = &refusal{400, "Missing required node: state"}
	badState        = &refusal{400, "State node must be an object"}
	badDesired      = &refusal{400, "Desired node must be an object"}
	badReported     = &refusal{400, "Reported node must be an object"}
	badVersion      = &refusal{400, "Invalid version"}
	badToken        = &refusal{400, "Invalid clientToken"}
	versionConflict = &refusal{409, "Version conflict"}
	tooLarge        = &refusal{413, "The payload exceeds the maximum size allowed"}
	failure         = &refusal{500, "Internal service failure"}
)

func invalidNode(key string) *refusal {
	return &refusal{400, "State contains an invalid node: '" + key + "'"}
}

func tooDeep(depth int) *refusal {
	return &refusal{400, fmt.Sprintf("JSON contains too many levels of nesting; maximum is %d", depth)}
}

func notFound(name shadow.Name) *refusal {
	return &refusal{404, "No shadow exists with name: '" + name.Display() + "'"}
}

// parse checks everything about a request that does not depend on the shadow. A refused request still has its token, if that
// is valid.
func (o *operation) parse(payload []byte) *refusal {
	if !utf8.Valid(payload) {
		return notUTF8
	}
	if o.op != shadow.OpUpdate && len(bytes.TrimLeft(payload, " \t\r\n")) == 0 {
		return nil
	}
	// Deeper than any section may be: what is left out makes the nesting too deep, or is ignored.
	v, _, err := o.parser.Parse(o.depth+8, string(payload))
	if err != nil {
		return notJSON
	}
	bad := o.req.parseToken(v)
	if o.op == shadow.OpUpdate {
		bad = o.parseUpdate(v, &o.req, bad)
	}
	return bad
}

func (req *request) parseToken(v shadow.Value) *refusal {
	token, ok := v.Member("clientToken")
	if !ok {
		return nil
	}
	if token.Kind() != shadow.KindString || len(token.Text()) > 64 {
		return badToken
	}
	req.token, req.tokened = token.Text(), true
	return nil
}

// parseUpdate makes the checks in the order of S-104; token is what is wrong with the token.
func (s *Service) parseUpdate(v shadow.Value, req *request, token *refusal) *refusal {
	var ok bool
	if req.state, ok = v.Member("state"); !ok {
		return noState
	}
	if bad := checkState(req.state); bad != nil {
		return bad
	}
	if version, ok := v.Member("version"); ok {
		req.version = version.Text()
		if version.Kind() != shadow.KindNumber || strings.ContainsAny(req.version, "-.eE") {
			return badVersion
		}
	}
	if token != nil {
		return token
	}
	for _, section := range req.state.Members() {
		if deeper(section.Value, s.depth) {
			return tooDeep(s.depth)
		}
	}
	for _, section := range req.state.Members() {
		if key, found := nullElement(section.Key, section.Value); found {
			return invalidNode(key)
		}
	}
	return nil
}

func checkState(state shadow.Value) *refusal {
	if state.Kind() != shadow.KindObject && !state.IsNull() {
		return badState
	}
	for _, m := range state.Members() {
		if m.Key != "desired" && m.Key != "reported" {
			return invalidNode(m.Key)
		}
	}
	for _, m := range state.Members() {
		if m.Value.Kind() == shadow.KindObject || m.Value.IsNull() {
			continue
		}
		if m.Key == "desired" {
			return badDesired
		}
		return badReported
	}
	return nil
}

// deeper reports whether more than depth filled arrays and objects are nested in v, itself included.
func deeper(v shadow.Value, depth int) bool {
	if v.Len() == 0 {
		return false
	}
	if depth == 0 {
		return true
	}
	for _, m := range v.Members() {
		if deeper(m.Value, depth-1) {
			return true
		}
	}
	for _, e := range v.Elems() {
		if deeper(e, depth-1) {
			return true
		}
	}
	return false
}

// nullElement looks for a null in an array and returns the key that holds the array.
func nullElement(key string, v shadow.Value) (string, bool) {
	for _, m := range v.Members() {
		if k, found := nullElement(m.Key, m.Value); found {
			return k, true
		}
	}
	for _, e := range v.Elems() {
		if e.IsNull() {
			return key, true
		}
		if k, found := nullElement(key, e); found {
			return k, true
		}
	}
	return "", false
}
