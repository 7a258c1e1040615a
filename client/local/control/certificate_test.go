package control_test

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client/local/certs"
	"example.com/thingdeck/client/local/control"
	"example.com/thingdeck/client/local/policy"
)

// pair reads the certificate and the private key of CreateKeysAndCertificate.
func pair(t testing.TB, made doc) tls.Certificate {
	t.Helper()
	keys := made["keyPair"].(doc)
	p, err := tls.X509KeyPair([]byte(made["certificatePem"].(string)), []byte(keys["PrivateKey"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCreateKeysAndCertificate(t *testing.T) {
	set, err := certs.Open(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := newPlane(t, control.Options{Certs: set.Dir})
	made := p.does("POST /keys-and-certificate?setAsActive=true", "")
	leaf := pair(t, made).Leaf
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: set.Pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Errorf("the CA of the folder: %v", err)
	}
	id := policy.CertificateID(leaf)
	if arn := "arn:aws:iot:us-east-1:123456789012:cert/" + id; made["certificateId"] != id || made["certificateArn"] != arn {
		t.Errorf("got %v and %v; want %s and %s", made["certificateId"], made["certificateArn"], id, arn)
	}
	block, _ := pem.Decode([]byte(made["keyPair"].(doc)["PublicKey"].(string)))
	if block == nil || block.Type != "PUBLIC KEY" {
		t.Fatalf("got public key %v; want PEM", made["keyPair"].(doc)["PublicKey"])
	}
	if key, err := x509.ParsePKIXPublicKey(block.Bytes); err != nil || !leaf.PublicKey.(*rsa.PublicKey).Equal(key) {
		t.Errorf("got %v, %v; want the public key of the certificate", key, err)
	}
	if err := os.Remove(filepath.Join(set.Dir, "ca.key")); err != nil {
		t.Fatal(err)
	}
	if got := p.refused("400 InvalidRequestException", "POST /keys-and-certificate", ""); !strings.Contains(got, "ca.key") {
		t.Errorf("got %q; want it to name ca.key", got)
	}
}

func TestCertificate(t *testing.T) {
	at := time.UnixMilli(1795392247500)
	now := at
	p := newPlane(t, control.Options{Now: func() time.Time { return now }})
	made := p.does("POST /keys-and-certificate", "")
	leaf := pair(t, made).Leaf
	id, arn := made["certificateId"].(string), made["certificateArn"].(string)
	now = at.Add(time.Second)
	for i, status := range []string{"INACTIVE", "ACTIVE", "REVOKED", "ACTIVE", "INACTIVE"} {
		modified := 1795392247.5
		if i > 0 {
			p.does("PUT /certificates/"+id+"?newStatus="+status, "")
			modified++
		}
		same(t, status, p.does("GET /certificates/"+id, "")["certificateDescription"].(doc), doc{
			"certificateArn": arn, "certificateId": id, "status": status, "certificateMode": "DEFAULT", "certificatePem": made["certificatePem"],
			"ownedBy": "123456789012", "creationDate": 1795392247.5, "lastModifiedDate": modified, "customerVersion": i + 1,
			"validity": doc{"notBefore": float64(leaf.NotBefore.Unix()), "notAfter": float64(leaf.NotAfter.Unix())},
		})
	}
	list := p.does("GET /certificates", "")["certificates"].([]any)
	same(t, "entry", list[0].(doc), doc{"certificateArn": arn, "certificateId": id, "status": "INACTIVE", "certificateMode": "DEFAULT", "creationDate": 1795392247.5})
}

func TestWhatIsAttachedIsNotDeleted(t *testing.T) {
	p := newPlane(t, control.Options{Strict: true})
	id, arn := p.certificate()
	p.does("POST /things/T", "")
	p.does("POST /policies/P", withDocument(allowAll))
	p.does("PUT /target-policies/P", toTarget(arn))
	p.does("PUT /target-policies/P", toTarget(arn)) // twice is once
	p.does("PUT /things/T/principals", "", "x-amzn-principal", arn)
	p.refused("400 InvalidRequestException", "DELETE /things/T", "")
	p.refused("409 DeleteConflictException", "DELETE /policies/P", "")
	p.refused("406 CertificateStateException", "DELETE /certificates/"+id+"?forceDelete=true", "")
	p.does("PUT /certificates/"+id+"?newStatus=INACTIVE", "")
	p.refused("409 DeleteConflictException", "DELETE /certificates/"+id+"?forceDelete=true", "")
	p.does("DELETE /things/T/principals", "", "x-amzn-principal", arn)
	p.does("DELETE /things/T/principals", "", "x-amzn-principal", arn)
	p.does("DELETE /things/T", "")
	p.refused("409 DeleteConflictException", "DELETE /certificates/"+id, "")
	p.does("DELETE /certificates/"+id+"?forceDelete=true", "")
	p.refused("404 ResourceNotFoundException", "GET /certificates/"+id, "")
	if got := names(t, p.does("GET /certificates", ""), "certificates", "certificateId"); got != "" {
		t.Errorf("got certificates %s; want none", got)
	}
	p.does("DELETE /policies/P", "")
}

func TestTenPoliciesACertificate(t *testing.T) {
	p := newPlane(t, control.Options{Strict: true})
	_, arn := p.certificate()
	for i := range 11 {
		p.does(fmt.Sprint("POST /policies/P", i), withDocument(allowAll))
		if i < 10 {
			p.does(fmt.Sprint("PUT /target-policies/P", i), toTarget(arn))
		}
	}
	p.refused("410 LimitExceededException", "PUT /target-policies/P10", toTarget(arn))
	p.does("DELETE /principal-policies/P0", "", "x-amzn-iot-principal", arn)
	p.does("PUT /principal-policies/P10", "", "x-amzn-iot-principal", arn)
}

func TestExclusiveThingIsTheOnlyOne(t *testing.T) {
	p := newPlane(t, control.Options{})
	_, arn := p.certificate()
	p.does("POST /things/A", "")
	p.does("POST /things/B", "")
	attach := func(thing, kind string) (string, string, string, string) {
		return "PUT /things/" + thing + "/principals?thingPrincipalType=" + kind, "", "x-amzn-principal", arn
	}
	const one, many, bad = "EXCLUSIVE_THING", "NON_EXCLUSIVE_THING", "400 InvalidRequestException"
	do := func(thing, kind string) { r, b, h, v := attach(thing, kind); p.does(r, b, h, v) }
	no := func(thing, kind string) { r, b, h, v := attach(thing, kind); p.refused(bad, r, b, h, v) }
	do("A", many)
	no("B", one)
	no("A", one)
	do("B", many)
	for _, name := range []string{"A", "B"} {
		p.does("DELETE /things/"+name+"/principals", "", "x-amzn-principal", arn)
	}
	do("A", one)
	do("A", one)
	no("B", many)
	no("B", one)
}

func TestIdentify(t *testing.T) {
	p := newPlane(t, control.Options{})
	made := p.does("POST /keys-and-certificate", "")
	leaf := pair(t, made).Leaf
	id, arn := made["certificateId"].(string), made["certificateArn"].(string)
	if _, ok := p.registry.Identify(nil, "A"); ok {
		t.Error("got an identity without a certificate")
	}
	other := newPlane(t, control.Options{})
	if _, ok := other.registry.Identify(leaf, "A"); ok {
		t.Error("got an identity for a certificate that is not registered")
	}
	p.does("POST /things/A", `{"thingTypeName":"lamp","attributePayload":{"attributes":{"room":"hall"}}}`)
	p.does("POST /things/B", "")
	p.does("POST /policies/P", withDocument(allowAll))
	for _, step := range []struct {
		name             string
		request, body    string
		refused, a, b, n string // why, and the thing for the client IDs A, B and none
	}{
		{"made", "GET /things", "", "the certificate is INACTIVE", "", "", ""},
		{"without a policy", "PUT /certificates/" + id + "?newStatus=ACTIVE", "", "no policy is attached to the certificate", "", "", ""},
		{"with a policy", "PUT /target-policies/P", toTarget(arn), "", "", "", ""},
		{"with a thing", "PUT /things/A/principals", "", "", "A", "", ""},
		{"without it", "DELETE /things/A/principals", "", "", "", "", ""},
		{"exclusively", "PUT /things/A/principals?thingPrincipalType=EXCLUSIVE_THING", "", "", "A", "A", ""},
		{"alone", "DELETE /things/A/principals", "", "", "", "", ""},
		{"without the policy", "POST /target-policies/P", toTarget(arn), "no policy is attached to the certificate", "", "", ""},
		{"revoked", "PUT /certificates/" + id + "?newStatus=REVOKED", "", "the certificate is REVOKED", "", "", ""},
		{"deleted", "DELETE /certificates/" + id, "", "the certificate was deleted", "", "", ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			p.does(step.request, step.body, "x-amzn-principal", arn)
			for client, want := range map[string]string{"A": step.a, "B": step.b, "": step.n} {
				got, ok := p.registry.Identify(leaf, client)
				if !ok || got.Refused != step.refused || got.Thing != want {
					t.Errorf("client %q: got %v, refused %q, thing %q; want refused %q, thing %q", client, ok, got.Refused, got.Thing, step.refused, want)
				}
				if want == "A" && (got.ThingType != "lamp" || got.Attributes["room"] != "hall") {
					t.Errorf("client %q: got type %q and attributes %v; want those of A", client, got.ThingType, got.Attributes)
				}
				if got.CertificateID != id || got.Certificate["Subject.CommonName"][0] != "AWS IoT Certificate" {
					t.Errorf("got certificate %s %v", got.CertificateID, got.Certificate)
				}
			}
		})
	}
}

func TestRegistrySurvivesWithoutPrivateKeys(t *testing.T) {
	store := &memory{}
	p := newPlane(t, control.Options{Store: store})
	made := p.does("POST /keys-and-certificate?setAsActive=true", "")
	arn := made["certificateArn"].(string)
	gone, _ := p.certificate()
	p.does("PUT /certificates/"+gone+"?newStatus=REVOKED", "")
	p.does("DELETE /certificates/"+gone, "")
	p.does("POST /things/T", `{"attributePayload":{"attributes":{"room":"hall"}}}`)
	p.does("POST /things/U", "")
	p.does("DELETE /things/U", "")
	p.does("POST /policies/P", withDocument(allowAll))
	p.does("POST /policies/P/version?setAsDefault=true", withDocument(allowAll))
	p.does("POST /policies/Q", withDocument(allowAll))
	p.does("DELETE /policies/Q", "")
	p.does("PUT /target-policies/P", toTarget(arn))
	p.does("PUT /things/T/principals", "", "x-amzn-principal", arn)

	again := newPlane(t, control.Options{Store: store})
	for _, request := range []string{"GET /things", "GET /certificates", "GET /policies", "GET /policies/P", "GET /policies/P/version",
		"GET /things/T", "GET /certificates/" + made["certificateId"].(string), "GET /things/T/principals", "POST /policy-targets/P"} {
		same(t, request, again.does(request, ""), p.does(request, ""))
	}
	if id, ok := again.registry.Identify(pair(t, made).Leaf, "T"); !ok || id.Refused != "" || id.Thing != "T" {
		t.Errorf("got %+v %v; want the certificate with thing and policy", id, ok)
	}
	again.does("POST /policies/R", withDocument(allowAll))
	if got := names(t, again.does("GET /policies?isAscendingOrder=true", ""), "policies", "policyName"); got != "P R" {
		t.Errorf("got policies %s; want P R, in the order of their creation", got)
	}
	if all := fmt.Sprint(store.records); strings.Contains(all, "PRIVATE") {
		t.Errorf("the store holds a private key: %s", all)
	}
	if got := strings.Join(slices.Sorted(maps.Keys(store.records)), " "); strings.Contains(got, "thing/U") || strings.Contains(got, "policy/Q") {
		t.Errorf("got records %s; want none of what was deleted", got)
	}
}

func TestWhatIsNotSavedDidNotHappen(t *testing.T) {
	store := &memory{}
	p := newPlane(t, control.Options{Store: store})
	p.does("POST /things/T", "")
	store.fail = errors.New("disk full")
	p.refused("500 InternalFailureException", "PATCH /things/T", `{"thingTypeName":"lamp"}`)
	p.refused("500 InternalFailureException", "POST /things/U", "")
	p.refused("500 InternalFailureException", "DELETE /things/T", "")
	if got := p.does("GET /things/T", ""); got["version"] != 1.0 || got["thingTypeName"] != nil {
		t.Errorf("got %v; want the thing as it was", got)
	}
	p.refused("404 ResourceNotFoundException", "GET /things/U", "")
}

func TestDamagedRecordsAreAnError(t *testing.T) {
	for name, records := range map[string]map[string]string{
		"no JSON":        {"thing/T": "{"},
		"no policy":      {"policy/P": `{"name":"P","default":1,"versions":[{"id":1,"text":"{}"}]}`},
		"no version":     {"policy/P": `{"name":"P","default":1}`},
		"missing policy": {"cert/0": `{"id":"0","status":"ACTIVE","policies":["P"]}`},
		"missing thing":  {"cert/0": `{"id":"0","status":"ACTIVE","things":[{"thing":"T"}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := control.New(control.Options{Store: &memory{records: records}}); err == nil {
				t.Error("got no error")
			}
		})
	}
}

// BenchmarkIdentify is what each action of a client with a certificate costs besides the evaluation of its policies.
func BenchmarkIdentify(b *testing.B) {
	p := newPlane(b, control.Options{})
	made := p.does("POST /keys-and-certificate?setAsActive=true", "")
	leaf := pair(b, made).Leaf
	p.does("POST /policies/P", withDocument(allowAll))
	p.does("PUT /target-policies/P", toTarget(made["certificateArn"].(string)))
	for name, of := range map[string]*plane{"registered": p, "not registered": newPlane(b, control.Options{})} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				of.registry.Identify(leaf, "lamp")
			}
		})
	}
}
