// Package casetest runs the conformance cases of the Device Shadow service against whatever answers them: the engine itself,
// or a broker reached over MQTT. The format of the cases is described in their own file, under "about".
package casetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Case is one conformance case.
type Case struct {
	ID      string
	Rules   []string
	About   string
	Note    string
	Shadows []string // "classic", "named": on which shadow to run it; "explicit": each step says
	Steps   []Step
}

// Step is one thing to do and what must come of it.
type Step struct {
	Advance    int64 `json:"advance_s"`
	Send       *Send
	HTTP       *HTTP
	Expect     []Expect
	ExpectNone []string    `json:"expect_none"`
	ExpectHTTP *ExpectHTTP `json:"expect_http"`
}

// Send is a message to publish.
type Send struct {
	Suffix  string `json:"topic_suffix"`
	Payload json.RawMessage
	Shadow  *string // of an explicit case; nil is the classic shadow
}

// HTTP is a request of the HTTPS data plane. Method LIST asks for the names of shadows.
type HTTP struct {
	Method string
	Body   json.RawMessage
	Shadow *string
	Query  string // added to the query as it is
}

// Expect is a message that must come, once.
type Expect struct {
	Suffix  string `json:"topic_suffix"`
	Payload json.RawMessage
	Absent  []string
}

// ExpectHTTP is the answer to a request.
type ExpectHTTP struct {
	Status    int
	ErrorType string `json:"error_type"`
	Body      json.RawMessage
}

// Moves reports whether the case moves the clock, so that others cannot run beside it on one service.
func (c Case) Moves() bool {
	for _, s := range c.Steps {
		if s.Advance > 0 {
			return true
		}
	}
	return false
}

// Load reads the cases and the cases for the HTTPS data plane from a file.
func Load(file string) (cases, rest []Case, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	var all struct {
		Cases []Case `json:"cases"`
		Rest  []Case `json:"rest_cases"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", file, err)
	}
	return all.Cases, all.Rest, nil
}

// payload returns the bytes that a payload in a case stands for.
func payload(spec json.RawMessage) ([]byte, error) {
	if len(spec) == 0 {
		return nil, nil
	}
	var raw struct {
		Raw    *string `json:"raw"`
		Base64 *[]byte `json:"raw_base64"`
	}
	if one, err := decode(spec); err != nil {
		return nil, err
	} else if m, ok := one.(map[string]any); ok && len(m) == 1 && json.Unmarshal(spec, &raw) == nil {
		if raw.Raw != nil {
			return []byte(*raw.Raw), nil
		}
		if raw.Base64 != nil {
			return *raw.Base64, nil
		}
	}
	if !bytes.Contains(spec, []byte(`"$repeat"`)) {
		var b bytes.Buffer
		err := json.Compact(&b, spec)
		return b.Bytes(), err
	}
	v, err := decode(spec)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(expand(v, nil))
	return bytes.TrimSpace(b.Bytes()), err
}

// decode reads JSON with its numbers as they are written.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

// expand replaces {"$repeat":...} by what it stands for, and the names in strings.
func expand(v any, names *strings.Replacer) any {
	switch v := v.(type) {
	case map[string]any:
		if r, ok := v["$repeat"].(map[string]any); ok && len(v) == 1 {
			n, _ := r["n"].(json.Number).Int64()
			return strings.Repeat(r["s"].(string), int(n))
		}
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = expand(e, names)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = expand(e, names)
		}
		return l
	case string:
		if names != nil {
			return names.Replace(v)
		}
	}
	return v
}
