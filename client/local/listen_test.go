package local

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/gorilla/websocket"

	"example.com/thingdeck/client/local/policy"
)

// everywhere starts all listeners.
func everywhere(t *testing.T, opt Options) (s *Server, dir string, urls map[string]string) {
	t.Helper()
	dir = t.TempDir()
	opt.TLSListen, opt.WSListen, opt.WSSListen, opt.HTTPListen = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	opt.Certs = dir
	s = start(t, opt)
	urls = map[string]string{}
	for _, u := range s.Listeners() {
		scheme, _, _ := strings.Cut(u, ":")
		urls[scheme] = u
	}
	return s, dir, urls
}

// trust is the configuration of a client that knows the CA, with or without a certificate.
func trust(t *testing.T, dir string, withCert bool, alpn ...string) *tls.Config {
	t.Helper()
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	config := &tls.Config{RootCAs: pool, NextProtos: alpn}
	if withCert {
		pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key"))
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func echo(t *testing.T, opt *mqtt.ClientOptions) {
	t.Helper()
	d := dialWith(t, opt)
	d.subscribe("a")
	d.done(d.Publish("a", 1, false, "x"))
	if m := d.next(); string(m.Payload()) != "x" {
		t.Errorf("got %q; want x", m.Payload())
	}
}

func TestEveryListenerSpeaksMQTT(t *testing.T) {
	s, dir, urls := everywhere(t, Options{Strict: true})
	order := []string{"mqtt", "mqtts", "ws", "wss", "http"}
	for i, u := range s.Listeners() {
		if !strings.HasPrefix(u, order[i]+"://127.0.0.1:") || strings.HasSuffix(u, ":0") || strings.HasSuffix(u, "/mqtt") != (order[i][0] == 'w') {
			t.Errorf("got listener %d %s; want %s on a real port", i, u, order[i])
		}
	}
	options := func(id string) *mqtt.ClientOptions { return mqtt.NewClientOptions().SetClientID(id) }
	t.Run("mqtt", func(t *testing.T) { echo(t, options("tcp").AddBroker(urls["mqtt"])) })
	t.Run("ws", func(t *testing.T) { echo(t, options("ws").AddBroker(urls["ws"])) })
	t.Run("wss", func(t *testing.T) { echo(t, options("wss").AddBroker(urls["wss"]).SetTLSConfig(trust(t, dir, false))) })
	for _, alpn := range []string{"", "x-amzn-mqtt-ca", "mqtt"} {
		t.Run("mqtts "+alpn, func(t *testing.T) {
			config := trust(t, dir, true)
			if alpn != "" {
				config.NextProtos = []string{alpn}
			}
			echo(t, options("tls"+alpn).AddBroker(urls["mqtts"]).SetTLSConfig(config))
		})
	}
}

func TestTLSNeedsAClientCertificate(t *testing.T) {
	s, dir, _ := everywhere(t, Options{Strict: true})
	for name, config := range map[string]*tls.Config{
		"none":          trust(t, dir, false),
		"of another CA": otherCA(t, trust(t, dir, true)),
	} {
		t.Run(name, func(t *testing.T) {
			config.ServerName = "localhost"
			nc, err := tls.Dial("tcp", s.listeners[1].ln.Addr().String(), config)
			if err == nil {
				defer nc.Close()
				_ = nc.SetReadDeadline(time.Now().Add(patience))
				_, err = nc.Read(make([]byte, 1))
			}
			if err == nil || !strings.Contains(err.Error(), "tls:") {
				t.Errorf("got %v; want a TLS alert", err)
			}
		})
	}
}

func otherCA(t *testing.T, config *tls.Config) *tls.Config {
	t.Helper()
	_, dir, _ := everywhere(t, Options{})
	config.Certificates = trust(t, dir, true).Certificates
	return config
}

func TestHTTPOverTheTLSListener(t *testing.T) {
	s, dir, _ := everywhere(t, Options{Strict: true})
	d := dial(t, s, "d")
	d.subscribe("a")
	for _, alpn := range []string{"x-amzn-http-ca", "http/1.1"} {
		transport := &http.Transport{DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			config := trust(t, dir, true, alpn)
			config.ServerName = "127.0.0.1"
			return (&tls.Dialer{Config: config}).DialContext(ctx, network, addr)
		}}
		c := &http.Client{Transport: transport, Timeout: patience}
		r, err := c.Post("https://"+s.listeners[1].ln.Addr().String()+"/topics/a?qos=1", "", strings.NewReader(alpn))
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		transport.CloseIdleConnections()
		if m := d.next(); r.StatusCode != 200 || string(m.Payload()) != alpn {
			t.Errorf("got %s and %q; want 200 and %s", r.Status, m.Payload(), alpn)
		}
	}
}

func TestWebSocketPathAndSubprotocol(t *testing.T) {
	_, _, urls := everywhere(t, Options{})
	for _, want := range []string{"mqtt", "mqttv3.1"} {
		dialer := websocket.Dialer{Subprotocols: []string{want}, HandshakeTimeout: patience}
		c, _, err := dialer.Dial(urls["ws"], nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Subprotocol(); got != want {
			t.Errorf("got subprotocol %q; want %q", got, want)
		}
		c.Close()
	}
	for name, tt := range map[string]struct {
		path, origin string
		status       int
	}{
		"other path":              {"/other", "", 404},
		"below the path":          {"/mqtt/x", "", 404},
		"page from elsewhere":     {"/mqtt", "https://example.org", 403},
		"page of this machine":    {"/mqtt", "http://localhost:3000", 101},
		"page of another address": {"/mqtt", "http://127.0.0.1", 101},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			if tt.origin != "" {
				header.Set("Origin", tt.origin)
			}
			c, r, err := websocket.DefaultDialer.Dial(strings.TrimSuffix(urls["ws"], "/mqtt")+tt.path, header)
			if r == nil || r.StatusCode != tt.status {
				t.Fatalf("got %v, %v; want status %d", r, err, tt.status)
			}
			if c != nil {
				c.Close()
			}
		})
	}
}

func TestWebSocketCloseFrameSendsNoWill(t *testing.T) {
	s, _, urls := everywhere(t, Options{Strict: true})
	watch := dial(t, s, "watch")
	watch.subscribe("w", "$aws/events/presence/disconnected/c")
	connect := append([]byte{0x10, 20, 0, 4}, "MQTT\x04\x06\x00\x3c\x00\x01c\x00\x01w\x00\x02hi"...)
	for name, tt := range map[string]struct {
		leave func(*websocket.Conn)
		want  string
	}{
		"close frame": {func(c *websocket.Conn) {
			_ = c.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
		}, "$aws/events/presence/disconnected/c"},
		"lost":         {func(c *websocket.Conn) { c.NetConn().Close() }, "w"},
		"text message": {func(c *websocket.Conn) { _ = c.WriteMessage(websocket.TextMessage, []byte("x")) }, "w"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _, err := websocket.DefaultDialer.Dial(urls["ws"], nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for i := range connect { // MQTT packets do not follow the borders of WebSocket messages
				if err := c.WriteMessage(websocket.BinaryMessage, connect[i:i+1]); err != nil {
					t.Fatal(err)
				}
			}
			if _, ack, err := c.ReadMessage(); err != nil || string(ack) != "\x20\x02\x00\x00" {
				t.Fatalf("got % x, %v; want CONNACK", ack, err)
			}
			tt.leave(c)
			if m := watch.next(); m.Topic() != tt.want {
				t.Errorf("got %s; want %s", m.Topic(), tt.want)
			}
			if tt.want == "w" {
				watch.next() // the event
			}
		})
	}
}

func TestPolicyHoldsForCertificates(t *testing.T) {
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/lamp*"},
		{"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:*:*:topic/${iot:ClientId}/*"},
		{"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:*:*:topicfilter/${iot:ClientId}/*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, dir, urls := everywhere(t, Options{Strict: true, Authorize: Policies(doc)})
	d := dialWith(t, mqtt.NewClientOptions().SetClientID("lamp-1").AddBroker(urls["mqtts"]).SetTLSConfig(trust(t, dir, true)))
	d.subscribe("lamp-1/#")
	d.done(d.Publish("lamp-1/x", 1, false, "x"))
	d.next()
	d.Publish("lamp-2/x", 1, false, "x")
	for deadline := time.Now().Add(patience); s.Connected("lamp-1"); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a denied publish did not end the connection")
		}
	}
	other := mqtt.NewClient(mqtt.NewClientOptions().SetClientID("other").AddBroker(urls["mqtt"]).SetProtocolVersion(4).SetAutoReconnect(false))
	if token := other.Connect(); token.WaitTimeout(patience) && token.Error() == nil {
		other.Disconnect(0)
		t.Error("a client ID that the policy does not allow was accepted")
	}
}

func TestFaultyOptionsNameTheFlag(t *testing.T) {
	spoiled := t.TempDir()
	if err := os.WriteFile(filepath.Join(spoiled, "ca.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		opt  ServeOptions
		want string
	}{
		"TLS without certificates": {ServeOptions{Options: Options{TLSListen: "127.0.0.1:0"}}, "--certs"},
		"broken certificates":      {ServeOptions{Options: Options{TLSListen: "127.0.0.1:0", Certs: spoiled}}, "ca.pem"},
		"address":                  {ServeOptions{Options: Options{HTTPListen: "256.0.0.1:80"}}, "--http-listen 256.0.0.1:80"},
		"policy":                   {ServeOptions{PolicyFile: filepath.Join(spoiled, "none.json")}, "--policy"},
		"state":                    {ServeOptions{StateFile: filepath.Join(spoiled, "no", "state")}, "--state"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.opt.Listen = "127.0.0.1:0"
			err := Serve(context.Background(), tt.opt, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v; want one line that names %s", err, tt.want)
			}
		})
	}
}

// TestQueueClosesOnce: the HTTP server closes its listener when it is closed and when its Serve ends, at the same moment.
func TestQueueClosesOnce(t *testing.T) {
	for range 1000 {
		q := newConnQueue(nil)
		var closing sync.WaitGroup
		for range 3 {
			closing.Go(func() { _ = q.Close() })
		}
		closing.Wait()
		if _, err := q.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Fatalf("Accept after Close: %v; want net.ErrClosed", err)
		}
	}
}
