package local

import (
	"net/http"
	"strings"

	"example.com/thingdeck/client/local/broker"
)

// permit asks the policy for a request of the data plane; publishing is asked for where the message is taken.
func (s *Server) permit(r *http.Request, name string) error {
	ask := broker.Request{Certificate: certificate(r)}
	path := r.URL.Path
	thing, isShadow := strings.CutSuffix(strings.TrimPrefix(path, "/things/"), "/shadow")
	list, isList := strings.CutPrefix(path, "/api/things/shadow/ListNamedShadowsForThing/")
	switch {
	case strings.HasPrefix(path, "/retainedMessage/"):
		ask.Action, ask.Topic = broker.ActGetRetained, name
	case path == "/retainedMessage":
		ask.Action = broker.ActListRetained
	case isList:
		ask.Action, ask.Topic = broker.ActListOfShadows, list
	case isShadow && strings.HasPrefix(path, "/things/"):
		ask.Action, ask.Topic = shadowAction(r.Method), thing
		if shadow := r.URL.Query().Get("name"); shadow != "" {
			ask.Topic += "/" + shadow
		}
	}
	if ask.Action == "" {
		return nil
	}
	return s.broker.Allow(ask)
}

// shadowAction is what a method does to a shadow, "" for methods that are refused anyway.
func shadowAction(method string) broker.Action {
	switch method {
	case http.MethodGet:
		return broker.ActGetShadow
	case http.MethodPost:
		return broker.ActUpdateShadow
	case http.MethodDelete:
		return broker.ActDeleteShadow
	}
	return ""
}
