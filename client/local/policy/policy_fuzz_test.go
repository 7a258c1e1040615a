package policy

import (
	"net/netip"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzPolicy looks for panics, for documents that allow what nothing in them
// allows, and for answers that depend on the order of the policies.
func FuzzPolicy(f *testing.F) {
	f.Add(document(allow("iot:*", "topic/${iot:ClientId}/*")), "c", "c/a")
	f.Add(document(deny("*", "topic*")+","+allow("iot:Sub*", "*:topicfilter/?/#")), "*", "x:topicfilter/a/#")
	f.Add(document(allowIf("iot:Connect", "client/${iot:Certificate.Subject.CommonName.List}", `{"ForAllValues:StringNotLikeIfExists":{"iot:ConnectAttributes":["${iot:ClientId}*"]},"NotIpAddress":{"aws:SourceIp":"::/0"}}`)), "c", "c")
	f.Add(document(`{"Effect":"Allow","NotAction":"iot:Get*","NotResource":"arn:*:${*}/"}`), "", "")
	open := &Document{statements: []statement{{number: 1, actions: allActions, resources: []resource{{source: "*", all: true}}}}}
	f.Fuzz(func(t *testing.T, text, client, name string) {
		doc, err := Parse([]byte(text))
		if err != nil {
			if doc != nil || !showable(err.Error()) {
				t.Fatalf("got %v, %q", doc, err)
			}
			return
		}
		for _, w := range doc.Warnings() {
			if !showable(w) {
				t.Fatalf("warning is not for a terminal: %q", w)
			}
		}
		c := &Context{ClientID: client, ThingName: client, SourceIP: netip.IPv6Loopback(), ConnectAttributes: []string{LastWill}, LastWillTopic: name,
			Certificate: map[string][]string{"Subject.CommonName": {client, name}}}
		for a := Connect; a.valid(); a++ {
			r := Request{a, name, c}
			d := Evaluate([]*Document{doc}, r)
			if d.Allowed && !d.Explicit() || d.Allowed && doc.statements[d.Statement-1].deny {
				t.Fatalf("allowed by nothing: %+v", d)
			}
			both := Evaluate([]*Document{doc, open}, r).Allowed
			if both != Evaluate([]*Document{open, doc}, r).Allowed || d.Allowed && !both || both == (d.Explicit() && !d.Allowed) {
				t.Fatalf("%v, with an open policy %v", d, both)
			}
			if s := d.Reason(); !showable(s) {
				t.Fatalf("reason is not for a terminal: %q", s)
			}
		}
	})
}

// showable reports whether a terminal can be given s.
func showable(s string) bool {
	return s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// FuzzGlob compares the matcher with a plain recursive one.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*??*é", "日本é")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 24 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		p := newPattern(pattern, lex(pattern, false, true))
		if got, want := p.match(s, nil), slowMatch([]rune(pattern), []rune(s)); got != want {
			t.Fatalf("%q against %q: got %v; want %v", pattern, s, got, want)
		}
	})
}

func slowMatch(pattern, s []rune) bool {
	if len(pattern) == 0 {
		return len(s) == 0
	}
	if pattern[0] == '*' {
		return slowMatch(pattern[1:], s) || len(s) > 0 && slowMatch(pattern, s[1:])
	}
	return len(s) > 0 && (pattern[0] == '?' || pattern[0] == s[0]) && slowMatch(pattern[1:], s[1:])
}
