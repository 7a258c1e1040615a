package service

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"example.com/thingdeck/shadow"
)

// maxBody is how much a request may send: what a broker takes.
const maxBody = 128 << 10

// errorTypes are the names of errors by status, as the API model has them.
var errorTypes = map[int]string{
	400: "InvalidRequestException",
	404: "ResourceNotFoundException",
	405: "MethodNotAllowedException",
	409: "ConflictException",
	413: "RequestEntityTooLargeException",
	415: "UnsupportedDocumentEncodingException",
	500: "InternalFailureException",
}

// Handler returns the shadows' part of the HTTPS data plane: /things/{thing}/shadow and
// /api/things/shadow/ListNamedShadowsForThing/{thing}; other paths are 404. publish is given what an accepted update or delete
// publishes (S-114) before the next request for the same shadow goes on; it must not call the Service. now is the clock.
func (s *Service) Handler(publish func([]Reply), now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/things/{thing}/shadow", func(w http.ResponseWriter, r *http.Request) {
		s.serveShadow(w, r, publish, now())
	})
	mux.HandleFunc("/api/things/shadow/ListNamedShadowsForThing/{thing}", func(w http.ResponseWriter, r *http.Request) {
		s.serveList(w, r, now())
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { refuse(w, 404, "Not found") })
	return mux
}

func (s *Service) serveShadow(w http.ResponseWriter, r *http.Request, publish func([]Reply), now time.Time) {
	ops := map[string]shadow.Op{http.MethodGet: shadow.OpGet, http.MethodPost: shadow.OpUpdate, http.MethodDelete: shadow.OpDelete}
	op, ok := ops[r.Method]
	if !ok {
		w.Header().Set("Allow", "DELETE, GET, POST")
		refuse(w, 405, "Method not allowed")
		return
	}
	name, err := shadowName(r)
	if err != nil {
		refuse(w, 400, err.Error())
		return
	}
	var body []byte
	if op == shadow.OpUpdate {
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
			status, text := 400, "the body could not be read"
			if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
				status, text = tooLarge.code, tooLarge.message
			}
			refuse(w, status, text)
			return
		}
	}
	var result outcome
	s.do(name, op, body, now, func(o outcome) {
		result = o
		if o.refused == nil && op != shadow.OpGet {
			publish(o.replies)
		}
	})
	if result.refused != nil {
		refuse(w, result.refused.code, result.refused.message)
		return
	}
	answer(w, result.body)
}

// shadowName takes the names from the request. Names with $ are AWS's own and allowed.
func shadowName(r *http.Request) (shadow.Name, error) {
	n := shadow.Name{Thing: r.PathValue("thing")}
	if err := shadow.CheckThing(n.Thing); err != nil {
		return n, err
	}
	if names, ok := r.URL.Query()["name"]; ok {
		n.Shadow = names[0]
		if t, ok := shadow.ParseTopic(n.Prefix() + "/get"); !ok || t.Name != n || n.Shadow == "" {
			return n, errors.New("invalid shadow name")
		}
	}
	return n, nil
}

func (s *Service) serveList(w http.ResponseWriter, r *http.Request, now time.Time) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		refuse(w, 405, "Method not allowed")
		return
	}
	thing, query := r.PathValue("thing"), r.URL.Query()
	if err := shadow.CheckThing(thing); err != nil {
		refuse(w, 400, err.Error())
		return
	}
	size := 100
	if query.Has("pageSize") {
		n, err := strconv.Atoi(query.Get("pageSize"))
		if err != nil || n < 1 || n > 100 {
			refuse(w, 400, "pageSize must be 1 to 100")
			return
		}
		size = n
	}
	after, err := base64.RawURLEncoding.DecodeString(query.Get("nextToken"))
	if err != nil {
		refuse(w, 400, "Invalid nextToken")
		return
	}
	names, more := page(s.Names(thing), string(after), size)
	list := struct {
		Results   []string `json:"results"`
		NextToken string   `json:"nextToken,omitempty"`
		Timestamp int64    `json:"timestamp"`
	}{Results: names, Timestamp: now.Unix()}
	if more {
		list.NextToken = base64.RawURLEncoding.EncodeToString([]byte(names[len(names)-1]))
	}
	body, err := json.Marshal(list)
	if err != nil {
		refuse(w, 500, failure.message)
		return
	}
	answer(w, body)
}

// page returns up to size of the sorted names behind after, and whether there are more.
func page(names []string, after string, size int) (results []string, more bool) {
	i, found := slices.BinarySearch(names, after)
	if found {
		i++
	}
	names = names[i:]
	n := min(size, len(names))
	return append([]string{}, names[:n]...), n < len(names)
}

func answer(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-ErrorType", errorTypes[status])
	w.WriteHeader(status)
	_, _ = w.Write(append(shadow.AppendString([]byte(`{"message":`), message), '}'))
}
