package local

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/client/local/broker"
)

// pageSize is the length of a page of retained messages, at most and by default.
const pageSize = 200

// apiError is a refusal of the data plane, with AWS's name for it.
type apiError struct {
	status int
	name   string
	text   string
}

func (e *apiError) Error() string { return e.text }

func invalid(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, "InvalidRequestException", fmt.Sprintf(format, args...)}
}

func notFound(text string) error {
	return &apiError{http.StatusNotFound, "ResourceNotFoundException", text}
}

// dataPlane answers the HTTPS data plane's paths for publishing, retained messages and connections; the control plane's
// go to the registry and the rest to Options.HTTP.
func (s *Server) dataPlane() http.Handler {
	rest := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, notFound("Not found"))
	}))
	if s.opt.HTTP != nil {
		rest = s.opt.HTTP(s)
	}
	rest = s.controlPlane(rest)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		do, name := s.operation(r)
		if err := s.permit(r, name); err != nil {
			refuse(w, submitError(err))
			return
		}
		if do == nil {
			rest.ServeHTTP(w, r)
			return
		}
		body, err := do(r, name)
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
}

// controlPlane answers the control plane's paths, but neither for devices, which must not give themselves rights, nor for
// web pages from elsewhere.
func (s *Server) controlPlane(rest http.Handler) http.Handler {
	all := s.registry.Handler(rest)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if certificate(r) == nil && localOrigin(r) {
			all.ServeHTTP(w, r)
			return
		}
		rest.ServeHTTP(w, r)
	})
}

type operation func(r *http.Request, name string) (body []byte, err error)

// operation finds what a request asks for. Names come with their slashes, so the paths are not left to a ServeMux, which
// would redirect a topic with an empty level.
func (s *Server) operation(r *http.Request) (operation, string) {
	for _, o := range []struct {
		prefix, method string
		do             operation
	}{
		{"/topics/", http.MethodPost, s.httpPublish},
		{"/retainedMessage/", http.MethodGet, s.httpRetained},
		{"/retainedMessage", http.MethodGet, s.httpRetainedList},
		{"/connections/", http.MethodDelete, s.httpDisconnect},
		{"/_thingdeck/clock", http.MethodPost, s.httpClock},
	} {
		name, ok := strings.CutPrefix(r.URL.Path, o.prefix)
		if !ok || strings.HasSuffix(o.prefix, "/") == (name == "") {
			continue
		}
		if r.Method != o.method {
			return notAllowed, ""
		}
		return o.do, name
	}
	return nil, ""
}

func notAllowed(*http.Request, string) ([]byte, error) {
	return nil, &apiError{http.StatusMethodNotAllowed, "MethodNotAllowedException", "Method not allowed"}
}

// refuse writes an error as the AWS SDKs read it.
func refuse(w http.ResponseWriter, err error) {
	e := &apiError{http.StatusInternalServerError, "InternalFailureException", err.Error()}
	_ = errors.As(err, &e)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-ErrorType", e.name)
	w.WriteHeader(e.status)
	b, _ := json.Marshal(map[string]string{"message": e.text, "traceId": broker.NewID()}) // strings: cannot fail
	_, _ = w.Write(b)
}

// httpPublish is Publish: POST /topics/TOPIC.
func (s *Server) httpPublish(r *http.Request, topic string) ([]byte, error) {
	m := &Message{Topic: topic}
	if err := publishQuery(r, m); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, broker.MostTaken+1))
	if err != nil {
		return nil, invalid("the body could not be read")
	}
	m.Payload = body
	if expiry := r.URL.Query().Get("messageExpiry"); expiry != "" {
		n, err := strconv.ParseInt(expiry, 10, 64)
		if err != nil || n < 0 {
			return nil, invalid("messageExpiry: not a number of seconds")
		}
		if n > 0 {
			m.Expires = s.opt.Now().Add(broker.ClampExpiry(n))
		}
	}
	if err := s.broker.Submit(m, certificate(r)); err != nil {
		return nil, submitError(err)
	}
	return json.Marshal(map[string]string{"message": "OK", "traceId": broker.NewID()})
}

func submitError(err error) error {
	switch {
	case errors.Is(err, broker.ErrForbidden):
		return &apiError{http.StatusForbidden, "ForbiddenException", err.Error()}
	case errors.Is(err, broker.ErrPayload):
		return &apiError{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", err.Error()}
	case errors.Is(err, broker.ErrInvalid):
		return invalid("%v", err)
	}
	return err
}

// publishQuery reads the query and the MQTT 5 headers of a publish.
func publishQuery(r *http.Request, m *Message) error {
	q := r.URL.Query()
	switch q.Get("qos") {
	case "", "0":
	case "1":
		m.QoS = 1
	default:
		return invalid("qos: 0 or 1")
	}
	if retain := q.Get("retain"); retain != "" {
		v, err := strconv.ParseBool(retain)
		if err != nil {
			return invalid("retain: true or false")
		}
		m.Retain = v
	}
	p := &broker.Properties{ContentType: q.Get("contentType"), ResponseTopic: q.Get("responseTopic")}
	switch r.Header.Get("x-amz-mqtt5-payload-format-indicator") {
	case "":
	case "UNSPECIFIED_BYTES":
		p.HasFormat = true
	case "UTF8_DATA":
		p.HasFormat, p.PayloadFormat = true, 1
	default:
		return invalid("payload format indicator: UNSPECIFIED_BYTES or UTF8_DATA")
	}
	data, err := base64.StdEncoding.DecodeString(r.Header.Get("x-amz-mqtt5-correlation-data"))
	if err != nil {
		return invalid("correlation data: not base64")
	}
	p.CorrelationData = data
	if p.User, err = userProperties(r.Header.Get("x-amz-mqtt5-user-properties")); err != nil {
		return err
	}
	m.Properties = p
	return nil
}

// userProperties reads base64 of a JSON array of objects with one pair each.
func userProperties(header string) ([]broker.UserProperty, error) {
	if header == "" {
		return nil, nil
	}
	b, err := base64.StdEncoding.DecodeString(header)
	if err != nil {
		return nil, invalid("user properties: not base64")
	}
	var pairs []map[string]string
	if err := json.Unmarshal(b, &pairs); err != nil {
		return nil, invalid("user properties: not a JSON array of objects of strings")
	}
	var out []broker.UserProperty
	for _, pair := range pairs {
		if len(pair) != 1 {
			return nil, invalid("user properties: one pair an object")
		}
		for k, v := range pair {
			out = append(out, broker.UserProperty{Key: k, Value: v})
		}
	}
	return out, nil
}

// retainedJSON is a retained message in an answer.
type retainedJSON struct {
	Topic      string  `json:"topic"`
	Payload    *[]byte `json:"payload,omitempty"`
	Size       *int    `json:"payloadSize,omitempty"`
	QoS        byte    `json:"qos"`
	Modified   int64   `json:"lastModifiedTime"` // milliseconds
	Properties []byte  `json:"userProperties,omitempty"`
}

// httpRetained is GetRetainedMessage.
func (s *Server) httpRetained(_ *http.Request, topic string) ([]byte, error) {
	m, ok := s.broker.RetainedOn(topic)
	if !ok {
		return nil, notFound("No retained message exists on topic: '" + topic + "'")
	}
	out := retainedJSON{Topic: topic, Payload: &m.Message.Payload, QoS: m.Message.QoS, Modified: m.Modified.UnixMilli()}
	if p := m.Message.Properties; p != nil && len(p.User) > 0 {
		pairs := make([]map[string]string, len(p.User))
		for i, u := range p.User {
			pairs[i] = map[string]string{u.Key: u.Value}
		}
		b, err := json.Marshal(pairs)
		if err != nil {
			return nil, err
		}
		out.Properties = b
	}
	return json.Marshal(out)
}

// httpRetainedList is ListRetainedMessages. The token of the next page is the last topic of this one.
func (s *Server) httpRetainedList(r *http.Request, _ string) ([]byte, error) {
	size := pageSize
	if text := r.URL.Query().Get("maxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > pageSize {
			return nil, invalid("maxResults: 1 to %d", pageSize)
		}
		size = n
	}
	after, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("nextToken"))
	if err != nil {
		return nil, invalid("Invalid nextToken")
	}
	all := s.broker.Retained()
	from, found := slices.BinarySearchFunc(all, string(after), func(m broker.RetainedMessage, t string) int {
		return strings.Compare(m.Message.Topic, t)
	})
	if found {
		from++
	}
	page := all[from:min(len(all), from+size)]
	out := struct {
		Topics []retainedJSON `json:"retainedTopics"`
		Next   string         `json:"nextToken,omitempty"`
	}{Topics: make([]retainedJSON, len(page))}
	for i, m := range page {
		size := len(m.Message.Payload)
		out.Topics[i] = retainedJSON{Topic: m.Message.Topic, Size: &size, QoS: m.Message.QoS, Modified: m.Modified.UnixMilli()}
	}
	if from+len(page) < len(all) {
		out.Next = base64.RawURLEncoding.EncodeToString([]byte(page[len(page)-1].Message.Topic))
	}
	return json.Marshal(out)
}

// httpDisconnect is DeleteConnection.
func (s *Server) httpDisconnect(r *http.Request, clientID string) ([]byte, error) {
	clean, noWill := r.URL.Query().Get("cleanSession") == "true", r.URL.Query().Get("preventWillMessage") == "true"
	if !s.broker.Disconnect(clientID, clean, noWill) {
		return nil, notFound("No connection exists with client ID: '" + clientID + "'")
	}
	return []byte("{}"), nil
}

// httpClock moves the clock of a test.
func (s *Server) httpClock(r *http.Request, _ string) ([]byte, error) {
	if s.opt.Clock == nil {
		return nil, notFound("the clock cannot be moved: start with --test-clock")
	}
	seconds, err := strconv.ParseInt(r.URL.Query().Get("seconds"), 10, 32)
	if err != nil || seconds < 0 {
		return nil, invalid("seconds: a number that is not negative")
	}
	s.opt.Clock.Advance(time.Duration(seconds) * time.Second)
	return json.Marshal(map[string]int64{"timestamp": s.opt.Now().Unix()})
}
