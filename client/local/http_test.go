package local

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"example.com/thingdeck/client/local/policy"
)

// call makes a request and returns status, error type and the JSON body.
func call(t *testing.T, s *Server, method, path, body string, header ...string) (int, string, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(method, s.Listeners()[1]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	c := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatalf("%s %s: body %q: %v", method, path, b, err)
	}
	return resp.StatusCode, resp.Header.Get("x-amzn-ErrorType"), doc
}

func startHTTP(t *testing.T, opt Options) *Server {
	opt.HTTPListen, opt.Strict = "127.0.0.1:0", true
	return start(t, opt)
}

func TestPublishOverHTTP(t *testing.T) {
	s := startHTTP(t, Options{})
	d := dial(t, s, "d")
	d.subscribe("#")
	for i, topic := range []string{"a/b", "a//b", "/lead", "a/../b", "%2F", "ü", "a b", "a/", "a?b"} {
		escaped := url.QueryEscape(topic)
		status, _, doc := call(t, s, "POST", "/topics/"+strings.ReplaceAll(escaped, "+", "%20")+"?qos=1", fmt.Sprint(i))
		if status != 200 || doc["message"] != "OK" {
			t.Errorf("%s: got %d %v; want 200", topic, status, doc)
			continue
		}
		if m := d.next(); m.Topic() != topic || string(m.Payload()) != fmt.Sprint(i) || m.Qos() != 1 {
			t.Errorf("got %s %q QoS %d; want %s", m.Topic(), m.Payload(), m.Qos(), topic)
		}
	}
	call(t, s, "POST", "/topics/plain/path", "x") // as curl users write it
	if m := d.next(); m.Topic() != "plain/path" || m.Qos() != 0 {
		t.Errorf("got %s QoS %d; want plain/path QoS 0", m.Topic(), m.Qos())
	}
}

func TestHTTPRefusals(t *testing.T) {
	s := startHTTP(t, Options{})
	for name, tt := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		errorType          string
	}{
		"topic too long":     {"POST", "/topics/" + strings.Repeat("x", 257), "", nil, 400, "InvalidRequestException"},
		"wildcard":           {"POST", "/topics/a%2F%23", "", nil, 400, "InvalidRequestException"},
		"reserved":           {"POST", "/topics/%24SYS%2Fx", "", nil, 400, "InvalidRequestException"},
		"retained shadow":    {"POST", "/topics/%24aws%2Fthings%2FT%2Fshadow%2Fget?retain=true", "", nil, 400, "InvalidRequestException"},
		"QoS 2":              {"POST", "/topics/a?qos=2", "", nil, 400, "InvalidRequestException"},
		"retain":             {"POST", "/topics/a?retain=maybe", "", nil, 400, "InvalidRequestException"},
		"expiry":             {"POST", "/topics/a?messageExpiry=soon", "", nil, 400, "InvalidRequestException"},
		"user properties":    {"POST", "/topics/a", "", []string{"x-amz-mqtt5-user-properties", "e30="}, 400, "InvalidRequestException"},
		"payload too large":  {"POST", "/topics/a", strings.Repeat("x", 128<<10+1), nil, 413, "RequestEntityTooLargeException"},
		"method":             {"PUT", "/topics/a", "", nil, 405, "MethodNotAllowedException"},
		"nothing retained":   {"GET", "/retainedMessage/none", "", nil, 404, "ResourceNotFoundException"},
		"page size":          {"GET", "/retainedMessage?maxResults=201", "", nil, 400, "InvalidRequestException"},
		"token":              {"GET", "/retainedMessage?nextToken=%21", "", nil, 400, "InvalidRequestException"},
		"nobody connected":   {"DELETE", "/connections/nobody", "", nil, 404, "ResourceNotFoundException"},
		"clock not for sale": {"POST", "/_thingdeck/clock?seconds=1", "", nil, 404, "ResourceNotFoundException"},
		"unknown path":       {"GET", "/nothing", "", nil, 404, "ResourceNotFoundException"},
	} {
		t.Run(name, func(t *testing.T) {
			status, errorType, doc := call(t, s, tt.method, tt.path, tt.body, tt.header...)
			if status != tt.status || errorType != tt.errorType || doc["message"] == "" {
				t.Errorf("got %d %s %v; want %d %s and a message", status, errorType, doc, tt.status, tt.errorType)
			}
		})
	}
}

func TestRetainedMessagesOverHTTP(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := startHTTP(t, Options{Now: func() time.Time { return at }})
	properties := base64.StdEncoding.EncodeToString([]byte(`[{"k":"v"}]`))
	for i := range 5 {
		call(t, s, "POST", fmt.Sprintf("/topics/t%%2F%d?qos=1&retain=true", i), "x\xff", "x-amz-mqtt5-user-properties", properties)
	}
	_, _, doc := call(t, s, "GET", "/retainedMessage/t%2F0", "")
	want := map[string]any{"topic": "t/0", "payload": "eP8=", "qos": 1.0, "lastModifiedTime": float64(at.UnixMilli()), "userProperties": properties}
	if fmt.Sprint(doc) != fmt.Sprint(want) {
		t.Errorf("got %v; want %v", doc, want)
	}
	var seen []string
	for path := "/retainedMessage?maxResults=2"; path != ""; {
		_, _, page := call(t, s, "GET", path, "")
		for _, m := range page["retainedTopics"].([]any) {
			entry := m.(map[string]any)
			seen = append(seen, fmt.Sprint(entry["topic"], " ", entry["payloadSize"]))
		}
		path = ""
		if next, ok := page["nextToken"].(string); ok {
			path = "/retainedMessage?maxResults=2&nextToken=" + next
		}
	}
	if got := strings.Join(seen, ","); got != "t/0 2,t/1 2,t/2 2,t/3 2,t/4 2" {
		t.Errorf("got %s; want all five on three pages", got)
	}
	call(t, s, "POST", "/topics/t%2F0?retain=true", "")
	if status, _, _ := call(t, s, "GET", "/retainedMessage/t%2F0", ""); status != 404 {
		t.Errorf("got %d after an empty one; want 404", status)
	}
}

func TestDeleteConnectionOverHTTP(t *testing.T) {
	s := startHTTP(t, Options{})
	lost := make(chan error, 1)
	dialWith(t, mqtt.NewClientOptions().AddBroker("tcp://"+s.Addr().String()).SetClientID("c/1").
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }))
	if status, _, _ := call(t, s, "DELETE", "/connections/c%2F1?cleanSession=true", ""); status != 200 {
		t.Errorf("got %d; want 200", status)
	}
	select {
	case <-lost:
	case <-time.After(patience):
		t.Error("the client is connected still")
	}
}

func TestClockMovesOverHTTP(t *testing.T) {
	clock := &Clock{}
	s := startHTTP(t, Options{Clock: clock})
	call(t, s, "POST", "/topics/a?retain=true&messageExpiry=60", "x")
	before := clock.Now()
	if status, _, _ := call(t, s, "POST", "/_thingdeck/clock?seconds=3600", ""); status != 200 {
		t.Fatalf("got %d; want 200", status)
	}
	if got := clock.Now().Sub(before); got < time.Hour || got > time.Hour+time.Minute {
		t.Errorf("the clock moved by %v; want an hour", got)
	}
	if status, _, _ := call(t, s, "GET", "/retainedMessage/a", ""); status != 404 {
		t.Errorf("got %d; want the message expired", status)
	}
}

func TestOtherPathsGoToTheGivenHandler(t *testing.T) {
	s := startHTTP(t, Options{HTTP: func(s *Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := s.Answer("answered", []byte(r.URL.Path)); err != nil {
				t.Error(err)
			}
			fmt.Fprint(w, `{"path":"`+r.URL.Path+`"}`)
		})
	}})
	d := dial(t, s, "d")
	d.subscribe("answered")
	if status, _, doc := call(t, s, "GET", "/things/T/shadow", ""); status != 200 || doc["path"] != "/things/T/shadow" {
		t.Errorf("got %d %v; want the handler's answer", status, doc)
	}
	if m := d.next(); string(m.Payload()) != "/things/T/shadow" || m.Qos() != 1 {
		t.Errorf("got %q; want the handler's message", m.Payload())
	}
}

func TestPolicyHoldsForHTTP(t *testing.T) {
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iot:GetThingShadow","Resource":"arn:aws:iot:*:*:thing/lamp"},
		{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:*:*:topic/open"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := startHTTP(t, Options{Authorize: Policies(doc), HTTP: func(*Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	}})
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/things/lamp/shadow", 200}, {"GET", "/things/lamp/shadow?name=n", 403}, {"POST", "/things/lamp/shadow", 403},
		{"DELETE", "/things/lamp/shadow", 403}, {"GET", "/things/other/shadow", 403}, {"POST", "/topics/open", 200},
		{"GET", "/api/things/shadow/ListNamedShadowsForThing/lamp", 403}, {"POST", "/topics/open?retain=true", 403},
		{"POST", "/topics/closed", 403}, {"GET", "/retainedMessage/open", 403}, {"GET", "/retainedMessage", 403},
	} {
		status, errorType, _ := call(t, s, tt.method, tt.path, "")
		if status != tt.status || (errorType == "ForbiddenException") != (status == 403) {
			t.Errorf("%s %s: got %d %s; want %d", tt.method, tt.path, status, errorType, tt.status)
		}
	}
}
