package policy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net"
	"reflect"
	"testing"
)

func selfSigned(t *testing.T, subject pkix.Name) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte{0x12, 0x85, 0x0b}), Subject: subject,
		DNSNames: []string{"lamp.example.com"}, EmailAddresses: []string{"lamp@example.com"},
		IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestCertificateValues(t *testing.T) {
	cert := selfSigned(t, pkix.Name{
		CommonName: "lamp", Organization: []string{"A", "B", "C", "D", "E", "F"}, Country: []string{"US"}, SerialNumber: "987",
		ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: "Bulb"},
			{Type: asn1.ObjectIdentifier{1, 2, 3}, Value: "ignored"},
		},
	})
	got := CertificateValues(cert)
	want := map[string][]string{"SerialNumber": {"12:85:0b"},
		"Subject.AlternativeName.DNSName": {"lamp.example.com"}, "Subject.AlternativeName.RFC822Name": {"lamp@example.com"}, "Subject.AlternativeName.IPAddress": {"192.0.2.1"}}
	for _, of := range []string{"Subject.", "Issuer."} {
		want[of+"CommonName"] = []string{"lamp"}
		want[of+"Country"] = []string{"US"}
		want[of+"SerialNumber"] = []string{"987"}
		want[of+"GivenName"] = []string{"Bulb"}
	}
	for _, of := range []string{"Subject.Organization", "Issuer.Organization"} {
		if len(got[of]) != 5 {
			t.Errorf("%s: got %d values; want 5", of, len(got[of]))
		}
		delete(got, of)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	for name := range got {
		k, ok := parseKey("iot:certificate." + name)
		if !ok || k.name != name {
			t.Errorf("policies do not know %s", name)
		}
	}
	if id := CertificateID(cert); len(id) != 64 {
		t.Errorf("got an ID of %d characters; want 64", len(id))
	}
}

func TestCertificateKeys(t *testing.T) {
	tests := []struct {
		name string
		want key
		ok   bool
	}{
		{"iot:Certificate.Subject.Country", key{id: keyCertificate, name: "Subject.Country"}, true},
		{"iot:certificate.subject.country.2", key{id: keyCertificate, name: "Subject.Country", index: 2}, true},
		{"iot:Certificate.Subject.Country.List", key{id: keyCertificate, name: "Subject.Country", list: true}, true},
		{"iot:Certificate.Issuer.AlternativeName.DNSName.0", key{id: keyCertificate, name: "Issuer.AlternativeName.DNSName"}, true},
		{"iot:Certificate.Subject.Country.-1", key{}, false},
		{"iot:Certificate.Subject.City", key{}, false},
		{"iot:Certificate.", key{}, false},
	}
	for _, tt := range tests {
		if got, ok := parseKey(tt.name); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %+v, %v; want %+v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}
