package transport_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client/transport"
)

// TestKeysAndCertificatesAreRead goes through the forms that openssl writes; all hold the same key.
func TestKeysAndCertificatesAreRead(t *testing.T) {
	for _, tt := range []struct {
		name, cert, key string
		encrypted       bool
	}{
		{"PKCS#8", "cert.pem", "pkcs8.key", false},
		{"SEC 1", "cert.pem", "ec-sec1.key", false},
		{"PKCS#1", "rsa.pem", "rsa-pkcs1.key", false},
		{"DER", "cert.der", "ec.der", false},
		{"both in a file", "both.pem", "", false},
		{"PBKDF2 SHA-256, AES-256", "cert.pem", "aes256-sha256.key", true},
		{"PBKDF2 SHA-1, AES-128", "cert.pem", "aes128-sha1.key", true},
		{"PBKDF2 SHA-512, AES-192", "cert.pem", "aes192-sha512.key", true},
		{"PBKDF2 SHA-384, 3DES", "cert.pem", "des3-sha384.key", true},
		{"scrypt", "cert.pem", "scrypt.key", true},
		{"the older PEM form", "cert.pem", "legacy.key", true},
		{"PKCS#12", "modern.p12", "", true},
		{"PKCS#12 of old", "old.p12", "", true},
		{"PKCS#12 without a password", "open.p12", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			o := transport.Options{Scheme: "mqtts", Host: "h"}
			o.TLS.CertFile = write(t, filepath.Join(dir, tt.cert), string(readAll(t, "testdata/"+tt.cert)))
			holder := o.TLS.CertFile
			if tt.key != "" {
				o.TLS.KeyFile = write(t, filepath.Join(dir, tt.key), string(readAll(t, "testdata/"+tt.key)))
				holder = o.TLS.KeyFile
			}
			if got, err := transport.Encrypted(holder); err != nil || got != tt.encrypted {
				t.Errorf("Encrypted: got %v, %v; want %v", got, err, tt.encrypted)
			}
			check := func(want transport.Kind) {
				t.Helper()
				warnings, err := transport.Check(o)
				if f := transport.Classify(err); want == "" && err != nil || want != "" && (f == nil || f.Kind != want) {
					t.Errorf("got %v; want %q", err, want)
				}
				if len(warnings) > 0 {
					t.Errorf("got warnings %q; want none", warnings)
				}
			}
			if !tt.encrypted {
				check("")
				return
			}
			check(transport.KeyEncrypted)
			o.TLS.KeyPassword = transport.NewSecret("wrong")
			check(transport.WrongPassword)
			o.TLS.KeyPassword = transport.NewSecret("sesame")
			check("")
		})
	}
}

func TestCheckFindsWhatCannotWork(t *testing.T) {
	ca := newAuthority(t, "ca")
	hour := time.Hour
	good, other := ca.issue("good", nil), ca.issue("other", nil)
	expired := ca.issue("expired", func(c *x509.Certificate) {
		c.NotAfter = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)
		c.NotBefore = c.NotAfter.Add(-hour)
	})
	early := ca.issue("early", func(c *x509.Certificate) {
		c.NotBefore = time.Date(2200, 1, 2, 3, 4, 5, 0, time.UTC)
		c.NotAfter = c.NotBefore.Add(hour)
	})
	oldCA := newAuthority(t, "old ca")
	pastCA := oldCA.issue("Past CA", func(c *x509.Certificate) {
		c.NotAfter = time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
		c.NotBefore = c.NotAfter.Add(-hour)
	})
	empty := write(t, filepath.Join(ca.dir, "empty"), "")
	text := write(t, filepath.Join(ca.dir, "text"), "hello\n")
	broken := write(t, filepath.Join(ca.dir, "broken"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	for _, tt := range []struct {
		name string
		tls  transport.TLS
		kind transport.Kind
		want string
	}{
		{"expired", transport.TLS{CertFile: expired.certFile, KeyFile: expired.keyFile}, transport.OwnExpired, "expired on 2025-01-02 03:04:05 UTC"},
		{"not yet valid", transport.TLS{CertFile: early.certFile, KeyFile: early.keyFile}, transport.OwnNotYet, "not valid before 2200-01-02 03:04:05 UTC"},
		{"a key of another certificate", transport.TLS{CertFile: good.certFile, KeyFile: other.keyFile}, transport.KeyMismatch, "does not belong to the certificate"},
		{"a key of another kind", transport.TLS{CertFile: good.certFile, KeyFile: "testdata/rsa-pkcs1.key"}, transport.KeyMismatch, "does not belong"},
		{"no certificate file", transport.TLS{CertFile: good.certFile + "x", KeyFile: good.keyFile}, transport.BadFile, "good.pemx: no such file"},
		{"a folder", transport.TLS{CertFile: ca.dir, KeyFile: good.keyFile}, transport.BadFile, "neither"},
		{"no key file", transport.TLS{CertFile: good.certFile, KeyFile: good.keyFile + "x"}, transport.BadFile, "no such file"},
		{"no key at all", transport.TLS{CertFile: good.certFile}, transport.BadFile, `no private key but "CERTIFICATE"`},
		{"a key without a certificate", transport.TLS{KeyFile: good.keyFile}, transport.BadFile, "without a certificate"},
		{"swapped", transport.TLS{CertFile: good.keyFile, KeyFile: good.certFile}, transport.BadFile, `no certificate but "PRIVATE KEY"`},
		{"a request", transport.TLS{CertFile: "testdata/request.csr", KeyFile: good.keyFile}, transport.BadFile, `"CERTIFICATE REQUEST"`},
		{"an empty file", transport.TLS{CertFile: empty, KeyFile: good.keyFile}, transport.BadFile, "but nothing"},
		{"a text", transport.TLS{CertFile: good.certFile, KeyFile: text}, transport.BadFile, "not in PEM form"},
		{"a broken certificate", transport.TLS{CertFile: broken, KeyFile: good.keyFile}, transport.BadFile, "cannot be read"},
		{"an encryption of old", transport.TLS{CertFile: good.certFile, KeyFile: "testdata/pbes1.key", KeyPassword: transport.NewSecret("sesame")}, transport.BadFile, "not known here (1.2.840.113549.1.5.3)"},
		{"no CA file", transport.TLS{CAFile: ca.file + "x"}, transport.BadFile, "no such file"},
		{"a key for a CA", transport.TLS{CAFile: good.keyFile}, transport.BadFile, "holds no certificate"},
		{"a CA in the past", transport.TLS{CAFile: pastCA.certFile}, transport.BadFile, "Past CA is valid from 2025-01-01 to 2025-01-02 only"},
		{"a CA text that is none", transport.TLS{CA: []byte("x")}, transport.BadFile, "the CA given as text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := transport.Options{Scheme: "mqtts", Host: "h", TLS: tt.tls, NetDial: refuse(errors.New("dialled"))}
			_, err := transport.Check(o)
			f := transport.Classify(err)
			if f == nil || f.Kind != tt.kind || !strings.Contains(f.Text, tt.want) || f.Stage != transport.Files {
				t.Fatalf("got %+v; want %s: %s", f, tt.kind, tt.want)
			}
			if short, _ := transport.Explain(transport.Observe(err, o), true); short != f.Text {
				t.Errorf("Explain: got %q; want %q", short, f.Text)
			}
			if tt.kind == transport.OwnExpired || tt.kind == transport.OwnNotYet || tt.name == "a CA in the past" {
				return // the server decides
			}
			if got := failure(t, o); got.Kind != tt.kind {
				t.Errorf("Dial: got %+v; want the same", got)
			}
		})
	}
}

func TestCheckWarns(t *testing.T) {
	ca := newAuthority(t, "ca")
	good := ca.issue("good", nil)
	open := ca.issue("open", nil)
	if err := os.Chmod(open.keyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	ending := ca.issue("ending", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(100 * time.Hour) })
	server := ca.issue("server", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	bundle := newAuthority(t, "x").issue("Gone CA", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	both := write(t, filepath.Join(ca.dir, "bundle"), string(readAll(t, bundle.certFile))+string(readAll(t, ca.file)))
	for _, tt := range []struct {
		name string
		tls  transport.TLS
		want string
	}{
		{"nothing", transport.TLS{CAFile: ca.file, CertFile: good.certFile, KeyFile: good.keyFile}, ""},
		{"a key that others can read", transport.TLS{CertFile: open.certFile, KeyFile: open.keyFile}, "others can read this key (mode 0644): chmod 600"},
		{"a certificate that ends soon", transport.TLS{CertFile: ending.certFile, KeyFile: ending.keyFile}, "expires on"},
		{"a server's certificate", transport.TLS{CertFile: server.certFile, KeyFile: server.keyFile}, "not meant for clients"},
		{"a CA's certificate", transport.TLS{CertFile: ca.file, KeyFile: filepath.Join(ca.dir, "ca.key")}, "of a CA"},
		{"one of several CAs has expired", transport.TLS{CAFile: both}, "Gone CA"},
		{"no verification", transport.TLS{Insecure: true}, "not verified"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			warnings, err := transport.Check(transport.Options{Scheme: "mqtts", Host: "h", TLS: tt.tls})
			got := strings.Join(warnings, "\n")
			if err != nil || !strings.Contains(got, tt.want) || tt.want == "" && got != "" || strings.Contains(got, "\n") {
				t.Errorf("got %q, %v; want %q", warnings, err, tt.want)
			}
		})
	}
	t.Run("a region that is not the endpoint's", func(t *testing.T) {
		o := transport.Options{Scheme: "wss", Host: endpoint, SigV4: &transport.SigV4{Region: "us-east-1", Credentials: failing{}}}
		if warnings, err := transport.Check(o); err != nil || !strings.Contains(strings.Join(warnings, ""), "the endpoint is in eu-west-1") {
			t.Errorf("got %q, %v; want it to name both", warnings, err)
		}
	})
}

func TestCertificateAfterItsCAInTheFile(t *testing.T) {
	ca := newAuthority(t, "ca")
	good := ca.issue("good", nil)
	file := write(t, filepath.Join(ca.dir, "chain"), string(readAll(t, ca.file))+string(readAll(t, good.certFile)))
	o := transport.Options{Scheme: "mqtts", Host: "h", TLS: transport.TLS{CertFile: file, KeyFile: good.keyFile}}
	if warnings, err := transport.Check(o); err != nil || len(warnings) > 0 {
		t.Errorf("got %q, %v; want the one that the key belongs to", warnings, err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	o := transport.Options{TLS: transport.TLS{KeyPassword: transport.NewSecret("hush")}, Authorizer: transport.Authorizer{Token: transport.NewSecret("hush"), Signature: transport.NewSecret("hush")}}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "token", o.Authorizer.Token, "authorizer", o.Authorizer)
	for _, got := range []string{fmt.Sprint(o), fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o.TLS), fmt.Sprintf("%q", o.TLS.KeyPassword), logged.String()} {
		if strings.Contains(got, "hush") {
			t.Errorf("got %s", got)
		}
	}
}
