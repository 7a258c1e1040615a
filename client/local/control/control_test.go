package control_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/thingdeck/client/local/control"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a Store.
type memory struct {
	mu      sync.Mutex
	records map[string]string
	fail    error
}

func (m *memory) Load(f func(key string, record []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, v := range m.records {
		if err := f(k, []byte(v)); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Save(key string, record []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if m.records == nil {
		m.records = map[string]string{}
	}
	if len(record) == 0 {
		delete(m.records, key)
		return nil
	}
	m.records[key] = string(record)
	return nil
}

// plane is a registry with its handler.
type plane struct {
	t        testing.TB
	handler  http.Handler
	registry *control.Registry
}

func newPlane(t testing.TB, opt control.Options) *plane {
	t.Helper()
	r, err := control.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return &plane{t, r.Handler(http.NotFoundHandler()), r}
}

// doc is an object of JSON.
type doc = map[string]any

// call makes a request, as "GET /things", with a body unless that is "", and returns status, error type and body.
func (p *plane) call(request, body string, header ...string) (int, string, doc) {
	p.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, req)
	var out doc
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		p.t.Fatalf("%s: got status %d and %q; want JSON", request, w.Code, w.Body)
	}
	return w.Code, w.Header().Get("x-amzn-ErrorType"), out
}

// does makes a request that must succeed.
func (p *plane) does(request, body string, header ...string) doc {
	p.t.Helper()
	status, kind, out := p.call(request, body, header...)
	if status != 200 {
		p.t.Fatalf("%s: got %d %s %v; want 200", request, status, kind, out["message"])
	}
	return out
}

// refused makes a request that must be refused, and returns the message.
func (p *plane) refused(want string, request, body string, header ...string) string {
	p.t.Helper()
	status, kind, out := p.call(request, body, header...)
	if got := fmt.Sprint(status, " ", kind); got != want {
		p.t.Errorf("%s: got %s %v; want %s", request, got, out, want)
	}
	message, _ := out["message"].(string)
	if message == "" {
		p.t.Errorf("%s: got no message", request)
	}
	return message
}

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}`

// withDocument is the body of a request with a policy document.
func withDocument(text string) string {
	b, _ := json.Marshal(map[string]string{"policyDocument": text})
	return string(b)
}

// certificate makes an ACTIVE one.
func (p *plane) certificate() (id, arn string) {
	p.t.Helper()
	out := p.does("POST /keys-and-certificate?setAsActive=true", "")
	return out["certificateId"].(string), out["certificateArn"].(string)
}

func toTarget(arn string) string { return `{"target":"` + arn + `"}` }

// same fails unless got has the members of want with these values.
func same(t testing.TB, what string, got, want doc) {
	t.Helper()
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if fmt.Sprint(got[k]) != fmt.Sprint(want[k]) {
			t.Errorf("%s: got %s %v; want %v", what, k, got[k], want[k])
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: got %s %v; want none", what, k, got[k])
		}
	}
}

func TestThing(t *testing.T) {
	p := newPlane(t, control.Options{Strict: true})
	const arn = "arn:aws:iot:us-east-1:123456789012:thing/T:1"
	made := p.does("POST /things/T%3A1", `{"attributePayload":{"attributes":{"room":"hall","floor":"2"}},"thingTypeName":"lamp","billingGroupName":"b"}`)
	id := made["thingId"]
	same(t, "create", made, doc{"thingName": "T:1", "thingArn": arn, "thingId": id})
	again := p.does("POST /things/T%3A1", `{"attributePayload":{"attributes":{"room":"hall","floor":"2"}},"thingTypeName":"lamp","billingGroupName":"b"}`)
	same(t, "create the same again", again, made)
	status, kind, out := p.call("POST /things/T%3A1", "{}")
	if status != 409 || kind != "ResourceAlreadyExistsException" || out["resourceId"] != id || out["resourceArn"] != arn {
		t.Errorf("create another: got %d %s %v; want 409 and which one exists", status, kind, out)
	}
	want := doc{"defaultClientId": "T:1", "thingName": "T:1", "thingArn": arn, "thingId": id, "thingTypeName": "lamp",
		"billingGroupName": "b", "version": 1, "attributes": map[string]string{"room": "hall", "floor": "2"}}
	same(t, "describe", p.does("GET /things/T:1", ""), want)

	for _, step := range []struct {
		name, body string
		attributes map[string]string
		kind       any
	}{
		{"merge", `{"attributePayload":{"attributes":{"floor":"","dim":"yes"},"merge":true}}`, map[string]string{"room": "hall", "dim": "yes"}, "lamp"},
		{"replace", `{"attributePayload":{"attributes":{"a":"b"}},"expectedVersion":2}`, map[string]string{"a": "b"}, "lamp"},
		{"no type", `{"removeThingType":true}`, map[string]string{"a": "b"}, nil},
		{"another type", `{"thingTypeName":"valve"}`, map[string]string{"a": "b"}, "valve"},
		{"no attributes", `{"attributePayload":{}}`, map[string]string{}, "valve"},
	} {
		p.does("PATCH /things/T:1", step.body)
		want["version"], want["attributes"], want["thingTypeName"] = want["version"].(int)+1, step.attributes, step.kind
		if step.kind == nil {
			delete(want, "thingTypeName")
		}
		same(t, step.name, p.does("GET /things/T:1", ""), want)
	}
	p.refused("409 VersionConflictException", "PATCH /things/T:1", `{"expectedVersion":2}`)
	p.refused("409 VersionConflictException", "DELETE /things/T:1?expectedVersion=2", "")
	p.does("DELETE /things/T:1?expectedVersion=6", "")
	p.refused("404 ResourceNotFoundException", "GET /things/T:1", "")
	p.does("DELETE /things/T:1", "") // as AWS's page DeleteThing says
}

func TestListThingsByAttributeAndType(t *testing.T) {
	p := newPlane(t, control.Options{})
	p.does("POST /things/a", `{"attributePayload":{"attributes":{"room":"hall"}}}`)
	p.does("POST /things/b", `{"attributePayload":{"attributes":{"room":"hallway"}},"thingTypeName":"lamp"}`)
	p.does("POST /things/c", `{"thingTypeName":"lamp"}`)
	for query, want := range map[string]string{
		"": "a b c", "?attributeName=room": "a b", "?attributeName=room&attributeValue=hall": "a",
		"?attributeName=room&attributeValue=hall&usePrefixAttributeValue=true": "a b", "?thingTypeName=lamp": "b c",
		"?thingTypeName=lamp&attributeName=room": "b", "?thingTypeName=none": "",
	} {
		if got := names(t, p.does("GET /things"+query, ""), "things", "thingName"); got != want {
			t.Errorf("%s: got %s; want %s", query, got, want)
		}
	}
	first := p.does("GET /things?maxResults=1", "")["things"].([]any)[0].(doc)
	same(t, "entry", first, doc{"thingName": "a", "thingArn": "arn:aws:iot:us-east-1:123456789012:thing/a", "version": 1,
		"attributes": map[string]string{"room": "hall"}})
}

// names joins a member of each entry of a list.
func names(t testing.TB, out doc, list, member string) string {
	t.Helper()
	all, ok := out[list].([]any)
	if !ok {
		t.Fatalf("got %v; want a list %s", out, list)
	}
	var got []string
	for _, entry := range all {
		if member == "" {
			got = append(got, entry.(string))
		} else {
			got = append(got, entry.(doc)[member].(string))
		}
	}
	return strings.Join(got, " ")
}

func TestEveryListHasPages(t *testing.T) {
	p := newPlane(t, control.Options{})
	_, arn := p.certificate()
	_, other := p.certificate()
	var all []string
	for i := range 5 {
		name := fmt.Sprint("n", i)
		all = append(all, name)
		p.does("POST /things/"+name, "")
		p.does("PUT /things/"+name+"/principals", "", "x-amzn-principal", arn)
		p.does("POST /policies/"+name, withDocument(allowAll))
		p.does("PUT /target-policies/"+name, toTarget(arn))
	}
	p.does("PUT /things/n0/principals", "", "x-amzn-principal", other)
	p.does("PUT /target-policies/n0", toTarget(other))
	ascending := strings.Join(all, " ")
	slices.Reverse(all)
	descending := strings.Join(all, " ")
	both := []string{arn, other}
	slices.Sort(both)
	for _, tt := range []struct {
		request, list, member, size, token, next, want string
		header                                         []string
	}{
		{"GET /things", "things", "thingName", "maxResults", "nextToken", "nextToken", ascending, nil},
		{"GET /policies", "policies", "policyName", "pageSize", "marker", "nextMarker", descending, nil},
		{"GET /policies?isAscendingOrder=true", "policies", "policyName", "pageSize", "marker", "nextMarker", ascending, nil},
		{"GET /certificates?isAscendingOrder=true", "certificates", "certificateArn", "pageSize", "marker", "nextMarker", arn + " " + other, nil},
		{"GET /certificates", "certificates", "certificateArn", "pageSize", "marker", "nextMarker", other + " " + arn, nil},
		{"POST /attached-policies/" + url.PathEscape(arn), "policies", "policyName", "pageSize", "marker", "nextMarker", ascending, nil},
		{"POST /attached-policies/" + url.QueryEscape(arn), "policies", "policyName", "pageSize", "marker", "nextMarker", ascending, nil},
		{"GET /principal-policies", "policies", "policyName", "pageSize", "marker", "nextMarker", ascending, []string{"x-amzn-iot-principal", arn}},
		{"POST /policy-targets/n0", "targets", "", "pageSize", "marker", "nextMarker", strings.Join(both, " "), nil},
		{"GET /things/n0/principals", "principals", "", "maxResults", "nextToken", "nextToken", strings.Join(both, " "), nil},
		{"GET /principals/things", "things", "", "maxResults", "nextToken", "nextToken", ascending, []string{"x-amzn-principal", arn}},
	} {
		t.Run(tt.request, func(t *testing.T) {
			glue := "?"
			if strings.Contains(tt.request, "?") {
				glue = "&"
			}
			if got := names(t, p.does(tt.request, "", tt.header...), tt.list, tt.member); got != tt.want {
				t.Errorf("one page: got %s; want %s", got, tt.want)
			}
			for _, size := range []int{1, 2} {
				var got []string
				for token, pages := "", 0; pages == 0 || token != ""; pages++ {
					if pages > 5 {
						t.Fatal("got no end of pages")
					}
					request := fmt.Sprintf("%s%s%s=%d&%s=%s", tt.request, glue, tt.size, size, tt.token, url.QueryEscape(token))
					out := p.does(request, "", tt.header...)
					some := names(t, out, tt.list, tt.member)
					if n := len(strings.Fields(some)); n == 0 || n > size {
						t.Fatalf("got a page of %d; want 1 to %d", n, size)
					}
					got = append(got, some)
					token, _ = out[tt.next].(string)
				}
				if all := strings.Join(got, " "); all != tt.want {
					t.Errorf("pages of %d: got %s; want %s", size, all, tt.want)
				}
			}
			for _, bad := range []string{tt.size + "=0", tt.size + "=251", tt.size + "=x", tt.token + "=!"} {
				p.refused("400 InvalidRequestException", tt.request+glue+bad, "", tt.header...)
			}
		})
	}
}

func TestEmptyListsAreNoNull(t *testing.T) {
	p := newPlane(t, control.Options{})
	for request, list := range map[string]string{"GET /things": "things", "GET /certificates": "certificates", "GET /policies": "policies"} {
		if got, ok := p.does(request, "")[list].([]any); !ok || len(got) != 0 {
			t.Errorf("%s: got %v; want []", request, got)
		}
	}
}

func TestPolicy(t *testing.T) {
	at := time.UnixMilli(1795392247500)
	p := newPlane(t, control.Options{Strict: true, Now: func() time.Time { return at }, Region: "eu-west-1", Account: "000000000001"})
	const arn = "arn:aws:iot:eu-west-1:000000000001:policy/P"
	text := " " + allowAll + "\n"
	same(t, "create", p.does("POST /policies/P", withDocument(text)), doc{"policyName": "P", "policyArn": arn, "policyDocument": text, "policyVersionId": "1"})
	status, kind, out := p.call("POST /policies/P", withDocument(text))
	if status != 409 || kind != "ResourceAlreadyExistsException" || out["resourceArn"] != arn {
		t.Errorf("create again: got %d %s %v; want 409 and which one exists", status, kind, out)
	}
	want := doc{"policyName": "P", "policyArn": arn, "policyDocument": text, "defaultVersionId": "1", "creationDate": 1795392247.5, "lastModifiedDate": 1795392247.5}
	same(t, "get", p.does("GET /policies/P", ""), want)

	second := `{"Version":"2012-10-17","Statement":[]}`
	p.refused("400 MalformedPolicyException", "POST /policies/P/version", withDocument(second))
	second = strings.ReplaceAll(allowAll, "iot:*", "iot:Connect")
	same(t, "second version", p.does("POST /policies/P/version", withDocument(second)),
		doc{"policyArn": arn, "policyDocument": second, "policyVersionId": "2", "isDefaultVersion": false})
	p.does("PATCH /policies/P/version/2", "")
	want["defaultVersionId"], want["policyDocument"] = "2", second
	same(t, "get the second version", p.does("GET /policies/P", ""), want)
	same(t, "get the first version", p.does("GET /policies/P/version/1", ""), doc{"policyName": "P", "policyArn": arn,
		"policyDocument": text, "policyVersionId": "1", "isDefaultVersion": false, "creationDate": 1795392247.5, "lastModifiedDate": 1795392247.5})
	if got := names(t, p.does("GET /policies/P/version", ""), "policyVersions", "versionId"); got != "2 1" {
		t.Errorf("got versions %s; want 2 1", got)
	}
	p.refused("409 DeleteConflictException", "DELETE /policies/P", "")
	p.refused("409 DeleteConflictException", "DELETE /policies/P/version/2", "")
	p.does("DELETE /policies/P/version/1", "")
	p.refused("404 ResourceNotFoundException", "GET /policies/P/version/1", "")
	for range 4 {
		p.does("POST /policies/P/version?setAsDefault=true", withDocument(allowAll))
	}
	p.refused("409 VersionsLimitExceededException", "POST /policies/P/version", withDocument(allowAll))
	if got := names(t, p.does("GET /policies/P/version", ""), "policyVersions", "versionId"); got != "6 5 4 3 2" {
		t.Errorf("got versions %s; want 6 5 4 3 2", got)
	}
	for i := 2; i < 6; i++ {
		p.does(fmt.Sprint("DELETE /policies/P/version/", i), "")
	}
	p.does("DELETE /policies/P", "")
	p.refused("404 ResourceNotFoundException", "GET /policies/P", "")
}

func TestMalformedPolicySaysWhere(t *testing.T) {
	p := newPlane(t, control.Options{Strict: true})
	long := strings.ReplaceAll(allowAll, `"*"`, `"arn:aws:iot:*:*:topic/`+strings.Repeat("x", 2048)+`"`)
	for name, tt := range map[string]struct{ document, want string }{
		"empty":            {"", "not JSON"},
		"no JSON":          {"{", "line 1"},
		"no statement":     {`{"Version":"2012-10-17"}`, "Statement is missing"},
		"unknown operator": {strings.ReplaceAll(allowAll, `"Resource"`, `"Condition":{"DateLessThan":{"aws:CurrentTime":"x"}},"Resource"`), "statement 1"},
		"too long":         {long, "2048"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := p.refused("400 MalformedPolicyException", "POST /policies/P", withDocument(tt.document)); !strings.Contains(got, tt.want) {
				t.Errorf("got %q; want it to say %s", got, tt.want)
			}
		})
	}
	newPlane(t, control.Options{}).does("POST /policies/P", withDocument(long))
}

func TestRefusals(t *testing.T) {
	p := newPlane(t, control.Options{Strict: true})
	_, arn := p.certificate()
	p.does("POST /things/T", "")
	p.does("POST /policies/P", withDocument(allowAll))
	unknown := arn[:len(arn)-64] + strings.Repeat("0", 64)
	const bad, missing, wrongMethod = "400 InvalidRequestException", "404 ResourceNotFoundException", "405 MethodNotAllowedException"
	for name, tt := range map[string]struct {
		want, request, body string
		header              []string
	}{
		"thing name":                 {bad, "POST /things/a%2Fb", "", nil},
		"long thing name":            {bad, "POST /things/" + strings.Repeat("x", 129), "", nil},
		"thing that is not there":    {missing, "PATCH /things/none", "", nil},
		"attribute name":             {bad, "POST /things/A", `{"attributePayload":{"attributes":{"a b":"x"}}}`, nil},
		"attribute value":            {bad, "POST /things/A", `{"attributePayload":{"attributes":{"a":"x y"}}}`, nil},
		"attribute is a number":      {bad, "POST /things/A", `{"attributePayload":{"attributes":{"a":1}}}`, nil},
		"four attributes, no type":   {bad, "POST /things/A", `{"attributePayload":{"attributes":{"a":"1","b":"1","c":"1","d":"1"}}}`, nil},
		"type name":                  {bad, "POST /things/A", `{"thingTypeName":"a b"}`, nil},
		"type given and removed":     {bad, "PATCH /things/T", `{"thingTypeName":"a","removeThingType":true}`, nil},
		"no JSON":                    {bad, "POST /things/A", `{`, nil},
		"large request":              {"413 InvalidRequestException", "POST /policies/L", `{"policyDocument":"` + strings.Repeat("x", 1<<20) + `"}`, nil},
		"no version":                 {bad, "DELETE /things/T?expectedVersion=x", "", nil},
		"neither true nor false":     {bad, "POST /keys-and-certificate?setAsActive=maybe", "", nil},
		"certificate ID":             {bad, "GET /certificates/xyz", "", nil},
		"certificate not there":      {missing, "GET /certificates/" + strings.Repeat("0", 64), "", nil},
		"status that AWS sets":       {bad, "PUT /certificates/" + arn[len(arn)-64:] + "?newStatus=PENDING_TRANSFER", "", nil},
		"active one deleted":         {"406 CertificateStateException", "DELETE /certificates/" + arn[len(arn)-64:], "", nil},
		"policy name":                {bad, "POST /policies/a%20b", withDocument(allowAll), nil},
		"policy not there":           {missing, "GET /policies/none", "", nil},
		"version not there":          {missing, "GET /policies/P/version/2", "", nil},
		"version no number":          {bad, "GET /policies/P/version/x", "", nil},
		"attach missing policy":      {missing, "PUT /target-policies/none", toTarget(arn), nil},
		"attach to nothing":          {bad, "PUT /target-policies/P", "", nil},
		"attach to a group":          {bad, "PUT /target-policies/P", toTarget("arn:aws:iot:us-east-1:123456789012:thinggroup/g"), nil},
		"attach to unknown":          {missing, "PUT /target-policies/P", toTarget(unknown), nil},
		"policies of unknown":        {missing, "POST /attached-policies/" + url.PathEscape(unknown), "", nil},
		"certificate elsewhere":      {bad, "PUT /target-policies/P", toTarget(strings.Replace(arn, "us-east-1", "eu-west-1", 1)), nil},
		"thing without principal":    {bad, "PUT /things/T/principals", "", nil},
		"missing thing attached":     {missing, "PUT /things/none/principals", "", []string{"x-amzn-principal", arn}},
		"way of attaching":           {bad, "PUT /things/T/principals?thingPrincipalType=X", "", []string{"x-amzn-principal", arn}},
		"principals of none":         {missing, "GET /things/none/principals", "", nil},
		"endpoint of another kind":   {bad, "GET /endpoint?endpointType=iot:CredentialProvider", "", nil},
		"method of a thing":          {wrongMethod, "PUT /things/T", "", nil},
		"method of the certificates": {wrongMethod, "POST /certificates", "", nil},
	} {
		t.Run(name, func(t *testing.T) { p.refused(tt.want, tt.request, tt.body, tt.header...) })
	}
}

func TestOtherPathsGoToRest(t *testing.T) {
	r, err := control.New(control.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := r.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	for _, path := range []string{"/", "/things/T/shadow", "/things/T/shadow?name=n", "/api/things/shadow/ListNamedShadowsForThing/T", "/things/T/x/y"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest("GET", path, nil)); w.Code != http.StatusTeapot {
			t.Errorf("%s: got %d; want the other handler's answer", path, w.Code)
		}
	}
}

func TestDescribeEndpoint(t *testing.T) {
	asked := newPlane(t, control.Options{})
	told := newPlane(t, control.Options{Endpoint: func() string { return "iot.local" }})
	for _, query := range []string{"", "?endpointType=iot:Data-ATS", "?endpointType=iot%3AData"} {
		same(t, "host of the request", asked.does("GET /endpoint"+query, ""), doc{"endpointAddress": "example.com"})
		same(t, "host that is set", told.does("GET /endpoint"+query, ""), doc{"endpointAddress": "iot.local"})
	}
}
