package casetest

import (
	"crypto/rand"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// Message is an answer as a client got it.
type Message struct {
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
}

// Client is one client of the service, used by one case at a time. Its methods end the test when they fail.
type Client interface {
	// Subscribe subscribes at QoS 1 to the eight answers of each shadow whose prefix is given, and returns when that is done.
	Subscribe(prefixes []string)
	// Publish publishes a request at QoS 1.
	Publish(topic string, payload []byte)
	// Receive returns the next answer in the order of arrival. It waits for it at most the given time.
	Receive(wait time.Duration) (Message, bool)
	// Settle returns when every answer that was caused so far can be received at once. Where order is kept, a message to oneself
	// proves that; elsewhere it takes a quiet time.
	Settle()
	// Advance lets seconds pass.
	Advance(seconds int64)
	// HTTP sends a request to the HTTPS data plane; the request's URL has only path and query. The answer's body need not be
	// closed. It is not called for cases without HTTP.
	HTTP(r *http.Request) *http.Response
}

// Run runs every case as a subtest, on a fresh thing and with a client of its own from open. Cases that move the clock run one
// after the other, and the rest after them, in parallel. wait is how long an expected message may take.
func Run(t *testing.T, cases []Case, wait time.Duration, open func(t *testing.T) Client) {
	for _, c := range cases {
		for _, kind := range c.Shadows {
			t.Run(c.ID+"/"+kind, func(t *testing.T) {
				if !c.Moves() {
					t.Parallel()
				}
				run(t, c, kind, wait, open(t))
			})
		}
	}
}

type runner struct {
	t      *testing.T
	client Client
	wait   time.Duration
	thing  string
	named  string // the shadow of a case that is not explicit
	match  matcher
}

func run(t *testing.T, c Case, kind string, wait time.Duration, client Client) {
	r := &runner{t: t, client: client, wait: wait, thing: "case-" + rand.Text()}
	r.match.saved = map[string]*big.Rat{}
	if kind == "named" {
		r.named = "panel"
	}
	var prefixes []string
	for _, s := range c.Steps {
		if p := r.prefix(r.target(s)); !slices.Contains(prefixes, p) {
			prefixes = append(prefixes, p)
		}
	}
	client.Subscribe(prefixes)
	for i, s := range c.Steps {
		if s.Advance > 0 {
			client.Advance(s.Advance)
		}
		if !r.step(i+1, s) {
			t.Logf("case %s (%s): %s %s", c.ID, strings.Join(c.Rules, " "), c.About, c.Note)
			return
		}
	}
}

// target returns the name of the shadow that a step is about, "" for the classic one.
func (r *runner) target(s Step) string {
	explicit := (*string)(nil)
	if s.Send != nil {
		explicit = s.Send.Shadow
	} else if s.HTTP != nil {
		explicit = s.HTTP.Shadow
	}
	if explicit != nil {
		return *explicit
	}
	return r.named
}

func (r *runner) prefix(shadow string) string {
	if shadow == "" {
		return "$aws/things/" + r.thing + "/shadow"
	}
	return "$aws/things/" + r.thing + "/shadow/name/" + shadow
}

// step does one step and reports whether it went as it should.
func (r *runner) step(n int, s Step) bool {
	r.t.Helper()
	shadow := r.target(s)
	if s.Send != nil {
		b, err := payload(s.Send.Payload)
		if err != nil {
			r.t.Fatalf("step %d: payload: %v", n, err)
		}
		r.client.Publish(r.prefix(shadow)+"/"+s.Send.Suffix, b)
	}
	ok := s.HTTP == nil || r.http(n, s, shadow)
	got := r.collect(s, r.prefix(shadow))
	for _, e := range s.Expect {
		ok = r.expect(n, e, got[e.Suffix], shadow) && ok
	}
	for _, suffix := range s.ExpectNone {
		for _, m := range got[suffix] {
			r.t.Errorf("step %d: got %s %s; want none", n, m.Topic, m.Payload)
			ok = false
		}
	}
	return ok
}

// collect returns the messages that a step causes, by the suffixes of their topics.
func (r *runner) collect(s Step, prefix string) map[string][]Message {
	r.t.Helper()
	missing := map[string]bool{}
	for _, e := range s.Expect {
		missing[e.Suffix] = true
	}
	got := map[string][]Message{}
	deadline, settled := time.Now().Add(r.wait), false
	for {
		if len(missing) == 0 && !settled {
			r.client.Settle()
			deadline, settled = time.Now(), true
		}
		m, ok := r.client.Receive(time.Until(deadline))
		if !ok {
			return got
		}
		suffix, ok := strings.CutPrefix(m.Topic, prefix+"/")
		if !ok {
			r.t.Errorf("got a message on %s; want none but under %s", m.Topic, prefix)
		}
		if m.QoS != 1 || m.Retain {
			r.t.Errorf("%s: got QoS %d, retain %t; want 1, false", m.Topic, m.QoS, m.Retain)
		}
		got[suffix] = append(got[suffix], m)
		delete(missing, suffix)
	}
}

func (r *runner) expect(n int, e Expect, got []Message, shadow string) bool {
	r.t.Helper()
	if len(got) != 1 {
		r.t.Errorf("step %d: got %d messages on %s; want 1", n, len(got), e.Suffix)
		return false
	}
	if bad := r.compare(e.Payload, got[0].Payload, e.Absent, shadow); bad != "" {
		r.t.Errorf("step %d: %s: %s\n%s", n, e.Suffix, bad, got[0].Payload)
		return false
	}
	return true
}

// compare matches a JSON text with a pattern; it returns what is wrong.
func (r *runner) compare(pattern, text []byte, absent []string, shadow string) string {
	p, err := decode(pattern)
	if err != nil {
		return "pattern: " + err.Error()
	}
	v, err := decode(text)
	if err != nil {
		return err.Error()
	}
	display := shadow
	if display == "" {
		display = r.thing
	}
	names := strings.NewReplacer("${thing}", r.thing, "${shadow}", shadow, "${display}", display)
	if bad := r.match.match(expand(p, names), v, false, ""); bad != "" {
		return bad
	}
	for _, pointer := range absent {
		if exists(v, pointer) {
			return pointer + ": want it absent"
		}
	}
	return ""
}

func (r *runner) http(n int, s Step, shadow string) bool {
	r.t.Helper()
	body, err := payload(s.HTTP.Body)
	if err != nil {
		r.t.Fatalf("step %d: body: %v", n, err)
	}
	method, path := s.HTTP.Method, "/things/"+url.PathEscape(r.thing)+"/shadow"
	query := url.Values{}
	if method == "LIST" {
		method, path = http.MethodGet, "/api/things/shadow/ListNamedShadowsForThing/"+url.PathEscape(r.thing)
	} else if shadow != "" {
		query.Set("name", shadow)
	}
	target := path + "?" + strings.Trim(query.Encode()+"&"+s.HTTP.Query, "&")
	req, err := http.NewRequest(method, target, strings.NewReader(string(body)))
	if err != nil {
		r.t.Fatalf("step %d: %v", n, err)
	}
	resp := r.client.HTTP(req)
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		r.t.Errorf("step %d: read answer: %v", n, err)
		return false
	}
	return s.ExpectHTTP == nil || r.answer(n, *s.ExpectHTTP, resp, text, shadow)
}

func (r *runner) answer(n int, want ExpectHTTP, resp *http.Response, text []byte, shadow string) bool {
	r.t.Helper()
	kind, _, _ := strings.Cut(resp.Header.Get("x-amzn-ErrorType"), ":")
	if resp.StatusCode != want.Status || kind != want.ErrorType {
		r.t.Errorf("step %d: got %d %s; want %d %s\n%s", n, resp.StatusCode, kind, want.Status, want.ErrorType, text)
		return false
	}
	if len(want.Body) == 0 {
		return true
	}
	if bad := r.compare(want.Body, text, nil, shadow); bad != "" {
		r.t.Errorf("step %d: answer: %s\n%s", n, bad, text)
		return false
	}
	return true
}
