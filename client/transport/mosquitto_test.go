package transport_test

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/thingdeck/client/mosquittotest"
	"example.com/thingdeck/client/transport"
)

// readable lets mosquitto, which drops root, read the files of a test.
func readable(t *testing.T, files ...string) {
	t.Helper()
	for _, f := range files {
		if err := os.Chmod(f, 0o644); err != nil {
			t.Fatal(err)
		}
		for dir := filepath.Dir(f); strings.HasPrefix(dir, os.TempDir()+"/"); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestMosquitto(t *testing.T) {
	ca, other := newAuthority(t, "ca"), newAuthority(t, "other")
	server := ca.issue("server", nil)
	passwords := write(t, filepath.Join(ca.dir, "passwords"), "me:"+hashed("sesame")+"\n")
	readable(t, ca.file, server.certFile, server.keyFile, passwords)
	secure := fmt.Sprintf("cafile %s\ncertfile %s\nkeyfile %s\n", ca.file, server.certFile, server.keyFile)
	ports := mosquittotest.Start(t, "per_listener_settings true\nlistener %d 127.0.0.1\nallow_anonymous true\nrequire_certificate true\n"+secure+
		"listener %d 127.0.0.1\nallow_anonymous true\nprotocol websockets\n"+
		"listener %d 127.0.0.1\nallow_anonymous true\nprotocol websockets\n"+secure+
		"listener %d 127.0.0.1\nallow_anonymous false\npassword_file "+passwords+"\n").Ports
	good := ca.issue("good", nil)
	expired := ca.issue("expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	at := func(scheme string, listener int) transport.Options {
		o := transport.Options{Scheme: scheme, Host: "127.0.0.1", Port: ports[listener]}
		if o.TLS.CAFile = ca.file; scheme == "mqtt" || scheme == "ws" {
			o.TLS.CAFile = ""
		}
		return o
	}
	with := func(i issued) transport.Options {
		o := at("mqtts", 0)
		o.TLS.CertFile, o.TLS.KeyFile = i.certFile, i.keyFile
		return o
	}
	t.Run("mutual TLS", func(t *testing.T) { exchange(t, dial(t, with(good)), "", "") })
	t.Run("WebSocket", func(t *testing.T) { exchange(t, dial(t, at("ws", 1)), "", "") })
	t.Run("WebSocket over TLS", func(t *testing.T) { exchange(t, dial(t, at("wss", 2)), "", "") })
	t.Run("a password", func(t *testing.T) { exchange(t, dial(t, at("mqtt", 3)), "me", "sesame") })
	t.Run("a wrong password", func(t *testing.T) {
		if code, err := connect(dial(t, at("mqtt", 3)), "me", "wrong"); err != nil || code != 5 {
			t.Errorf("got CONNACK %d, %v; want 5", code, err)
		}
	})
	for _, tt := range []struct {
		name string
		o    transport.Options
		kind transport.Kind
	}{
		{"no certificate", at("mqtts", 0), transport.CertRequired},
		{"a certificate of another CA", with(other.issue("foreign", nil)), transport.CertUnknownCA},
		{"an expired certificate", with(expired), transport.CertExpired},
		{"TLS to a port without", at("mqtts", 3), transport.Closed},
		{"WebSocket to a port of MQTT", at("ws", 3), transport.Closed},
		{"no TLS to a port of TLS", at("mqtt", 0), transport.Closed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := failure(t, tt.o)
			if f.Kind != tt.kind && !(tt.kind == transport.Closed && f.Kind == transport.Reset) {
				t.Errorf("got %+v; want %s", f, tt.kind)
			}
		})
	}
	if _, err := transport.Check(with(expired)); err == nil || !strings.Contains(err.Error(), "expired on") {
		t.Errorf("Check: got %v; want it to see the expired certificate before", err)
	}
}

// hashed is a password in the form of mosquitto's file: $7$iterations$salt$PBKDF2 with SHA-512.
func hashed(password string) string {
	salt := []byte("0123456789ab")
	key, err := pbkdf2.Key(sha512.New, password, salt, 101, 64)
	if err != nil {
		panic(err)
	}
	return "$7$101$" + base64.StdEncoding.EncodeToString(salt) + "$" + base64.StdEncoding.EncodeToString(key)
}
