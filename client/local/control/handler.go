package control

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// mostRead bounds the body of a request: a policy document, escaped, fits in many times over.
const mostRead = 1 << 20

// operation answers a request with a body that becomes JSON, {} for nil.
type operation func(*http.Request) (any, error)

func (r *Registry) operations() map[string]operation {
	return map[string]operation{
		"GET /things":                         r.listThings,
		"POST /things/{thing}":                r.createThing,
		"GET /things/{thing}":                 r.describeThing,
		"PATCH /things/{thing}":               r.updateThing,
		"DELETE /things/{thing}":              r.deleteThing,
		"POST /keys-and-certificate":          r.createKeysAndCertificate,
		"GET /certificates":                   r.listCertificates,
		"GET /certificates/{id}":              r.describeCertificate,
		"PUT /certificates/{id}":              r.updateCertificate,
		"DELETE /certificates/{id}":           r.deleteCertificate,
		"GET /policies":                       r.listPolicies,
		"POST /policies/{policy}":             r.createPolicy,
		"GET /policies/{policy}":              r.getPolicy,
		"DELETE /policies/{policy}":           r.deletePolicy,
		"GET /endpoint":                       r.describeEndpoint,
		"GET /principals/things":              r.listPrincipalThings,
		"GET /principal-policies":             r.listPrincipalPolicies,
		"POST /attached-policies/{target...}": r.listAttachedPolicies,
		"POST /policy-targets/{policy}":       r.listTargetsForPolicy,

		"POST /policies/{policy}/version":        r.createPolicyVersion,
		"GET /policies/{policy}/version":         r.listPolicyVersions,
		"GET /policies/{policy}/version/{id}":    r.getPolicyVersion,
		"PATCH /policies/{policy}/version/{id}":  r.setDefaultPolicyVersion,
		"DELETE /policies/{policy}/version/{id}": r.deletePolicyVersion,
		"PUT /target-policies/{policy}":          r.attachPolicy,
		"POST /target-policies/{policy}":         r.detachPolicy,
		"PUT /principal-policies/{policy}":       r.attachPrincipalPolicy,
		"DELETE /principal-policies/{policy}":    r.detachPrincipalPolicy,
		"GET /things/{thing}/principals":         r.listThingPrincipals,
		"PUT /things/{thing}/principals":         r.attachThingPrincipal,
		"DELETE /things/{thing}/principals":      r.detachThingPrincipal,
	}
}

// Handler answers the requests of the control plane and gives all others to rest. AWS authorizes these requests by IAM,
// of which there is none here: whoever reaches the handler may do all, so devices should not.
func (r *Registry) Handler(rest http.Handler) http.Handler {
	mux := http.NewServeMux()
	paths := map[string]bool{}
	for pattern, do := range r.operations() {
		mux.Handle(pattern, serve(do))
		_, path, _ := strings.Cut(pattern, " ")
		paths[path] = true
	}
	for path := range paths {
		mux.Handle(path, serve(notAllowed))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if _, pattern := mux.Handler(req); pattern == "" {
			rest.ServeHTTP(w, req)
			return
		}
		mux.ServeHTTP(w, req)
	})
}

func serve(do operation) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := do(req)
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, body)
	})
}

func notAllowed(*http.Request) (any, error) {
	return nil, &fault{status: http.StatusMethodNotAllowed, name: "MethodNotAllowedException", text: "Method not allowed"}
}

// read reads the JSON of a request into v; nothing is as good as {}.
func read(req *http.Request, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(nil, req.Body, mostRead))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return &fault{status: http.StatusRequestEntityTooLarge, name: "InvalidRequestException", text: "the request is too large"}
	}
	if err != nil {
		return invalid("the request could not be read")
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return invalid("the request is not the JSON that was expected: %v", err)
	}
	return nil
}

// flag reads a member of the query that is true or false.
func flag(req *http.Request, name string) (bool, error) {
	switch req.URL.Query().Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, invalid("%s: true or false", name)
}

// named tells whether s is a name: letters of ASCII, digits and what else is given, at most this many.
func named(s, also string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(also, c)
	})
}

// describeEndpoint is DescribeEndpoint. The port is not in it, as AWS's ports are known.
func (r *Registry) describeEndpoint(req *http.Request) (any, error) {
	switch kind := req.URL.Query().Get("endpointType"); kind {
	case "", "iot:Data", "iot:Data-ATS", "iot:Data-Beta":
	default:
		return nil, invalid("endpoint type %s is not known here: iot:Data-ATS, iot:Data", kind)
	}
	host := ""
	if r.opt.Endpoint != nil {
		host = r.opt.Endpoint()
	}
	if host == "" {
		host = req.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
	}
	return struct {
		Address string `json:"endpointAddress"`
	}{host}, nil
}
