package transport_test

import (
	"crypto/tls"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"example.com/thingdeck/client/local"
	"example.com/thingdeck/client/transport"
)

// TestLocalAWSIoT goes every way into the local AWS IoT.
func TestLocalAWSIoT(t *testing.T) {
	dir := t.TempDir()
	s := startLocal(t, local.Options{
		TLSListen: "127.0.0.1:0", WSListen: "127.0.0.1:0", WSSListen: "127.0.0.1:0", Certs: dir,
	})
	files := transport.TLS{
		CAFile: filepath.Join(dir, "ca.pem"), CertFile: filepath.Join(dir, "client.pem"), KeyFile: filepath.Join(dir, "client.key"),
	}
	for _, tt := range []struct {
		name, scheme string
		change       func(*transport.Options)
	}{
		{"TCP", "mqtt", nil},
		{"a certificate, no ALPN", "mqtts", nil},
		{"a certificate, ALPN x-amzn-mqtt-ca", "mqtts", func(o *transport.Options) { o.TLS.ALPN = []string{transport.ALPNCertificate} }},
		{"by name, with SNI", "mqtts", func(o *transport.Options) { o.Host = "localhost" }},
		{"a CA given as text", "mqtts", func(o *transport.Options) { o.TLS.CA, o.TLS.CAFile = readAll(t, o.TLS.CAFile), "" }},
		{"no verification", "mqtts", func(o *transport.Options) { o.TLS.CAFile, o.TLS.Insecure = "", true }},
		{"WebSocket", "ws", nil},
		{"WebSocket over TLS", "wss", func(o *transport.Options) { o.TLS.CertFile, o.TLS.KeyFile = "", "" }},
		{"WebSocket over TLS with a certificate", "wss", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t, listener(t, s, tt.scheme))
			if strings.HasSuffix(tt.scheme, "s") && tt.scheme != "ws" {
				o.TLS = files
			}
			if tt.change != nil {
				tt.change(&o)
			}
			if warnings, err := transport.Check(o); err != nil || len(warnings) > 0 && !o.TLS.Insecure {
				t.Errorf("Check: got %v, %v; want nothing", warnings, err)
			}
			exchange(t, dial(t, o), "", "")
		})
	}
	t.Run("another path", func(t *testing.T) {
		o := options(t, listener(t, s, "ws"))
		o.Path = "/other"
		if f := failure(t, o); f.Kind != transport.HTTPStatus || f.Status != http.StatusNotFound {
			t.Errorf("got %+v; want 404", f)
		}
	})
	t.Run("no certificate", func(t *testing.T) {
		o := options(t, listener(t, s, "mqtts"))
		o.TLS.CAFile = files.CAFile
		if f := failure(t, o); f.Kind != transport.CertRequired || f.Alert != 116 {
			t.Errorf("got %+v; want certificate required", f)
		}
	})
	t.Run("an ALPN name that AWS does not know", func(t *testing.T) {
		o := options(t, listener(t, s, "mqtts"))
		o.TLS = files
		o.TLS.ALPN = []string{"h2"}
		if f := failure(t, o); f.Kind != transport.NoProtocol || f.Stage != transport.Handshake {
			t.Errorf("got %+v; want no application protocol", f)
		}
	})
}

// TestCustomAuthorizerOverMQTT is the way on port 443 with ALPN mqtt: no certificate, the fields in the user name.
func TestCustomAuthorizerOverMQTT(t *testing.T) {
	ca := newAuthority(t, "ca")
	broker := startBroker(t)
	var protocol, sni string
	address := serveTLS(t, &tls.Config{
		Certificates: []tls.Certificate{ca.issue("server", nil).pair}, NextProtos: []string{"x-amzn-mqtt-ca", "mqtt"},
	}, func(c *tls.Conn) {
		protocol, sni = c.ConnectionState().NegotiatedProtocol, c.ConnectionState().ServerName
		splice(c, broker)
	})
	o := options(t, "mqtts://"+address)
	o.Host = "localhost"
	o.TLS = transport.TLS{CAFile: ca.file, ALPN: []string{transport.ALPNCustom}}
	o.Authorizer = transport.Authorizer{Name: "auth", TokenKey: "tok", Token: transport.NewSecret("t"), Signature: transport.NewSecret("a+b/c==")}
	user := o.Username("me")
	want := "me?x-amz-customauthorizer-name=auth&x-amz-customauthorizer-signature=a%2Bb%2Fc%3D%3D&tok=t"
	if user != want {
		t.Errorf("got %s; want %s", user, want)
	}
	exchange(t, dial(t, o), user, "free")
	if protocol != "mqtt" || sni != "localhost" {
		t.Errorf("got ALPN %q, SNI %q; want mqtt and localhost", protocol, sni)
	}
}

// TestCustomAuthorizerOverWebSocket has the fields in headers or query.
func TestCustomAuthorizerOverWebSocket(t *testing.T) {
	ca := newAuthority(t, "ca")
	broker := startBroker(t)
	url := web(t, upgrading(t, broker, func(_ http.ResponseWriter, r *http.Request) int {
		get := r.Header.Get
		if r.URL.RawQuery != "" {
			get = r.URL.Query().Get
		}
		if r.URL.Path != "/mqtt" || get("x-amz-customauthorizer-name") != "auth" ||
			get("x-amz-customauthorizer-signature") != "a+b/c==" || get("tok") != "t&t" || r.Header.Get("Sec-WebSocket-Protocol") != "mqtt" {
			return http.StatusForbidden
		}
		return 0
	}), &tls.Config{Certificates: []tls.Certificate{ca.issue("server", nil).pair}, NextProtos: []string{"http/1.1"}})
	for _, by := range []transport.Carrier{"", transport.Headers, transport.Query} {
		for _, signature := range []string{"a+b/c==", "a%2Bb%2Fc%3D%3D"} {
			t.Run(string(by)+signature, func(t *testing.T) {
				o := options(t, url)
				o.TLS.CAFile = ca.file
				o.Authorizer = transport.Authorizer{Name: "auth", TokenKey: "tok", Token: transport.NewSecret("t&t"), Signature: transport.NewSecret(signature), Carrier: by}
				if got := o.Username("me"); got != "me" {
					t.Errorf("got the user name %s; want it as it was", got)
				}
				exchange(t, dial(t, o), "", "")
				o.Authorizer.Token = transport.NewSecret("wrong")
				if f := failure(t, o); f.Kind != transport.HTTPStatus || f.Status != 403 {
					t.Errorf("got %+v; want 403", f)
				}
			})
		}
	}
}
