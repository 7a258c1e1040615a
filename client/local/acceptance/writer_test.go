package acceptance

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// shadowWriter updates a shadow and deletes it now and then.
type shadowWriter struct {
	prefix  string
	sent    int // number of the last change that was sent
	acked   int // and of the last one that was acknowledged
	version int // the shadow's, with the last acknowledged change
	total   int
}

// deletes tells which changes are deletions.
func (w *shadowWriter) deletes(n int) bool { return n%17 == 0 } // 0: there is no shadow yet

func (w *shadowWriter) changes() int { return w.total }

// answer is what the tests read of an answer of the shadow service.
type answer struct {
	ClientToken string
	Version     int
	Code        int
	State       struct{ Reported struct{ A, B int } }
}

func (w *shadowWriter) run(c *testClient) {
	answers := make(chan mqtt.Message, 100)
	filters := map[string]byte{}
	for _, suffix := range []string{"/update/accepted", "/update/rejected", "/delete/accepted", "/delete/rejected"} {
		filters[w.prefix+suffix] = 1
	}
	token := c.SubscribeMultiple(filters, func(_ mqtt.Client, m mqtt.Message) { answers <- m })
	if !token.WaitTimeout(patience) || token.Error() != nil {
		return // killed so early
	}
	for n := w.sent + 1; ; n++ {
		w.sent = n
		topic, payload := w.prefix+"/update", fmt.Sprintf(`{"state":{"reported":{"a":%d,"b":%[1]d}},"clientToken":"%[1]d"}`, n)
		if w.deletes(n) {
			topic, payload = w.prefix+"/delete", fmt.Sprintf(`{"clientToken":"%d"}`, n)
		}
		c.Publish(topic, 1, false, payload)
		select {
		case <-c.gone:
			return
		case m := <-answers:
			if !w.note(c, topic, m) {
				return
			}
		case <-time.After(patience):
			c.t.Errorf("%s: change %d: no answer", w.prefix, n)
			return
		}
	}
}

// note remembers an acknowledgement; the version must have gone on.
func (w *shadowWriter) note(c *testClient, topic string, m mqtt.Message) bool {
	var a answer
	err := json.Unmarshal(m.Payload(), &a)
	grown := a.Version > w.version || w.deletes(w.sent) && a.Version == w.version
	if err != nil || m.Topic() != topic+"/accepted" || a.ClientToken != fmt.Sprint(w.sent) || !grown {
		c.t.Errorf("change %d at version %d: got %s %s; want it accepted with a higher version", w.sent, w.version, m.Topic(), m.Payload())
		return false
	}
	w.acked, w.version = w.sent, a.Version
	w.total++
	return true
}

// check gets the shadow: either as the last acknowledged change left it or as the one after that did.
func (w *shadowWriter) check(c *testClient, _ *server) {
	c.t.Helper()
	c.subscribe(w.prefix + "/get/+")
	c.publish(w.prefix+"/get", "")
	m := c.receive()
	var got answer
	if err := json.Unmarshal(m.Payload(), &got); err != nil {
		c.t.Errorf("%s: %v: %s", m.Topic(), err, m.Payload())
		return
	}
	state, found := got.State.Reported, w.acked
	if m.Topic() == w.prefix+"/get/rejected" && w.deletes(w.sent) || state.A == w.sent {
		found = w.sent
	}
	ok := got.Version == w.version
	if found != w.acked {
		ok = got.Version > w.version
	}
	if w.deletes(found) {
		ok = got.Code == http.StatusNotFound
	}
	if !w.deletes(found) && state.A != found || state.A != state.B || !ok {
		c.t.Errorf("%s: got %s %s; want change %d (acknowledged with version %d) or %d", w.prefix, m.Topic(), m.Payload(), w.acked, w.version, w.sent)
	}
	w.sent, w.acked, w.version = found, found, max(w.version, got.Version)
}

// retainedWriter publishes retained messages on a topic and clears it now and then.
type retainedWriter struct {
	topic       string
	sent, acked int // numbers of changes
	total       int
}

func (w *retainedWriter) changes() int { return w.total }

// payload of a change is its number, or nothing to clear the topic.
func (w *retainedWriter) payload(n int) string { // 0: nothing was published yet
	if n%7 == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func (w *retainedWriter) run(c *testClient) {
	for n := w.sent + 1; ; n++ {
		w.sent = n
		token := c.Publish(w.topic, 1, true, w.payload(n))
		select {
		case <-c.gone:
			return
		case <-token.Done():
			if token.Error() != nil {
				return // paho ends the tokens of a lost connection with an error
			}
			w.acked = n
			w.total++
		case <-time.After(patience):
			c.t.Errorf("%s: change %d: no PUBACK", w.topic, n)
			return
		}
	}
}

// check reads the topic: the last acknowledged change, or the one after that.
func (w *retainedWriter) check(c *testClient, s *server) {
	c.t.Helper()
	resp, err := http.Get(s.url("http") + "/retainedMessage/" + url.PathEscape(w.topic))
	if err != nil {
		c.t.Error(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Error(err)
		return
	}
	var got struct{ Payload []byte }
	err = json.Unmarshal(body, &got)
	text, found, status := string(got.Payload), w.acked, http.StatusOK
	if text == w.payload(w.sent) {
		found = w.sent
	}
	if text == "" {
		status = http.StatusNotFound
	}
	if err != nil || text != w.payload(found) || resp.StatusCode != status {
		c.t.Errorf("%s: got %s %s; want change %d (acknowledged) or %d", w.topic, resp.Status, body, w.acked, w.sent)
	}
	w.sent, w.acked = found, found
}
