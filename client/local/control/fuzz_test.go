package control_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"example.com/thingdeck/client/local/control"
)

// FuzzHandler checks that every request gets JSON and leaves a registry that can be loaded.
func FuzzHandler(f *testing.F) {
	const arn = "arn:aws:iot:us-east-1:123456789012:cert/"
	for _, seed := range [][4]string{
		{"POST", "/things/T", `{"attributePayload":{"attributes":{"a":"b"},"merge":true}}`, ""},
		{"PATCH", "/things/T", `{"thingTypeName":"x","expectedVersion":1}`, ""},
		{"PUT", "/things/T/principals?thingPrincipalType=EXCLUSIVE_THING", "", arn},
		{"POST", "/policies/P/version?setAsDefault=true", withDocument(allowAll), ""},
		{"PUT", "/target-policies/P", toTarget(arn), ""},
		{"GET", "/certificates?pageSize=1&marker=eA==&isAscendingOrder=true", "", ""},
		{"POST", "/attached-policies/" + url.QueryEscape(arn), "", ""},
		{"GET", "/things//x", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, path, body, principal string) {
		req, err := http.NewRequest(method, "http://localhost/"+strings.TrimPrefix(path, "/"), strings.NewReader(body))
		if err != nil || strings.HasPrefix(path, "/keys-and-certificate") { // making keys is slow
			return
		}
		req.Header.Set("x-amzn-principal", principal)
		store := &memory{}
		p := newPlane(t, control.Options{Store: store})
		p.does("POST /things/T", "")
		p.does("POST /policies/P", withDocument(allowAll))
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, req)
		ours := w.Header().Get("Content-Type") == "application/json"
		if ours && !json.Valid(w.Body.Bytes()) {
			t.Errorf("got %d and %q; want JSON", w.Code, w.Body)
		}
		if w.Code >= 500 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
		newPlane(t, control.Options{Store: store})
	})
}
