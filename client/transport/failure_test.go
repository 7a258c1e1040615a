package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/thingdeck/client/transport"
)

type netDial = func(context.Context, string, string) (net.Conn, error)

// redirect dials address whatever is asked for.
func redirect(address string) netDial {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// refuse fails as the system does.
func refuse(err error) netDial {
	return func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	}
}

func system(errno syscall.Errno) error { return os.NewSyscallError("connect", errno) }

func TestConnectingFails(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, tt := range []struct {
		name string
		dial netDial
		kind transport.Kind
		text string
	}{
		{"refused", redirect(closed.Addr().String()), transport.ConnRefused, "connection refused"},
		{"no such host", refuse(&net.DNSError{Err: "no such host", Name: "h.test", IsNotFound: true}), transport.NoSuchHost, "no such host h.test"},
		{"no DNS", refuse(&net.DNSError{Err: "i/o timeout", Name: "h.test", IsTimeout: true}), transport.LookupFailed, "cannot look up h.test: i/o timeout"},
		{"no route", refuse(system(syscall.EHOSTUNREACH)), transport.Unreachable, "the network or host cannot be reached"},
		{"no network", refuse(system(syscall.ENETUNREACH)), transport.Unreachable, "the network or host cannot be reached"},
		{"the system gives up", refuse(system(syscall.ETIMEDOUT)), transport.Timeout, "no answer to the attempt to connect"},
		{"never answered", func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, transport.Timeout, "no answer to the attempt to connect"},
		{"what nobody thought of", refuse(system(syscall.EMFILE)), transport.Other, "too many open files"},
	} {
		for _, scheme := range []string{"mqtt", "mqtts", "wss"} {
			t.Run(tt.name+" "+scheme, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
				defer cancel()
				_, err := transport.Dial(ctx, transport.Options{Scheme: scheme, Host: "h.test", NetDial: tt.dial})
				f := transport.Classify(err)
				if f == nil || f.Kind != tt.kind || f.Text != tt.text || f.Stage != transport.Connect {
					t.Errorf("got %+v; want %s: %s", f, tt.kind, tt.text)
				}
			})
		}
	}
}

// mute accepts and says nothing until the other side goes.
func mute(c net.Conn) { io.Copy(io.Discard, c) }

// muteFrom is mute, and tells of the first byte that it got.
func muteFrom(asked chan<- struct{}) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, 1)); err == nil {
			asked <- struct{}{}
		}
		mute(c)
	}
}

func TestServersThatSayNothing(t *testing.T) {
	ca := newAuthority(t, "ca")
	config := &tls.Config{Certificates: []tls.Certificate{ca.issue("server", nil).pair}}
	asked := make(chan struct{}, 1)
	mute := muteFrom(asked)
	for _, tt := range []struct {
		name, url string
		stage     transport.Stage
		text      string
	}{
		{"in TLS", "mqtts://" + serve(t, mute), transport.Handshake, "TLS is not answered"},
		{"to the upgrade", "ws://" + serve(t, mute), transport.Upgrade, "WebSocket request is not answered"},
		{"to the upgrade within TLS", "wss://" + serveTLS(t, config, func(c *tls.Conn) { mute(c) }), transport.Upgrade, "WebSocket request is not answered"},
		{"to CONNECT", "mqtt://" + serve(t, mute), transport.Stream, "the broker does not answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(t, tt.url)
			o.TLS.CAFile = ca.file
			for _, end := range []struct {
				how  string
				kind transport.Kind
			}{{"deadline", transport.Timeout}, {"cancel", transport.Cancelled}} {
				if end.how == "cancel" && tt.stage == transport.Stream {
					continue // Dial is over
				}
				limit := time.Second // the stage is reached by then
				if end.how == "cancel" {
					limit = patience
				}
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				stop := make(chan struct{})
				cancelled := make(chan struct{})
				go func() {
					defer close(cancelled)
					select {
					case <-asked:
					case <-stop:
					}
					if end.how == "cancel" {
						cancel()
					}
				}()
				f := transport.Classify(attempt(ctx, o))
				close(stop)
				<-cancelled
				cancel()
				if f == nil || f.Kind != end.kind || f.Stage != tt.stage || end.kind == transport.Timeout && !strings.Contains(f.Text, tt.text) {
					t.Errorf("%s: got %+v; want %s in %s", end.how, f, end.kind, tt.stage)
				}
			}
		})
	}
}

func TestServerCertificateIsWrong(t *testing.T) {
	ca, other := newAuthority(t, "Test CA"), newAuthority(t, "Other CA")
	old := time.Date(2020, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		cert issued
		kind transport.Kind
		text string
	}{
		{"expired", ca.issue("expired", func(c *x509.Certificate) { c.NotBefore, c.NotAfter = old.Add(-time.Hour), old }),
			transport.ServerExpired, "the server's certificate expired on 2020-03-01 12:00:00 UTC"},
		{"not yet valid", ca.issue("early", func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = old.AddDate(100, 0, 0), old.AddDate(101, 0, 0)
		}), transport.ServerNotYet, "the server's certificate is not valid before 2120-03-01 12:00:00 UTC"},
		{"another host", ca.issue("elsewhere", func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"a.example", "b.example"}, nil }),
			transport.ServerWrongHost, "the server's certificate is for a.example, b.example, not for localhost"},
		{"no host", ca.issue("Just a name", func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, nil }),
			transport.ServerWrongHost, "no host by name (Just a name), not for localhost"},
		{"unknown authority", other.issue("foreign", nil), transport.ServerUnknownCA, "signed by Other CA, which is not trusted here"},
		{"self-signed", issued{pair: (&authority{t: t, dir: t.TempDir()}).issue("Lonely", nil).pair},
			transport.ServerUnknownCA, "signed by itself (Lonely)"},
		{"hostile names", ca.issue("evil", func(c *x509.Certificate) {
			c.DNSNames, c.IPAddresses, c.Subject.CommonName = nil, nil, "\x1b]0;x\a\u202e"
		}), transport.ServerWrongHost, "(?]0;x??)"},
		{"not for servers", ca.issue("client", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
			transport.ServerBadCert, "incompatible key usage"},
	} {
		for _, scheme := range []string{"mqtts", "wss"} {
			t.Run(tt.name+" "+scheme, func(t *testing.T) {
				address := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{tt.cert.pair}}, func(c *tls.Conn) { mute(c) })
				o := options(t, scheme+"://"+address)
				o.Host, o.TLS.CAFile = "localhost", ca.file
				if f := failure(t, o); f.Kind != tt.kind || !strings.Contains(f.Text, tt.text) || f.Stage != transport.Handshake {
					t.Errorf("got %+v; want %s: %s", f, tt.kind, tt.text)
				}
			})
		}
	}
}

// alert answers a ClientHello with a fatal alert.
func alert(number byte) func(net.Conn) {
	return func(c net.Conn) {
		c.Read(make([]byte, 4096))
		c.Write([]byte{21, 3, 3, 0, 2, 2, number})
		mute(c)
	}
}

func TestEveryTLSAlertHasWords(t *testing.T) {
	for number, want := range map[byte]struct {
		kind transport.Kind
		text string
	}{
		40: {transport.HandshakeFailed, "in common"}, 42: {transport.CertBad, "bad certificate"},
		43: {transport.CertBad, "unsupported certificate"}, 44: {transport.CertRevoked, "revoked"},
		45: {transport.CertExpired, "has expired"}, 46: {transport.CertBad, "certificate unknown"},
		48: {transport.CertUnknownCA, "unknown CA"}, 49: {transport.AccessDenied, "denies access"},
		51: {transport.CertBad, "decrypt error"}, 70: {transport.HandshakeFailed, "TLS 1.2 or 1.3"},
		71: {transport.HandshakeFailed, "stronger TLS"}, 80: {transport.OtherAlert, "internal error (alert 80)"},
		112: {transport.UnknownName, "SNI"}, 116: {transport.CertRequired, "wants a client certificate"},
		120: {transport.NoProtocol, "ALPN"}, 222: {transport.OtherAlert, "alert 222"},
	} {
		t.Run(fmt.Sprint(number), func(t *testing.T) {
			f := failure(t, options(t, "mqtts://"+serve(t, alert(number))))
			if f.Kind != want.kind || f.Alert != number || !strings.Contains(f.Text, want.text) {
				t.Errorf("got %+v; want %s: %s", f, want.kind, want.text)
			}
		})
	}
}

func TestClientCertificateIsRefused(t *testing.T) {
	ca, other := newAuthority(t, "ca"), newAuthority(t, "other")
	expired := ca.issue("expired", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	good, foreign := ca.issue("good", nil), other.issue("foreign", nil)
	config := &tls.Config{
		Certificates: []tls.Certificate{ca.issue("server", nil).pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool(),
	}
	broker := startBroker(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := config.Clone()
		config.MaxVersion = version
		address := serveTLS(t, config, func(c *tls.Conn) { splice(c, broker) })
		for _, tt := range []struct {
			name         string
			own          issued
			twelve, last transport.Kind // Go's server sends other alerts by version
		}{
			{"taken", good, "", ""},
			{"none", issued{}, transport.HandshakeFailed, transport.CertRequired},
			{"expired", expired, transport.CertExpired, transport.CertExpired},
			{"of another CA", foreign, transport.CertUnknownCA, transport.CertUnknownCA},
		} {
			t.Run(tt.name+" "+tls.VersionName(version), func(t *testing.T) {
				o := options(t, "mqtts://"+address)
				o.TLS = transport.TLS{CAFile: ca.file, CertFile: tt.own.certFile, KeyFile: tt.own.keyFile}
				want := tt.last
				if version == tls.VersionTLS12 {
					want = tt.twelve
				}
				err := attempt(within(t), o)
				if want == "" && err == nil {
					return
				}
				if f := transport.Classify(err); f == nil || f.Kind != want {
					t.Errorf("got %+v; want %s", f, want)
				}
			})
		}
	}
}

func TestWrongKindOfServer(t *testing.T) {
	http400 := func(c net.Conn) { c.Read(make([]byte, 4096)); io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }
	for _, tt := range []struct {
		name, scheme string
		handle       func(net.Conn)
		kind         transport.Kind
		stage        transport.Stage
	}{
		{"HTTP in place of TLS", "mqtts", http400, transport.NotTLS, transport.Handshake},
		{"a TLS server that closes", "mqtts", func(c net.Conn) { c.Read(make([]byte, 4096)) }, transport.Closed, transport.Handshake},
		{"MQTT in place of HTTP", "ws", func(c net.Conn) { c.Read(make([]byte, 4096)); c.Write([]byte{0x20, 2, 0, 5, '\n', '\n'}) }, transport.NotWebSocket, transport.Upgrade},
		{"a web server that closes", "ws", func(c net.Conn) { bufio.NewReader(c).ReadString('\n') }, transport.Closed, transport.Upgrade},
		{"headers without end", "ws", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\n")
			for {
				if _, err := io.WriteString(c, "X-A: "+strings.Repeat("a", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}, transport.NotWebSocket, transport.Upgrade},
		{"a broker that closes", "mqtt", func(c net.Conn) { c.Read(make([]byte, 14)); io.Copy(io.Discard, io.LimitReader(c, 14)) }, transport.Closed, transport.Stream},
		{"a broker that resets", "mqtt", func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).SetLinger(0) }, transport.Reset, transport.Stream},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := failure(t, options(t, tt.scheme+"://"+serve(t, tt.handle)))
			if f.Kind == transport.Reset && tt.kind == transport.Closed {
				return // what was unread when it closed decides
			}
			if f.Kind != tt.kind || f.Stage != tt.stage {
				t.Errorf("got %+v; want %s in %s", f, tt.kind, tt.stage)
			}
		})
	}
}

func TestUpgradeIsRefused(t *testing.T) {
	for status, want := range map[int]string{
		200: "no WebSocket at this path", 301: "HTTP 301 moved permanently", 400: "HTTP 400 bad request", 401: "HTTP 401 unauthorized: Forbidden",
		403: "HTTP 403 forbidden: Forbidden", 404: "HTTP 404 not found", 426: "HTTP 426", 429: "HTTP 429", 503: "HTTP 503 service unavailable",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			o := options(t, web(t, upgrading(t, "", func(http.ResponseWriter, *http.Request) int { return status }), nil))
			f := failure(t, o)
			if !strings.Contains(f.Text, want) || f.Stage != transport.Upgrade {
				t.Errorf("got %+v; want %s", f, want)
			}
			for _, aws := range []bool{false, true} {
				if _, causes := transport.Explain(transport.Observe(f, o), aws); len(causes) == 0 {
					t.Errorf("AWS %v: no causes", aws)
				}
			}
		})
	}
}

func TestSecretsOfAnAnswerAreLeftOut(t *testing.T) {
	url := web(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(403)
		fmt.Fprintf(w, `{"message":"no: %s"}`, r.URL.RequestURI())
	}), nil)
	o := options(t, url)
	o.WebSocket.Query = map[string][]string{"X-Amz-Security-Token": {"hush"}}
	if f := failure(t, o); strings.Contains(f.Text, "hush") || f.Status != 403 {
		t.Errorf("got %+v; want 403 without the token", f)
	}
}

func TestClassifyKeepsWhatItMade(t *testing.T) {
	first := &transport.Failure{Kind: transport.ConnRefused, Text: "x"}
	if got := transport.Classify(fmt.Errorf("dial: %w", first)); got != first {
		t.Errorf("got %+v; want the same", got)
	}
	if got := transport.Classify(nil); got != nil {
		t.Errorf("got %+v; want nil", got)
	}
	if got := transport.Classify(errors.New("odd")); got.Kind != transport.Other || got.Text != "odd" {
		t.Errorf("got %+v; want other", got)
	}
}
